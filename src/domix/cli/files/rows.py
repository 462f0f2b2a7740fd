"""Data rows from a file: codes of the variables, and columns with labels and groups."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from warnings import warn

import numpy as np

from domix.cli.files.outputs import add_labels
from domix.cli.results import Results, assign
from domix.core.space import listing
from domix.data.discretizing.discretizer import Discretizer
from domix.data.files import read_frame, write_frame
from domix.data.frame import encode
from domix.data.marks import MissingMarks
from domix.data.missing import Extra, MissingSummed
from domix.data.text import COMMENT_SIGNS, SEPARATORS
from domix.errors import DataError, DomixError, DomixWarning
from domix.model.network import Network
from domix.plots.posterior.times import list_times, read_times
from domix.util.arrays import Bools, Codes
from domix.util.progress import report_progress


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of a file.

    Attributes
    ----------
    table : data frame
        The file as it was read.
    codes : ndarray or masked array of uint8, shape (rows, variables)
        The rows that were kept; entries that are to be summed out are masked.
    kept : ndarray of bool, shape (rows of the file,), or None
        None if all rows were kept.
    labels, groups, time : list or None
        Entries of these columns for the rows that were kept; None without such a column.
    """

    table: Any
    codes: Codes
    kept: Bools | None
    labels: list[Any] | None
    groups: list[Any] | None
    time: list[Any] | None

    @property
    def data(self) -> Codes:
        """The rows as :func:`disentangle` takes them."""
        return self.codes

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.table.columns)

    def write_labels(self, results: Results, path: Path) -> None:
        """Write the rows, each with its most probable intervention."""
        missing: MissingSummed = "marginalize" if np.ma.is_masked(self.codes) else "error"
        labels = assign(results, self.codes, self.labels, self.groups, missing)
        report_progress(f"writing {path.name}", None)
        write_frame(add_labels(self.table, labels, self.kept), path)


@dataclass(frozen=True)
class RowFormat:
    """How a command reads the files of its rows.

    Attributes
    ----------
    missing, extra : str
        What to do with missing values, and with columns that are not variables.
    missing_values : list of str or None
        Marks of missing values that the user names.
    separator, comment : str or None
        As in :func:`read_frame`.
    discretizer : Discretizer or None
        Cuts measurements into states; None leaves them.
    """

    missing: MissingSummed
    extra: Extra
    missing_values: list[str] | None
    separator: str | None
    comment: str | None
    discretizer: Discretizer | None = None
    tables: dict[Path, Any] = field(default_factory=dict)
    """Tables that were read, until :meth:`forget`: the rows of a file are needed several times."""

    def read(self, path: Path) -> Any:
        """Read a file as a data frame, its measurements as states if they are cut."""
        return self.cut(self.read_table(path), path)

    def read_table(self, path: Path) -> Any:
        """Read a file as a data frame, as it is."""
        if path not in self.tables:
            self.tables[path] = read_frame(path, separator=self.separator, comment=self.comment)
        return self.tables[path]

    def forget(self) -> None:
        """Free the memory of the tables, before the work, once all rows are codes."""
        self.tables.clear()

    def cut(self, table: Any, path: Path) -> Any:
        """Return the table of a file with its measurements as states, if they are cut."""
        if self.discretizer is None:
            return table
        with name_source("frame", path):
            return self.discretizer.transform(table, missing_values=self.missing_values)


def row_format(args: argparse.Namespace) -> RowFormat:
    """Return the options that :func:`domix.cli.options.add_rows` adds."""
    return RowFormat(
        getattr(args, "missing", "error"),
        getattr(args, "extra", "error"),
        args.missing_values,
        args.separator,
        args.comment,
    )


def read_rows(
    net: Network,
    path: Path,
    form: RowFormat,
    *,
    labels: str | None = None,
    groups: str | None = None,
    time: str | None = None,
    summed: bool = False,
) -> FileRows:
    """Read and encode rows; ``labels`` and ``groups`` name columns that are not variables.

    ``time`` names a column that may be one. ``summed`` is whether missing entries can be summed
    out.

    Raises
    ------
    DataError
        The rows do not fit the network, there are none, or there is no such column.
    """
    table = form.read_table(path)
    marks = MissingMarks(form.missing_values)
    label_entries = read_column(table, labels, net.variables, marks, "--labels")
    group_entries = read_column(table, groups, net.variables, marks, "--groups")
    times = _read_time(table, time, net.variables, marks)
    states = form.cut(table, path)
    others = {labels, groups, time} - set(net.variables)
    with name_source(str(path), path):
        rows = encode(
            net.space,
            states.drop([name for name in states.columns if name in others]),
            missing=form.missing,
            extra=form.extra,
            missing_values=form.missing_values,
            argument=str(path),
            summed=summed,
        )
        rows.require_rows(str(path), none="there are no rows, only column names")
    kept = [
        None if entries is None else rows.select(entries)
        for entries in (label_entries, group_entries, times)
    ]
    codes = rows.codes if rows.absent is None else np.ma.array(rows.codes, mask=rows.absent)
    return FileRows(table, codes, rows.kept, *kept)


def read_column(
    table: Any, name: str | None, variables: Sequence[str], marks: MissingMarks, option: str
) -> list[Any] | None:
    """Return the entries of a column, None for marks of missing values; None if ``name`` is.

    Raises
    ------
    DataError
        There is no such column, or it is a variable.
    """
    if name is None:
        return None
    if name in variables:
        raise DataError(
            f"{name!r} is a variable of the network; name another column", argument=option
        )
    _require_column(table, name, option)
    return [None if marks.include(entry) else entry for entry in table[name].to_list()]


def _read_time(
    table: Any, name: str | None, variables: Sequence[str], marks: MissingMarks
) -> list[Any] | None:
    """Return the time of each row, as :func:`read_column`, or refuse it before the work."""
    if name is None:
        return None
    _require_column(table, name, "--time")
    times, _ = list_times(table, name, variables)
    times = [None if marks.include(time) else time for time in times]
    read_times(times, len(times), name)
    return times


def _require_column(table: Any, name: str, option: str) -> None:
    if name not in table.columns:
        raise DataError(
            f"there is no column {name!r}; the columns are {listing(table.columns)}",
            argument=option,
        )


def note_comments(table: Any, path: Path, form: RowFormat) -> None:
    """Warn of names and labels of a text file that look like comments."""
    is_text = path.name.lower().removesuffix(".gz").endswith(tuple(SEPARATORS))
    if form.comment is not None or not is_text:
        return
    name = table.columns[0]
    texts = [name, *table[name].drop_nulls().unique().sort()]
    doubtful = [(text, sign) for text in texts for sign in COMMENT_SIGNS if text.startswith(sign)]
    if doubtful:
        text, sign = doubtful[0]
        warn(
            f"{path}: {text!r} is read as a {'name' if text == name else 'label'}; if its line is "
            f'a comment, give comment="{sign}"; if the sign is not part of it, remove the sign',
            DomixWarning,
            stacklevel=2,
        )


@contextmanager
def explain_numbers(kept: Bools | None) -> Iterator[None]:
    """Say in errors that rows are not numbered as in the file, if some were dropped."""
    try:
        yield
    except DomixError as error:
        if kept is not None:
            error.message += " (rows that were dropped are not counted)"
        raise


@contextmanager
def name_source(argument: str, path: Path) -> Iterator[None]:
    """Name a file in the errors of a block in place of the argument that holds its rows."""
    try:
        yield
    except DataError as error:
        if error.argument == argument:
            error.argument, error.source = None, str(path)
        raise
