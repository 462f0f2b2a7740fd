"""Maximum likelihood for a fixed support: the weights and, where learnt, the tables, jointly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from domix._kernels import _ambiguity, _mixture
from domix._kernels._em_structures import ComponentRows, Workspace
from domix.core.tables import Target
from domix.em.base import BaseProblem, RowProblem
from domix.em.squarem import Ended, normalized_logs, squarem
from domix.options.search import EmLimits
from domix.util.arrays import Floats, Indices, Ints
from domix.util.numerics import TINY, dot


@dataclass(frozen=True, eq=False)
class Fit:
    """A support with its weights, tables and objective.

    Attributes
    ----------
    support : tuple of Target
    weights : ndarray, shape (components,)
    log_theta : ndarray, shape (entries,)
        Logarithms of the tables, 0 where a known table holds 0.
    objective : float
        Profile log-likelihood in nats, without penalty: relative to P(x) at the same tables, plus
        the tables' own term when they are learnt. Comparable between supports of one problem.
    ended : Ended
        Why the fit ended.
    """

    support: tuple[Target, ...]
    weights: Floats
    log_theta: Floats
    objective: float
    ended: Ended

    @property
    def converged(self) -> bool:
        """Whether neither a limit of steps nor a bound of the caller ended the fit."""
        return self.ended is Ended.CONVERGED


class Support:
    """The data rows that each component can produce: pairs of a component and a row.

    Component ``c`` has the rows ``rows[ptr[c]:ptr[c + 1]]``. ``pairs`` are the same for kernels.

    Parameters
    ----------
    problem : Problem
    targets : sequence of Target
    reach : mapping of Target to ndarray of int32, optional
        The rows of a component, where they are not all that its target can produce.
    """

    def __init__(
        self,
        problem: RowProblem,
        targets: Sequence[Target],
        reach: Mapping[Target, Indices] | None = None,
    ) -> None:
        self._reach = {} if reach is None else reach
        lists = [self._reach[t] if t in self._reach else problem.rows_of(t) for t in targets]
        self.targets = tuple(targets)
        self.ptr = np.cumsum([0, *map(len, lists)], dtype=np.int64)
        self.rows = np.concatenate(lists) if lists else np.zeros(0, np.int32)
        self._problem = problem

    @cached_property
    def pairs(self) -> ComponentRows:
        """The pairs as the kernels take them."""
        return self.pairs_of(self.ptr, self.rows)

    def pairs_of(self, ptr: Ints, rows: Indices) -> ComponentRows:
        """Build some of the pairs as the kernels take them."""
        variable_ptr = np.cumsum([0, *map(len, self.targets)], dtype=np.int64)
        columns = [self._problem.columns_of(target) for target in self.targets]
        variables = np.concatenate([np.empty(0, np.int64), *columns])
        return ComponentRows(self._problem.data_rows, ptr, rows, variable_ptr, variables)

    def log_ratios(self, log_theta: Floats) -> Floats:
        """Compute log P_t(x)/P(x), shape (pairs,)."""
        parts = [self._problem.log_ratios(t, log_theta, self._reach.get(t)) for t in self.targets]
        return np.concatenate(parts) if parts else np.empty(0)

    def row_maxima(self, values: Floats) -> Floats:
        """Shape (rows,): the largest of ``values`` (pairs,) in each row, 0 in a row without any."""
        top = np.full(len(self._problem.counts), -np.inf)
        np.maximum.at(top, self.rows, values)
        return np.where(np.isfinite(top), top, 0.0)


class Em:
    """The E-step of one support, with its buffers.

    Most rows are unambiguous: all components but one are negligible there. They are counted once,
    here, as are labelled rows; a step computes responsibilities for the ambiguous rows alone.

    Attributes
    ----------
    problem, support
    pairs, ptr, rows
        The pairs of ambiguous rows, as in :class:`Support`.
    constant : float
        The part of the objective that depends on neither weights nor tables.
    reference : ndarray, shape (entries,)
        Logarithms of the tables at which the likelihoods of pairs are held.
    unambiguous_counts, unambiguous_intervened : ndarray
        What unambiguous and labelled rows add to the next two.
    expected_counts : ndarray, shape (components,)
        Expected counts of the components at the arguments of the last step.
    intervened_counts : ndarray, shape (entries,)
        Expected counts of table entries in rows whose component sets the variable; empty if the
        tables are known.
    """

    def __init__(
        self,
        problem: RowProblem,
        targets: Sequence[Target],
        log_theta: Floats,
        reach: Mapping[Target, Indices] | None = None,
    ) -> None:
        self.problem = problem
        self.support = support = Support(problem, targets, reach)
        self.unambiguous_counts = np.zeros(len(targets))
        self.unambiguous_intervened = np.zeros(problem.layout.size if problem.learn else 0)
        ratio, best = support.log_ratios(log_theta), np.empty(len(problem.counts))
        number, ambiguous = np.empty((2, len(best)), dtype=np.int32)
        ptr, rows = np.empty_like(support.ptr), np.empty_like(support.rows)
        pairs, ambiguous_rows = _ambiguity.separate(
            support.pairs,
            math.log(problem.options.negligible_component),
            Workspace(ratio, best, self.unambiguous_counts, self.unambiguous_intervened),
            number,
            ambiguous,
            ptr,
            rows,
        )
        self.ptr, self.rows, self._ratio = ptr, rows[:pairs], ratio[:pairs]
        self.pairs = support.pairs_of(ptr, self.rows)
        self.unambiguous_counts += problem.knowledge.labels_of(targets)
        log_likelihoods = np.where(np.isfinite(best), best, -problem.options.impossible_row_cost)
        self.constant = dot(problem.counts, log_likelihoods)
        self.reference = log_theta
        self._ambiguous = ambiguous[:ambiguous_rows]
        self._value, self._density = np.empty(pairs), best
        self.expected_counts = self.unambiguous_counts.copy()
        self.intervened_counts = self.unambiguous_intervened.copy()
        self._workspace = Workspace(
            self._value, self._density, self.expected_counts, self.intervened_counts
        )

    def expect(self, weights: Floats, change: Floats | None = None) -> tuple[float, Floats]:
        """Take an E-step: the objective apart from the unambiguous part of tables, and new weights.

        Parameters
        ----------
        weights : ndarray, shape (components,)
        change : ndarray, shape (entries,), optional
            Reference over present probabilities, for ``intervened_counts`` that hold the part of
            unambiguous rows. By default the tables are at the reference.
        """
        if change is None:
            change = np.ones(len(self.unambiguous_intervened))
            self.intervened_counts[:] = self.unambiguous_intervened
        log_weights = np.log(np.maximum(weights, TINY))
        objective = self.constant + dot(self.unambiguous_counts, log_weights)
        self.expected_counts[:] = self.unambiguous_counts
        objective += _mixture.em_step(
            self.pairs,
            self._ambiguous,
            self._ratio,
            change,
            self.problem.options.impossible_row_cost,
            weights,
            self._workspace,
        )
        total = self.expected_counts.sum()
        return objective, self.expected_counts / total if total > 0 else weights

    def responsibilities(self) -> Floats:
        """Shape (pairs of ambiguous rows,), at the arguments of the last step."""
        return self._value * self._density[self.rows] / self.problem.counts[self.rows]


class _KnownTables:
    """The EM map of a support whose tables are known.

    Attributes
    ----------
    start
        Logarithms of tables, as :meth:`step` takes them.
    """

    table_counts: Floats | None = None
    row_starts: Ints = np.empty(0, np.int64)

    def __init__(self, em: Em) -> None:
        self._em, self.total, self.start = em, em.problem.total, em.reference

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        return *self._em.expect(weights), log_theta

    def tables(self, log_theta: Floats) -> Floats:
        """Logarithms of all tables."""
        return log_theta


class _InformedTables:
    """The EM map of a support with learnt tables, restricted to CPT rows with ambiguous data rows.

    A row of a CPT that only unambiguous data rows read has its best value from the start. Where
    tables are large, most rows are of this kind.

    Attributes
    ----------
    start
        Logarithms of the entries of the other rows, as :meth:`step` takes them.
    """

    def __init__(self, em: Em) -> None:
        problem, layout = em.problem, em.problem.layout
        assert problem.prior is not None
        self._em, self.total = em, problem.total
        informed_rows = np.zeros(len(layout.row_starts), dtype=np.uint8)
        _ambiguity.mark_informed(em.pairs, layout.row_of_entry, informed_rows)
        informed = informed_rows[layout.row_of_entry] > 0
        entries = self._entries = np.flatnonzero(informed)
        self.row_starts = np.flatnonzero(np.diff(layout.row_of_entry[entries], prepend=-1))
        counts = problem.prior + np.maximum(problem.entry_counts - em.unambiguous_intervened, 0.0)
        self._tables = normalized_logs(layout.row_starts, counts, em.reference)
        fixed = np.flatnonzero(~informed)
        change = (em.reference - self._tables)[fixed]
        self._constant = dot(problem.entry_totals[fixed], self._tables[fixed])
        self._constant += dot(em.unambiguous_intervened[fixed], change)
        self.table_counts = problem.entry_totals[entries]
        self.start = em.reference[entries]
        self._unambiguous = em.unambiguous_intervened[entries]
        self._prior, self._counts = problem.prior[entries], problem.entry_counts[entries]
        self._change = np.ones(layout.size)

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        em, entries = self._em, self._entries
        difference = self.start - log_theta
        self._change[entries] = np.exp(difference)
        em.intervened_counts[entries] = self._unambiguous
        objective, weights = em.expect(weights, self._change)
        objective += self._constant + dot(self._unambiguous, difference)
        objective += dot(self.table_counts, log_theta)
        counts = self._prior + np.maximum(self._counts - em.intervened_counts[entries], 0.0)
        return objective, weights, normalized_logs(self.row_starts, counts, log_theta)

    def tables(self, log_theta: Floats) -> Floats:
        """Logarithms of all tables."""
        self._tables[self._entries] = log_theta
        return self._tables


def fit(
    problem: BaseProblem,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    limits: EmLimits | None = None,
    *,
    enough: float = math.inf,
    least: float = -math.inf,
    reach: Mapping[Target, Indices] | None = None,
) -> Fit:
    """Maximize the likelihood of a support in weights and tables.

    Parameters
    ----------
    problem : BaseProblem
    targets : sequence of Target
    weights, log_theta : ndarray
        Where to start; weights need not be normalized.
    limits : EmLimits, optional
        ``options.joint_fit`` by default.
    enough : float
        Stop as soon as the objective reaches this, and as soon as it clearly will not.
    least : float
        Stop as soon as the objective clearly will not reach this.
    reach : mapping of Target to ndarray of int32, optional
        See :class:`Support`.
    """
    problem, options = problem.merged(targets), problem.options
    start = np.maximum(np.asarray(weights, dtype=np.float64), options.min_start_weight)
    em = Em(problem, targets, log_theta, reach)
    em_map: _InformedTables | _KnownTables = (
        _InformedTables(em) if problem.learn else _KnownTables(em)
    )
    maximum = squarem(
        em_map,
        start / start.sum(),
        em_map.start,
        options,
        options.joint_fit if limits is None else limits,
        enough=enough,
        least=least,
    )
    return Fit(
        tuple(targets),
        maximum.weights,
        em_map.tables(maximum.log_theta),
        maximum.objective,
        maximum.ended,
    )


def log_density(problem: RowProblem, fitted: Fit) -> Floats:
    """Compute log P_mix(x)/P(x), shape (rows,).

    Rows that no component can produce have minus ``options.impossible_row_cost``.
    """
    support = Support(problem, fitted.support)
    logs = np.log(np.maximum(fitted.weights, TINY))
    values = support.log_ratios(fitted.log_theta) + np.repeat(logs, np.diff(support.ptr))
    shift = support.row_maxima(values)
    sums = np.bincount(
        support.rows,
        weights=np.exp(values - shift[support.rows]),
        minlength=len(problem.counts),
    )
    possible = sums > 0
    log_sums = np.log(np.where(possible, sums, 1.0))
    return np.where(possible, shift + log_sums, -problem.options.impossible_row_cost)
