"""Text files of rows, cut where records end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from domix.data.text import Text, parse_text, read_header
from domix.streams.batch import MOST_ENTRIES, Place
from domix.streams.records import read_records
from domix.util.files import read_range

if TYPE_CHECKING:
    import polars


class Header(NamedTuple):
    """The line with the names of the columns.

    Attributes
    ----------
    data : bytes
        With its line end.
    line : int
        Its number, from 1.
    names : tuple of str
    """

    data: bytes
    line: int
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class TextSlice:
    """Lines of a text file.

    Attributes
    ----------
    file : TextFile
    first_row, rows : int
    line : int
        The number of the first line, from 1.
    start, stop : int
        Where the lines begin and end in the file, in bytes.
    data : bytes or None
        The lines, of a compressed file.
    """

    file: TextFile
    first_row: int
    rows: int
    line: int
    start: int
    stop: int
    data: bytes | None

    @property
    def place(self) -> Place:
        """The file."""
        return self.file.place

    def frames(self, names: Sequence[str]) -> Iterator[polars.DataFrame]:
        """Yield one frame, of text."""
        file, header = self.file, self.file.header
        data = read_range(file.path, self.start, self.stop) if self.data is None else self.data
        above = Text(file.path, header.data, file.separator, lambda line: line + header.line - 1)
        text = Text.clean(file.path, data, file.separator, file.comment, self.line)
        yield parse_text(text.following(above), self.rows).select(names)


@dataclass(frozen=True, eq=False)
class TextFile:
    """A text file of rows with a header line; see :func:`~domix.data.files.read_frame`.

    Attributes
    ----------
    path : Path
    separator : str
    comment : str or None
        How comments begin.
    is_held : bool
        Whether it is compressed, so that it is read from its beginning.
    """

    path: Path
    separator: str
    comment: str | None
    is_held: bool

    @property
    def place(self) -> Place:
        """The file."""
        return Place(str(self.path), is_file=True)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return self.header.names

    @cached_property
    def header(self) -> Header:
        """The line with the names of the columns.

        Raises
        ------
        FormatError
            The file cannot be read, or its first line does not hold the names.
        """
        data, line = b"", 1
        for records in read_records(self.path, self.comment, keep_blank=True):
            if records.kept.any():
                first = int(np.argmax(records.kept))
                begin = int(records.ends[first - 1]) if first else 0
                line = records.line + (int(records.lines[first - 1]) if first else 0)
                data = records.data[begin : records.ends[first]]
                break
        text = Text.clean(self.path, data, self.separator, None, line)
        return Header(text.data, line, tuple(read_header(text)))

    def slices(self, names: Sequence[str], first: int, size: int) -> Iterator[TextSlice]:  # noqa: ARG002
        """Cut the lines; see :class:`~domix.streams.batch.Source`."""
        limit = max(1, MOST_ENTRIES // len(self.names))
        row, line, start = 0, 0, -1
        rows, stop = -1, 0  # so that the header is record 0
        parts: list[bytes] = []
        for records in read_records(self.path, self.comment, keep_blank=len(self.names) == 1):
            counts, begin = rows + np.cumsum(records.kept), 0
            while True:
                end_row = row + min(limit, size - (first + row) % size) if start >= 0 else 0
                index = int(np.searchsorted(counts, end_row))
                if index == len(counts):
                    break
                end = int(records.ends[index])
                stop = records.start + end
                if start >= 0:
                    parts.append(records.data[begin:end])
                    yield self._slice(row, end_row - row, line, start, stop, parts)
                row, line, start = end_row, records.line + int(records.lines[index]), stop
                begin, parts = end, []
            rows, end = int(counts[-1]), int(records.ends[-1])
            stop = records.start + end
            parts.append(records.data[begin:end] if self.is_held else b"")
        if rows > row:
            yield self._slice(row, rows - row, line, start, stop, parts)

    def _slice(
        self, row: int, rows: int, line: int, start: int, stop: int, parts: list[bytes]
    ) -> TextSlice:
        data = b"".join(parts) if self.is_held else None
        return TextSlice(self, row, rows, line, start, stop, data)
