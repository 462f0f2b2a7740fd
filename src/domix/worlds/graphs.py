"""Random graphs with a fixed number of edges, and graphs that differ from a true one."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from domix.core.graph import ancestors
from domix.errors import DataError
from domix.worlds.design import Parents, freeze

MOST_PARENTS = 4
"""Of a variable in a random graph."""

Edge = tuple[int, int]
"""From the first variable to the second."""


def draw_graph(n: int, edges: int, rng: np.random.Generator, *, by_degree: bool) -> Parents:
    """Draw edges from earlier to later variables of a uniform order, one by one.

    Pairs of variables are uniform. If ``by_degree``, the graph is scale-free: the first edges give
    every variable a parent, and edges leave variables in proportion to their degree.
    """
    parents: list[list[int]] = [[] for _ in range(n)]
    degrees = np.zeros(n)

    def add(children: range) -> bool:
        pairs = [
            (older, child)
            for child in children
            if len(parents[child]) < MOST_PARENTS
            for older in range(child)
            if older not in parents[child]
        ]
        if not pairs:
            return False
        uniform = not by_degree or degrees.sum() == 0
        chances = np.array([1.0 if uniform else degrees[older] for older, _ in pairs])
        older, child = pairs[int(rng.choice(len(pairs), p=chances / chances.sum()))]
        parents[child].append(older)
        degrees[[older, child]] += 1
        return True

    first = n - 1 if by_degree else 0
    for child in range(1, first + 1):
        add(range(child, child + 1))
    for _ in range(edges - first):
        if not add(range(n)):
            break
    names = rng.permutation(n).tolist()
    renamed: list[list[int]] = [[] for _ in range(n)]
    for child, own in enumerate(parents):
        renamed[names[child]] = [names[p] for p in own]
    return freeze(renamed)


def list_edges(parents: Parents) -> list[Edge]:
    """List the edges of a graph."""
    return [(p, child) for child, own in enumerate(parents) for p in own]


def count_differences(first: Parents, second: Parents) -> int:
    """Count the pairs of variables that two graphs join differently.

    This is the structural Hamming distance, in which a reversed edge counts once.

    Examples
    --------
    >>> count_differences(((), (0,), (1,)), ((1,), (), ()))
    2
    """
    different = set(list_edges(first)) ^ set(list_edges(second))
    return len({frozenset(edge) for edge in different})


def remove_edges(parents: Parents, count: int, rng: np.random.Generator) -> Parents:
    """Remove uniformly drawn edges.

    Raises
    ------
    DataError
        There are not that many.
    """
    edges = list_edges(parents)
    if len(edges) < count:
        raise DataError(f"the graph has {len(edges)} edges, fewer than {count} to remove")
    removed = {edges[i] for i in rng.choice(len(edges), size=count, replace=False).tolist()}
    return freeze(
        [[p for p in own if (p, child) not in removed] for child, own in enumerate(parents)]
    )


def reverse_edges(parents: Parents, count: int, rng: np.random.Generator) -> Parents:
    """Reverse edges one by one, each drawn from those whose reversal makes no cycle.

    Raises
    ------
    DataError
        No further edge can be reversed.
    """
    true = list_edges(parents)
    graph = [set(own) for own in parents]
    for done in range(count):
        a, b = _draw_edge([(a, b) for a, b in true if _can_reverse(graph, a, b)], done, count, rng)
        graph[b].remove(a)
        graph[a].add(b)
    return freeze(graph)


def add_edges(parents: Parents, count: int, rng: np.random.Generator) -> Parents:
    """Add edges one by one between variables that are not adjacent, without a cycle.

    Raises
    ------
    DataError
        Too few variables are not adjacent.
    """
    graph = [set(own) for own in parents]
    pairs = list(permutations(range(len(graph)), 2))
    for done in range(count):
        a, b = _draw_edge([(a, b) for a, b in pairs if _can_add(graph, a, b)], done, count, rng)
        graph[b].add(a)
    return freeze(graph)


def _can_reverse(graph: list[set[int]], a: int, b: int) -> bool:
    return a in graph[b] and a not in ancestors(graph[b] - {a}, graph.__getitem__)


def _can_add(graph: list[set[int]], a: int, b: int) -> bool:
    return not {a, b} & (graph[a] | graph[b]) and b not in ancestors([a], graph.__getitem__)


def _draw_edge(possible: list[Edge], done: int, count: int, rng: np.random.Generator) -> Edge:
    if not possible:
        raise DataError(f"only {done} edges of the graph can be changed, not {count}")
    return possible[int(rng.integers(len(possible)))]
