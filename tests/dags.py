"""All DAGs on a few nodes."""

from __future__ import annotations

from itertools import combinations, permutations

from domix.core.graph import CycleError, topological_order

NAMES = "ABCDEF"


def _subsets(edges):
    edges = list(edges)
    return (chosen for r in range(len(edges) + 1) for chosen in combinations(edges, r))


def _parents(n, edges):
    return {NAMES[i]: [NAMES[a] for a, b in edges if b == i] for i in range(n)}


def ordered_dags(n):
    """The 2^(n(n-1)/2) DAGs whose edges go forward: every DAG, up to the names of its nodes."""
    return [_parents(n, edges) for edges in _subsets(combinations(range(n), 2))]


def labelled_dags(n):
    """All DAGs on n named nodes: 1, 3, 25, 543, ..."""

    def acyclic(edges):
        try:
            topological_order([[a for a, b in edges if b == i] for i in range(n)])
        except CycleError:
            return False
        return True

    return [_parents(n, edges) for edges in _subsets(permutations(range(n), 2)) if acyclic(edges)]
