"""Small tables of a network merged into larger ones, so that a row takes fewer look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from domix._kernels import _merge
from domix.core.codes import target_codes
from domix.core.tables import Layout, Tables, Target

__all__ = ["Chunk", "Merged", "chunks", "layout_arrays", "merged", "plain"]

BITS = 8
"""A merged table is indexed by one byte: larger ones leave the fast cache and never paid."""

WIDTHS = (16, 8, 4)
"""How many targets stand side by side."""

ROOM = 1 << 17
"""Numbers in the tables of the targets that stand side by side, unless four need more."""

LINE = 8
"""Numbers in a line of the cache."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Merged:
    """The merged tables of a network.

    Nodes that share a table are a group. So is, by itself, each node whose own table needs more
    than a byte: that table is read as it is, and the group is only for targets that set the node.

    Attributes
    ----------
    ptr, variable, shift
        The variables of each group, and the first bit of each one's code in the group's index.
    node_ptr, nodes
        The nodes of each group, ``~node`` if its own table is read.
    group_of
        Shape (n,): the group of each node.
    sizes
        How many entries each group's table has.
    wide
        The nodes whose own tables are read, in the order of their groups, which come last.
    table_ptr, tables
        The sums of the nodes' logarithms, one group after the other.
    """

    ptr: Ints
    variable: Ints
    shift: Ints
    node_ptr: Ints
    nodes: Ints
    group_of: Ints
    sizes: Ints
    wide: Ints
    table_ptr: Ints
    tables: Floats


@dataclass(frozen=True, eq=False)
class Chunk:
    """What targets that stand side by side share, and what each has: see ``_joint.log_prob``."""

    base: Merged
    groups: Ints
    wide: Ints
    set_groups: Ints
    set_table_ptr: Ints
    set_tables: Floats
    set_wide: Ints
    kept: Ints
    start: Floats


_merged: WeakKeyDictionary[Tables, Merged] = WeakKeyDictionary()


def layout_arrays(layout: Layout) -> tuple[Ints, Ints, Ints, Ints]:
    """As the kernels take them."""
    return layout.offsets, layout.parent_ptr, layout.parent_index, layout.parent_stride


def merged(tables: Tables) -> Merged:
    """The merged tables of P, kept as long as ``tables`` lives."""
    if tables not in _merged:
        _merged[tables] = _group(tables)
    return _merged[tables]


def plain(tables: Tables) -> Chunk:
    """What P itself reads."""
    base = merged(tables)
    none = np.zeros(0, dtype=np.int64)
    groups = np.arange(len(base.sizes) - len(base.wide))
    nothing = np.zeros((0, 0))
    return Chunk(
        base, groups, base.wide, none, none, nothing, none, nothing.astype(np.int64), np.zeros(0)
    )


def chunks(
    tables: Tables, targets: Sequence[Target], start: Floats
) -> Iterator[tuple[slice, Chunk]]:
    """Which targets stand side by side, and what they read; ``start`` (targets,) is added to each.

    A chunk's tables take a megabyte at most, unless four targets set too much.
    """
    base = merged(tables)
    first = 0
    while first < len(targets):
        for width in WIDTHS:
            some = targets[first : first + width]
            groups = np.unique(base.group_of[[i for t in some for i, _ in t]]).astype(np.int64)
            if width == WIDTHS[-1] or base.sizes[groups].sum() * width <= ROOM:
                break
        # Fewer targets than the width do with the next one if they fit it.
        width = min(w for w in WIDTHS if w >= len(some))
        where = slice(first, first + len(some))
        yield where, _chunk(tables, base, groups, some, width, start[where])
        first += width


def _chunk(
    tables: Tables,
    base: Merged,
    set_groups: Ints,
    targets: Sequence[Target],
    width: int,
    start: Floats,
) -> Chunk:
    layout = tables.layout
    fixed = target_codes([*targets, *[()] * (width - len(targets))], layout.n)
    narrow = len(base.sizes) - len(base.wide)
    groups = np.setdiff1d(np.arange(narrow), set_groups, assume_unique=True)
    set_wide = base.wide[set_groups[set_groups >= narrow] - narrow]
    wide = np.setdiff1d(base.wide, set_wide, assume_unique=True)
    set_table_ptr, set_tables = _tables(tables, base, set_groups, fixed)
    kept = np.ascontiguousarray(np.where(fixed[:, set_wide].T < 0, -1, 0))
    starts = np.zeros(width)
    starts[: len(start)] = start
    return Chunk(base, groups, wide, set_groups, set_table_ptr, set_tables, set_wide, kept, starts)


def _tables(tables: Tables, base: Merged, which: Ints, fixed: Ints) -> tuple[Ints, Floats]:
    layout = tables.layout
    ptr = np.concatenate([[0], np.cumsum(base.sizes[which])])
    # Rows that straddle lines of the cache take half as long again: the first begins one.
    whole = np.empty(int(ptr[-1]) * len(fixed) + LINE)
    begin = -whole.ctypes.data // whole.itemsize % LINE
    out = whole[begin : begin + len(whole) - LINE].reshape(-1, len(fixed))
    _merge.merge(
        *(layout.cards, *layout_arrays(layout), tables.log_values),
        *(base.ptr, base.variable, base.shift, base.node_ptr, base.nodes),
        *(fixed, which, ptr, out),
    )
    return ptr, out


def _group(tables: Tables) -> Merged:
    """Each node, parents first, joins the group that then needs the fewest new bits."""
    layout = tables.layout
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
    narrow = len(nodes)
    for node in wide:
        nodes.append([~node])
        places.append({node: 0})
        used.append(bits[node])
    group_of = np.empty(layout.n, dtype=np.int64)
    for g, members in enumerate(nodes):
        for node in members:
            group_of[max(node, ~node)] = g
    base = Merged(
        _starts(places),
        _ints(i for place in places for i in place),
        _ints(shift for place in places for shift in place.values()),
        _starts(nodes),
        _ints(node for members in nodes for node in members),
        group_of,
        _ints(1 << b for b in used),
        _ints(wide),
        np.zeros(0, dtype=np.int64),
        np.zeros(0),
    )
    ptr, sums = _tables(tables, base, np.arange(narrow), target_codes([()], layout.n))
    return replace(base, table_ptr=ptr, tables=sums[:, 0])


def _ints(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)


def _starts(parts: Sequence[Sized]) -> Ints:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)
