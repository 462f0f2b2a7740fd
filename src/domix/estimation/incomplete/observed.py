r"""The likelihood of what was observed: drop costs and standard errors without the completions.

Completed rows say more than was observed, in favor of the support that they were completed under:
their drop cost is at least that of the observed entries. So each support without a target is fitted
by EM of its own, with completions of its own, and

.. math:: \ell = \sum_\text{rows} \log \sum_m P_{mix}(o, m)

takes the place of the likelihood of completed rows. The observed information of the weights is that
of the completed rows less

.. math:: \sum_\text{rows} \mathrm{Var}_q(s(m)), \qquad s_t(m) = P_t(o, m) / P_{mix}(o, m).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from domix.core.tables import Tables, Target
from domix.data.completions import Completions
from domix.data.rows import distinct
from domix.em.base import RowProblem
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.em.sharded import AnyProblem
from domix.em.uncertainty import weight_covariance
from domix.estimation.incomplete.completion import read_model
from domix.model.learn import count_entries
from domix.problems.inputs import Inputs
from domix.query.probability import log_prob, log_prob_targets, mixture_log_prob
from domix.selection.backward import fit_without
from domix.util.arrays import Floats, Indices
from domix.util.numerics import TINY, dot

MOST_STEPS = 100
"""Fits of a support that drops a target, each with completions under the fit before."""

LEAST_GAIN = 1e-3
"""Nats of log-likelihood; a step that gains less is the last."""

LARGEST_LOSS = 0.99
"""Share of the information on weights that missing entries can take, so that some is left."""


@dataclass(frozen=True, eq=False)
class ObservedRows:
    """What was observed of one mixture, beside its fit to completed rows.

    Attributes
    ----------
    inputs : Inputs
        Completed.
    problem : Problem
        Of the completed rows.
    rows : Completions
        Of the rows without a label.
    counts : ndarray of float64, shape (rows,)
        How often each of these rows occurred.
    controls : Completions or None
        Of the control rows, where they miss entries and tables are learnt from them.
    """

    inputs: Inputs
    problem: AnyProblem
    rows: Completions
    counts: Floats
    controls: Completions | None

    def drop_cost(self, fit: Fit, index: int) -> float:
        """Compute the nats that dropping a target loses, all else fitted to the observed rows."""
        problem, limits = self.problem, self.problem.options.final_drop_test
        reduced = fit_without(problem, fit, index, limits)
        dropped = None if () in fit.support else fit.support[index]
        best, last = self._step(fit, None).log_likelihood, -math.inf
        for _ in range(MOST_STEPS):
            step = self._step(reduced, dropped)
            if step.log_likelihood - last < LEAST_GAIN:
                break
            last = step.log_likelihood
            rows = step.problem.merged([*fit.support, *reduced.support])
            reduced = fit_support(
                rows,
                reduced.support,
                reduced.weights,
                reduced.log_theta,
                limits,
                reach=_reach(rows, dropped),
            )
        return max(best - step.log_likelihood, 0.0)

    def covariance(self, fit: Fit) -> tuple[Floats, bool]:
        """Compute the covariance of the weights, as :func:`weight_covariance` does."""
        covariance, converged = weight_covariance(self.problem, fit)
        m = len(fit.support)
        if m == 1:
            return covariance, converged
        lost = self._lost_information(fit)
        basis = np.linalg.qr(np.column_stack([np.ones(m), np.eye(m)[:, 1:]]))[0][:, 1:]
        values, vectors = np.linalg.eigh(basis.T @ covariance @ basis)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        # In these axes the information of the completed rows is the identity.
        shares, axes = np.linalg.eigh(root.T @ basis.T @ lost @ basis @ root)
        axes = basis @ root @ axes
        left = 1.0 - np.clip(shares, 0.0, LARGEST_LOSS)
        return np.asarray((axes / left) @ axes.T), converged

    def _lost_information(self, fit: Fit) -> Floats:
        """Compute the information on the weights that the missing entries would have had."""
        model = read_model(self.inputs, fit)
        targets, weights = list(model.weights), np.maximum(list(model.weights.values()), TINY)
        logs = log_prob_targets(model.tables, self.rows.codes, targets)
        density = mixture_log_prob(model.tables, self.rows.codes, targets, weights)
        shares = self.rows.shares(density)
        possible = np.isfinite(density)
        scores = np.exp(logs[possible] - density[possible, None])
        rows, shares = self.rows.rows[possible], shares[possible]
        means = np.zeros((len(self.counts), len(targets)))
        np.add.at(means, rows, shares[:, None] * scores)
        spread = scores - means[rows]
        return np.asarray(
            np.einsum("ka,kb,k->ab", spread, spread, shares * self.counts[rows], optimize=False)
        )

    def _step(self, fit: Fit, dropped: Target | None) -> _Step:
        """Compute the log-likelihood of a fit, and complete the rows under it."""
        problem, model = self.problem, read_model(self.inputs, fit)
        logs = self._log_density(model.tables, model.weights, dropped)
        sums = np.maximum(self.rows.sum_logs(logs), -problem.options.impossible_row_cost)
        value = dot(sums, self.counts)
        value += sum(
            labelled * math.log(max(model.weights.get(target, 0.0), TINY))
            for target, labelled in problem.knowledge.labelled.items()
        )
        layout = problem.layout
        counts = self.rows.shares(logs) * self.counts[self.rows.rows]
        completed = problem.with_rows(distinct(self.rows.codes, layout.cards, counts))
        if problem.prior is not None:
            prior = problem.prior
            if self.controls is not None:
                own = log_prob(model.tables, self.controls.codes)
                value += float(self.controls.sum_logs(own).sum())
                prior = prior - self.inputs.control_entries
                shares = self.controls.shares(own)
                entries = count_entries(layout, self.controls.codes, shares)
                completed = completed.observing(entries - self.inputs.control_entries)
            value += dot(prior, fit.log_theta)
        return _Step(value, completed)

    def _log_density(
        self, tables: Tables, weights: Mapping[Target, float], dropped: Target | None
    ) -> Floats:
        """Compute log P_mix of the completions; do() has only rows of a target it came in for."""
        codes = self.rows.codes
        if dropped is None:
            return mixture_log_prob(tables, codes, list(weights), list(weights.values()))
        others = {target: weight for target, weight in weights.items() if target}
        logs = np.full(len(codes), -np.inf)
        if others:
            logs = mixture_log_prob(tables, codes, list(others), list(others.values()))
        own = np.ones(len(codes), dtype=bool)
        for variable, value in dropped:
            own &= codes[:, variable] == value
        nothing = math.log(max(weights[()], TINY)) + log_prob(tables, codes)
        return np.asarray(np.where(own, np.logaddexp(logs, nothing), logs))


class _Step(NamedTuple):
    """A log-likelihood, and the problem of the rows as the fit completes them."""

    log_likelihood: float
    problem: AnyProblem


def _reach(problem: RowProblem, dropped: Target | None) -> dict[Target, Indices]:
    """Return the rows of a do() that came in for a target; see :func:`fit_without`."""
    if dropped is None:
        return {}
    rows = np.intersect1d(problem.rows_of(dropped), problem.rows_of(()), assume_unique=True)
    return {(): rows}
