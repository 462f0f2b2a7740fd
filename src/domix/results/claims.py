"""What a component claims: its test, and the targets beside it that may have gone undetected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domix.core.intervention import Intervention
from domix.formats.interventions import intervention_document, read_intervention
from domix.util.strict_json import Node


@dataclass(frozen=True)
class TargetTest:
    """The test behind a p-value.

    The p-value is ``factor`` times K times P(chi2_1 > 2 ``drop_cost``) / 2, at most 1.

    Attributes
    ----------
    drop_cost : float
        The statistic: what the log-likelihood loses without the target, in nats. Infinite where
        rows are labelled with the target, or it is the only one.
    log_count : float
        Natural logarithm of K, the number of targets that compete for the place of this one.
    factor : int
        Parts of alpha of which the target has one: 3 for each group of rows, and for a target that
        was named in advance 1 for each group.
    critical_value : float
        The drop cost at which the p-value is alpha, in nats.

    Examples
    --------
    >>> import math
    >>> test = TargetTest(drop_cost=7.5, log_count=math.log(60), factor=3, critical_value=5.8)
    >>> round(test.factor * math.exp(test.log_count) * 0.5 * math.erfc(math.sqrt(7.5)), 4)
    0.0097
    """

    drop_cost: float
    log_count: float
    factor: int
    critical_value: float


@dataclass(frozen=True)
class UndetectedTarget:
    """A target that is not reported, and which the rows may contain all the same.

    Attributes
    ----------
    intervention : Intervention
        It differs in one variable from the component that it is listed with.
    gain : float
        What the log-likelihood would gain with it, in nats, everything else fitted again.

    Examples
    --------
    >>> from domix import do
    >>> print(UndetectedTarget(do(A="low"), 4.5))
    do(A=low) (4.5 nats)
    """

    intervention: Intervention
    gain: float

    def __str__(self) -> str:
        return f"{self.intervention} ({self.gain:.1f} nats)"


CLAIMS = ("test", "undetected", "hull")
"""Keys of a component in JSON, each only where it was computed."""


def claims_document(
    test: TargetTest | None,
    undetected: Sequence[UndetectedTarget],
    hull: tuple[float, float] | None,
) -> dict[str, Any]:
    """Return what there is of a component's claims as plain values."""
    document: dict[str, Any] = {}
    if test is not None:
        cost = test.drop_cost if math.isfinite(test.drop_cost) else None
        document["test"] = {**vars(test), "drop_cost": cost}
    if undetected:
        document["undetected"] = [
            {"intervention": intervention_document(target.intervention), "gain": target.gain}
            for target in undetected
        ]
    if hull is not None:
        document["hull"] = hull
    return document


def read_claims(fields: Mapping[str, Node]) -> dict[str, Any]:
    """Read the fields of a component that :func:`claims_document` returned."""
    readers: Mapping[str, Callable[[Node], Any]] = {
        "test": _read_test,
        "undetected": lambda node: tuple(map(_read_undetected, node.items())),
        "hull": read_interval,
    }
    return {key: read(fields[key]) for key, read in readers.items() if key in fields}


def read_interval(interval: Node) -> tuple[float, float]:
    """Read the two ends of an interval."""
    low, high = interval.items(length=2)
    return low.number(), high.number()


def _read_test(node: Node) -> TargetTest:
    fields = node.fields(list(TargetTest.__annotations__), [])
    cost = fields["drop_cost"].optional(Node.number)
    return TargetTest(
        math.inf if cost is None else cost,
        fields["log_count"].number(),
        fields["factor"].whole_number(),
        fields["critical_value"].number(),
    )


def _read_undetected(node: Node) -> UndetectedTarget:
    fields = node.fields(list(UndetectedTarget.__annotations__), [])
    return UndetectedTarget(read_intervention(fields["intervention"]), fields["gain"].number())
