r"""Sibling targets: the trace that an edge of the wrong direction leaves in a support.

Let a -> b be covered, without common parents, and let a target t set a to v but not b. Under b -> a
the same distribution is a mixture of t and the targets that also set b: with
:math:`w_0 = \min_j P(b_j \mid a_v) / P(b_j)` and
:math:`w_j = P(b_j \mid a_v) - w_0 P(b_j) \ge 0`,

.. math:: P_t = w_0 P'_t + \sum_j w_j P'_{t \cup \{b = j\}},

and one :math:`w_j` is 0, so exclusion holds too. The likelihood does not tell the two graphs apart;
the number of targets does. Targets that set a and differ in what they do to b only are *siblings*.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from itertools import permutations

from domix.core.tables import Target
from domix.structure.dag import Dag, Edge


def count_siblings(targets: Sequence[Target], a: int, b: int) -> int:
    """Count the targets that would merge if one edge between a and b explained them.

    Targets that set a are grouped by what they set besides b, and the same with a and b exchanged;
    every group counts its size less 1.

    Examples
    --------
    >>> count_siblings([(), ((0, 1),), ((0, 1), (1, 0)), ((0, 1), (1, 2))], 0, 1)
    2
    """
    return _siblings_of(targets, a, b) + _siblings_of(targets, b, a)


def _siblings_of(targets: Sequence[Target], cause: int, effect: int) -> int:
    groups = merged_siblings(targets, cause, effect).values()
    return sum(len(members) - 1 for members in groups)


def nested_edges(targets: Sequence[Target], edges: Iterable[Edge]) -> list[Edge]:
    """List edges between a variable of some target and one that a larger target sets besides it.

    This is a weaker trace of a wrong direction: where more edges are wrong, what would be siblings
    sets more variables, and does not differ in one only.

    Examples
    --------
    >>> nested_edges([(), ((0, 1),), ((0, 1), (1, 0), (2, 0))], [(0, 1), (1, 2)])
    [(0, 1)]
    """
    nested: set[Edge] = set()
    for inner, outer in permutations(map(set, targets), 2):
        if inner < outer:
            nested.update((a, b) for a, _ in inner for b, _ in outer - inner)
    return sorted(edge for edge in edges if edge in nested or edge[::-1] in nested)


def count_responses(targets: Sequence[Target], cause: int, effect: int) -> int:
    """Count the siblings that an edge cause -> effect, now missing, would merge."""
    return _siblings_of(targets, cause, effect)


def merged_siblings(targets: Sequence[Target], cause: int, effect: int) -> dict[Target, list[int]]:
    """Return the targets that an edge cause -> effect would leave of siblings, and whose they are.

    Examples
    --------
    >>> merged_siblings([(), ((0, 1), (1, 0)), ((0, 1), (1, 2))], 0, 1)
    {((0, 1),): [1, 2]}
    """
    groups: dict[Target, list[int]] = {}
    for index, target in enumerate(targets):
        if any(variable == cause for variable, _ in target):
            merged = tuple(pair for pair in target if pair[0] != effect)
            groups.setdefault(merged, []).append(index)
    return {merged: members for merged, members in groups.items() if len(members) > 1}


def nearest_members(dag: Dag, edges: Collection[Edge], limit: int) -> dict[Edge, list[Dag]]:
    """Return, for each edge, the nearest graphs of the same class in which it is reversed.

    The class is walked breadth first by reversals of covered edges, until ``limit`` graphs are
    known.
    """
    nearest: dict[Edge, list[Dag]] = {}
    depth = {dag: 0}
    waiting, open_edges = deque([dag]), set(edges)
    while waiting and open_edges and len(depth) < limit:
        graph = waiting.popleft()
        for a, b in graph.covered():
            member = graph.reversed(a, b)
            if member in depth:
                continue
            depth[member] = depth[graph] + 1
            waiting.append(member)
            for edge in edges:
                if (edge[1], edge[0]) in member.edges:
                    found = nearest.setdefault(edge, [])
                    if not found or depth[found[0]] == depth[member]:
                        found.append(member)
        open_edges = {
            edge
            for edge in open_edges
            if edge not in nearest or (waiting and depth[waiting[0]] < depth[nearest[edge][0]])
        }
    return nearest
