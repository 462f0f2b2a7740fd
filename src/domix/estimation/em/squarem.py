"""Expectation-maximisation in fewer steps, whatever it is about.

Weights and logarithms of tables are extrapolated together, by squared steps: Varadhan and Roland,
"Simple and globally convergent methods for accelerating the convergence of any EM algorithm",
Scandinavian Journal of Statistics 35 (2008).
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import numpy.typing as npt

from domix._kernels import _accelerate

__all__ = ["EmMap", "accelerate"]

Floats = npt.NDArray[np.float64]

# An extrapolated weight stays above this share of EM's own value, a logarithm within this range.
WEIGHT_CLIP = 0.02
LOG_CLIP = 1.5
FIRST_STEP = 4.0
# A trial is given up when what it lacks exceeds this many times its last gain, and a little.
HOPELESS_GAINS = 40.0
HOPELESS_NATS = 5.0
HOPELESS_AFTER = 6
NOTHING: Floats = np.empty(0)


class EmMap(Protocol):
    """One step of expectation-maximisation for some likelihood.

    Attributes
    ----------
    total
        Rows, which weights are weighed with when the length of a step is measured.
    table_counts
        What logarithms of table entries are weighed with; None if the tables are fixed.
    """

    @property
    def total(self) -> float: ...

    @property
    def table_counts(self) -> Floats | None: ...

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Objective at the arguments, and where EM goes from them."""

    def normalised(self, log_theta: Floats) -> Floats:
        """Tables that are distributions again."""


def accelerate(
    em: EmMap,
    weights: Floats,
    log_theta: Floats,
    *,
    tol: float,
    steps: int,
    enough: float = math.inf,
    least: float = -math.inf,
) -> tuple[float, Floats, Floats]:
    """Climb from the arguments: objective, weights, logarithms of tables.

    Parameters
    ----------
    em, weights, log_theta
    tol
        Stop when a cycle gains less than this, in nats.
    steps
        At most this many steps of EM, give or take two.
    enough
        Stop as soon as the objective reaches this, and as soon as it clearly will not.
    least
        Stop as soon as the objective clearly will not reach this.
    """
    least = max(least, enough) if math.isfinite(enough) else least
    p0, l0 = weights, log_theta
    objective, p1, l1 = em.step(p0, l0)
    used, longest = 1, FIRST_STEP
    while used < steps and objective < enough:
        middle, p2, l2 = em.step(p1, l1)
        used += 1
        step = _step_length(em, (p0, p1, p2), (l0, l1, l2), longest)
        if step is None:
            p0, l0, objective = p1, l1, middle
            break
        if step == longest:
            longest *= 4.0
        p3, l3 = _extrapolate(em, (p0, p1, p2), (l0, l1, l2), step)
        far, p4, l4 = em.step(p3, l3)
        used += 1
        if far >= middle - 1e-9:
            gain, objective = far - objective, far
            p0, l0, p1, l1 = p3, l3, p4, l4
        else:
            longest = max(FIRST_STEP, longest / 4.0)
            near, p4, l4 = em.step(p2, l2)
            used += 1
            gain, objective = near - objective, near
            p0, l0, p1, l1 = p2, l2, p4, l4
        if gain < tol:
            break
        if used > HOPELESS_AFTER and least - objective > HOPELESS_GAINS * gain + HOPELESS_NATS:
            break
    return objective, p0, l0


Triple = tuple[Floats, Floats, Floats]


def _step_length(em: EmMap, p: Triple, log_t: Triple, longest: float) -> float | None:
    """How far to extrapolate, in EM steps; None once EM stands still."""
    weighed_with = NOTHING if em.table_counts is None else em.table_counts
    step = _accelerate.step_length(*p, em.total, *log_t, weighed_with)
    return None if step < 0 else min(max(step, 1.0), longest)


def _extrapolate(em: EmMap, p: Triple, log_t: Triple, step: float) -> tuple[Floats, Floats]:
    def along(x: Triple) -> Floats:
        out = np.empty(len(x[0]))
        _accelerate.extrapolate(*x, step, out)
        return out

    weights = np.maximum(along(p), WEIGHT_CLIP * p[2])
    weights /= weights.sum()
    if em.table_counts is None:
        return weights, log_t[2]
    least, most = log_t[2] - LOG_CLIP, log_t[2] + LOG_CLIP
    return weights, em.normalised(np.minimum(np.maximum(along(log_t), least), most))
