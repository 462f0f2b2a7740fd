"""The components of a mixture as users give them: interventions and their weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Rational, Real
from typing import Any

from domix.core.intervention import do
from domix.core.joint import is_probability
from domix.core.notation import read_intervention
from domix.core.soft.values import ValueLike
from domix.errors import InterventionError
from domix.util.rational import brief, to_fraction


def read_components(components: Any) -> Iterator[tuple[Mapping[str, ValueLike], Any]]:
    """Yield interventions and their weights, of a mapping or of pairs."""
    pairs = components.items() if isinstance(components, Mapping) else components
    if isinstance(pairs, str) or not isinstance(pairs, Iterable):
        raise InterventionError(f"a mixture maps interventions to weights; {components!r} does not")
    for pair in pairs:
        if isinstance(pair, (str, Mapping)) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise InterventionError(
                f"{pair!r} is not a pair of an intervention and its weight; write (do(A=1), 0.5)"
            )
        yield read_intervention(pair[0]), pair[1]


def read_weight(intervention: Mapping[str, ValueLike], weight: Any) -> Any:
    """Return the weight of an intervention as a float or a fraction; raise InterventionError."""
    if isinstance(weight, bool) or not isinstance(weight, Real):
        raise InterventionError(f"the weight of {do(intervention)} is not a number: {weight!r}")
    if isinstance(weight, Rational):
        weight = to_fraction(weight)
    if not is_probability(weight):
        raise InterventionError(
            f"the weight of {do(intervention)} is {brief(weight)}; a weight is between 0 and 1"
        )
    return weight
