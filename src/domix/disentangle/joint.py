"""Maximum likelihood for a fixed support: the weights and, where learnt, the tables, jointly.

EM is accelerated on (weights, log theta) by squared extrapolation: Varadhan and Roland, "Simple and
globally convergent methods for accelerating the convergence of any EM algorithm", Scandinavian
Journal of Statistics 35 (2008).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _mixture
from domix.core.tables import Target
from domix.disentangle.problem import IMPOSSIBLE, Problem

__all__ = ["Em", "Fit", "Support", "fit", "log_density"]

Floats = npt.NDArray[np.float64]

LEAST_WEIGHT = 1e-12
# Below the best component of its row by this much, a component is out of the question there.
LOG_NEGLIGIBLE = math.log(1e-13)
# An extrapolated weight stays above this share of EM's own value, a logarithm within this range.
WEIGHT_CLIP = 0.02
LOG_CLIP = 1.5
FIRST_STEP = 4.0
# A trial is given up when what it lacks exceeds this many times its last gain, and a little.
HOPELESS_GAINS = 40.0
HOPELESS_NATS = 5.0
HOPELESS_AFTER = 6


@dataclass(frozen=True, eq=False)
class Fit:
    """A support with its weights, tables and penalty-free objective.

    Attributes
    ----------
    support
    weights
        Shape (components,).
    log_theta
        Shape (table cells,), 0 where a known table holds 0.
    objective
        Profile log-likelihood: relative to P(x) at the same tables, plus the tables' own term when
        they are learnt. Comparable between supports of one problem.
    """

    support: tuple[Target, ...]
    weights: Floats
    log_theta: Floats
    objective: float


class Support:
    """The rows that each component can produce, as compressed entries."""

    def __init__(
        self,
        problem: Problem,
        targets: Sequence[Target],
        lists: Sequence[npt.NDArray[np.int32]] | None = None,
    ) -> None:
        if lists is None:
            lists = [problem.rows_of(target) for target in targets]
        self.targets = tuple(targets)
        self.ptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)
        self.rows = np.concatenate(lists) if lists else np.zeros(0, np.int32)
        self.variable_ptr = np.cumsum([0, *map(len, targets)], dtype=np.int64)
        self.variables = np.array([i for target in targets for i, _ in target], dtype=np.int64)
        self._problem = problem

    def log_ratios(self, log_theta: Floats) -> Floats:
        """Shape (entries,): log P_t(x)/P(x)."""
        out = np.empty(len(self.rows))
        _mixture.log_ratios(
            self.ptr,
            self.rows,
            self.variable_ptr,
            self.variables,
            self._problem.cells,
            log_theta,
            out,
        )
        return out

    def row_maxima(self, values: Floats) -> Floats:
        """Shape (u,): the largest of ``values`` (entries,) in each row, 0 in a row without any."""
        top = np.full(len(self._problem.counts), -np.inf)
        np.maximum.at(top, self.rows, values)
        return np.where(np.isfinite(top), top, 0.0)


class Em:
    """The EM map of one support, with its buffers.

    Most rows are settled: all components but one are out of the question. They are counted once,
    here; a step only looks at the contested ones.

    Attributes
    ----------
    ptr, rows
        Contested entries, by component, and their rows.
    mass
        Shape (components,): expected counts at the arguments of the last step.
    moved
        Shape (table cells,): expected counts of cells whose variable was set; empty if tables are
        known.
    """

    def __init__(self, problem: Problem, targets: Sequence[Target], log_theta: Floats) -> None:
        self.problem = problem
        self.support = support = Support(problem, targets)
        ratio = support.log_ratios(log_theta)
        best = np.empty(len(problem.counts))
        number, contested = (np.empty(len(best), dtype=np.int32) for _ in range(2))
        self.ptr, rows = np.empty_like(support.ptr), np.empty_like(support.rows)
        self._settled_mass = np.zeros(len(targets))
        self._settled_moved = np.zeros(problem.layout.size if problem.learn else 0)
        listed, found = _mixture.settle(
            support.ptr,
            support.rows,
            support.variable_ptr,
            support.variables,
            problem.cells,
            problem.counts,
            ratio,
            LOG_NEGLIGIBLE,
            best,
            number,
            self.ptr,
            rows,
            contested,
            self._settled_mass,
            self._settled_moved,
        )
        self.rows, self._ratio, self._contested = rows[:listed], ratio[:listed], contested[:found]
        reached = np.isfinite(best)
        self._constant = float(problem.counts @ np.where(reached, best, -IMPOSSIBLE))
        self._reference = log_theta
        self._value = np.empty(listed)
        self._density = best
        self.mass, self.moved = self._settled_mass, self._settled_moved
        self._change = np.empty(0)

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Objective at the arguments, and where EM goes from them."""
        problem, support = self.problem, self.support
        objective = self._constant
        objective += float(self._settled_mass @ np.log(np.maximum(weights, LEAST_WEIGHT)))
        if problem.learn:
            change = self._reference - log_theta
            objective += float(self._settled_moved @ change)
            self._change = np.exp(change)
        self.mass, self.moved = self._settled_mass.copy(), self._settled_moved.copy()
        objective += _mixture.em_step(
            self.ptr,
            self.rows,
            self._contested,
            support.variable_ptr,
            support.variables,
            problem.cells,
            problem.counts,
            self._ratio,
            self._change,
            problem.learn,
            IMPOSSIBLE,
            weights,
            self._value,
            self._density,
            self.mass,
            self.moved,
        )
        explained = self.mass.sum()
        new_weights = self.mass / explained if explained > 0 else weights
        if problem.prior is None:
            return objective, new_weights, log_theta
        objective += float(problem.cell_totals @ log_theta)
        counts = problem.prior + np.maximum(problem.cell_counts - self.moved, 0.0)
        return objective, new_weights, _log_normalised(problem, counts, log_theta)

    def posterior(self) -> Floats:
        """Shape (contested entries,): posterior probabilities at the arguments of the last step."""
        return self._value * self._density[self.rows] / self.problem.counts[self.rows]


