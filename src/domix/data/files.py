"""Rows from and to files: CSV and TSV (gzip too), Parquet, Feather; polars does the work."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domix.core.space import listing
from domix.errors import FormatError, MissingExtraError
from domix.util.atomic import atomic_write

if TYPE_CHECKING:
    import polars

__all__ = ["read_frame", "write_frame"]

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
GZIP = b"\x1f\x8b"
USUAL_SEPARATORS = (",", ";", "\t")
BINARY = (".parquet", ".feather", ".arrow")
LEVEL = 6  # of gzip: 9, the default, takes ten times as long for a file a sixth smaller
SUFFIXES = (*SEPARATORS, *(suffix + ".gz" for suffix in SEPARATORS), *BINARY)


def read_frame(path: str | os.PathLike[str]) -> polars.DataFrame:
    """Read rows with labels.

    Parameters
    ----------
    path
        ``.csv``; ``.tsv``, ``.tab`` or ``.txt`` (tab separated); each of these with ``.gz``;
        ``.parquet``, ``.feather`` or ``.arrow``. Text files are UTF-8 with a header line, and every
        column stays text, as it is written: ``01`` is not 1. An empty field is a null.

    Raises
    ------
    FormatError
        No such file, an unknown suffix, or what the file holds is damaged: the path and, in text,
        the line are named.
    MissingExtraError
        polars is not installed.
    """
    pl = _polars("reading rows from a file")
    path = Path(path)
    if path.is_dir():
        raise FormatError(f"{path}: this is a folder, not a file of rows")
    suffix = _suffix(path)
    data = _contents(path)
    if suffix not in BINARY:
        return _read_text(path, data, SEPARATORS[suffix.removesuffix(".gz")])
    read = pl.read_parquet if suffix == ".parquet" else pl.read_ipc
    try:
        frame: polars.DataFrame = read(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(f"{path}: not a readable {suffix} file: {_first_line(error)}") from None
    return frame


def write_frame(frame: Any, path: str | os.PathLike[str]) -> None:
    """Write a data frame, whole or not at all, in the format of the suffix (:func:`read_frame`).

    Raises
    ------
    FormatError
        An unknown suffix, a folder that is not there or cannot be written to, or a column that the
        format cannot hold.
    MissingExtraError
        polars is not installed.
    """
    pl = _polars("writing rows to a file")
    import narwhals as nw

    path = Path(path)
    suffix = _suffix(path)
    table = nw.from_native(frame, eager_only=True).to_polars()
    try:
        with atomic_write(path) as temporary:
            if suffix == ".parquet":
                table.write_parquet(temporary)
            elif suffix in BINARY:
                table.write_ipc(temporary)
            else:
                separator = SEPARATORS[suffix.removesuffix(".gz")]
                text = table.write_csv(separator=separator).encode()
                # Without a time stamp, equal rows make equal files.
                temporary.write_bytes(
                    gzip.compress(text, LEVEL, mtime=0) if suffix.endswith(".gz") else text
                )
    except pl.exceptions.PolarsError as error:
        raise FormatError(f"{path}: cannot be written: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _polars(feature: str) -> Any:
    try:
        import polars
    except ImportError:
        raise MissingExtraError(feature, "polars", "app") from None
    return polars


def _suffix(path: Path) -> str:
    name = path.name.lower()
    for suffix in SUFFIXES:
        if name.endswith(suffix):
            return suffix
    raise FormatError(f"{path}: unknown suffix; rows are kept in {listing(SUFFIXES)}")


def _contents(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.name.lower().endswith(".gz") else data
    except FileNotFoundError:
        raise FormatError(f"{path}: there is no such file") from None
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise FormatError(f"{path}: damaged, or not compressed by gzip: {error}") from None
    except OSError as error:
        raise FormatError(f"{path}: cannot be read: {error.strerror}") from None


def _read_text(path: Path, data: bytes, separator: str) -> polars.DataFrame:
    pl = _polars("reading rows from a file")
    if data.startswith(GZIP):
        raise FormatError(f"{path}: compressed by gzip; rename the file {path.name}.gz")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # line ends of old spreadsheets
    _check_utf8(path, data)
    header = _header(path, data, separator)
    if len(header) > 1:
        data = data.rstrip(b"\r\n")
    try:
        frame: polars.DataFrame = pl.read_csv(
            io.BytesIO(data), separator=separator, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        _check_lines(path, data, separator, len(header))
        raise FormatError(f"{path}: {_first_line(error)}") from None
    # polars refuses lines that are too long and fills up those that are too short. Without quotes
    # it is enough to count; with them, the slow pass is only worth it if a last field is empty.
    short = data.count(separator.encode()) < (len(header) - 1) * (len(frame) + 1)
    if short or (b'"' in data and frame[:, -1].null_count()):
        _check_lines(path, data, separator, len(header))
    return frame


def _check_utf8(path: Path, data: bytes) -> None:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FormatError(
            f"{path}, line {line}: the byte {data[error.start]:#04x} is not UTF-8; save the file "
            "as UTF-8"
        ) from None


def _header(path: Path, data: bytes, separator: str) -> list[str]:
    _, names = next(_records(path, data, separator), (1, []))
    if not names:
        raise FormatError(f"{path}, line 1: empty; the first line must hold the columns' names")
    other = next((mark for mark in USUAL_SEPARATORS if mark in names[0]), None)
    if len(names) == 1 and other:
        raise FormatError(
            f"{path}, line 1: only one column, {names[0]!r}; in a file with this suffix "
            f"{separator!r} separates the columns, not {other!r}"
        )
    for i, name in enumerate(names):
        if not name:
            raise FormatError(
                f"{path}, line 1: column {i + 1} has no name; name it, or leave it out"
            )
        if name in names[:i]:
            raise FormatError(
                f"{path}, line 1: {name!r} is the name of columns {names.index(name) + 1} and "
                f"{i + 1}; the first line must hold the columns' names, each once"
            )
    return names


def _check_lines(path: Path, data: bytes, separator: str, width: int) -> None:
    """Refuse the first line that does not hold ``width`` fields."""
    for line, fields in _records(path, data, separator):
        if not fields and width > 1:
            raise FormatError(f"{path}, line {line}: blank; take the line out")
        if len(fields) > width or (fields and len(fields) < width):
            raise FormatError(
                f"{path}, line {line}: {width} fields are expected, as in the header, "
                f"not {len(fields)}"
            )


def _records(path: Path, data: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """The fields of each record with the line on which it starts."""
    text = (line.decode() for line in io.BytesIO(data))
    reader = csv.reader(text, delimiter=separator, strict=True)
    line = 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise FormatError(f"{path}, line {line}: {error}; check the quotes") from None
