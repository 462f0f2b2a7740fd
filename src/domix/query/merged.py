"""Small tables of a network merged into larger ones, so that a row takes fewer look-ups."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from domix.core.tables import Layout, Tables, Target

__all__ = ["Merged", "merged"]

BITS = 8
"""A merged table is indexed by one byte: larger ones leave the fast cache and never paid."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Grouping:
    """Which nodes share a merged table, and where each variable's code stands in its index.

    Attributes
    ----------
    nodes
        The nodes of each group.
    places
        For each group, variable to the first bit of its code.
    wide
        Nodes whose own table needs more than a byte.
    """

    nodes: list[list[int]]
    places: list[dict[int, int]]
    wide: list[int]


@dataclass(frozen=True, eq=False)
class Merged:
    """Merged tables as the kernel reads them; see ``_joint.log_prob``."""

    wide: Ints
    group_ptr: Ints
    group_variable: Ints
    group_shift: Ints
    table_ptr: Ints
    tables: npt.NDArray[np.float64]


_bases: WeakKeyDictionary[Tables, tuple[Grouping, list[npt.NDArray[np.float64]], Merged]] = (
    WeakKeyDictionary()
)


def merged(tables: Tables, target: Target) -> Merged:
    """The tables of P(. | do(target)); those of P are kept as long as ``tables`` lives.

    In the place of a variable that the target sets stands a table that lets its value pass only.
    """
    base = _bases.get(tables)
    if base is None:
        grouping = _group(tables.layout)
        parts = [_table(tables, g, p) for g, p in zip(grouping.nodes, grouping.places, strict=True)]
        base = _bases[tables] = grouping, parts, _flat(grouping, parts)
    if not target:
        return base[2]
    grouping, parts, _ = base
    fixed = dict(target)
    groups = list(zip(grouping.nodes, grouping.places, parts, strict=True))
    for g, (nodes, places, _) in enumerate(groups):
        if any(node in fixed for node in nodes):
            groups[g] = nodes, places, _table(tables, nodes, places, fixed)
    for node in grouping.wide:
        if node in fixed:
            groups.append(([node], {node: 0}, _table(tables, [node], {node: 0}, fixed)))
    wide = [node for node in grouping.wide if node not in fixed]
    changed = Grouping([g[0] for g in groups], [g[1] for g in groups], wide)
    return _flat(changed, [g[2] for g in groups])


def _group(layout: Layout) -> Grouping:
    """Each node, parents first, joins the group that then needs the fewest new bits."""
    bits = [max(1, (int(k) - 1).bit_length()) for k in layout.cards]
    nodes: list[list[int]] = []
    places: list[dict[int, int]] = []
    used: list[int] = []
    groups_of: list[list[int]] = [[] for _ in bits]
    wide = []
    for node in layout.order:
        family = (node, *layout.parents[node])
        if sum(bits[i] for i in family) > BITS:
            wide.append(node)
            continue
        # Groups that share a variable, and the one opened last.
        near = {g for i in family for g in groups_of[i]} | set(range(len(nodes))[-1:])
        need = {g: sum(bits[i] for i in family if i not in places[g]) for g in near}
        fitting = [g for g in near if used[g] + need[g] <= BITS]
        if fitting:
            g = min(fitting, key=lambda g: (need[g], g))
        else:
            g = len(nodes)
            nodes.append([])
            places.append({})
            used.append(0)
        nodes[g].append(node)
        for i in family:
            if i not in places[g]:
                places[g][i] = used[g]
                used[g] += bits[i]
                groups_of[i].append(g)
    return Grouping(nodes, places, wide)


def _table(
    tables: Tables, nodes: list[int], places: dict[int, int], fixed: dict[int, int] | None = None
) -> npt.NDArray[np.float64]:
    """Sums of the nodes' logarithms by index; what no valid row reads repeats a neighbour."""
    layout = tables.layout
    cards = layout.cards
    index = np.arange(
        1 << sum(max(1, (int(cards[i]) - 1).bit_length()) for i in places), dtype=np.int64
    )
    codes = {}
    for i, place in places.items():
        mask = (1 << max(1, (int(cards[i]) - 1).bit_length())) - 1
        codes[i] = np.minimum(index >> place & mask, cards[i] - 1)
    out = np.zeros(len(index))
    for node in nodes:
        if fixed and node in fixed:
            out[codes[node] != fixed[node]] = -np.inf
            continue
        cell = layout.offsets[node] + codes[node]
        for e in range(layout.parent_ptr[node], layout.parent_ptr[node + 1]):
            cell += layout.parent_stride[e] * codes[int(layout.parent_index[e])]
        out += tables.log_values[cell]
    return out


def _flat(grouping: Grouping, parts: list[npt.NDArray[np.float64]]) -> Merged:
    sizes = [0, *map(len, grouping.places)]
    pairs = [pair for places in grouping.places for pair in places.items()]
    flat = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    starts = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Merged(
        np.array(grouping.wide, dtype=np.int64),
        np.cumsum(sizes, dtype=np.int64),
        np.ascontiguousarray(flat[:, 0]),
        np.ascontiguousarray(flat[:, 1]),
        starts[:-1],
        np.concatenate([*parts, np.zeros(0)]),
    )
