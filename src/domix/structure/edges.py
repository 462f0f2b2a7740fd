"""Background knowledge of edges, checked and translated from names to codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from domix.core.space import Space, listing
from domix.errors import DataError, NetworkError
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag, Edge
from domix.util.checks import name_argument

NamedEdges = Iterable[tuple[str, str]]
"""Pairs of names, cause and effect."""

Tiers = Iterable[Iterable[str]]
"""Names of variables, the earliest tier first."""


class GraphMode(StrEnum):
    """What may be changed of the given graph."""

    GIVEN = "given"
    REPAIR = "repair"
    LEARN = "learn"


def read_mode(graph: str | None, default: GraphMode) -> GraphMode:
    """Read the argument ``graph``; None is the default."""
    try:
        return default if graph is None else GraphMode(graph)
    except ValueError:
        raise DataError(
            f"must be one of {listing(map(str, GraphMode))}, not {graph!r}", argument="graph"
        ) from None


def read_constraints(
    space: Space,
    required_edges: NamedEdges = (),
    forbidden_edges: NamedEdges = (),
    tiers: Tiers | None = None,
) -> EdgeConstraints:
    """Read the constraints on edges.

    Raises
    ------
    NetworkError
        A name is unknown, an edge is not a pair of two variables, an edge is required and
        forbidden, or a variable is in no tier or in two.
    """
    required = _read_edges(space, required_edges, "required_edges")
    forbidden = _read_edges(space, forbidden_edges, "forbidden_edges")
    for a, b in sorted(required & forbidden):
        raise NetworkError(
            f"{space.names[a]!r} -> {space.names[b]!r} is forbidden, too",
            argument="required_edges",
        )
    constraints = EdgeConstraints(required, forbidden, _read_tiers(space, tiers))
    allowed = constraints.addable(len(space))
    for a, b in sorted(required):
        if not allowed[a, b]:
            raise NetworkError(
                f"{space.names[a]!r} -> {space.names[b]!r} contradicts the tiers or another "
                "required edge",
                argument="required_edges",
            )
    graph = Dag.build([{a for a, b in required if b == v} for v in range(len(space))])
    if not graph.is_acyclic():
        raise NetworkError("the edges form a cycle", argument="required_edges")
    return constraints


def _read_edges(space: Space, edges: NamedEdges, argument: str) -> frozenset[Edge]:
    read = set()
    if isinstance(edges, (str, Mapping)) or not isinstance(edges, Iterable):
        raise NetworkError(
            f"a list of (cause, effect) pairs is needed, not {edges!r}", argument=argument
        )
    for edge in edges:
        pair = tuple(edge) if isinstance(edge, (tuple, list)) else ()
        if len(pair) != 2 or pair[0] == pair[1]:
            raise NetworkError(
                f"{edge!r} is not a pair of two variables, cause and effect", argument=argument
            )
        with name_argument(argument):
            a, b = (space.position(name, NetworkError) for name in pair)
        read.add((a, b))
    return frozenset(read)


def _read_tiers(space: Space, tiers: Tiers | None) -> tuple[int, ...] | None:
    if tiers is None:
        return None
    if isinstance(tiers, (str, Mapping)) or not isinstance(tiers, Iterable):
        raise NetworkError(f"a list of lists of names is needed, not {tiers!r}", argument="tiers")
    tier_of: dict[int, int] = {}
    for number, names in enumerate(tiers):
        if isinstance(names, Mapping) or not isinstance(names, Iterable):
            raise NetworkError(f"{names!r} is not a list of names", argument="tiers")
        for name in [names] if isinstance(names, str) else names:
            with name_argument("tiers"):
                variable = space.position(name, NetworkError)
            if variable in tier_of:
                raise NetworkError(f"{name!r} is in two tiers", argument="tiers")
            tier_of[variable] = number
    missing = [name for i, name in enumerate(space.names) if i not in tier_of]
    if missing:
        raise NetworkError(f"{missing[0]!r} is in no tier", argument="tiers")
    return tuple(tier_of[i] for i in range(len(space)))
