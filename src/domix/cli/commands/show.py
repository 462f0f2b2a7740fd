"""``domix show``: a network in readable lines, from three variables to a thousand."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

import numpy as np

from domix.cli.options import add_network
from domix.cli.terminal import fit_terminal
from domix.model.io import read_network
from domix.model.network import Network
from domix.util.text_tables import aligned

SUMMARY = "print the contents of a network"
EXAMPLES = """
domix show network.bif
domix show munin.bif.gz | tail
"""

LONGEST_NAME, LONGEST_LIST = 28, 40
"""Characters of a variable's name, and of a list of states or parents, that are shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the network."""
    add_network(parser)


def run(args: argparse.Namespace) -> None:
    """Print the network."""
    print(fit_terminal(describe(read_network(args.network, normalize=args.normalize))))


def describe(net: Network) -> str:
    """Describe each variable in one line (its states, its parents), then the whole network.

    The totals come last, because the end of a long output is what a terminal shows.

    Examples
    --------
    >>> net = Network({"A": [], "B": ["A"]}, {"A": [0, 1], "B": ["low", "high"]},
    ...               {"A": [0.5, 0.5], "B": [[1, 0], [0.5, 0.5]]})
    >>> print(describe(net))
    variable  states        parents
    --------  ------------  -------
    A         2: 0, 1
    B         2: low, high  A
    <BLANKLINE>
    2 variables, 1 edges, 2 states per variable
    6 table entries, 1 of them zero
    largest in-degree 1 (B)
    tables: as given, and taken as known
    """
    head = ["variable", "states", "parents"]
    body = [
        [
            _clip(name, LONGEST_NAME),
            f"{len(states)}: {_clip(_join(states), LONGEST_LIST)}",
            _clip(_join(net.parents[name]), LONGEST_LIST),
        ]
        for name, states in net.states.items()
    ]
    return "\n".join([aligned(head, body, "<<<"), "", *_describe_whole(net)])


def _describe_whole(net: Network) -> list[str]:
    """Return lines of totals."""
    layout, values = net.tables.layout, net.tables.values
    degrees = np.diff(layout.parent_ptr)
    zeros = int(np.count_nonzero(values == 0))
    least, most = int(layout.cards.min()), int(layout.cards.max())
    cards = f"{least}" if least == most else f"{least} to {most}"
    lines = [
        f"{layout.n:,} variables, {len(layout.parent_index):,} edges, {cards} states per variable",
        f"{layout.size:,} table entries, {zeros:,} of them zero",
    ]
    if degrees.any():
        largest = net.variables[int(degrees.argmax())]
        lines.append(f"largest in-degree {int(degrees.max())} ({largest})")
    if net.counts is None:
        lines.append("tables: as given, and taken as known")
    else:
        lines.append(f"tables: learnt from counts, pseudocount {net.pseudocount:g}")
    return lines


def _join(labels: Iterable[object]) -> str:
    return ", ".join(map(str, labels))


def _clip(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
