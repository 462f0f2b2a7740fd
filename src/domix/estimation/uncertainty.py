"""How sure the weights and the targets are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from domix._kernels import _mixture
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Em, Fit
from domix.util.numerics import dot

__all__ = ["log_odds_intervals", "weight_covariance"]

Floats = npt.NDArray[np.float64]

NORMAL_975 = 1.959963984540054
CG_STEPS = 200
CG_TOLERANCE = 1e-5
# An included target may end without weight; its curvature is taken from just inside.
LEAST_WEIGHT = 1e-9


class _Information:
    """Derivatives of the log-likelihood's gradient at a fit, one direction at a time.

    Tables are differentiated through their logarithms, each row kept normalised: the complete-data
    part is A (diag(theta) - theta theta') per table row with A the counts that row explains, the
    rest is what the posteriors give.
    """

    def __init__(self, problem: Problem, now: Fit) -> None:
        self.problem = problem
        em = Em(problem, now.support, now.log_theta)
        em.expect(now.weights)
        # Settled rows stay settled: only the contested ones respond.
        self.em, self.mass, self.posterior = em, em.expected_counts, em.responsibilities()
        self.theta = np.exp(now.log_theta)
        layout = problem.layout
        self._starts, self._row = layout.row_starts, layout.row_of_entry
        if problem.learn:
            kept = np.maximum(problem.entry_totals - em.intervened_counts, 1e-9)
            self.row_counts = self._row_sums(kept)

    def _row_sums(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self._starts))[self._row]

    def along(self, log_weights: Floats, log_theta: Floats) -> tuple[Floats, Floats]:
        """Derivatives of the expected counts: of components, and of cells that were set."""
        mass, moved = np.zeros(len(log_weights)), np.zeros(len(log_theta))
        _mixture.differential(
            self.em.ptr,
            self.em.rows,
            self.em.support.variable_ptr,
            self.em.support.variables,
            self.problem.entries,
            self.problem.counts,
            self.posterior,
            log_weights,
            log_theta,
            np.empty(len(self.posterior)),
            np.zeros(len(self.problem.counts)),
            mass,
            moved,
        )
        return mass, moved

    def _centred(self, values: Floats) -> Floats:
        """Taken off each table row so that it stays normalised: values - theta * row sum."""
        return values - self.theta * self._row_sums(values)

    def _tables_curvature(self, direction: Floats) -> Floats:
        """Minus the second derivative in the tables' logarithms, along ``direction``."""
        change = direction - self._row_sums(self.theta * direction)
        _, moved = self.along(np.zeros(len(self.mass)), change)
        return self.row_counts * self.theta * change + self._centred(moved)

    def tables_response(self, log_weights: Floats) -> Floats:
        """How the best tables' logarithms move with the weights: conjugate gradients."""
        _, moved = self.along(log_weights, np.zeros(len(self.theta)))
        residual = -self._centred(moved)
        scale = 1.0 / (self.row_counts * self.theta)
        x = np.zeros_like(residual)
        z = scale * residual
        direction, energy = z, dot(residual, z)
        goal = CG_TOLERANCE**2 * energy
        for _ in range(CG_STEPS):
            if energy <= goal or energy <= 1e-300:
                break
            product = self._tables_curvature(direction)
            curvature = dot(direction, product)
            if curvature <= 0:
                break  # flat: no information on the tables this way
            x = x + energy / curvature * direction
            residual = residual - energy / curvature * product
            z = scale * residual
            before, energy = energy, dot(residual, z)
            direction = z + energy / before * direction
        return x - self._row_sums(self.theta * x)


def weight_covariance(problem: Problem, now: Fit) -> Floats:
    """Covariance of the weights, shape (components, components), given the support.

    The inverse of the observed information of the profile likelihood on the simplex: learnt tables
    respond to the weights, so their uncertainty is counted.
    """
    m = len(now.support)
    if m == 1:
        return np.zeros((1, 1))
    now = replace(now, weights=np.maximum(now.weights, LEAST_WEIGHT))
    information = _Information(problem, now)
    hessian = np.empty((m, m))
    still = np.zeros(problem.layout.size)
    for c in range(m):
        direction = np.zeros(m)
        direction[c] = 1.0
        response = information.tables_response(direction) if problem.learn else still
        mass, _ = information.along(direction, response)
        hessian[:, c] = mass / (now.weights * now.weights[c])
        hessian[c, c] -= information.mass[c] / now.weights[c] ** 2
    hessian = 0.5 * (hessian + hessian.T)
    # Directions that keep the sum: an orthonormal basis of the complement of (1, ..., 1).
    basis = np.linalg.qr(np.column_stack([np.ones(m), np.eye(m)[:, 1:]]))[0][:, 1:]
    inverse = np.linalg.pinv(-basis.T @ hessian @ basis, hermitian=True)
    return np.asarray(basis @ inverse @ basis.T)


def log_odds_intervals(weights: Floats, std_errors: Floats) -> list[tuple[float, float]]:
    """95 % intervals from normal limits on the log-odds, so that they stay within (0, 1).

    An included target may weigh less than its standard error. On the log-odds nothing would be said
    then, so the limits are those of the weight itself, cut at 0.
    """
    out = []
    for w, e in zip(weights.tolist(), std_errors.tolist(), strict=True):
        if w < e:
            out.append((0.0, min(1.0, w + NORMAL_975 * e)))
            continue
        if not 0 < w < 1 or e == 0:
            out.append((w, w))
            continue
        centre, half = math.log(w / (1 - w)), NORMAL_975 * e / (w * (1 - w))
        low, high = centre - half, centre + half
        out.append((_logistic(low), _logistic(high)))
    return out


def _logistic(x: float) -> float:
    if x >= 0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))
