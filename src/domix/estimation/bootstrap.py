"""Weights refitted to resampled rows: how sure they are, without leaning on a curvature."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from domix.errors import DataError
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Fit, fit
from domix.util.progress import Report

__all__ = ["bootstrap_weights", "checked_replicates", "percentiles"]

Floats = npt.NDArray[np.float64]
Limits = list[tuple[float, float]]

INSIDE = (2.5, 97.5)


def checked_replicates(bootstrap: SupportsIndex) -> int:
    """How many replicates a user's ``bootstrap`` asks for; one has no spread."""
    try:
        count = operator.index(bootstrap)
    except TypeError:
        count = -1
    if count < 0 or count == 1:
        raise DataError(f"bootstrap must be 0 or a whole number of at least 2, not {bootstrap!r}")
    return count


def bootstrap_weights(
    problem: Problem, fitted: Fit, replicates: int, rng: np.random.Generator, report: Report
) -> Floats:
    """Shape (replicates, components): the support's weights, refitted to resampled data.

    Parameters
    ----------
    problem
        Of which rows are drawn, and control counts where tables are learnt.
    fitted
        Its support stays; its weights and tables are where every fit starts.
    replicates
        Each has a seed of its own, drawn from ``rng``, so that they could run in any order.
    """
    seeds = rng.integers(2**63, size=replicates)
    out = np.empty((replicates, len(fitted.support)))
    for b, seed in enumerate(seeds.tolist()):
        report("bootstrap", b / replicates)
        again = problem.resampled(np.random.default_rng(seed))
        out[b] = fit(again, fitted.support, fitted.weights, fitted.log_theta).weights
    return out


def percentiles(weights: Floats) -> tuple[Floats, Limits]:
    """Standard errors and 95 % intervals of refitted weights, shape (replicates, components)."""
    low, high = np.percentile(weights, INSIDE, axis=0)
    errors = weights.std(axis=0, ddof=1)
    return errors, list(zip(low.tolist(), high.tolist(), strict=True))
