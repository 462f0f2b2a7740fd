"""The components of a mixture as users give them: interventions and their weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import numpy as np

from domix.core.intervention import Intervention, do
from domix.core.joint import is_probability
from domix.core.notation import read_intervention
from domix.core.soft.targets import AnyTarget, expand
from domix.core.soft.values import ValueLike
from domix.core.tables import Layout, Target
from domix.errors import InterventionError
from domix.util.arrays import Objects
from domix.util.rational import brief, to_fraction

ROUNDING = 1e-9
"""Sums of floating-point weights that are off by less are taken for 1."""


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


def read_weights(components: Sequence[tuple[Mapping[str, ValueLike], Any]], exact: bool) -> Objects:
    """Return the weights of components, which must sum to 1, as a read-only array.

    They are fractions if they are given as rational numbers and everything else is ``exact``.
    """
    weights = [_read_weight(intervention, weight) for intervention, weight in components]
    exact = exact and all(isinstance(weight, Rational) for weight in weights)
    array = np.array(
        [Fraction(w) if exact else float(w) for w in weights],
        dtype=object if exact else np.float64,
    )
    total = array.sum() if exact else math.fsum(array)
    if total != 1 if exact else abs(total - 1) > ROUNDING:
        raise InterventionError(f"the weights sum to {brief(total)}, not 1")
    array.flags.writeable = False
    return array


def _read_weight(intervention: Mapping[str, ValueLike], weight: Any) -> Any:
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


def expand_components(
    layout: Layout, components: Iterable[tuple[Intervention, AnyTarget, Any]], exact: bool
) -> dict[Target, Any]:
    """Return the weights of the hard targets that components, each with its weight, consist of."""
    weights: dict[Target, Any] = {}
    for name, soft, whole in components:
        try:
            parts = expand(layout, soft)
        except InterventionError as error:
            raise InterventionError(f"{name}: {error}") from None
        # Two sums that are each 1 within rounding can be further from 1 together.
        total = 1 if exact else math.fsum(parts.values())
        for target, share in parts.items():
            part = whole * share if exact else float(whole) * float(share) / total
            weights[target] = weights.get(target, 0) + part
    return weights
