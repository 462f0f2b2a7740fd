"""Rows of lazy frames of polars, and of frames of Dask, which are computed a part at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from domix.data.files import import_polars
from domix.errors import DataError, MissingExtraError
from domix.streams.batch import MOST_ENTRIES, Place, ranges
from domix.util.files import first_line

if TYPE_CHECKING:
    import polars

OLDEST_POLARS = 1, 38
"""The version from which on an error in a lazy frame is raised where its batches are read."""


@dataclass(frozen=True, eq=False)
class FrameSlice:
    """Rows of a frame that are in memory."""

    place: Place
    first_row: int
    rows: int
    frame: Any

    def frames(self, names: Sequence[str]) -> Iterator[Any]:
        """Yield one frame."""
        yield self.frame[list(names)]


@dataclass(frozen=True, eq=False)
class LazyRows:
    """The rows of a lazy frame of polars, which its streaming engine computes in order.

    Attributes
    ----------
    frame : polars.LazyFrame
    place : Place
    """

    frame: polars.LazyFrame
    place: Place
    is_held = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        with self._reading():
            return tuple(self.frame.collect_schema().names())

    def slices(self, names: Sequence[str], first: int, size: int) -> Iterator[FrameSlice]:
        """Cut the rows; see :class:`~domix.streams.batch.Source`."""
        _require_batches()
        row = 0
        with self._reading():
            rows = min(size, max(1, MOST_ENTRIES // max(len(names), 1)))
            for frame in self.frame.select(list(names)).collect_batches(chunk_size=rows):
                yield from _cut(frame, self.place, row, first + row, size)
                row += len(frame)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        pl = import_polars("a lazy frame")
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            raise DataError(
                f"the lazy frame cannot be computed: {first_line(error)}", argument=self.place.name
            ) from error


@dataclass(frozen=True, eq=False)
class DaskRows:
    """The rows of a frame of Dask, one partition after the other.

    Attributes
    ----------
    frame : dask.dataframe.DataFrame
    place : Place
    """

    frame: Any
    place: Place

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(self.frame.columns)

    @cached_property
    def client(self) -> Any:
        """The client of the cluster that holds partitions already; None if none does."""
        tasks = dict(self.frame.__dask_graph__()).values()
        futures = (task for task in tasks if type(task).__module__ == "distributed.client")
        return next((future.client for future in futures), None)

    @property
    def is_held(self) -> bool:
        """Whether partitions are on a cluster already, where only its client can ask for them."""
        return self.client is not None

    def slices(self, names: Sequence[str], first: int, size: int) -> Iterator[FrameSlice]:
        """Cut the rows; see :class:`~domix.streams.batch.Source`."""
        row = 0
        for number in range(self.frame.npartitions):
            lazy = self.frame[list(names)].partitions[number]
            frame = self.client.compute(lazy).result() if self.is_held else lazy.compute()
            yield from _cut(frame, self.place, row, first + row, size)
            row += len(frame)

    def partition(self, number: int, names: Sequence[str]) -> FrameSlice:
        """Compute a partition on this thread, whatever scheduler there is."""
        frame = self.frame[list(names)].partitions[number].compute(scheduler="synchronous")
        place = Place(f"{self.place.name}: partition {number}", is_file=False)
        return FrameSlice(place, 0, len(frame), frame)


def _require_batches() -> None:
    """Refuse versions of polars whose batches end without an error where a frame has one."""
    pl = import_polars("a lazy frame")
    if tuple(map(int, pl.__version__.split(".")[:2])) < OLDEST_POLARS:
        version = ".".join(map(str, OLDEST_POLARS))
        raise MissingExtraError("reading a lazy frame in batches", f"polars>={version}", "app")


def is_lazy(data: object) -> bool:
    """Whether data are a lazy frame of polars."""
    pl = sys.modules.get("polars")
    return pl is not None and isinstance(data, pl.LazyFrame)


def is_dask(data: object) -> bool:
    """Whether data are a frame of Dask."""
    dask = sys.modules.get("dask.dataframe")
    return dask is not None and isinstance(data, dask.DataFrame)


def _cut(frame: Any, place: Place, row: int, first: int, size: int) -> Iterator[FrameSlice]:
    import narwhals as nw

    # Slices of pandas itself go by the labels of an index of real numbers, not by places.
    rows = nw.from_native(frame, eager_only=True)
    for start, stop in ranges(len(rows), first, size):
        yield FrameSlice(place, row + start, stop - start, rows[start:stop].to_native())