def _log_normalised(problem: Problem, counts: Floats, log_theta: Floats) -> Floats:
    out = log_theta.copy()
    _mixture.normalise_tables(problem.layout.row_starts, counts, out)
    return out


def fit(
    problem: Problem,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    *,
    tol: float = 1e-3,
    steps: int = 500,
    enough: float = math.inf,
) -> Fit:
    """Weights and tables that maximise the likelihood of a support.

    Parameters
    ----------
    problem, targets
    weights, log_theta
        Where to start; weights need not be normalised.
    tol
        Stop when a cycle gains less than this, in nats.
    steps
        At most this many evaluations of the EM map.
    enough
        Stop as soon as the objective reaches this, and as soon as it clearly will not.
    """
    p0 = np.maximum(np.asarray(weights, dtype=np.float64), LEAST_WEIGHT)
    p0, l0 = p0 / p0.sum(), log_theta
    em = Em(problem, targets, log_theta)
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
        p3, l3 = _extrapolate(problem, (p0, p1, p2), (l0, l1, l2), step)
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
        lacking = enough - objective
        if (
            math.isfinite(enough)
            and used > HOPELESS_AFTER
            and lacking > HOPELESS_GAINS * gain + HOPELESS_NATS
        ):
            break
    return Fit(tuple(targets), p0, l0, objective)


Triple = tuple[Floats, Floats, Floats]


def _step_length(em: Em, p: Triple, log_t: Triple, longest: float) -> float | None:
    """How far to extrapolate, in EM steps; None once EM stands still."""
    scale = em.problem.total / (p[0] + 1e-6)
    r, v = p[1] - p[0], p[2] - 2 * p[1] + p[0]
    speed, bend = float(r * r @ scale), float(v * v @ scale)
    if em.problem.learn:
        r, v = log_t[1] - log_t[0], log_t[2] - 2 * log_t[1] + log_t[0]
        speed += float(r * r @ em.problem.cell_totals)
        bend += float(v * v @ em.problem.cell_totals)
    if speed < 1e-12:
        return None
    return min(max(math.sqrt(speed / max(bend, 1e-300)), 1.0), longest)


def _extrapolate(problem: Problem, p: Triple, log_t: Triple, step: float) -> tuple[Floats, Floats]:
    def along(x: Triple) -> Floats:
        r = x[1] - x[0]
        return x[0] + 2 * step * r + step * step * (x[2] - x[1] - r)

    weights = np.maximum(along(p), WEIGHT_CLIP * p[2])
    weights /= weights.sum()
    if not problem.learn:
        return weights, log_t[2]
    logs = np.clip(along(log_t), log_t[2] - LOG_CLIP, log_t[2] + LOG_CLIP)
    return weights, _log_normalised(problem, np.exp(logs), logs)


def log_density(problem: Problem, fitted: Fit) -> Floats:
    """Shape (u,): log P_mix(x)/P(x); ``-IMPOSSIBLE`` where no component can produce the row."""
    support = Support(problem, fitted.support)
    logs = np.log(np.maximum(fitted.weights, 1e-300))
    values = support.log_ratios(fitted.log_theta) + np.repeat(logs, np.diff(support.ptr))
    shift = support.row_maxima(values)
    sums = np.bincount(
        support.rows,
        weights=np.exp(values - shift[support.rows]),
        minlength=len(problem.counts),
    )
    reached = sums > 0
    return np.where(reached, shift + np.log(np.where(reached, sums, 1.0)), -IMPOSSIBLE)
