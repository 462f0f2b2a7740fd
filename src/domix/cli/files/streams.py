"""Files of rows that a command reads in batches, since together they may exceed memory."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from domix.cli.files.outputs import add_labels
from domix.cli.files.rows import FileRows, RowFormat, read_rows
from domix.cli.results import Results, assign
from domix.data.files import import_polars, write_frames
from domix.data.marks import MissingMarks
from domix.errors import DataError
from domix.model.network import Network
from domix.shards.shard import SHARD_ROWS
from domix.streams.frames import FrameSlice
from domix.streams.reading import read_batch
from domix.streams.stream import RowStream, is_pattern, match_files, open_stream
from domix.util.progress import Report, reporting

if TYPE_CHECKING:
    import polars

LABELLED_ENTRIES = 2**22
"""Entries of rows with their labels that are in memory at once."""

RowFiles: TypeAlias = "Path | RowStream"
"""A file that is read whole, or files that are read in batches."""

IN_MEMORY = {
    "discretize": "cuts measurements",
    "cuts": "cuts measurements",
    "fit": "counts rows once more",
    "labels": "reads the interventions of rows",
    "groups": "reads the groups of rows",
    "time": "reads the times of rows",
}
"""Options for which rows must be in memory, with what they do."""


@dataclass(frozen=True, eq=False)
class StreamedRows:
    """Rows of files that are read in batches; see :class:`FileRows` for what both have.

    Attributes
    ----------
    data : RowStream
    form : RowFormat
    net : Network
    """

    data: RowStream
    form: RowFormat
    net: Network

    kept = labels = groups = time = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns that all files have."""
        first, *others = (source.names for source in self.data.sources)
        return tuple(name for name in first if all(name in names for names in others))

    def write_labels(self, results: Results, path: Path) -> None:
        """Write the rows, each with its most probable intervention, a batch at a time."""
        with reporting() as report, reporting(False):
            write_frames(self._label(results, report), path)

    def _label(self, results: Results, report: Report) -> Iterator[polars.DataFrame]:
        pl = import_polars("writing rows to a file")
        columns, space = self.columns, self.net.space
        marks = MissingMarks(self.form.missing_values)
        size = max(1, LABELLED_ENTRIES // (len(columns) + len(space)))
        done, total = 0, self._count_rows()
        for piece in self.data.slices(columns, size):
            report("labels of rows", None if total is None else done / total)
            done += piece.rows
            frame = pl.concat(list(piece.frames(columns)), how="horizontal").select(columns)
            own = FrameSlice(piece.place, piece.first_row, piece.rows, frame)
            rows = read_batch((own,), space=space, missing=self.form.missing, marks=marks)
            yield add_labels(frame, assign(results, rows.codes, None, None), rows.kept)

    def _count_rows(self) -> int | None:
        """Return the number of rows; None where they would have to be read once more for it."""
        if self.data.is_held or self.data.dask_rows is not None:
            return None
        batches = self.data.batches(self.net.variables, SHARD_ROWS)
        return sum(piece.rows for batch in batches for piece in batch)


def open_files(
    paths: Sequence[Path],
    args: argparse.Namespace,
    form: RowFormat,
    in_memory: Collection[str] = IN_MEMORY,
) -> RowFiles:
    """Open files of rows, to be read in batches if there are several, or to save memory.

    Parameters
    ----------
    paths : sequence of path
        Files and patterns.
    args : argparse.Namespace
    form : RowFormat
    in_memory : collection of str
        Options for which these rows must be in memory.

    Returns
    -------
    path or RowStream
        The path where there is one, to be read whole.

    Raises
    ------
    DataError
        There is such an option, ``--missing marginalize`` among them, or a file is named twice.
    FormatError
        A file cannot be read.
    """
    option = next((name for name in in_memory if getattr(args, name)), None)
    if len(paths) == 1 and not is_pattern(paths[0]):
        whole = option is not None or args.missing == "marginalize"
        if whole or args.memory_limit is None:
            return paths[0]
    if args.missing == "marginalize":
        raise DataError(
            "entries cannot be summed out of rows that are read in batches; name one file of rows, "
            'or drop such rows with missing="drop"',
            argument="missing",
        )
    if option is not None:
        raise DataError(
            f"{IN_MEMORY[option]}, and these are read in batches; name one file of rows",
            argument=option,
        )
    name = ", ".join(map(str, paths))
    return open_stream(list(paths), name, separator=form.separator, comment=form.comment)


def read_files(
    net: Network, rows: RowFiles, form: RowFormat, **columns: str | None
) -> FileRows | StreamedRows:
    """Read rows now, or when they are used; ``columns`` as in :func:`read_rows`."""
    if isinstance(rows, RowStream):
        return StreamedRows(rows, form, net)
    return read_rows(net, rows, form, summed=True, **columns)


def list_files(argument: str, paths: Sequence[Path]) -> dict[str, Path]:
    """Return the files that are meant, those that match patterns included, each with a name."""
    files = [file for path in paths for file in (match_files(path) if is_pattern(path) else [path])]
    return (
        {argument: files[0]} if len(files) == 1 else {f"{argument}, {file}": file for file in files}
    )
