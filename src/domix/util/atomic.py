"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from domix.errors import FormatError

__all__ = ["atomic_write"]


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends without an error.

    The temporary file exists, is empty and has the suffix of ``path``. On an error or an interrupt
    it is removed and ``path`` stays as it was. A link is followed, and a file that is replaced
    keeps its permissions.

    Parameters
    ----------
    path

    Yields
    ------
    Path

    Raises
    ------
    FormatError
        The folder does not exist, ``path`` is no regular file, or writing is refused or fails.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_write(Path(folder) / "note.txt") as temporary:
    ...         _ = temporary.write_text("whole")
    ...     (Path(folder) / "note.txt").read_text()
    'whole'
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{secrets.token_hex(6)}.{target.name}")
    try:
        # Replacing a device or a pipe would destroy it, so only files take part.
        if target.exists() and not target.is_file():
            kind = "a folder" if target.is_dir() else "no regular file"
            raise FormatError(f"{path}: this is {kind}; name a file to write")
        if not target.parent.is_dir():
            raise FormatError(f"{path}: there is no folder {str(target.parent)!r}; make it first")
        # Made by hand, not by tempfile, so that the user's umask decides who may read it.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        if target.exists():
            os.chmod(temporary, stat.S_IMODE(target.stat().st_mode))
        yield temporary
        os.replace(temporary, target)
    except OSError as error:
        raise FormatError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            os.unlink(temporary)
