"""Conditional probability tables, flat: one array for a whole network, float or rational."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.graph import topological_order
from domix.util.arrays import Floats, Indices, Ints, Objects

MOST_ENTRIES = 2**31 - 1
"""Entries of all tables together: the kernels number them in 32 bits."""

Target = tuple[tuple[int, int], ...]
"""A target in codes: (variable, value) pairs in increasing order."""


class TableTooLargeError(Exception):
    """The tables up to a node's have more entries than can be numbered."""

    def __init__(self, node: int, entries: int) -> None:
        super().__init__(node, entries)
        self.node, self.entries = node, entries


@dataclass(frozen=True, eq=False)
class Layout:
    """The place of each table entry of a network in one flat array.

    Node ``i`` has the entries ``offsets[i]:offsets[i + 1]``, in C order over its parents (as they
    were given) and then its own value.

    Attributes
    ----------
    cards : ndarray of int64, shape (n,)
        Number of values of each variable.
    parents : tuple of tuple of int
        The parents of each node, in the order of its table's axes.
    order : tuple of int
        The topological order that lifting follows.
    offsets : ndarray of int64, shape (n + 1,)
        Where each node's entries begin.
    parent_ptr : ndarray of int64, shape (n + 1,)
        Where each node's parents begin in ``parent_index`` and ``parent_stride``.
    parent_index, parent_stride : ndarray of int64, shape (edges,)
        The parents, and the distance in entries between neighbouring values of a parent.
    """

    cards: Ints
    parents: tuple[tuple[int, ...], ...]
    order: tuple[int, ...]
    offsets: Ints
    parent_ptr: Ints
    parent_index: Ints
    parent_stride: Ints

    @classmethod
    def build(cls, cards: npt.ArrayLike, parents: Sequence[Sequence[int]]) -> Layout:
        """Lay out a DAG.

        Raises
        ------
        CycleError
            The graph has a cycle.
        TableTooLargeError
            There are too many entries to number them in 32 bits.
        """
        ks = np.array(cards, dtype=np.int64)
        n = len(ks)
        offsets, ptr = np.zeros(n + 1, np.int64), np.zeros(n + 1, np.int64)
        index: list[int] = []
        stride: list[int] = []
        for i, ps in enumerate(parents):
            step = int(ks[i])
            steps = []
            for p in reversed(ps):
                steps.append(step)
                step *= int(ks[p])
            if int(offsets[i]) + step > MOST_ENTRIES:
                raise TableTooLargeError(i, step)
            index.extend(ps)
            stride.extend(reversed(steps))
            offsets[i + 1] = offsets[i] + step
            ptr[i + 1] = len(index)
        arrays = (ks, offsets, ptr, np.array(index, np.int64), np.array(stride, np.int64))
        for array in arrays:
            array.flags.writeable = False
        return cls(
            ks,
            tuple(tuple(p) for p in parents),
            topological_order(parents),
            *arrays[1:],
        )

    @property
    def n(self) -> int:
        """Number of variables."""
        return len(self.cards)

    @property
    def size(self) -> int:
        """Number of entries."""
        return int(self.offsets[-1])

    def shape(self, node: int) -> tuple[int, ...]:
        """Return the shape of a node's table: its parents' cards, then its own."""
        return (*(int(self.cards[p]) for p in self.parents[node]), int(self.cards[node]))

    def entries_of(self, node: int) -> slice:
        """Return where a node's entries are."""
        return slice(int(self.offsets[node]), int(self.offsets[node + 1]))

    def entry(self, node: int, codes: Sequence[int]) -> int:
        """Return the entry of a node's table for a configuration of all variables."""
        entry = int(self.offsets[node]) + int(codes[node])
        for e in range(self.parent_ptr[node], self.parent_ptr[node + 1]):
            entry += int(self.parent_stride[e]) * int(codes[self.parent_index[e]])
        return entry

    @cached_property
    def node_of_entry(self) -> Indices:
        """The node of each entry, shape (size,)."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def row_starts(self) -> Ints:
        """The first entry of each row of a table, increasing; a row is one parent configuration."""
        return np.concatenate(
            [
                np.arange(self.offsets[i], self.offsets[i + 1], self.cards[i], dtype=np.int64)
                for i in range(self.n)
            ]
            or [np.zeros(0, np.int64)]
        )

    @cached_property
    def row_of_entry(self) -> Indices:
        """The row of each entry, as an index of ``row_starts``, shape (size,)."""
        lengths = np.diff(np.append(self.row_starts, self.size))
        return np.repeat(np.arange(len(self.row_starts), dtype=np.int32), lengths)


@dataclass(frozen=True, eq=False)
class Tables:
    """A layout with its entries.

    Attributes
    ----------
    layout : Layout
    values : ndarray of float64, or of object with ``Fraction`` elements, shape (layout.size,)
        Read-only.
    """

    layout: Layout
    values: Objects

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    @property
    def is_exact(self) -> bool:
        """Whether the entries are fractions."""
        return self.values.dtype == object

    @cached_property
    def log_values(self) -> Floats:
        """Natural logarithms of the entries, -inf for zeros, shape (layout.size,)."""
        with np.errstate(divide="ignore"):
            logs = np.log(self.values.astype(np.float64))
        logs.flags.writeable = False
        return logs

    @cached_property
    def cumulative(self) -> Floats:
        """Cumulative sums within each row, exactly 1 from the last possible value on."""
        layout = self.layout
        values = self.values.astype(np.float64)
        out = np.empty_like(values)
        for node in range(layout.n):
            part = layout.entries_of(node)
            table = values[part].reshape(-1, int(layout.cards[node]))
            running = np.cumsum(table, axis=1)
            possible = np.cumsum(table[:, ::-1] > 0, axis=1)[:, ::-1]
            later = np.zeros_like(possible)
            later[:, :-1] = possible[:, 1:]
            running[later == 0] = 1.0
            out[part] = running.ravel()
        out.flags.writeable = False
        return out

    def node(self, node: int) -> Objects:
        """Return a node's table, shape (*parent cards, card), a read-only view."""
        return self.values[self.layout.entries_of(node)].reshape(self.layout.shape(node))


