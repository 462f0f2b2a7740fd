r"""How strongly rows direct the edges that targets split.

Controls leave the graphs of a Markov equivalence class equal. Let L(G) be the largest
log-likelihood of control rows and mixture rows together under a graph G of the class, where the
targets are those that were found, and their weights and the tables are free. The *direction
support* of an edge a -> b is

.. math:: \max \{L(G) : a \to b \text{ in } G\} - \max \{L(G) : b \to a \text{ in } G\}.

The two differ in what interventions leave free only: where a target sets a but not b, b depends on
a in one graph, and not in the other. The densities are those of the whole mixture, since
responsibilities under one graph favor that graph. Edges that follow from others need no
rule of their own: every graph that reverses one of them reverses one of its reasons.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

from domix.estimation.trials.likelihood import ClassLikelihood
from domix.options.graph import GraphOptions
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.structure.essential import essential_graph


def direction_support(
    likelihood: ClassLikelihood, constraints: EdgeConstraints, options: GraphOptions
) -> dict[Edge, float]:
    """Return the direction support of edges that targets bear on, in nats.

    Edges that controls or knowledge direct are left out, and so are those whose reversal was not
    reached within ``options.class_members`` graphs of their part of the class.
    """
    support: dict[Edge, float] = {}
    for walked in _walk_class(likelihood, constraints, options):
        support |= walked.support
    return support


def favored_graph(
    likelihood: ClassLikelihood, constraints: EdgeConstraints, options: GraphOptions
) -> Dag | None:
    """Return the graph of the class that rows favor over the present one, with the same targets.

    One component of the class is changed, that where rows gain most; None if none gains more than
    ``options.direction_nats``.
    """
    walks = _walk_class(likelihood, constraints, options)
    best = min(walks, key=lambda walked: walked.loss, default=None)
    return best.graph if best is not None and best.loss < -options.direction_nats else None


def _walk_class(
    likelihood: ClassLikelihood, constraints: EdgeConstraints, options: GraphOptions
) -> Iterator[_Walked]:
    dag, known = likelihood.dag, constraints.directed(likelihood.dag)
    asked = essential_graph(dag, likelihood.sets, known).directed
    asked -= essential_graph(dag, known=known).directed
    walk = _Walk(likelihood, constraints, options)
    # The graphs of a class are free combinations of the orientations of its components.
    for component in _components(essential_graph(dag).undirected):
        here = {edge for edge in asked if set(edge) <= component}
        if here:
            yield walk.run(component, here)


def _components(edges: Collection[frozenset[int]]) -> list[set[int]]:
    """Return the nodes of each connected part of an undirected graph."""
    parts: list[set[int]] = []
    for edge in sorted(edges, key=sorted):
        joined = [part for part in parts if part & edge]
        parts = [part for part in parts if not part & edge]
        parts.append(set(edge).union(*joined))
    return parts


class _Walked(NamedTuple):
    """Direction support of edges of a component, and the graph with the least loss there."""

    support: dict[Edge, float]
    loss: float
    graph: Dag


class _Walk:
    """Walks over the graphs of a class by reversals of covered edges, the least loss first."""

    def __init__(
        self, likelihood: ClassLikelihood, constraints: EdgeConstraints, options: GraphOptions
    ) -> None:
        self._likelihood, self._constraints, self._options = likelihood, constraints, options

    def run(self, component: Collection[int], asked: Collection[Edge]) -> _Walked:
        """Return the direction support of some edges of a component, and the best graph.

        Graphs are tried until each of these edges was reversed in one, and all that are left lie
        beyond graphs which lose enough.
        """
        start = self._likelihood.dag
        either = {*asked, *(edge[::-1] for edge in asked)}
        least = dict.fromkeys(asked, 0.0)
        best, favored = 0.0, start
        seen, waiting = {start}, [(0.0, 0, start)]
        while waiting and len(seen) < self._options.class_members:
            loss, _, graph = heappop(waiting)
            if loss >= best + self._options.direction_nats and len(least) == 2 * len(asked):
                break
            for a, b in graph.covered():
                member = graph.reversed(a, b)
                if a not in component or b not in component or member in seen:
                    continue
                seen.add(member)
                # A reversal that no target splits changes no distribution.
                lost = self._likelihood.loss(member) if self._likelihood.is_split(a, b) else loss
                heappush(waiting, (lost, len(seen), member))
                if self._constraints.allow(member):
                    if lost < best:
                        best, favored = lost, member
                    for edge in member.edges & either:
                        least[edge] = min(lost, least.get(edge, lost))
        found = (edge for edge in asked if edge[::-1] in least)
        support = {edge: least[edge[::-1]] - least[edge] for edge in found}
        return _Walked(support, best, favored)
