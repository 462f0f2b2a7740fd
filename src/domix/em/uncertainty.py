r"""Uncertainty of the weights: the observed information of the profile likelihood.

With :math:`\ell(\pi, \theta)` the log-likelihood of weights and learnt tables, the profile
likelihood of the weights is :math:`\max_\theta \ell(\pi, \theta)`. Minus its second derivative,
restricted to changes of the weights that sum to 0, is inverted to the covariance of the weights.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from domix._kernels import _mixture
from domix._kernels._em_structures import Workspace
from domix.em.base import BaseProblem, RowProblem
from domix.em.mixture import Em, Fit
from domix.util.arrays import Floats
from domix.util.numerics import dot
from domix.work.steps import recorded

NORMAL_975 = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""

LEAST_WEIGHT = 1e-9
"""An included target may have weight 0; second derivatives are taken at this weight instead."""

LEAST_COUNT = 1e-9
"""Keeps the information of a table row positive where every expected count is 0."""

LEAST_ENERGY = 1e-300
"""A residual whose squared length is below this is 0."""


class _Information:
    r"""Second derivatives of the log-likelihood at a fit, one direction at a time.

    Tables are differentiated through their logarithms, each row kept normalized. The complete-data
    part of a row is :math:`A (\mathrm{diag}(\theta) - \theta\theta^T)`, with A the expected count
    of the data rows that the row of the CPT explains; the responsibilities give the rest.

    Attributes
    ----------
    converged : bool
        Whether all conjugate gradient iterations reached their tolerance.
    """

    def __init__(self, problem: RowProblem, fit: Fit) -> None:
        self.problem = problem
        self.converged = True
        em = Em(problem, fit.support, fit.log_theta)
        em.expect(fit.weights)
        # Unambiguous rows stay unambiguous: only the ambiguous ones respond to a change.
        self.em, self.expected_counts = em, em.expected_counts
        self.responsibilities = em.responsibilities()
        self.theta = np.exp(fit.log_theta)
        layout = problem.layout
        self._starts, self._row = layout.row_starts, layout.row_of_entry
        if problem.learn:
            counts = np.maximum(problem.entry_totals - em.intervened_counts, LEAST_COUNT)
            self.row_counts = self._row_sums(counts)

    def _row_sums(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self._starts))[self._row]

    def differentiate(self, log_weights: Floats, log_theta: Floats) -> tuple[Floats, Floats]:
        """Differentiate the expected counts of components and the intervened counts of entries."""
        expected, intervened = np.zeros(len(log_weights)), np.zeros(len(log_theta))
        value, row_mean = np.empty(len(self.responsibilities)), np.zeros(len(self.problem.counts))
        workspace = Workspace(value, row_mean, expected, intervened)
        _mixture.differential(
            self.em.pairs, self.responsibilities, log_weights, log_theta, workspace
        )
        return expected, intervened

    def _center(self, values: Floats) -> Floats:
        """Subtract theta times the row sum, so that each row of a CPT stays normalized."""
        return values - self.theta * self._row_sums(values)

    def _multiply(self, direction: Floats) -> Floats:
        """Multiply the information of the tables' logarithms by a direction."""
        change = direction - self._row_sums(self.theta * direction)
        _, intervened = self.differentiate(np.zeros(len(self.expected_counts)), change)
        return self.row_counts * self.theta * change + self._center(intervened)

    def table_response(self, log_weights: Floats) -> Floats:
        """Solve for the change of the tables' logarithms that maximizes the likelihood again.

        Conjugate gradients, with the complete-data information as preconditioner.
        """
        options = self.problem.options
        _, intervened = self.differentiate(log_weights, np.zeros(len(self.theta)))
        residual = -self._center(intervened)
        scale = 1.0 / (self.row_counts * self.theta)
        x = np.zeros_like(residual)
        z = scale * residual
        direction, energy = z, dot(residual, z)
        goal = max(options.gradient_tolerance**2 * energy, LEAST_ENERGY)
        for _ in range(options.gradient_steps):
            if energy <= goal:
                break
            product = self._multiply(direction)
            curvature = dot(direction, product)
            if curvature <= 0:
                break  # no information on the tables in this direction
            x = x + energy / curvature * direction
            residual = residual - energy / curvature * product
            z = scale * residual
            previous, energy = energy, dot(residual, z)
            direction = z + energy / previous * direction
        else:
            self.converged = energy <= goal
        return x - self._row_sums(self.theta * x)


@recorded()
def weight_covariance(problem: BaseProblem, fit: Fit) -> tuple[Floats, bool]:
    """Compute the covariance of the weights for a fixed support, shape (components, components).

    The uncertainty of learnt tables is counted: they respond to the weights.

    Returns
    -------
    covariance : ndarray of float64, shape (components, components)
    converged : bool
        Whether no iteration limit ended the computation.
    """
    m = len(fit.support)
    if m == 1:
        return np.zeros((1, 1)), True
    fit = replace(fit, weights=np.maximum(fit.weights, LEAST_WEIGHT))
    information = _Information(problem.merged(fit.support), fit)
    hessian = np.empty((m, m))
    no_response = np.zeros(problem.layout.size)
    for c in range(m):
        direction = np.zeros(m)
        direction[c] = 1.0
        response = information.table_response(direction) if problem.learn else no_response
        expected, _ = information.differentiate(direction, response)
        hessian[:, c] = expected / (fit.weights * fit.weights[c])
        hessian[c, c] -= information.expected_counts[c] / fit.weights[c] ** 2
    hessian = 0.5 * (hessian + hessian.T)
    # An orthonormal basis of the directions that sum to 0.
    basis = np.linalg.qr(np.column_stack([np.ones(m), np.eye(m)[:, 1:]]))[0][:, 1:]
    inverse = np.linalg.pinv(-basis.T @ hessian @ basis, hermitian=True)
    return np.asarray(basis @ inverse @ basis.T), information.converged


def log_odds_intervals(weights: Floats, std_errors: Floats) -> list[tuple[float, float]]:
    """Compute 95 % intervals that are normal on the log-odds, so that they lie within (0, 1).

    An included target may weigh less than its standard error. An interval on the log-odds would
    then exclude nothing, so it is the interval of the weight itself, cut at 0.
    """
    intervals = []
    for w, e in zip(weights.tolist(), std_errors.tolist(), strict=True):
        if w < e:
            intervals.append((0.0, min(1.0, w + NORMAL_975 * e)))
            continue
        if not 0 < w < 1 or e == 0:
            intervals.append((w, w))
            continue
        center, half = math.log(w / (1 - w)), NORMAL_975 * e / (w * (1 - w))
        intervals.append((_logistic(center - half), _logistic(center + half)))
    return intervals


def _logistic(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))
