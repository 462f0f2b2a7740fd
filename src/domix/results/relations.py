"""Relations between the targets of one result: which may be traces of which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from domix.core.intervention import Intervention
from domix.results.component import Component
from domix.results.contrast import Relation, RelationKind

LEAK_SHARE = 0.1
"""Largest weight of a leak, as a share of the other target's."""


def relate(components: Sequence[Component]) -> tuple[Component, ...]:
    """Set the relation of each component to the others."""
    return tuple(replace(c, relation=_relation(c, components)) for c in components)


def _relation(component: Component, components: Sequence[Component]) -> Relation | None:
    own = component.intervention
    others = [c for c in components if c.intervention and c.intervention != own] if own else []
    others.sort(key=lambda c: (-c.weight, str(c.intervention)))
    for other in others:
        if component.weight <= LEAK_SHARE * other.weight and _differ_in_one(
            own, other.intervention
        ):
            return Relation(RelationKind.LEAK, other.intervention)
    for other in others:
        if other.intervention.items() < own.items():
            return Relation(RelationKind.REFINEMENT, other.intervention)
    return None


def _differ_in_one(one: Intervention, other: Intervention) -> bool:
    return len({variable for variable, _ in one.items() ^ other.items()}) == 1
