"""SQUAREM: an accelerated EM algorithm, for any likelihood.

Weights and logarithms of CPT entries are extrapolated together. A step that does not reach the
objective of plain EM is replaced by plain EM.

References
----------
Varadhan and Roland, "Simple and globally convergent methods for accelerating the convergence of any
EM algorithm", Scandinavian Journal of Statistics 35 (2008).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import numpy as np

from domix._kernels import _mixture, _squarem
from domix.options.search import EmLimits, SearchOptions
from domix.util.arrays import Floats, Ints

ROUNDING = 1e-9
"""Nats by which rounding may lower the objective of an extrapolated step."""

NONE: Floats = np.empty(0)
Triple = tuple[Floats, Floats, Floats]


class EmMap(Protocol):
    """Expectation-maximization for some likelihood."""

    @property
    def total(self) -> float:
        """Number of data rows: what weights count for in the length of a step."""

    @property
    def table_counts(self) -> Floats | None:
        """Counts of table entries: what their logarithms count for. None if tables are known."""

    @property
    def row_starts(self) -> Ints:
        """First entry of each row of a CPT."""

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""


class Ended(Enum):
    """Why an EM fit ended."""

    CONVERGED = "a cycle gained less than the tolerance, or a step changed nothing"
    REACHED = "the objective reached what the caller asked for"
    UNREACHABLE = "the objective would clearly not reach what the caller asked for"
    LIMIT = "the limit of steps"


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where an EM fit ended.

    Attributes
    ----------
    objective
    weights, log_theta
        The arguments that have this objective.
    ended
    steps
        Evaluations of the EM map.
    """

    objective: float
    weights: Floats
    log_theta: Floats
    ended: Ended
    steps: int


def normalized_logs(row_starts: Ints, counts: Floats, fallback: Floats) -> Floats:
    """Logarithms of counts divided by the sum of their row of a CPT; ``fallback`` in empty rows."""
    out = fallback.copy()
    _mixture.normalize_tables(row_starts, counts, out)
    return out


def squarem(
    em: EmMap,
    weights: Floats,
    log_theta: Floats,
    options: SearchOptions,
    limits: EmLimits,
    *,
    enough: float = math.inf,
    least: float = -math.inf,
) -> Maximum:
    """Maximize the objective of an EM map.

    Parameters
    ----------
    em : EmMap
    weights, log_theta : ndarray
        Where to start.
    options : SearchOptions
        Bounds of the extrapolation.
    limits : EmLimits
        Up to two more steps than ``limits.steps`` complete the last cycle.
    enough : float
        Stop as soon as the objective reaches this, and as soon as it clearly will not.
    least : float
        Stop as soon as the objective clearly will not reach this.
    """
    least = max(least, enough) if math.isfinite(enough) else least
    p0, l0 = weights, log_theta
    objective, p1, l1 = em.step(p0, l0)
    steps, longest, ended = 1, options.squarem_first_step, Ended.LIMIT
    while steps < limits.steps and objective < enough:
        middle, p2, l2 = em.step(p1, l1)
        steps += 1
        length = _step_length(em, (p0, p1, p2), (l0, l1, l2), longest)
        if length is None:
            p0, l0, objective, ended = p1, l1, middle, Ended.CONVERGED
            break
        if length == longest:
            longest *= options.squarem_step_growth
        p3, l3 = _extrapolate(em, (p0, p1, p2), (l0, l1, l2), length, options)
        far, p4, l4 = em.step(p3, l3)
        steps += 1
        if far >= middle - ROUNDING:
            gain, objective = far - objective, far
            p0, l0, p1, l1 = p3, l3, p4, l4
        else:
            longest = max(options.squarem_first_step, longest / options.squarem_step_growth)
            near, p4, l4 = em.step(p2, l2)
            steps += 1
            gain, objective = near - objective, near
            p0, l0, p1, l1 = p2, l2, p4, l4
        if gain < limits.tol:
            ended = Ended.CONVERGED
            break
        lacking = least - objective
        if steps > options.unreachable_steps and lacking > (
            options.unreachable_gains * gain + options.unreachable_nats
        ):
            ended = Ended.UNREACHABLE
            break
    if ended is Ended.LIMIT and objective >= enough:
        ended = Ended.REACHED
    return Maximum(objective, p0, l0, ended, steps)


def _step_length(em: EmMap, p: Triple, log_t: Triple, longest: float) -> float | None:
    """Compute how far to extrapolate, in EM steps; None once EM stands still."""
    table_counts = NONE if em.table_counts is None else em.table_counts
    length = _squarem.step_length(*p, em.total, *log_t, table_counts)
    return None if length < 0 else min(max(length, 1.0), longest)


def _extrapolate(
    em: EmMap, p: Triple, log_t: Triple, length: float, options: SearchOptions
) -> tuple[Floats, Floats]:
    """Extrapolate within bounds around the second EM step, weights and tables normalized."""

    def extrapolated(x: Triple) -> Floats:
        out = np.empty(len(x[0]))
        _squarem.extrapolate(*x, length, out)
        return out

    weights = np.maximum(extrapolated(p), options.squarem_min_weight_ratio * p[2])
    weights /= weights.sum()
    if em.table_counts is None:
        return weights, log_t[2]
    reach = options.squarem_max_log_change
    logs = np.minimum(np.maximum(extrapolated(log_t), log_t[2] - reach), log_t[2] + reach)
    return weights, normalized_logs(em.row_starts, np.exp(logs), logs)
