"""The model of a command: a network, or a graph whose states are those that rows have."""

from __future__ import annotations

import argparse
from pathlib import Path

from domix.cli.files.rows import RowFormat
from domix.errors import DataError
from domix.model.bare_graph import network_of_graph
from domix.model.graphs import is_graph_file, read_graph
from domix.model.io import read_network
from domix.model.network import Network


def read_model(args: argparse.Namespace, form: RowFormat, *rows: Path | None) -> Network:
    """Read what :func:`domix.cli.options.add_model` adds.

    Parameters
    ----------
    args : argparse.Namespace
    form : RowFormat
    *rows : path or None
        Files of rows, which say the states of a graph; None is not given.

    Returns
    -------
    Network
        Of a graph without tables, one with uniform tables, to be learnt.

    Raises
    ------
    DomixError
        A file cannot be read, or the rows do not fit the graph.
    """
    if is_graph_file(args.network):
        parents = read_graph(args.network, reverse_edges=args.reverse_edges)
        frames = {str(path): form.read_ahead(path) for path in rows if path is not None}
        return network_of_graph(parents, frames, form.missing_values)
    if args.reverse_edges:
        raise DataError(
            f"{args.network} is a network, whose tables follow its edges; only a graph without "
            "tables can be turned round",
            argument="reverse_edges",
        )
    return read_network(args.network, normalize=args.normalize)