class Conditionals:
    """Tables by position: the index of a variable in the topological order.

    Attributes
    ----------
    order : tuple of int
        The variable at each position.
    cards : list of int
        The number of values at each position.
    parents : list of list of int
        The positions of the parents at each position.
    """

    def __init__(self, tables: Tables) -> None:
        layout = tables.layout
        self.order = layout.order
        place = {variable: position for position, variable in enumerate(layout.order)}
        self.cards = [int(layout.cards[variable]) for variable in layout.order]
        self.parents = [[place[p] for p in layout.parents[v]] for v in layout.order]
        strides = layout.parent_stride.tolist()
        ptr = layout.parent_ptr.tolist()
        self._offsets = [int(layout.offsets[v]) for v in layout.order]
        self._strides = [strides[ptr[v] : ptr[v + 1]] for v in layout.order]
        self._values: list[Any] = tables.values.tolist()

    def start(self, position: int, values: Sequence[int]) -> int:
        """Return the first entry of the row for the parents' values, given by position."""
        first = self._offsets[position]
        for parent, stride in zip(self.parents[position], self._strides[position], strict=True):
            first += stride * values[parent]
        return first

    def row(self, position: int, values: Sequence[int]) -> list[Any]:
        """Return P(value | parents' values) for every value at a position."""
        first = self.start(position, values)
        return self._values[first : first + self.cards[position]]


def normalize_tables(layout: Layout, values: Floats) -> Floats:
    """Divide every row of all tables by its sum; a row of zeros becomes uniform.

    Examples
    --------
    >>> normalize_tables(Layout.build([2, 2], [[], []]), np.array([3.0, 1.0, 0.0, 0.0])).tolist()
    [0.75, 0.25, 0.5, 0.5]
    """
    if layout.size == 0:
        return values
    sums = np.add.reduceat(values, layout.row_starts)[layout.row_of_entry]
    cards = layout.cards[layout.node_of_entry]
    return np.where(sums > 0, values / np.where(sums > 0, sums, 1.0), 1.0 / cards)


def normalize_rows(values: Floats) -> Floats:
    """Divide by the sums over the last axis; rows of zeros stay.

    Examples
    --------
    >>> normalize_rows(np.array([[3.0, 1.0], [0.0, 0.0]])).tolist()
    [[0.75, 0.25], [0.0, 0.0]]
    """
    sums = values.sum(axis=-1, keepdims=True)
    return np.asarray(values / np.where(sums > 0, sums, 1.0))
