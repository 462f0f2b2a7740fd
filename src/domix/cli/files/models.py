"""The model of a command: a network, or a graph whose states are those that rows have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from domix.cli.files.rows import RowFormat
from domix.cli.files.states import learn_states
from domix.data.marks import MissingMarks
from domix.engine.threads import Threads
from domix.errors import DataError
from domix.model.bare_graph import network_of_graph
from domix.model.graphs import is_graph_file, read_graph
from domix.model.io import read_network
from domix.model.network import Network
from domix.problems.streamed import show_stream
from domix.streams.stream import RowStream


def read_model(
    args: argparse.Namespace,
    form: RowFormat,
    *rows: Path | RowStream | None,
    control: Path | RowStream | None,
    labels: str | None = None,
) -> tuple[Network, RowFormat]:
    """Read what :func:`domix.cli.options.add_model` adds, and learn how its variables are cut.

    Parameters
    ----------
    args : argparse.Namespace
    form : RowFormat
    *rows : path, RowStream or None
        Files of rows, which say the states of a graph; None is not given.
    control : path, RowStream or None
        Those of the rows without interventions, which show the cut points.
    labels : str or None
        The column of ``control`` with the intervention of each row, if some have one.

    Returns
    -------
    net : Network
        Of a graph without tables, one with uniform tables, to be learnt.
    form : RowFormat
        Which cuts measurements of the variables, if users choose so.

    Raises
    ------
    DomixError
        A file cannot be read, or the rows do not fit the graph.
    """
    whole = control if isinstance(control, Path) else None
    if is_graph_file(args.network):
        if args.normalize:
            raise DataError(
                f"{args.network} is a graph without tables, of which nothing can be divided; leave "
                "it out",
                argument="normalize",
            )
        parents = read_graph(args.network, reverse_edges=args.reverse_edges)
        form = learn_states(args, form, whole, list(parents), labels)
        frames = {str(own): _show(own, form, list(parents)) for own in rows if own is not None}
        without = None if control is None else str(control)
        return network_of_graph(parents, frames, form.missing_values, control=without), form
    if args.reverse_edges:
        raise DataError(
            f"{args.network} is a network, whose tables follow its edges; only a graph without "
            "tables can be turned round",
            argument="reverse_edges",
        )
    net = read_network(args.network, normalize=args.normalize)
    return net, learn_states(args, form, whole, net.variables, labels)


def _show(rows: Path | RowStream, form: RowFormat, names: list[str]) -> Any:
    """Return the rows of a file, or the labels of rows that are read in batches."""
    if isinstance(rows, RowStream):
        return show_stream(Threads(), names, rows, MissingMarks(form.missing_values))
    return form.read(rows)
