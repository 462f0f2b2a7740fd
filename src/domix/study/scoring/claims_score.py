"""Scores of what an estimate claims besides its targets: flags, hulls, bounds, suspicions."""

from __future__ import annotations

from dataclasses import dataclass

from domix.model.mixture import Mixture
from domix.results.result import Disentanglement

NAMED = 1
"""Parts of alpha of the test of a suspected target, where there are no groups."""


@dataclass(frozen=True)
class ClaimsScore:
    """Claims of an estimate, over its true targets unless the description says otherwise.

    Attributes
    ----------
    flagged, flagged_covered : int
        Targets with undetected neighbours, and how many of their intervals hold the weight.
    hull_covered : int
        Hulls that hold the weight.
    unseen : float or None
        Width of the interval of the only target; None if there are several.
    suspected_false : bool
        Whether a suspected target is reported that is false.
    stopped_short : bool
        Whether a change that was not made passes the test.
    """

    flagged: int
    flagged_covered: int
    hull_covered: int
    unseen: float | None
    suspected_false: bool
    stopped_short: bool


def score_claims(truth: Mixture, estimate: Disentanglement) -> ClaimsScore:
    """Score the claims of an estimate from rows."""
    weights = dict(zip(truth.interventions, truth.weights.tolist(), strict=True))
    right = [c for c in estimate.components if c.intervention in weights]
    wrong = [c for c in estimate.components if c.intervention not in weights]
    flagged = [c for c in right if c.undetected]
    lone = estimate.components[0].interval if len(estimate.components) == 1 else None
    return ClaimsScore(
        flagged=len(flagged),
        flagged_covered=sum(_holds(c.interval, weights[c.intervention]) for c in flagged),
        hull_covered=sum(_holds(c.hull, weights[c.intervention]) for c in right),
        unseen=None if lone is None else lone[1] - lone[0],
        suspected_false=any(c.test is not None and c.test.factor == NAMED for c in wrong),
        stopped_short=bool(estimate.best_move_significant),
    )


def _holds(interval: tuple[float, float] | None, weight: float) -> bool:
    return interval is not None and interval[0] <= weight <= interval[1]
