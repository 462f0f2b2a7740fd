"""Files: read with errors that name the place, and written whole or not at all."""

from __future__ import annotations

import gzip
import io
import os
import re
import secrets
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

from domix.errors import DomixError, FormatError
from domix.util.progress import report_progress, reporting

GZIP = b"\x1f\x8b"
"""How every gzip file begins."""

CHUNK = 2**22
"""Bytes that are read at once, where a file is read whole."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path next to ``path``, and put the file in its place at the end.

    The temporary file exists, is empty and has the suffix of ``path``. On an error or an interrupt
    it is removed and ``path`` stays as it was. A link is followed, and a file that is replaced
    keeps its permissions.

    Raises
    ------
    FormatError
        The folder does not exist, ``path`` is not a regular file, or writing is refused or fails.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     (Path(folder) / "note.txt").read_text()
    'whole'
    """
    source, target = str(path), Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(6)}.{target.name}")
    try:
        # Replacing a device or a pipe would destroy it, so only regular files are replaced.
        if target.exists() and not target.is_file():
            kind = "a folder" if target.is_dir() else "not a regular file"
            raise FormatError(f"this is {kind}; name a file to write", source=source)
        if not target.parent.is_dir():
            raise FormatError(
                f"there is no folder {str(target.parent)!r}; make it first", source=source
            )
        # Opened by hand, not by tempfile, so that the user's umask decides who may read it.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if target.exists():
            temporary.chmod(stat.S_IMODE(target.stat().st_mode))
        yield temporary
        temporary.replace(target)
    except OSError as error:
        raise FormatError(f"cannot be written: {error.strerror or error}", source=source) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def name_source(source: str) -> Iterator[None]:
    """Name the file at fault in the errors of a block that do not name one.

    Examples
    --------
    >>> with name_source("a.bif"):
    ...     raise FormatError("no variables")
    Traceback (most recent call last):
        ...
    domix.errors.FormatError: a.bif: no variables
    """
    try:
        yield
    except DomixError as error:
        error.source = error.source or source
        raise


def check_file(path: Path) -> None:
    """Raise FormatError if a path is a folder, or does not exist."""
    if path.is_dir():
        raise FormatError("this is a folder, not a file", source=str(path))
    if not path.exists():
        raise FormatError("there is no such file", source=str(path))


def find_suffix(path: Path, suffixes: Iterable[str], content: str) -> str:
    """Return the suffix with which a file's name ends, in lower case.

    Raises
    ------
    FormatError
        It ends with none of them; ``content`` says what such files hold.

    Examples
    --------
    >>> find_suffix(Path("plate.CSV.gz"), [".csv", ".csv.gz"], "rows")
    '.csv.gz'
    >>> find_suffix(Path("plate.xls"), [".csv", ".csv.gz"], "rows")
    Traceback (most recent call last):
        ...
    domix.errors.FormatError: plate.xls: unknown suffix; files of rows end with .csv, .csv.gz
    """
    known = list(suffixes)
    for suffix in known:
        if path.name.lower().endswith(suffix):
            return suffix
    raise FormatError(
        f"unknown suffix; files of {content} end with {', '.join(known)}", source=str(path)
    )


def read_bytes(path: Path) -> bytes:
    """Read a file, and decompress it if its name ends with ``.gz``.

    Raises
    ------
    FormatError
        It cannot be read, or is compressed without that suffix, or the other way round.
    """
    data = io.BytesIO()
    with reporting():
        for chunk in read_chunks(path, CHUNK):
            data.write(chunk)
    return data.getvalue()


def read_chunks(path: Path, size: int) -> Iterator[bytes]:
    """Do as :func:`read_bytes`, ``size`` bytes at a time, and report the progress."""
    is_zipped = path.name.lower().endswith(".gz")
    with _name_damage(path), path.open("rb") as stored, ExitStack() as stack:
        total = max(os.fstat(stored.fileno()).st_size, 1)
        file: BinaryIO = stored
        if is_zipped:
            file = cast("BinaryIO", stack.enter_context(gzip.open(stored)))
        done = 0
        while data := file.read(size):
            if not (done or is_zipped):
                _refuse_gzip(data, path)
            report_progress(f"reading {path.name}", done / total)
            done = min(stored.tell(), total)
            yield data


def read_range(path: Path, start: int, stop: int) -> bytes:
    """Return some bytes of a file; raise FormatError if it cannot be read."""
    with _name_damage(path), path.open("rb") as file:
        file.seek(start)
        return file.read(stop - start)


@contextmanager
def _name_damage(path: Path) -> Iterator[None]:
    """Raise FormatError where a file cannot be read or decompressed."""
    try:
        yield
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FormatError(
            f"damaged, or not compressed by gzip: {error}", source=str(path)
        ) from None
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", source=str(path)) from None


def _refuse_gzip(data: bytes, path: Path) -> None:
    if data.startswith(GZIP):
        raise FormatError(f"compressed by gzip; rename the file {path.name}.gz", source=str(path))


def decode_utf8(data: bytes, path: Path, first: int = 1) -> str:
    """Return the text that a file holds, without a byte order mark.

    The data begin with the line ``first`` of the file, which counts from 1.

    Raises
    ------
    FormatError
        It is not UTF-8; the message names the line.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + first
        raise FormatError(
            f"the byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8",
            source=f"{path}:{line}",
        ) from None


def line_and_column(text: str, at: int) -> str:
    r"""Return where an index of a text is, counted from 1, for messages.

    Examples
    --------
    >>> line_and_column("one\ntwo", 5)
    '2:2'
    """
    breaks = list(re.finditer(r"\r\n?|\n", text[:at]))
    return f"{len(breaks) + 1}:{at - (breaks[-1].end() if breaks else 0) + 1}"


def first_line(error: Exception) -> str:
    """Return the first line of another package's message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
