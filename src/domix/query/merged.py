"""Small tables of a network merged into larger ones, so that a row takes fewer look-ups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from domix._kernels import _merge
from domix._kernels._structures import Chunk, MergedGroups
from domix.core.codes import target_codes
from domix.core.tables import Layout, Tables, Target
from domix.query.flat import flat_layout
from domix.util.arrays import Floats, Ints

BITS = 8
"""A merged table is indexed by one byte: larger ones leave the fastest cache, and were slower."""

WIDTHS = (16, 8, 4)
"""Numbers of targets that are evaluated side by side."""

ROOM = 1 << 17
"""Numbers in the tables of the targets that stand side by side, unless four need more."""

LINE = 8
"""Numbers in a line of the cache."""


@dataclass(frozen=True, eq=False)
class MergedTables:
    """The merged tables of a network.

    Nodes that share a table are a group. So is, by itself, each node whose own table needs more
    than a byte: that table is read as it is, and the group is only for targets that set the node.

    Attributes
    ----------
    groups
        The variables and nodes of each group.
    group_of
        Shape (n,): the group of each node.
    sizes
        The number of entries of each group's table.
    wide
        The nodes whose own tables are read, in the order of their groups, which come last.
    table_ptr, tables
        The sums of the nodes' logarithms, one group after the other.
    """

    groups: MergedGroups
    group_of: Ints
    sizes: Ints
    wide: Ints
    table_ptr: Ints
    tables: Floats


_merged: WeakKeyDictionary[Tables, MergedTables] = WeakKeyDictionary()


def merged_tables(tables: Tables) -> MergedTables:
    """Merge the tables of P; the result is kept as long as ``tables`` exists."""
    if tables not in _merged:
        _merged[tables] = _merge_network(tables)
    return _merged[tables]


def chunk_of_network(tables: Tables) -> Chunk:
    """Give what rows read under P itself."""
    base = merged_tables(tables)
    none = np.zeros(0, dtype=np.int64)
    groups = np.arange(len(base.sizes) - len(base.wide))
    return Chunk(
        merged=base.groups,
        groups=groups,
        table_ptr=base.table_ptr,
        tables=base.tables,
        wide=base.wide,
        set_groups=none,
        set_table_ptr=none,
        set_tables=np.zeros((0, 0)),
        set_wide=none,
        kept=np.zeros((0, 0), dtype=np.int64),
        start=np.zeros(0),
    )


def chunks(
    tables: Tables, targets: Sequence[Target], start: Floats
) -> Iterator[tuple[slice, Chunk]]:
    """Give the targets that stand side by side, and what rows read under them.

    A chunk's tables take a megabyte at most, unless four targets set too many variables.

    Parameters
    ----------
    tables : Tables
    targets : sequence of Target
    start : ndarray of float64, shape (targets,)
        A number that is added to each target's sums.
    """
    base = merged_tables(tables)
    first = 0
    while first < len(targets):
        for width in WIDTHS:
            some = targets[first : first + width]
            groups = np.unique(base.group_of[[i for t in some for i, _ in t]]).astype(np.int64)
            if width == WIDTHS[-1] or base.sizes[groups].sum() * width <= ROOM:
                break
        # Fewer targets than the width take the least width that has room for them.
        width = min(w for w in WIDTHS if w >= len(some))
        which = slice(first, first + len(some))
        yield which, _build_chunk(tables, base, groups, some, width, start[which])
        first += width


def _build_chunk(
    tables: Tables,
    base: MergedTables,
    set_groups: Ints,
    targets: Sequence[Target],
    width: int,
    start: Floats,
) -> Chunk:
    padded = [*targets, *[()] * (width - len(targets))]
    fixed = target_codes(padded, tables.layout.n)
    narrow = len(base.sizes) - len(base.wide)
    is_set = np.zeros(len(base.sizes), dtype=bool)
    is_set[set_groups] = True
    groups = np.flatnonzero(~is_set[:narrow])
    wide, set_wide = base.wide[~is_set[narrow:]], base.wide[is_set[narrow:]]
    set_table_ptr, set_tables = _merge_groups(tables, base.groups, base.sizes, set_groups, fixed)
    kept = np.ascontiguousarray(np.where(fixed[:, set_wide].T < 0, -1, 0))
    starts = np.zeros(width)
    starts[: len(start)] = start
    return Chunk(
        merged=base.groups,
        groups=groups,
        table_ptr=base.table_ptr,
        tables=base.tables,
        wide=wide,
        set_groups=set_groups,
        set_table_ptr=set_table_ptr,
        set_tables=set_tables,
        set_wide=set_wide,
        kept=kept,
        start=starts,
    )


def _merge_groups(
    tables: Tables, groups: MergedGroups, sizes: Ints, which: Ints, fixed: Ints
) -> tuple[Ints, Floats]:
    """Give the first entry of each group's table, and all entries, shape (entries, targets)."""
    ptr = np.concatenate([[0], np.cumsum(sizes[which])])
    # A row across two lines of the cache takes half as long again: the first row begins a line.
    whole = np.empty(int(ptr[-1]) * len(fixed) + LINE)
    begin = -whole.ctypes.data // whole.itemsize % LINE
    out = whole[begin : begin + len(whole) - LINE].reshape(-1, len(fixed))
    _merge.merge(tables.log_values, groups, fixed, which, ptr, out)
    return ptr, out


def _merge_network(tables: Tables) -> MergedTables:
    layout = tables.layout
    bits = [max(1, (int(k) - 1).bit_length()) for k in layout.cards]
    nodes, places, wide = _assign_groups(layout, bits)
    narrow = len(nodes)
    nodes += [[~node] for node in wide]
    places += [{node: 0} for node in wide]
    group_of = np.empty(layout.n, dtype=np.int64)
    for g, members in enumerate(nodes):
        for node in members:
            group_of[max(node, ~node)] = g
    groups = MergedGroups(
        flat_layout(layout),
        _pointers(places),
        _ints(i for place in places for i in place),
        _ints(shift for place in places for shift in place.values()),
        _pointers(nodes),
        _ints(node for members in nodes for node in members),
    )
    sizes = _ints(1 << sum(bits[i] for i in place) for place in places)
    nothing_set = target_codes([()], layout.n)
    ptr, sums = _merge_groups(tables, groups, sizes, np.arange(narrow), nothing_set)
    return MergedTables(groups, group_of, sizes, _ints(wide), ptr, sums[:, 0])


def _assign_groups(
    layout: Layout, bits: Sequence[int]
) -> tuple[list[list[int]], list[dict[int, int]], list[int]]:
    """Put each node, parents first, into the group that then needs the fewest new bits.

    Returns
    -------
    nodes, places, wide
        The nodes of each group; the first bit of each of its variables; and the nodes whose tables
        need more than a byte, which are in no group.
    """
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
    return nodes, places, wide


def _ints(numbers: Iterable[int]) -> Ints:
    return np.array(list(numbers), dtype=np.int64)


def _pointers(parts: Sequence[Sized]) -> Ints:
    return np.cumsum([0, *map(len, parts)], dtype=np.int64)
