r"""The probability that a target passes its test and is not taken for a rival.

The drop cost T of n rows has mean about n D and variance n V. Its signed root :math:`\sqrt{2T}` is
closer to normal than T itself, with mean :math:`\sqrt{2nD}` and variance :math:`V / 2D`, so that
the target passes the critical value c with probability

.. math:: \Phi\left(\frac{\sqrt{2nD} - \sqrt{2c}}{\sqrt{V / 2D}}\right).

It is reported itself, if also the log-likelihood with it exceeds that with each rival in its place,
by what the penalties differ. All these differences are jointly normal to first order.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from domix.design.contrasts import Contrast, Contrasts
from domix.util.arrays import Floats

DRAWS = 2**13
"""Normal draws for the joint probability: its standard error is at most .006."""

UNDETECTABLE = 1e-8
"""Nats per row below which no number of rows is enough: the rest is rounding."""


class Chances(NamedTuple):
    """Probabilities at one number of rows and control rows.

    Attributes
    ----------
    reported : float
        That the target is reported.
    passes : float
        That it passes the test, or a rival in its place.
    taken_for : tuple of float
        That the log-likelihood prefers each rival.
    """

    reported: float
    passes: float
    taken_for: tuple[float, ...]


@lru_cache(maxsize=4)
def _normal_draws(comparisons: int) -> Floats:
    draws = np.random.default_rng(0).standard_normal((DRAWS, comparisons))
    draws.flags.writeable = False
    return draws


def compute_chances(contrasts: Contrasts, rows: float, controls: float | None) -> Chances:
    """Compute the probabilities at a number of rows and control rows."""
    contrast = contrasts.at(rows, controls)
    scores = _standard_scores(contrast, contrasts, rows)
    if contrast.means[0] < UNDETECTABLE:
        return Chances(0.0, 0.0, tuple(1.0 for _ in contrasts.rivals))
    deviations = np.sqrt(np.maximum(np.diag(contrast.covariances), 1e-300))
    correlations = contrast.covariances / np.outer(deviations, deviations)
    values, vectors = np.linalg.eigh(correlations)
    roots = vectors * np.sqrt(np.maximum(values, 0.0))
    above = (_normal_draws(len(scores)) @ roots.T + scores) > 0
    # The draws give what the rivals take; the test alone has a closed form.
    kept = above.all(axis=1).sum() / max(int(above[:, 0].sum()), 1)
    phi = NormalDist().cdf
    passes = phi(scores[0])
    return Chances(
        float(passes * kept), passes, tuple(phi(-score) for score in scores[1:].tolist())
    )


def _standard_scores(contrast: Contrast, contrasts: Contrasts, rows: float) -> Floats:
    """Return by how many standard deviations each comparison is expected to be won."""
    means = rows * np.maximum(contrast.means, 0.0)
    variances = np.maximum(rows * np.diag(contrast.covariances), 1e-300)
    scores = np.empty(len(means))
    scores[1:] = (means[1:] - contrasts.allowances) / np.sqrt(variances[1:])
    root = math.sqrt(2.0 * means[0])
    spread = math.sqrt(variances[0] / max(2.0 * means[0], 1e-300))
    scores[0] = (root - math.sqrt(2.0 * contrasts.critical)) / spread
    return np.clip(scores, -40.0, 40.0)
