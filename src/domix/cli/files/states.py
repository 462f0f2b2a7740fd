"""Measurements of files as states: cut points from control rows, or from a file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from domix.cli.files.rows import RowFormat, name_source, read_column
from domix.core.notation import parse_intervention
from domix.core.space import listing
from domix.data.discretizing.discretizer import Discretizer
from domix.data.marks import MissingMarks, is_missing
from domix.errors import DataError, InterventionError
from domix.model.network import Network
from domix.util.files import check_file, decode_utf8, read_bytes


def learn_states(
    args: argparse.Namespace,
    form: RowFormat,
    control: Path | None,
    variables: Sequence[str] | None = None,
    labels: str | None = None,
) -> RowFormat:
    """Return how rows are read, as :func:`domix.cli.options.add_discretizing` lets users choose.

    Parameters
    ----------
    args : argparse.Namespace
    form : RowFormat
    control : path or None
        The rows that show the cut points.
    variables : sequence of str or None
        The columns that are cut; None is all.
    labels : str or None
        The column of ``control`` with the intervention of each row, if some have one: the cut
        points are those of rows with do().

    Raises
    ------
    DomixError
        Both options are given, there are no control rows to learn from, or a file cannot be read.
    """
    if args.cuts is not None:
        if args.discretize:
            raise DataError(
                "takes cut points from a file, and --discretize learns them; leave one of the two "
                "out",
                argument="cuts",
            )
        return replace(form, discretizer=_read_cuts(args.cuts))
    if not args.discretize:
        return form
    if control is None:
        raise DataError(
            "learns cut points from control rows; give observational=..., or cuts=...",
            argument="discretize",
        )
    table = _read_controls(form, control, variables or (), labels)
    if labels is not None and not len(table):
        raise DataError(
            f"learns cut points from rows with do() in {labels!r}, and there are none; give "
            "cuts=...",
            argument="discretize",
        )
    if variables is not None:
        shown = [name for name in table.columns if name in set(variables)]
        if not shown:
            raise DataError(
                f"no column is a variable of {args.network}: there are {listing(table.columns)}",
                source=str(control),
            )
        table = table.select(shown)
    with name_source("control", control):
        discretizer = Discretizer().fit(table, missing_values=form.missing_values)
    return replace(form, discretizer=discretizer)


def warn_of_wide_states(
    form: RowFormat, net: Network, control: Path | None, labels: str | None = None
) -> None:
    """Warn of states of control rows that hold too much; see :meth:`Discretizer.check`."""
    if form.discretizer is not None and control is not None:
        table = _read_controls(form, control, net.variables, labels)
        if len(table):
            with name_source("control", control):
                form.discretizer.check(net, table, missing_values=form.missing_values)


def _read_controls(
    form: RowFormat, control: Path, variables: Sequence[str], labels: str | None
) -> Any:
    """Return the rows of a file to which nothing was done."""
    table = form.read_table(control)
    entries = read_column(table, labels, variables, MissingMarks(form.missing_values), "--labels")
    if entries is None:
        return table
    untouched = {entry: _is_untouched(entry) for entry in set(entries)}
    return table.filter([untouched[entry] for entry in entries])


def _is_untouched(label: Any) -> bool:
    """Whether a label is do(); what is no intervention is refused where labels are read."""
    if label is None or is_missing(label):
        return False
    try:
        return not parse_intervention(str(label))
    except InterventionError:
        return False


def _read_cuts(path: Path) -> Discretizer:
    check_file(path)
    return Discretizer.from_json(decode_utf8(read_bytes(path), path), str(path))
