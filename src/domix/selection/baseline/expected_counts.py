"""Expected counts of the CPT entries, by component: who produced the rows that read an entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from domix._kernels import _moves
from domix.core.tables import Target
from domix.em.base import BaseProblem
from domix.em.data import Problem
from domix.em.mixture import Fit, Support
from domix.util.arrays import Floats, Indices


class TableCounts:
    """The data rows shared out among the components of a fit, as counts of table entries.

    Parameters
    ----------
    problem : BaseProblem
    support : sequence of Target
    by_component : ndarray of float64, shape (components, CPT entries)

    Attributes
    ----------
    by_component : ndarray of float64, shape (components, CPT entries)
        Of the entries that a component's rows read, set by its target or not.
    totals : ndarray of float64, shape (CPT entries,)
        What the tables are fitted to: the prior, and the rows whose target does not set the
        variable.
    """

    def __init__(
        self, problem: BaseProblem, support: Sequence[Target], by_component: Floats
    ) -> None:
        layout = problem.layout
        self._layout, self._targets, self.by_component = layout, support, by_component
        self.totals = np.zeros(layout.size) if problem.prior is None else problem.prior.copy()
        for own, target in zip(by_component, support, strict=True):
            unset = np.ones(layout.n, dtype=bool)
            unset[[variable for variable, _ in target]] = False
            self.totals += np.where(unset[layout.node_of_entry], own, 0.0)

    @cached_property
    def row_totals(self) -> Floats:
        """Sums of ``totals`` over the rows of the CPTs."""
        return np.add.reduceat(self.totals, self._layout.row_starts)

    def of_unset_variables(self, component: int) -> Iterator[tuple[int, Floats, Floats]]:
        """List the variables that a component's target does not set, with :meth:`of_variable`."""
        fixed = {variable for variable, _ in self._targets[component]}
        for variable in range(self._layout.n):
            if variable not in fixed:
                yield variable, *self.of_variable(component, variable)

    def of_variable(self, component: int, variable: int) -> tuple[Floats, Floats]:
        """Return the totals of a variable's table, and what of the counts is the component's.

        Both have shape (rows of the CPT, values).
        """
        entries, k = self._layout.entries_of(variable), int(self._layout.cards[variable])
        own = self.by_component[component, entries]
        return self.totals[entries].reshape(-1, k), own.reshape(-1, k)


class ExpectedCounts(TableCounts):
    """The data rows shared out among the components of a fit by responsibility, row by row.

    Parameters
    ----------
    problem : Problem
    fit : Fit
    log_weights : ndarray of float64, shape (components,)
    log_density : ndarray of float64, shape (distinct rows,)
        See :func:`~domix.em.mixture.log_density`.
    """

    def __init__(
        self, problem: Problem, fit: Fit, log_weights: Floats, log_density: Floats
    ) -> None:
        support = Support(problem, fit.support)
        logs = support.log_ratios(fit.log_theta) - log_density[support.rows]
        logs += np.repeat(log_weights, np.diff(support.ptr))
        counts = np.exp(np.minimum(logs, 0.0)) * problem.counts[support.rows]
        self._row_counts = problem.counts
        self._support, self._counts = support, counts
        by_component = np.zeros((len(fit.support), problem.layout.size))
        _moves.own_counts(support.pairs, counts, by_component)
        super().__init__(problem, fit.support, by_component)

    def unset_shares(self) -> Floats:
        """Return the share of each data row whose target does not set a variable.

        It has shape (distinct rows, variables), and is 0 in rows that no target can produce.
        """
        shares = self._counts / self._row_counts[self._support.rows]
        produced = np.bincount(self._support.rows, shares, minlength=len(self._row_counts))
        unset = np.repeat(produced[:, None], self._layout.n, axis=1)
        for c, target in enumerate(self._support.targets):
            entries = slice(self._support.ptr[c], self._support.ptr[c + 1])
            for variable, _ in target:
                unset[self._support.rows[entries], variable] -= shares[entries]
        return np.maximum(unset, 0.0)

    def of_rows(self, component: int) -> tuple[Indices, Floats]:
        """Return the rows that a component can produce, and the counts expected of it there."""
        entries = slice(self._support.ptr[component], self._support.ptr[component + 1])
        return self._support.rows[entries], self._counts[entries]
