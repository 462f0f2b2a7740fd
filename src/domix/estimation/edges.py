"""What is reported of an edge: what directs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from domix.results.graph import EdgeDirection
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.structure.essential import essential_graph


def find_directions(
    dag: Dag, constraints: EdgeConstraints, sets: Sequence[Collection[int]] = ()
) -> dict[Edge, EdgeDirection]:
    """Return what directs each edge, by effect and cause.

    Parameters
    ----------
    dag : Dag
    constraints : EdgeConstraints
        Which the graph satisfies.
    sets : sequence of collections of int
        The variables that each target sets.
    """
    known = constraints.directed(dag)
    by_controls = essential_graph(dag).directed
    by_knowledge = essential_graph(dag, known=known).directed
    by_all = essential_graph(dag, sets, known).directed

    def find(edge: Edge) -> EdgeDirection:
        if edge in by_controls:
            return EdgeDirection.CONTROLS
        if edge in by_knowledge:
            return EdgeDirection.KNOWN
        return EdgeDirection.INTERVENTIONS if edge in by_all else EdgeDirection.OPEN

    return {edge: find(edge) for edge in sorted(dag.edges, key=lambda edge: edge[::-1])}
