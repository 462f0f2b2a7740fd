"""Maximum likelihood for a fixed support: the weights and, where learnt, the tables, jointly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _mixture, _settle
from domix.core.tables import Target
from domix.estimation.em.data import IMPOSSIBLE, Problem
from domix.estimation.em.squarem import accelerate
from domix.util.numerics import dot

__all__ = ["Em", "Fit", "Support", "fit", "log_density"]

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]

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
    constant, reference
        Of the objective what depends on nothing, and the tables' logarithms to start with.
    settled, settled_moved
        Shapes (components,) and (table cells,): what settled rows add to ``mass`` and ``moved``.
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
        self.table_counts = problem.entry_totals if problem.learn else None
        self.support = support = Support(problem, targets, reach)
        ratio = support.log_ratios(log_theta)
        best = np.empty(len(problem.counts))
        number, contested = (np.empty(len(best), dtype=np.int32) for _ in range(2))
        self.ptr, rows = np.empty_like(support.ptr), np.empty_like(support.rows)
        self.settled = np.zeros(len(targets))
        self.settled_moved = np.zeros(problem.layout.size if problem.learn else 0)
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
            self.settled_moved,
        )
        self.settled += problem.knowledge.labels_of(targets)
        self.rows, self._ratio, self._contested = rows[:listed], ratio[:listed], contested[:found]
        reached = np.isfinite(best)
        self.constant = dot(problem.counts, np.where(reached, best, -IMPOSSIBLE))
        self.reference = log_theta
        self._value = np.empty(listed)
        self._density = best
        self.mass, self.moved = self.settled, self.settled_moved

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Objective at the arguments, and where EM goes from them."""
        problem, change = self.problem, np.empty(0)
        self.moved = self.settled_moved.copy()
        if problem.prior is None:
            return *self.expect(weights, change), log_theta
        difference = self.reference - log_theta
        objective, new_weights = self.expect(weights, np.exp(difference))
        objective += dot(self.settled_moved, difference) + dot(problem.entry_totals, log_theta)
        counts = problem.prior + np.maximum(problem.entry_counts - self.moved, 0.0)
        return objective, new_weights, _table_logs(problem.layout.row_starts, counts, log_theta)

    def expect(self, weights: Floats, change: Floats) -> tuple[float, Floats]:
        """The part of the objective that tables have no settled part in, and the next weights.

        ``change`` is reference over present probability per table cell. Adds to ``moved``.
        """
        problem, support = self.problem, self.support
        objective = self.constant + dot(self.settled, np.log(np.maximum(weights, LEAST_WEIGHT)))
        self.mass = self.settled.copy()
        objective += _mixture.em_step(
            self.ptr,
            self.rows,
            self._contested,
            support.variable_ptr,
            support.variables,
            problem.cells,
            problem.counts,
            self._ratio,
            change,
            problem.learn,
            IMPOSSIBLE,
            weights,
            self._value,
            self._density,
            self.mass,
            self.moved,
        )
        explained = self.mass.sum()
        return objective, self.mass / explained if explained > 0 else weights

    def normalised(self, log_theta: Floats) -> Floats:
        """Tables that are distributions again."""
        return _table_logs(self.problem.layout.row_starts, np.exp(log_theta), log_theta)

    def posterior(self) -> Floats:
        """Shape (contested entries,): posterior probabilities at the arguments of the last step."""
        return self._value * self._density[self.rows] / self.problem.counts[self.rows]


def _table_logs(row_starts: Ints, counts: Floats, where_none: Floats) -> Floats:
    out = where_none.copy()
    _mixture.normalise_tables(row_starts, counts, out)
    return out


class _Within:
    """The EM map of one support on the table rows that its contested rows have a say in.

    Where a table's counts are settled, so is the table: it is best from the start, and no step
    needs to look at it. Where tables are large, most of them are.

    Attributes
    ----------
    start
        Logarithms of the tables' entries that are left, as :meth:`step` takes them.
    """

    def __init__(self, em: Em) -> None:
        problem, layout, support = em.problem, em.problem.layout, em.support
        assert problem.prior is not None
        self._em, self.total = em, em.total
        moves = np.zeros(len(layout.row_starts), dtype=np.uint8)
        _settle.touched(
            em.ptr,
            em.rows,
            support.variable_ptr,
            support.variables,
            problem.cells,
            layout.row_of_entry,
            moves,
        )
        moving = moves[layout.row_of_entry] > 0
        self._cells = np.flatnonzero(moving)
        self._row_starts = np.flatnonzero(np.diff(layout.row_of_entry[self._cells], prepend=-1))
        counts = problem.prior + np.maximum(problem.entry_counts - em.settled_moved, 0.0)
        self._tables = _table_logs(layout.row_starts, counts, em.reference)
        still = np.flatnonzero(~moving)
        self._constant = dot(problem.entry_totals[still], self._tables[still])
        self._constant += dot(em.settled_moved[still], (em.reference - self._tables)[still])
        self.table_counts = problem.entry_totals[self._cells]
        self.start = em.reference[self._cells]
        self._reference, self._settled = self.start, em.settled_moved[self._cells]
        self._prior, self._counts = problem.prior[self._cells], problem.entry_counts[self._cells]
        self._change = np.ones(layout.size)
        em.moved = em.settled_moved.copy()

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Objective at the arguments, and where EM goes from them."""
        em, cells = self._em, self._cells
        difference = self._reference - log_theta
        self._change[cells] = np.exp(difference)
        em.moved[cells] = self._settled
        objective, weights = em.expect(weights, self._change)
        objective += self._constant + dot(self._settled, difference)
        objective += dot(self.table_counts, log_theta)
        counts = self._prior + np.maximum(self._counts - em.moved[cells], 0.0)
        return objective, weights, _table_logs(self._row_starts, counts, log_theta)

    def normalised(self, log_theta: Floats) -> Floats:
        """Tables that are distributions again."""
        return _table_logs(self._row_starts, np.exp(log_theta), log_theta)

    def whole(self, log_theta: Floats) -> Floats:
        """All tables, with the entries that are left where these are."""
        self._tables[self._cells] = log_theta
        return self._tables


def fit(
    problem: Problem,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    *,
    tol: float = 1e-3,
    steps: int = 500,
    enough: float = math.inf,
    least: float = -math.inf,
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
    least
        Stop as soon as the objective clearly will not reach this.
    reach
        See :class:`Support`.
    """
    start = np.maximum(np.asarray(weights, dtype=np.float64), LEAST_WEIGHT)
    em = Em(problem, targets, log_theta, reach)
    within = _Within(em) if problem.learn else None
    objective, found, left = accelerate(
        em if within is None else within,
        start / start.sum(),
        log_theta if within is None else within.start,
        tol=tol,
        steps=steps,
        enough=enough,
        least=least,
    )
    log_theta = left if within is None else within.whole(left)
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
