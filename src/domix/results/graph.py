"""The graph of a result: what was changed of the given one, and what directs each edge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from domix.data.frame import from_columns
from domix.formats.adapters import load_module
from domix.util.text_tables import aligned

if TYPE_CHECKING:
    import networkx


class EdgeChange(StrEnum):
    """What was done to an edge of the given graph."""

    GIVEN = "given"
    ADDED = "added"
    REMOVED = "removed"
    REVERSED = "reversed"


class EdgeDirection(StrEnum):
    """What the direction of an edge rests on."""

    CONTROLS = "controls"
    KNOWN = "background knowledge"
    INTERVENTIONS = "interventions"
    OPEN = "not determined"


@dataclass(frozen=True)
class GraphEdge:
    """One edge.

    Attributes
    ----------
    cause, effect : str
        The edge leads from the first variable to the second.
    change : EdgeChange
        ``"given"`` or ``"added"``; ``"reversed"`` if the given graph has the other direction;
        ``"removed"`` if the graph of the result lacks the edge.
    direction : EdgeDirection or None
        ``"controls"``: independences in rows without interventions direct the edge.
        ``"background knowledge"``: required or forbidden edges or tiers do.
        ``"interventions"``: rows under targets that set one of two variables only do.
        ``"not determined"``: the other direction explains all rows as well, or nearly or better,
        with the same targets. None for removed edges.
    support : float
        Nats by which the marginal likelihood of the effect's table is higher with the edge than
        without; negative for an edge that the rows do not support.
    direction_support : float or None
        Nats by which the best graph with this direction has a higher log-likelihood than the best
        one with the other, of those that controls and background knowledge leave; negative if the
        other direction explains the rows better. None where interventions do not bear on it.
    """

    cause: str
    effect: str
    change: EdgeChange
    direction: EdgeDirection | None
    support: float
    direction_support: float | None = None


@dataclass(frozen=True)
class GraphReport:
    """The edges of a repaired or learnt graph.

    Attributes
    ----------
    mode : str
        ``"repair"`` or ``"learn"``.
    edges : tuple of GraphEdge
        By effect and cause, in the order of the network's variables; removed edges come last.
    variables : tuple of str
        The variables of the network, those without edges included.

    Examples
    --------
    >>> edge = GraphEdge("A", "B", EdgeChange.ADDED, EdgeDirection.INTERVENTIONS, 41.5, 12.3)
    >>> print(GraphReport("repair", (edge,)))
    edge    change  directed by    direction support  support
    ------  ------  -------------  -----------------  -------
    A -> B  added   interventions               12.3     41.5
    """

    mode: str
    edges: tuple[GraphEdge, ...]
    variables: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[GraphEdge, ...]:
        """The edges that differ from the given graph."""
        return tuple(edge for edge in self.edges if edge.change is not EdgeChange.GIVEN)

    def changes_text(self) -> str:
        """Return what was changed of the given graph, in one line."""
        changes = "; ".join(map(_change_text, self.changes))
        return changes if changes else "as given"

    def __str__(self) -> str:
        head = ["edge", "change", "directed by", "direction support", "support"]
        body = [
            [
                f"{e.cause} -> {e.effect}",
                e.change,
                e.direction or "",
                "" if e.direction_support is None else f"{e.direction_support:.1f}",
                f"{e.support:.1f}",
            ]
            for e in self.edges
        ]
        return aligned(head, body, "<<<>>")

    def to_frame(self, backend: str | None = None) -> Any:
        """Return a data frame with a row per edge.

        Parameters
        ----------
        backend : str, optional
            ``"polars"``, ``"pandas"`` or ``"pyarrow"``; by default the first that is installed.

        Returns
        -------
        data frame
            With the columns cause, effect, change, direction, support and direction_support.
        """
        columns: Mapping[str, list[Any]] = {
            "cause": [edge.cause for edge in self.edges],
            "effect": [edge.effect for edge in self.edges],
            "change": [str(edge.change) for edge in self.edges],
            "direction": [None if e.direction is None else str(e.direction) for e in self.edges],
            "support": [edge.support for edge in self.edges],
            "direction_support": [edge.direction_support for edge in self.edges],
        }
        return from_columns(columns, backend)

    def to_networkx(self) -> networkx.DiGraph[str]:
        """Return the graph of the result, with what is reported of each edge.

        Returns
        -------
        networkx.DiGraph
            With all variables, and without the removed edges. Each edge has change, direction,
            support and, where it is not None, direction_support.
        """
        graph = load_module("networkx", "to_networkx").DiGraph()
        graph.add_nodes_from(self.variables)
        for e in self.edges:
            if e.change is not EdgeChange.REMOVED:
                known: dict[str, str | float] = {
                    "change": str(e.change),
                    "direction": str(e.direction),
                    "support": e.support,
                }
                if e.direction_support is not None:
                    known["direction_support"] = e.direction_support
                graph.add_edge(e.cause, e.effect, **known)
        return graph


def _change_text(edge: GraphEdge) -> str:
    if edge.change is EdgeChange.REVERSED:
        return f"reversed {edge.effect} -> {edge.cause} to {edge.cause} -> {edge.effect}"
    return f"{edge.change} {edge.cause} -> {edge.effect}"
