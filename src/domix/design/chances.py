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

from domix.design.contrasts import Contrasts
from domix.util.arrays import Floats

DRAWS = 2**13
"""Normal draws for the joint probability: its standard error is at most .006."""

LEAST_VARIANCE = 1e-300
"""Keeps a comparison that never varies from a division by 0."""


LARGEST_SCORE = 40.0
"""Standard deviations from which on a probability is 0 or 1 as a float."""

NORMAL = NormalDist().cdf


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
def _draw_normal(comparisons: int) -> Floats:
    draws = np.random.default_rng(0).standard_normal((DRAWS, comparisons))
    draws.flags.writeable = False
    return draws


def compute_chances(contrasts: Contrasts, rows: float, controls: float | None) -> Chances:
    """Compute the probabilities at a number of rows and control rows."""
    if not contrasts.is_detectable:
        return Chances(0.0, 0.0, tuple(0.0 for _ in contrasts.rivals))
    contrast = contrasts.at(rows, controls)
    deviations = np.sqrt(np.maximum(np.diag(contrast.covariances), LEAST_VARIANCE))
    scores = _standard_scores(contrast.means, deviations, contrasts)
    values, vectors = np.linalg.eigh(contrast.covariances / np.outer(deviations, deviations))
    roots = vectors * np.sqrt(np.maximum(values, 0.0))
    above = (_draw_normal(len(scores)) @ roots.T + scores) > 0
    # Draws say what rivals take; the test alone has a closed form, which does not jump.
    kept = int(above.all(axis=1).sum()) / max(int(above[:, 0].sum()), 1)
    # However surprising its rows are, one must be there.
    occurs = -math.expm1(rows * math.log1p(-contrasts.weight)) if contrasts.weight < 1 else 1.0
    passes = min(NORMAL(scores[0]), occurs)
    return Chances(passes * kept, passes, tuple(NORMAL(-score) for score in scores[1:].tolist()))


def _standard_scores(means: Floats, deviations: Floats, contrasts: Contrasts) -> Floats:
    """Return by how many standard deviations each comparison is expected to be won."""
    scores = np.empty(len(means))
    scores[1:] = (means[1:] - contrasts.allowances) / deviations[1:]
    root = math.sqrt(2.0 * max(means[0], LEAST_VARIANCE))
    scores[0] = (root - math.sqrt(2.0 * contrasts.critical)) / (deviations[0] / root)
    return np.clip(scores, -LARGEST_SCORE, LARGEST_SCORE)
