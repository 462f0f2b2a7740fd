"""Maximum likelihood for a fixed support: the weights and, where learnt, the tables, jointly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _mixture, _settle
from domix.core.sums import dot
from domix.core.tables import Target
from domix.disentangle.accelerate import accelerate
from domix.disentangle.problem import IMPOSSIBLE, Problem

__all__ = ["Em", "Fit", "Support", "fit", "log_density"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int32]

LEAST_WEIGHT = 1e-12
# Below the best component of its row by this much, a component is out of the question there.
LOG_NEGLIGIBLE = math.log(1e-10)


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
    """The rows that each component can produce, as compressed entries.

    ``reach`` gives the rows of some components, where they are not all that the target can produce.
    """

    def __init__(
        self,
        problem: Problem,
        targets: Sequence[Target],
        reach: Mapping[Target, Rows] | None = None,
    ) -> None:
        self._reach = {} if reach is None else reach
        lists = [self._reach[t] if t in self._reach else problem.rows_of(t) for t in targets]
        self.targets = tuple(targets)
        self.ptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)
        self.rows = np.concatenate(lists) if lists else np.zeros(0, np.int32)
        self.variable_ptr = np.cumsum([0, *map(len, targets)], dtype=np.int64)
        self.variables = np.array([i for target in targets for i, _ in target], dtype=np.int64)
        self._problem = problem

    def log_ratios(self, log_theta: Floats) -> Floats:
        """Shape (entries,): log P_t(x)/P(x)."""
        parts = [self._problem.log_ratios(t, log_theta, self._reach.get(t)) for t in self.targets]
        return np.concatenate(parts) if parts else np.empty(0)

    def row_maxima(self, values: Floats) -> Floats:
        """Shape (u,): the largest of ``values`` (entries,) in each row, 0 in a row without any."""
        top = np.full(len(self._problem.counts), -np.inf)
        np.maximum.at(top, self.rows, values)
        return np.where(np.isfinite(top), top, 0.0)


class Em:
    """The EM map of one support, with its buffers.

    Most rows are settled: all components but one are out of the question, or the row has a label.
    They are counted once, here; a step only looks at the contested ones.

    Attributes
    ----------
    total, table_counts
        See :class:`EmMap`.
    ptr, rows
        Contested entries, by component, and their rows.
    settled
        Shape (components,): counts of the settled rows.
    mass
        Shape (components,): expected counts at the arguments of the last step.
    moved
        Shape (table cells,): expected counts of cells whose variable was set; empty if tables are
        known.
    """

    def __init__(
        self,
        problem: Problem,
        targets: Sequence[Target],
        log_theta: Floats,
        reach: Mapping[Target, Rows] | None = None,
    ) -> None:
        self.problem = problem
        self.total = problem.total
        self.table_counts = problem.cell_totals if problem.learn else None
        self.support = support = Support(problem, targets, reach)
        ratio = support.log_ratios(log_theta)
        best = np.empty(len(problem.counts))
        number, contested = (np.empty(len(best), dtype=np.int32) for _ in range(2))
        self.ptr, rows = np.empty_like(support.ptr), np.empty_like(support.rows)
        self.settled = np.zeros(len(targets))
        self._settled_moved = np.zeros(problem.layout.size if problem.learn else 0)
        listed, found = _settle.settle(
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
            self.settled,
            self._settled_moved,
        )
        self.settled += problem.knowledge.labels_of(targets)
        self.rows, self._ratio, self._contested = rows[:listed], ratio[:listed], contested[:found]
        reached = np.isfinite(best)
        self._constant = dot(problem.counts, np.where(reached, best, -IMPOSSIBLE))
        self._reference = log_theta
        self._value = np.empty(listed)
        self._density = best
        self.mass, self.moved = self.settled, self._settled_moved
        self._change = np.empty(0)

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Objective at the arguments, and where EM goes from them."""
        problem, support = self.problem, self.support
        objective = self._constant
        objective += dot(self.settled, np.log(np.maximum(weights, LEAST_WEIGHT)))
        if problem.learn:
            change = self._reference - log_theta
            objective += dot(self._settled_moved, change)
            self._change = np.exp(change)
        self.mass, self.moved = self.settled.copy(), self._settled_moved.copy()
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
        objective += dot(problem.cell_totals, log_theta)
        counts = problem.prior + np.maximum(problem.cell_counts - self.moved, 0.0)
        return objective, new_weights, self._table_logs(counts, log_theta)

    def normalised(self, log_theta: Floats) -> Floats:
        """Tables that are distributions again."""
        return self._table_logs(np.exp(log_theta), log_theta)

    def _table_logs(self, counts: Floats, where_none: Floats) -> Floats:
        out = where_none.copy()
        _mixture.normalise_tables(self.problem.layout.row_starts, counts, out)
        return out

    def posterior(self) -> Floats:
        """Shape (contested entries,): posterior probabilities at the arguments of the last step."""
        return self._value * self._density[self.rows] / self.problem.counts[self.rows]


def fit(
    problem: Problem,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    *,
    tol: float = 1e-3,
    steps: int = 500,
    enough: float = math.inf,
    reach: Mapping[Target, Rows] | None = None,
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
    reach
        See :class:`Support`.
    """
    start = np.maximum(np.asarray(weights, dtype=np.float64), LEAST_WEIGHT)
    objective, found, log_theta = accelerate(
        Em(problem, targets, log_theta, reach),
        start / start.sum(),
        log_theta,
        tol=tol,
        steps=steps,
        enough=enough,
    )
    return Fit(tuple(targets), found, log_theta, objective)


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
