"""A network in readable lines, from three nodes to a thousand."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from domix.model.network import Network
from domix.util.text_tables import aligned

__all__ = ["describe"]

LONGEST_NAME, LONGEST_LIST = 28, 40


def describe(net: Network) -> str:
    """One line per variable (its states, its parents), then the figures of the whole.

    The figures come last, because that is what stays on the screen when there are a thousand lines.

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
    2 variables, 1 arcs, 2 states per variable
    6 table entries, 1 of them zero
    largest in-degree 1 (B)
    tables: as given, and taken as known
    """
    head = ["variable", "states", "parents"]
    body = [
        [
            _clipped(name, LONGEST_NAME),
            f"{len(states)}: {_clipped(_joined(states), LONGEST_LIST)}",
            _clipped(_joined(net.parents[name]), LONGEST_LIST),
        ]
        for name, states in net.states.items()
    ]
    return "\n".join([aligned(head, body, "<<<"), "", *_figures(net)])


def _figures(net: Network) -> list[str]:
    layout, values = net.tables.layout, net.tables.values
    degrees = np.diff(layout.parent_ptr)
    zeros = int(np.count_nonzero(values == 0))
    few, many = int(layout.cards.min()), int(layout.cards.max())
    cards = f"{few}" if few == many else f"{few} to {many}"
    widest = net.variables[int(degrees.argmax())]
    lines = [
        f"{layout.n:,} variables, {len(layout.parent_index):,} arcs, {cards} states per variable",
        f"{layout.size:,} table entries, {zeros:,} of them zero",
    ]
    if degrees.any():
        lines.append(f"largest in-degree {int(degrees.max())} ({widest})")
    if net.counts is None:
        lines.append("tables: as given, and taken as known")
    else:
        lines.append(f"tables: learnt from counts, pseudocount {net.pseudocount:g}")
    return lines


def _joined(labels: Iterable[object]) -> str:
    return ", ".join(map(str, labels))


def _clipped(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
