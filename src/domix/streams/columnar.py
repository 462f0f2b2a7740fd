"""Files of columns, Parquet and Feather, by ranges of rows."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from domix.data.files import import_polars
from domix.errors import FormatError
from domix.streams.batch import MOST_ENTRIES, Place, ranges
from domix.util.files import first_line

if TYPE_CHECKING:
    import polars


@dataclass(frozen=True)
class ColumnarSlice:
    """A range of rows of a file of columns."""

    file: ColumnarFile
    first_row: int
    rows: int

    @property
    def place(self) -> Place:
        """The file."""
        return self.file.place

    def frames(self, names: Sequence[str]) -> Iterator[polars.DataFrame]:
        """Yield frames of a few columns each."""
        width = max(1, MOST_ENTRIES // max(self.rows, 1))
        for start in range(0, len(names), width):
            with self.file.reading():
                rows = self.file.scan().slice(self.first_row, self.rows)
                yield rows.select(names[start : start + width]).collect()


@dataclass(frozen=True)
class ColumnarFile:
    """A file of columns: polars reads any range of its rows without decoding the others.

    Attributes
    ----------
    path : Path
    suffix : str
    """

    path: Path
    suffix: str
    is_held = False

    @property
    def place(self) -> Place:
        """The file."""
        return Place(str(self.path), is_file=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        with self.reading():
            return tuple(self.scan().collect_schema().names())

    def slices(self, names: Sequence[str], first: int, size: int) -> Iterator[ColumnarSlice]:  # noqa: ARG002
        """Cut the rows; see :class:`~domix.streams.batch.Source`."""
        pl = import_polars("reading rows from a file")
        with self.reading():
            rows = self.scan().select(pl.len()).collect().item()
        for start, stop in ranges(rows, first, size):
            yield ColumnarSlice(self, start, stop - start)

    def scan(self) -> polars.LazyFrame:
        """Return the file as a lazy frame."""
        pl = import_polars("reading rows from a file")
        scan = pl.scan_parquet if self.suffix == ".parquet" else pl.scan_ipc
        path = glob.escape(str(self.path))  # polars takes every path for a pattern
        frame: polars.LazyFrame = scan(path, hive_partitioning=False)
        return frame

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Name the file in the errors of polars.

        Raises
        ------
        FormatError
            The file cannot be read.
        """
        pl = import_polars("reading rows from a file")
        try:
            yield
        except (pl.exceptions.PolarsError, OSError) as error:
            raise FormatError(
                f"not a readable {self.suffix} file: {first_line(error)}", source=str(self.path)
            ) from None
