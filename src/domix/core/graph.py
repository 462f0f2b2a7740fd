"""Directed acyclic graphs as lists of parents: topological orders and ancestors."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence


class CycleError(Exception):
    """The graph has a cycle, given as the list of its nodes in the direction of the edges."""

    def __init__(self, cycle: list[int]) -> None:
        super().__init__(cycle)
        self.cycle = cycle


def topological_order(
    parents: Sequence[Sequence[int]], rank: Sequence[int] | None = None
) -> tuple[int, ...]:
    """Order the nodes so that parents come first; of several possible nodes the least comes next.

    Parameters
    ----------
    parents : sequence of sequences of int
        The parents of each node.
    rank : sequence of int, optional
        A number for each node, all different: of several possible nodes, that of the least number
        comes next. By default this is the node itself.

    Raises
    ------
    CycleError
        There is no such order.

    Examples
    --------
    >>> topological_order([[2], [], [1]])
    (1, 2, 0)
    >>> topological_order([[], [], []], rank=[1, 2, 0])
    (2, 0, 1)
    """
    ranks = range(len(parents)) if rank is None else rank
    children: list[list[int]] = [[] for _ in parents]
    waiting = [len(p) for p in parents]
    for child, ps in enumerate(parents):
        for p in ps:
            children[p].append(child)
    ready = [(ranks[i], i) for i, count in enumerate(waiting) if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, node = heapq.heappop(ready)
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heapq.heappush(ready, (ranks[child], child))
    if len(order) < len(parents):
        raise CycleError(_find_cycle(parents, set(range(len(parents))) - set(order)))
    return tuple(order)


def _find_cycle(parents: Sequence[Sequence[int]], left: set[int]) -> list[int]:
    # Every node that is left has a parent that is left, so a walk upwards must return to its path.
    path = [min(left)]
    while True:
        up = next(p for p in parents[path[-1]] if p in left)
        if up in path:
            return path[path.index(up) :][::-1]
        path.append(up)


def ancestors(nodes: Iterable[int], parents: Callable[[int], Iterable[int]]) -> set[int]:
    """Find the nodes' ancestors, the nodes themselves included.

    Parameters
    ----------
    nodes : iterable of int
    parents : callable
        A node to its parents.

    Examples
    --------
    >>> sorted(ancestors([1], [[], [0], [1]].__getitem__))
    [0, 1]
    """
    reached = set(nodes)
    stack = list(reached)
    while stack:
        new = set(parents(stack.pop())) - reached
        reached |= new
        stack.extend(new)
    return reached
