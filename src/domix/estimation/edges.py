"""What is reported of an edge: what directs it."""

from __future__ import annotations

from collections.abc import Mapping

from domix.results.graph import EdgeDirection
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.structure.essential import essential_graph


def find_directions(
    dag: Dag,
    constraints: EdgeConstraints,
    support: Mapping[Edge, float] | None = None,
    least_support: float = 0.0,
) -> dict[Edge, EdgeDirection]:
    """Return what directs each edge, by effect and cause.

    Parameters
    ----------
    dag : Dag
    constraints : EdgeConstraints
        Which the graph satisfies.
    support : mapping of Edge to float, optional
        The nats by which interventions favor the direction of an edge.
    least_support : float
        Below which they do not determine it.
    """
    support = support or {}
    known = constraints.directed(dag)
    by_controls = essential_graph(dag).directed
    by_knowledge = essential_graph(dag, known=known).directed

    def find(edge: Edge) -> EdgeDirection:
        if edge in by_controls:
            return EdgeDirection.CONTROLS
        if edge in by_knowledge:
            return EdgeDirection.KNOWN
        determined = edge in support and support[edge] >= least_support
        return EdgeDirection.INTERVENTIONS if determined else EdgeDirection.OPEN

    return {edge: find(edge) for edge in sorted(dag.edges, key=lambda edge: edge[::-1])}
