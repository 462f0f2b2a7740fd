"""A graph as it is written, and the parents of each variable that it says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from domix.core.graph import CycleError, topological_order
from domix.errors import NetworkError

Edge = tuple[str, str]
"""Cause and effect."""


@dataclass(frozen=True)
class GraphRecord:
    """A graph that is not validated yet.

    Attributes
    ----------
    nodes : tuple of str
        Every variable, in the order in which they are first named.
    edges : tuple of (str, str)
        Cause and effect; an edge may be listed more than once.
    """

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]

    @classmethod
    def build(cls, edges: Iterable[Edge], nodes: Iterable[str] = ()) -> GraphRecord:
        """Return the graph of edges, and of nodes that come first and may have no edge."""
        pairs = tuple(edges)
        named = dict.fromkeys([*nodes, *(name for pair in pairs for name in pair)])
        return cls(tuple(named), pairs)

    def reverse(self) -> GraphRecord:
        """Return the graph with every edge turned round."""
        return GraphRecord(self.nodes, tuple((effect, cause) for cause, effect in self.edges))

    def to_parents(self) -> dict[str, tuple[str, ...]]:
        """Return the parents of each variable, in the order of the edges.

        Raises
        ------
        NetworkError
            A name is not a text or is empty, an edge leads from a variable to itself, or edges
            lead in a cycle, which the message lists.

        Examples
        --------
        >>> GraphRecord.build([("A", "C"), ("B", "C"), ("A", "C")]).to_parents()
        {'A': (), 'C': ('A', 'B'), 'B': ()}
        >>> GraphRecord.build([("A", "B"), ("B", "A")]).to_parents()
        Traceback (most recent call last):
            ...
        domix.errors.NetworkError: the graph has a cycle: B -> A -> B
        """
        for name in self.nodes:
            if not isinstance(name, str) or not name:
                raise NetworkError(
                    f"the name of a variable must be a text that is not empty, not {name!r}"
                )
        loop = next((cause for cause, effect in self.edges if cause == effect), None)
        if loop is not None:
            raise NetworkError(
                f"the edge {loop} -> {loop} leads from a variable to itself; leave it out"
            )
        parents: dict[str, dict[str, None]] = {name: {} for name in self.nodes}
        for cause, effect in self.edges:
            parents[effect][cause] = None
        numbers = {name: number for number, name in enumerate(self.nodes)}
        try:
            topological_order([[numbers[p] for p in above] for above in parents.values()])
        except CycleError as error:
            names = [self.nodes[i] for i in (*error.cycle, error.cycle[0])]
            raise NetworkError(f"the graph has a cycle: {' -> '.join(names)}") from None
        return {name: tuple(above) for name, above in parents.items()}
