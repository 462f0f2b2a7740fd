"""A file of records to which records are only added: whole, or not at all after a kill.

Each record has its length and a checksum in front. What a kill leaves of the last one fails the
checksum and is cut off when the file is opened again. So there is no other file at any time, as
there would be with a database or with files that are renamed.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import sys
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from domix.errors import FormatError

MAGIC = b"domix checkpoint\n"
FRAME = Struct("<QI")
"""Length and CRC-32 of what follows: the key, a line break, the value."""

Header = Mapping[str, str]


class RecordFile:
    """Records by key, on disk.

    Parameters
    ----------
    path : path
        It is created if it does not exist.
    header : mapping of str to str
        What the records belong to: ``"version"`` and ``"inputs"``.

    Raises
    ------
    FormatError
        The file holds something else, belongs to other inputs or another version, is in use by
        another process, or cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], header: Header) -> None:
        self.path = str(path)
        self._places: dict[str, tuple[int, int]] = {}
        self._file = self._open(Path(path))
        try:
            self._lock()
            self._read(header)
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def get(self, key: str) -> bytes | None:
        """Return the record of a key, if there is one."""
        if key not in self._places:
            return None
        start, size = self._places[key]
        self._file.seek(start)
        return self._file.read(size)

    def append(self, records: Iterable[tuple[str, bytes]]) -> None:
        """Add records, and return when they are on disk."""
        self._write(b"".join(_frame(key.encode() + b"\n" + value) for key, value in records))

    def _open(self, path: Path) -> BinaryIO:
        with suppress(OSError):
            if not stat.S_ISREG(path.stat().st_mode):
                raise self._error("not a regular file; name another file")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
        except OSError as error:
            raise self._error(f"cannot be written: {error.strerror}") from None
        return os.fdopen(descriptor, "r+b", buffering=0)

    def _lock(self) -> None:
        """Keep other processes out; child processes do not inherit the lock."""
        if sys.platform == "win32":
            return
        import fcntl

        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some file systems have no locks.
            if error.errno in (errno.EACCES, errno.EAGAIN):
                raise self._error(
                    "in use by another process; wait for it to end, or name another file"
                ) from None

    def _read(self, header: Header) -> None:
        """Find the records, and cut off what a kill left of the last one."""
        start = self._file.read(len(MAGIC))
        if not MAGIC.startswith(start):
            raise self._error("not a checkpoint; name another file")
        end, found = len(start), self._read_record()
        if found is None:
            # The file is empty, or was killed in its first moment.
            self._end = 0
            self._write(MAGIC + _frame(b"\n" + json.dumps(dict(header)).encode()))
            return
        self._compare(json.loads(found), header)
        while found is not None:
            end = self._file.tell()
            found = self._read_record()
            if found is not None:
                key = found[: found.index(b"\n")]
                size = len(found) - len(key) - 1
                self._places[key.decode()] = self._file.tell() - size, size
        self._file.truncate(end)
        self._end = end

    def _read_record(self) -> bytes | None:
        """Return the next record; None if it is not whole."""
        frame = self._file.read(FRAME.size)
        if len(frame) < FRAME.size:
            return None
        size, checksum = FRAME.unpack(frame)
        left = os.fstat(self._file.fileno()).st_size - self._file.tell()
        # A crash of the machine can leave zeros, which are no record.
        if not 0 < size <= left:
            return None
        record = self._file.read(size)
        return record if zlib.crc32(record) == checksum else None

    def _compare(self, found: Header, wanted: Header) -> None:
        if found["version"] != wanted["version"]:
            raise self._error(
                f"written by domix {found['version']}, but this is {wanted['version']}; use that "
                "version, or delete the file to start again"
            )
        if found != dict(wanted):
            raise self._error(
                "belongs to other rows, another network or other options; call with those it was "
                "started with, or delete the file to start again"
            )

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            # What an interrupt left of a record would hide those behind it.
            self._file.truncate(self._end)
            self._file.seek(self._end)
            while view:
                view = view[self._file.write(view) :]
            os.fsync(self._file.fileno())
            self._end += len(data)
        except OSError as error:
            raise self._error(
                f"cannot be written: {error.strerror}; what is in it is kept, so call again once "
                "this is corrected"
            ) from None

    def _error(self, message: str) -> FormatError:
        return FormatError(message, source=self.path, argument="checkpoint")


def _frame(record: bytes) -> bytes:
    return FRAME.pack(len(record), zlib.crc32(record)) + record
