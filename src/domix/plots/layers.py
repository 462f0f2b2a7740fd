"""Where the nodes of a graph stand: in layers, so that all edges lead downwards.

A layer that would be too wide is continued below.

An edge over several layers bends at an invisible node in each layer that it crosses, so no edge
runs through a node. Within a layer, nodes are ordered by the mean position of their neighbours.

References
----------
K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
structures", IEEE Transactions on Systems, Man, and Cybernetics 11 (1981).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from domix.core.graph import topological_order

SWEEPS = 12
"""Passes over the layers, down and up in turn; the order rarely changes after a few."""

BEND_WIDTH = 0.5
"""Width that an edge takes where it crosses a layer, in widths of a node."""

LEAST_CAPACITY, SHAPE = 8.0, 2.5
"""Width of nodes that a layer may always have, and how much wider than high a large graph is."""

Edge = tuple[int, int]


@dataclass(frozen=True)
class Placement:
    """Positions of nodes and edges.

    Attributes
    ----------
    x : tuple of float
        Of each node, from the leftmost; in one layer they differ by the mean of their widths or
        more.
    layer : tuple of int
        Of each node; 0 is the top.
    bends : dict of Edge to tuple of float
        The x at which an edge crosses the layers between its nodes, from the top.
    """

    x: tuple[float, ...]
    layer: tuple[int, ...]
    bends: dict[Edge, tuple[float, ...]]


def place(n: int, edges: Iterable[Edge], widths: Sequence[float] | None = None) -> Placement:
    """Place the nodes of an acyclic graph; each is one unit wide where no ``widths`` are given.

    Examples
    --------
    >>> place(3, [(0, 1), (1, 2)])
    Placement(x=(0.0, 0.0, 0.0), layer=(0, 1, 2), bends={(0, 1): (), (1, 2): ()})
    """
    edges = sorted(set(edges))
    own = [1.0] * n if widths is None else widths
    layer = _assign_layers(own, edges)
    chains, count = {}, n
    rows: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
    for node in range(n):
        rows[layer[node]].append(node)
    for a, b in edges:
        between = range(layer[a] + 1, layer[b])
        chains[a, b] = (a, *range(count, count + len(between)), b)
        for bend, row in zip(chains[a, b][1:-1], between, strict=True):
            rows[row].append(bend)
        count += len(between)
    links = [link for chain in chains.values() for link in pairwise(chain)]
    above: list[list[int]] = [[] for _ in range(count)]
    below: list[list[int]] = [[] for _ in range(count)]
    for a, b in links:
        above[b].append(a)
        below[a].append(b)
    rows = _order(rows, above, below)
    x = _spread(rows, above, below, [*own, *[BEND_WIDTH] * (count - n)])
    left = min(x[:n], default=0.0)
    return Placement(
        tuple(x[node] - left for node in range(n)),
        tuple(layer),
        {edge: tuple(x[bend] - left for bend in chain[1:-1]) for edge, chain in chains.items()},
    )


def _assign_layers(widths: Sequence[float], edges: Sequence[Edge]) -> list[int]:
    """Put each node below its parents, and near its children if it has more of these."""
    n = len(widths)
    parents: list[list[int]] = [[] for _ in range(n)]
    children: list[list[int]] = [[] for _ in range(n)]
    for a, b in edges:
        parents[b].append(a)
        children[a].append(b)
    layer, taken = [0] * n, defaultdict[int, float](float)
    most = max(LEAST_CAPACITY, math.sqrt(SHAPE * sum(widths)), max(widths, default=0.0))
    # Nodes without edges fill up what the others leave free.
    order = sorted(topological_order(parents), key=lambda v: not (parents[v] or children[v]))
    for node in order:
        layer[node] = max((layer[p] + 1 for p in parents[node]), default=0)
        while taken[layer[node]] + widths[node] > most:
            layer[node] += 1
        taken[layer[node]] += widths[node]
    for node in reversed(order):
        if len(children[node]) > len(parents[node]):
            near = min(layer[child] for child in children[node]) - 1
            if taken[near] + widths[node] <= most:
                taken[layer[node]] -= widths[node]
                taken[near] += widths[node]
                layer[node] = near
    used = sorted(set(layer))
    return [used.index(number) for number in layer]


def _order(
    rows: list[list[int]], above: Sequence[Sequence[int]], below: Sequence[Sequence[int]]
) -> list[list[int]]:
    """Order each layer by the mean place of its neighbours; keep the order with least crossings."""
    best, fewest = [list(row) for row in rows], _crossings(rows, below)
    for sweep in range(SWEEPS):
        near = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            place_of = {node: i for other in rows for i, node in enumerate(other)}
            row.sort(
                key=lambda node: (
                    sum(place_of[other] for other in near[node]) / len(near[node])
                    if near[node]
                    else place_of[node]
                )
            )
        crossings = _crossings(rows, below)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
    return best


def _crossings(rows: Sequence[Sequence[int]], below: Sequence[Sequence[int]]) -> int:
    """Count the pairs of edges that cross between two layers."""
    total = 0
    for upper, lower in pairwise(rows):
        place_of = {node: i for i, node in enumerate(lower)}
        ends = [sorted(place_of[b] for b in below[a]) for a in upper]
        total += sum(b > c for left, right in combinations(ends, 2) for b in left for c in right)
    return total


def _spread(
    rows: Sequence[Sequence[int]],
    above: Sequence[Sequence[int]],
    below: Sequence[Sequence[int]],
    widths: Sequence[float],
) -> list[float]:
    """Move each node towards its neighbours, as far as order and widths allow."""
    x = [0.0] * len(widths)
    offsets = []
    for row in rows:
        places = [0.0]
        for left, right in pairwise(row):
            places.append(places[-1] + (widths[left] + widths[right]) / 2)
        offsets.append(places)
        for node, offset in zip(row, places, strict=False):
            x[node] = offset - places[-1] / 2
    for sweep in range(SWEEPS):
        numbers = range(len(rows))
        for i in reversed(numbers) if sweep % 2 else numbers:
            wishes = []
            for node, offset in zip(rows[i], offsets[i], strict=False):
                near = [*above[node], *below[node]]
                wish = sum(x[other] for other in near) / len(near) if near else x[node]
                wishes.append(wish - offset)
            for node, offset, value in zip(rows[i], offsets[i], rising(wishes), strict=False):
                x[node] = value + offset
    return x


def rising(values: Sequence[float]) -> list[float]:
    """Return the non-decreasing sequence nearest to these values, by least squares.

    Neighbours that are out of order are replaced by their mean, until none are.

    Examples
    --------
    >>> rising([3.0, 1.0, 5.0])
    [2.0, 2.0, 5.0]
    """
    blocks: list[tuple[float, int]] = []
    for value in values:
        block = (value, 1)
        while blocks and blocks[-1][0] > block[0]:
            mean, size = blocks.pop()
            total = size + block[1]
            block = ((mean * size + block[0] * block[1]) / total, total)
        blocks.append(block)
    return [mean for mean, size in blocks for _ in range(size)]
