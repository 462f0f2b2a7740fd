"""Measurements of files as states: cut points from control rows, or from a file."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from domix.cli.files.rows import RowFormat, name_source
from domix.data.discretizing.discretizer import Discretizer
from domix.errors import DataError
from domix.model.network import Network
from domix.util.files import check_file, decode_utf8, read_bytes


def learn_states(args: argparse.Namespace, form: RowFormat, control: Path | None) -> RowFormat:
    """Return how rows are read, as :func:`domix.cli.options.add_discretizing` lets users choose.

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
    return replace(form, discretizer=fit_discretizer(Discretizer(), form, control))


def fit_discretizer(
    discretizer: Discretizer, form: RowFormat, control: Path, by: str | None = None
) -> Discretizer:
    """Learn cut points from a file of control rows."""
    with name_source("control", control):
        return discretizer.fit(form.read_table(control), by=by, missing_values=form.missing_values)


def warn_of_wide_states(form: RowFormat, net: Network, control: Path | None) -> None:
    """Warn of states of control rows that hold too much; see :meth:`Discretizer.check`."""
    if form.discretizer is not None and control is not None:
        table = form.read_table(control)
        with name_source("control", control):
            form.discretizer.check(net, table, missing_values=form.missing_values)


def _read_cuts(path: Path) -> Discretizer:
    check_file(path)
    return Discretizer.from_json(decode_utf8(read_bytes(path), path), str(path))
