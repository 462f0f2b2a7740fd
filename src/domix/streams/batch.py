"""Batches of data rows that are read when they are used, and can be read again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from domix.errors import DataError

MOST_ENTRIES = 2**22
"""Entries of labels that are in memory at once, for each thread: text takes 16 bytes or more."""


@dataclass(frozen=True)
class Place:
    """What holds data rows, for messages.

    Attributes
    ----------
    name : str
        A file, or the argument of the call that holds a frame.
    is_file : bool
        Which of the two.
    """

    name: str
    is_file: bool

    @contextmanager
    def named(self) -> Iterator[None]:
        """Name the place in the errors of a block."""
        try:
            yield
        except DataError as error:
            error.source, error.argument = (self.name, None) if self.is_file else (None, self.name)
            raise


class Slice(Protocol):
    """Consecutive data rows of one source. It can be pickled."""

    @property
    def place(self) -> Place:
        """What holds the rows."""

    @property
    def first_row(self) -> int:
        """The number of the first row in the source, which counts from 0."""

    @property
    def rows(self) -> int:
        """The number of rows."""

    def frames(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield data frames of all the rows which together have the named columns, each once."""


Batch: TypeAlias = tuple[Slice, ...]
"""Slices of one or several sources, one after the other."""


class Source(Protocol):
    """Data rows of one file or frame."""

    @property
    def place(self) -> Place:
        """What holds the rows."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""

    @property
    def is_held(self) -> bool:
        """Whether slices hold their rows, because the source cannot be read from the middle."""

    def slices(self, names: Sequence[str], first: int, size: int) -> Iterator[Slice]:
        """Cut the rows, in their order.

        Parameters
        ----------
        names : sequence of str
            The columns that will be read.
        first : int
            Rows of the sources before this one.
        size : int
            A slice ends wherever the number of rows, ``first`` included, is a multiple of this, and
            after about ``MOST_ENTRIES`` labels if all of a slice's are in memory at once.
        """


def cut_slices(sources: Iterable[Source], names: Sequence[str], size: int) -> Iterator[Slice]:
    """Cut the rows of sources where the number of rows is a multiple of ``size``, at least.

    So where rows are cut does not depend on how they are divided into files.
    """
    first = 0
    for source in sources:
        for piece in source.slices(names, first, size):
            yield piece
            first += piece.rows


def cut_batches(slices: Iterable[Slice], size: int) -> Iterator[Batch]:
    """Put slices together to batches of ``size`` rows each, but for the last one."""
    batch: list[Slice] = []
    rows = 0
    for piece in slices:
        batch.append(piece)
        rows += piece.rows
        if rows % size == 0:
            yield tuple(batch)
            batch = []
    if batch:
        yield tuple(batch)


def ranges(rows: int, first: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of rows of the slices of a source; see :meth:`Source.slices`.

    Examples
    --------
    >>> list(ranges(10, 3, 4))
    [(0, 1), (1, 5), (5, 9), (9, 10)]
    """
    start = 0
    while start < rows:
        stop = min(rows, start + size - (first + start) % size)
        yield start, stop
        start = stop
