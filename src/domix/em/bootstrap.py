"""The bootstrap of the weights: the support refitted to resampled rows."""

from __future__ import annotations

from typing import SupportsIndex

import numpy as np

from domix.em.mixture import Fit, fit
from domix.em.sharded import AnyProblem
from domix.errors import DataError
from domix.util.arrays import Floats
from domix.util.checks import whole_number
from domix.util.progress import Report
from domix.work.steps import recorded

PERCENTILES = (2.5, 97.5)
"""Of the refitted weights: the ends of a 95 % interval."""


def check_replicates(bootstrap: SupportsIndex) -> int:
    """Return how many replicates ``bootstrap`` asks for; one has no spread."""
    count = whole_number(bootstrap, "bootstrap")
    if count == 1:
        raise DataError(
            "must be 0 or at least 2, not 1: one refit has no spread", argument="bootstrap"
        )
    return count


def bootstrap_weights(
    problem: AnyProblem, fitted: Fit, replicates: int, rng: np.random.Generator, report: Report
) -> Floats:
    """Refit the weights of a support to resampled rows; shape (replicates, components).

    Control counts are resampled too where the tables are learnt. Each replicate starts from
    ``fitted`` and has a seed of its own, drawn from ``rng``, so that replicates can run in any
    order.
    """
    seeds = rng.integers(2**63, size=replicates)
    weights = np.empty((replicates, len(fitted.support)))
    for b, seed in enumerate(seeds.tolist()):
        report("bootstrap", b / replicates)
        weights[b] = _refit(problem, fitted, seed)
    return weights


@recorded()
def _refit(problem: AnyProblem, fitted: Fit, seed: int) -> Floats:
    resampled = problem.resampled(np.random.default_rng(seed))
    return fit(resampled, fitted.support, fitted.weights, fitted.log_theta).weights


def percentile_intervals(weights: Floats) -> tuple[Floats, list[tuple[float, float]]]:
    """Return standard errors and 95 % intervals; ``weights`` has shape (replicates, components)."""
    low, high = np.percentile(weights, PERCENTILES, axis=0)
    std_errors = weights.std(axis=0, ddof=1)
    return std_errors, list(zip(low.tolist(), high.tolist(), strict=True))
