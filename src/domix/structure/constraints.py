"""What is known of the edges of a graph: required and forbidden ones, and tiers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from domix.structure.dag import Dag, Edge
from domix.util.arrays import Bools


@dataclass(frozen=True)
class EdgeConstraints:
    """Background knowledge of the edges, in codes.

    Attributes
    ----------
    required : frozenset of Edge
        Edges that the graph has.
    forbidden : frozenset of Edge
        Edges that it lacks.
    tiers : tuple of int or None
        The tier of each variable: no edge leads from a higher tier to a lower one.
    """

    required: frozenset[Edge] = field(default_factory=frozenset)
    forbidden: frozenset[Edge] = field(default_factory=frozenset)
    tiers: tuple[int, ...] | None = None

    def addable(self, n: int) -> Bools:
        """Return which edges may be there, from row to column, shape (n, n)."""
        allowed = ~np.eye(n, dtype=bool)
        for a, b in self.forbidden:
            allowed[a, b] = False
        for a, b in self.required:
            allowed[b, a] = False
        if self.tiers is not None:
            tiers = np.array(self.tiers)
            allowed &= tiers[:, None] <= tiers[None, :]
        return allowed

    def deletable(self, n: int) -> Bools:
        """Return which edges may be missing, shape (n, n)."""
        allowed = np.ones((n, n), dtype=bool)
        for a, b in self.required:
            allowed[a, b] = False
        return allowed

    def directed(self, dag: Dag) -> frozenset[Edge]:
        """Return the edges of a graph that satisfies all constraints and must not be reversed."""
        addable = self.addable(dag.n)
        return frozenset((a, b) for a, b in dag.edges if not addable[b, a])

    def impose(self, dag: Dag) -> Dag:
        """Return the graph that satisfies all constraints and keeps what it can of the edges.

        Of edges that form a cycle with required ones, the last by effect and cause goes.
        """
        addable = self.addable(dag.n)
        kept = Dag.build([{a for a, b in self.required if b == v} for v in range(dag.n)])
        for a, b in sorted(dag.edges - self.required, key=lambda edge: edge[::-1]):
            if addable[a, b] and not kept.reach[b, a]:
                kept = kept.added(a, b)
        return kept

    def allow(self, dag: Dag) -> bool:
        """Whether a graph satisfies all constraints."""
        return self.required <= dag.edges and all(self.addable(dag.n)[a, b] for a, b in dag.edges)
