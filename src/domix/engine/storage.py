"""Parts that this process holds: in memory up to a limit, beyond it in memory-mapped files.

The files are anonymous: they have no name from the start, so that the system removes them however
the process ends. They lie in the folder that :mod:`tempfile` chooses, which ``TMPDIR`` names.
"""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Generic, Protocol, TypeVar

from domix.engine.packing import pack, unpack
from domix.errors import DomixError

HELD_SHARE = 0.5
"""Share of the memory that a limit leaves, above what the process already uses when it first holds
a part, for parts in memory. The rest is for what steps and searches need."""

FILE_BYTES = 2**30
"""A file that has this many takes no further part. Its space is freed once no part in it is used,
so that it should not be large; and each file takes a file descriptor, so that it should not be
small."""

ALIGNMENT = 64
"""Bytes: arrays in files begin at multiples of a cache line."""

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Kept(Protocol[T_co]):
    """A part that is kept somewhere as long as this object is used."""

    def load(self) -> T_co:
        """Return the part, to be used as long as a step runs."""


@dataclass(frozen=True, eq=False)
class InMemory(Generic[T]):
    """A part in memory."""

    value: T

    def load(self) -> T:
        """Return the part."""
        return self.value


@dataclass(frozen=True, eq=False)
class InFile(Generic[T]):
    """A part in a file.

    Attributes
    ----------
    file : _File
    start, length : int
        Its place in the file, in bytes.
    blocks : tuple of slice
        Its blocks, from ``start``.
    """

    file: _File
    start: int
    length: int
    blocks: tuple[slice, ...]

    def load(self) -> T:
        """Map the part into memory until its arrays are no longer used.

        Only what is read of them is brought into memory; what is written to them stays there.
        """
        mapped = memoryview(self.file.map_bytes(self.start, self.length))
        part: T = unpack([mapped[block] for block in self.blocks])
        return part


class _File:
    """An anonymous file of parts, closed when none of them is used."""

    def __init__(self) -> None:
        # Without a buffer: what a full disk refused would be written again on closing.
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115
        self.length = 0
        weakref.finalize(self, self._file.close)

    def append(self, blocks: Sequence[memoryview]) -> InFile[Any]:
        """Write a part to the end of the file."""
        start = end = _align(self.length, mmap.ALLOCATIONGRANULARITY)
        places = []
        for block in blocks:
            # An empty block must not end beyond the last byte that is written.
            begin = _align(end, ALIGNMENT) if block else end
            end = begin + len(block)
            places.append(slice(begin - start, end - start))
            self._file.seek(begin)
            written = 0
            while written < len(block):
                written += self._file.write(block[written:])
        self.length = end
        return InFile(self, start, end - start, tuple(places))

    def map_bytes(self, start: int, length: int) -> mmap.mmap:
        """Map some bytes of the file into memory."""
        return mmap.mmap(self._file.fileno(), length, access=mmap.ACCESS_COPY, offset=start)


class Storage:
    """Keeps parts in memory up to a limit, and in files beyond it.

    Parameters
    ----------
    limit : int or None
        Bytes of memory that the whole process should use at most; None keeps all parts in memory.
    """

    def __init__(self, limit: int | None) -> None:
        self._limit = limit
        self._room: float | None = None
        self._held = 0
        # Parts can be freed at any moment, also while the lock is held.
        self._freed: deque[int] = deque()
        self._lock = Lock()
        self._file: weakref.ref[_File] | None = None

    def keep(self, value: T) -> Kept[T]:
        """Keep a part.

        Raises
        ------
        DomixError
            It should go to a file, and the folder is full or cannot be written to.
        """
        if self._limit is None:
            return InMemory(value)
        blocks = pack(value)
        size = sum(map(len, blocks))
        with self._lock:
            if self._has_room(size, self._limit):
                self._held += size
                kept = InMemory(value)
                weakref.finalize(kept, self._freed.append, size).atexit = False
                return kept
            return self._write(blocks)

    def _has_room(self, size: int, limit: int) -> bool:
        if self._room is None:
            self._room = HELD_SHARE * (limit - _memory_in_use())
        while self._freed:
            self._held -= self._freed.popleft()
        return self._held + size <= self._room

    def _write(self, blocks: Sequence[memoryview]) -> InFile[Any]:
        try:
            file = None if self._file is None else self._file()
            if file is None or file.length >= FILE_BYTES:
                file = _File()
                self._file = weakref.ref(file)
            return file.append(blocks)
        except OSError as error:
            raise DomixError(
                "rows that exceed the limit cannot be written to the folder "
                f"{tempfile.gettempdir()!r}: {error.strerror}; free space there, set the "
                "environment variable TMPDIR to another folder, or raise the limit",
                argument="memory_limit",
            ) from error


def _align(position: int, step: int) -> int:
    return -(-position // step) * step


def _memory_in_use() -> int:
    """Return the bytes of memory that this process uses, 0 where the system does not show it."""
    try:
        resident = Path("/proc/self/statm").read_text("ascii").split()[1]
    except OSError:
        return 0
    return int(resident) * os.sysconf("SC_PAGE_SIZE")
