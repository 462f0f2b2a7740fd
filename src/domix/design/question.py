"""The arguments of :func:`domix.power`, checked and translated from labels to codes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

from domix.core.intervention import do
from domix.core.notation import InterventionLike, read_intervention
from domix.core.soft.targets import SoftTarget
from domix.core.tables import Target
from domix.errors import DataError, InterventionError, NetworkError
from domix.model.components import ROUNDING
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.util.checks import name_argument, probability, whole_number

NEEDED = "needed"
"""Control rows that are asked for."""


@dataclass(frozen=True, eq=False)
class Question:
    """A target beside others.

    Attributes
    ----------
    network : Network
    target : Target
    weight : float or None
        None if it is asked for.
    others : mapping of Target to float
        The other targets, without do(), and their weights.
    """

    network: Network
    target: Target
    weight: float | None
    others: Mapping[Target, float]

    @property
    def free(self) -> float:
        """Weight of the target and do() together."""
        return 1.0 - math.fsum(self.others.values())


def read_question(
    net: Network | Mixture,
    target: InterventionLike,
    weight: float | None,
    beside: Mapping[Any, float] | None,
) -> Question:
    """Read what :func:`domix.power` describes, with its errors."""
    if not isinstance(net, (Network, Mixture)):
        raise NetworkError(
            f"the first argument must be a Network or a Mixture, not {type(net).__name__}"
        )
    network = net if isinstance(net, Network) else net.network
    with name_argument("target"):
        code = _read_target(network, target)
        if not code:
            raise InterventionError("do() sets nothing; name what is to be found")
    if weight is not None:
        weight = probability(weight, "weight")
    if isinstance(net, Mixture):
        if beside is not None:
            raise DataError("the mixture holds the other targets; leave it out", argument="beside")
        pairs = list(zip(net.interventions, map(float, net.weights), strict=True))
    else:
        pairs = list((beside or {}).items())
    others: dict[Target, float] = {}
    with name_argument("net" if isinstance(net, Mixture) else "beside"):
        for intervention, share in pairs:
            other = _read_target(network, intervention)
            if isinstance(net, Mixture) and other == code:
                weight = share if weight is None else weight
            elif other in others or other == code:
                raise InterventionError(f"duplicate target {do(read_intervention(intervention))}")
            elif not other and not isinstance(net, Mixture):
                raise InterventionError("do() has the rest of the weight; leave it out")
            elif other:
                others[other] = _read_share(intervention, share)
    question = Question(network, code, weight, others)
    total = 1.0 - question.free + (weight or 0.0)
    if total > 1.0 + ROUNDING or question.free <= 0.0:
        raise DataError(
            f"the weights of the target and those beside it sum to {total:.6g}, more than 1",
            argument="weight",
        )
    return question


def read_controls(question: Question, controls: int | str | None) -> int | None:
    """Return a number of control rows; None if the tables are known, or if it is asked for.

    A variable is not counted in rows that set it, so that the numbers may differ; the tables that
    matter are learnt from at least the smallest.
    """
    if isinstance(controls, str):
        if controls != NEEDED:
            raise DataError(
                f"must be a number or {NEEDED!r}, not {controls!r}", argument="controls"
            )
        return None
    if controls is not None:
        return whole_number(controls, "controls", least=1)
    network = question.network
    counts, layout = network.flat_counts, network.tables.layout
    if counts is None:
        return None
    changed = {variable for t in (question.target, *question.others) for variable, _ in t}
    least = min(float(counts[layout.entries_of(variable)].sum()) for variable in changed)
    return max(round(least), 1)


def _read_target(network: Network, intervention: InterventionLike) -> Target:
    target = network.any_target(intervention)
    if isinstance(target, SoftTarget):
        raise InterventionError(
            f"{do(read_intervention(intervention))} draws values; name a target that sets them"
        )
    return target


def _read_share(intervention: InterventionLike, share: Any) -> float:
    if isinstance(share, bool) or not isinstance(share, Real) or not 0 <= float(share) <= 1:
        name = do(read_intervention(intervention))
        raise InterventionError(f"the weight of {name} is {share!r}; a weight is between 0 and 1")
    return float(share)
