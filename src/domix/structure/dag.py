"""Directed acyclic graphs as values: the parents of each node, and single changes of an edge."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix.core.graph import CycleError, topological_order
from domix.util.arrays import Bools

Edge = tuple[int, int]
"""From the first node to the second."""


@dataclass(frozen=True)
class Dag:
    """A graph without cycles; the caller sees to that.

    Attributes
    ----------
    parents : tuple of frozenset of int
        The parents of each node.

    Examples
    --------
    >>> chain = Dag.build([[], [0], [1]])
    >>> sorted(chain.edges), sorted(chain.reversed(0, 1).edges)
    ([(0, 1), (1, 2)], [(1, 0), (1, 2)])
    >>> sorted(chain.covered())
    [(0, 1)]
    """

    parents: tuple[frozenset[int], ...]

    @classmethod
    def build(cls, parents: Iterable[Iterable[int]]) -> Dag:
        """Make a graph from the parents of each node in any order."""
        return cls(tuple(map(frozenset, parents)))

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.parents)

    @cached_property
    def edges(self) -> frozenset[Edge]:
        """All edges."""
        return frozenset((p, v) for v, parents in enumerate(self.parents) for p in parents)

    @cached_property
    def adjacency(self) -> Bools:
        """Whether there is an edge from the row's node to the column's, shape (n, n)."""
        matrix = np.zeros((self.n, self.n), dtype=bool)
        for a, b in self.edges:
            matrix[a, b] = True
        return matrix

    @cached_property
    def reach(self) -> Bools:
        """Whether a directed path, of any length from 0, leads from row to column, shape (n, n)."""
        paths = (self.adjacency | np.eye(self.n, dtype=bool)).astype(np.float32)
        for _ in range(max(self.n - 1, 1).bit_length()):
            paths = np.minimum(paths @ paths, 1.0)
        return paths > 0

    def is_acyclic(self) -> bool:
        """Whether the nodes can be ordered so that parents come first."""
        try:
            topological_order([sorted(parents) for parents in self.parents])
        except CycleError:
            return False
        return True

    def adjacent(self, a: int, b: int) -> bool:
        """Whether there is an edge between two nodes."""
        return a in self.parents[b] or b in self.parents[a]

    def added(self, a: int, b: int) -> Dag:
        """Return the graph with the edge a -> b."""
        return self._with_parents({b: self.parents[b] | {a}})

    def deleted(self, a: int, b: int) -> Dag:
        """Return the graph without the edge a -> b."""
        return self._with_parents({b: self.parents[b] - {a}})

    def reversed(self, a: int, b: int) -> Dag:
        """Return the graph with b -> a in place of a -> b."""
        return self._with_parents({b: self.parents[b] - {a}, a: self.parents[a] | {b}})

    def turned(self, a: int, b: int) -> Dag:
        """Return the graph with b -> a in place of a -> b, where both have all parents of either.

        The result may have cycles.
        """
        common = (self.parents[a] | self.parents[b]) - {a, b}
        return self._with_parents({a: common | {b}, b: common})

    def _with_parents(self, changes: dict[int, frozenset[int]]) -> Dag:
        return Dag(tuple(changes.get(v, parents) for v, parents in enumerate(self.parents)))

    def covered(self) -> Iterator[Edge]:
        """Yield the edges a -> b in whose nodes all other parents are common.

        Reversing such an edge, and no other, leads to a graph of the same equivalence class.

        References
        ----------
        D. M. Chickering, "A transformational characterization of equivalent Bayesian network
        structures", UAI 1995.
        """
        for a, b in sorted(self.edges):
            if self.parents[b] == self.parents[a] | {a}:
                yield a, b

    def parent_lists(self, given: Sequence[Sequence[int]]) -> list[list[int]]:
        """Return each node's parents: those of ``given`` in its order, then new ones, rising."""
        return [
            [p for p in before if p in now] + sorted(now.difference(before))
            for before, now in zip(given, self.parents, strict=True)
        ]
