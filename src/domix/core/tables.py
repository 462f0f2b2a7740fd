"""Conditional probability tables, flat: one array for a whole network, float or rational."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.graph import topological_order

__all__ = ["Conditionals", "Layout", "TableTooLargeError", "Tables", "Target"]

MOST_ENTRIES = 2**31 - 1
"""Entries of all tables together: the kernels number them in 32 bits."""

Target = tuple[tuple[int, int], ...]
"""A target in codes: (variable, value) pairs by rising variable."""

Ints = npt.NDArray[np.int64]


class TableTooLargeError(Exception):
    """The tables up to a node's have more entries than can be numbered."""

    def __init__(self, node: int, entries: int) -> None:
        super().__init__(node, entries)
        self.node, self.entries = node, entries


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each table entry of a network stands in one flat array.

    Node ``i`` owns the cells ``offsets[i]:offsets[i + 1]``, in C order over its parents (as they
    were given) and then its own value.

    Attributes
    ----------
    cards
        Number of values of each variable, shape (n,).
    parents
        The parents of each node, in the order of its table's axes.
    order
        The topological order that lifting follows.
    offsets
        Shape (n + 1,).
    parent_ptr, parent_index, parent_stride
        The parents again as compressed rows, and how many cells one step of a parent's value is.
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
        """The layout of a DAG; raises :class:`CycleError` or :class:`TableTooLargeError`."""
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
        """Number of cells."""
        return int(self.offsets[-1])

    def shape(self, node: int) -> tuple[int, ...]:
        """Shape of a node's table: its parents' cards, then its own."""
        return (*(int(self.cards[p]) for p in self.parents[node]), int(self.cards[node]))

    def entries_of(self, node: int) -> slice:
        """The node's cells."""
        return slice(int(self.offsets[node]), int(self.offsets[node + 1]))

    def cell(self, node: int, codes: Sequence[int]) -> int:
        """The cell that a whole configuration reads for a node."""
        at = int(self.offsets[node]) + int(codes[node])
        for e in range(self.parent_ptr[node], self.parent_ptr[node + 1]):
            at += int(self.parent_stride[e]) * int(codes[self.parent_index[e]])
        return at

    @cached_property
    def node_of_entry(self) -> npt.NDArray[np.int32]:
        """Shape (size,): which node a cell belongs to."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.offsets))

    @cached_property
    def row_starts(self) -> Ints:
        """First cell of every table row (a row: one parent configuration), rising."""
        return np.concatenate(
            [
                np.arange(self.offsets[i], self.offsets[i + 1], self.cards[i], dtype=np.int64)
                for i in range(self.n)
            ]
            or [np.zeros(0, np.int64)]
        )

    @cached_property
    def row_of_entry(self) -> npt.NDArray[np.int32]:
        """Shape (size,): which table row a cell belongs to, as an index of ``row_starts``."""
        lengths = np.diff(np.append(self.row_starts, self.size))
        return np.repeat(np.arange(len(self.row_starts), dtype=np.int32), lengths)


@dataclass(frozen=True, eq=False)
class Tables:
    """A layout with its entries.

    Attributes
    ----------
    layout
    values
        Shape (layout.size,), read-only: float64, or object holding ``Fraction``.
    """

    layout: Layout
    values: npt.NDArray[Any]

    def __post_init__(self) -> None:
        self.values.flags.writeable = False

    @property
    def is_exact(self) -> bool:
        """Whether the entries are fractions."""
        return self.values.dtype == object

    @cached_property
    def log_values(self) -> npt.NDArray[np.float64]:
        """Shape (layout.size,): natural logarithms, -inf for zeros."""
        with np.errstate(divide="ignore"):
            logs = np.log(self.values.astype(np.float64))
        logs.flags.writeable = False
        return logs

    @cached_property
    def cumulative(self) -> npt.NDArray[np.float64]:
        """Running sums within each table row, exactly 1 from the last possible value on."""
        layout = self.layout
        values = self.values.astype(np.float64)
        out = np.empty_like(values)
        for node in range(layout.n):
            part = layout.entries_of(node)
            table = values[part].reshape(-1, int(layout.cards[node]))
            running = np.cumsum(table, axis=1)
            still = np.cumsum(table[:, ::-1] > 0, axis=1)[:, ::-1]
            later = np.zeros_like(still)
            later[:, :-1] = still[:, 1:]
            running[later == 0] = 1.0
            out[part] = running.ravel()
        out.flags.writeable = False
        return out

    def node(self, node: int) -> npt.NDArray[Any]:
        """A node's table, shape (*parent cards, card), a read-only view."""
        return self.values[self.layout.entries_of(node)].reshape(self.layout.shape(node))


class Conditionals:
    """Tables by position: the place of a variable in the topological order, parents before it.

    Attributes
    ----------
    order
        Position to variable.
    cards, parents
        Of each position; parents are positions too.
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

    def start(self, position: int, cell: Sequence[int]) -> int:
        """Where the row of the parents' values in ``cell`` begins among all entries."""
        at = self._offsets[position]
        for parent, stride in zip(self.parents[position], self._strides[position], strict=True):
            at += stride * cell[parent]
        return at

    def row(self, position: int, cell: Sequence[int]) -> list[Any]:
        """P(value | the parents' values in ``cell``) for every value of the position's variable."""
        at = self.start(position, cell)
        return self._values[at : at + self.cards[position]]
