r"""Uncertainty of the weights of soft components: the observed information of all that is fitted.

Weights, table rows, probabilities of free settings and the shared rate are rows of probabilities
:math:`p = \mathrm{softmax}(\phi)`. With n the expected counts of a row at :math:`\phi`, prior ones
included, the gradient of the log-likelihood in :math:`\phi` is :math:`n - |n| p` (Fisher's
identity). Its differences along a direction are products of the information, so that
:math:`I x = \partial w_c / \partial \phi` is solved by conjugate gradients, and the variance of
:math:`w_c` is :math:`x \cdot \partial w_c / \partial \phi`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domix.soft.em import SoftEm, SoftFit
from domix.soft.slots import SlotData
from domix.util.arrays import Floats, Ints
from domix.util.numerics import dot

DIFFERENCE = 1e-4
"""Largest change of a logarithm between the points of a difference."""

LEAST_COUNT = 1e-3
"""Expected count below which a probability is taken for 0, which has no uncertainty."""

LEAST_ENERGY = 1e-300
"""A residual whose squared length is below this is 0."""


class _Information:
    """Products of the observed information at a fit, with weights before all else."""

    def __init__(self, data: SlotData, fitted: SoftFit) -> None:
        em = SoftEm(data, fitted.components, fitted.weights, fitted.log_theta, fitted.rate)
        self.em, self._m = em, len(fitted.weights)
        self.start = np.concatenate([np.log(np.maximum(fitted.weights, 1e-300)), em.start])
        self.row_starts: Ints = np.concatenate([[0], em.row_starts + self._m]).astype(np.int64)
        lengths = np.diff(self.row_starts, append=len(self.start))
        self.row_of = np.repeat(np.arange(len(lengths)), lengths)
        self.p = np.exp(self.start)
        counts = self._counts(self.start)
        self.totals = self._row_sums(counts)
        self.free = self.totals * self.p > LEAST_COUNT

    def _row_sums(self, values: Floats) -> Floats:
        return np.asarray(np.add.reduceat(values, self.row_starts))[self.row_of]

    def _counts(self, point: Floats) -> Floats:
        """Compute the expected counts of every row at a point."""
        em, m = self.em, self._m
        em.step(np.exp(point[:m]), point[m:])
        return np.concatenate([em.expected_counts + em.labelled_counts, em.row_counts])

    def _gradient(self, point: Floats) -> Floats:
        counts = self._counts(point)
        return counts - self._row_sums(counts) * np.exp(point)

    def _normalize(self, point: Floats) -> Floats:
        return point - np.log(self._row_sums(np.exp(point)))

    def center(self, values: Floats) -> Floats:
        """Project a gradient: its sum over a row is 0, and it is 0 where nothing varies."""
        values = np.where(self.free, values, 0.0)
        p = np.where(self.free, self.p, 0.0)
        sums = self._row_sums(p)
        return values - p / np.where(sums > 0, sums, 1.0) * self._row_sums(values)

    def multiply(self, direction: Floats) -> Floats:
        """Multiply the information by a direction, by central differences."""
        largest = float(np.abs(direction).max())
        if largest == 0:
            return np.zeros_like(direction)
        step = DIFFERENCE / largest
        ahead = self._gradient(self._normalize(self.start + step * direction))
        behind = self._gradient(self._normalize(self.start - step * direction))
        return self.center((behind - ahead) / (2 * step))

    def solve(self, right: Floats, steps: int, tolerance: float) -> tuple[Floats, bool]:
        """Solve by conjugate gradients, with the complete-data information as preconditioner."""
        scale = np.where(self.free, 1.0 / np.maximum(self.totals * self.p, LEAST_COUNT), 0.0)
        residual = self.center(right)
        x = np.zeros_like(residual)
        z = scale * residual
        direction, energy = z, dot(residual, z)
        goal = max(tolerance**2 * energy, LEAST_ENERGY)
        for _ in range(steps):
            if energy <= goal:
                return x, True
            product = self.multiply(direction)
            curvature = dot(direction, product)
            if curvature <= 0:
                return x, False
            x = x + energy / curvature * direction
            residual = residual - energy / curvature * product
            z = scale * residual
            previous, energy = energy, dot(residual, z)
            direction = z + energy / previous * direction
        return x, energy <= goal


def weight_errors(data: SlotData, fitted: SoftFit) -> tuple[Floats, bool]:
    """Compute the standard errors of the weights for a fixed list of components.

    Returns
    -------
    std_errors : ndarray of float64, shape (components,)
    converged : bool
        Whether no iteration limit ended the computation.
    """
    m, options = len(fitted.weights), data.problem.options
    errors, converged = np.zeros(m), True
    if m == 1:
        return errors, True
    information = _Information(data, fitted)
    for c in range(m):
        right = np.zeros_like(information.start)
        right[:m] = -fitted.weights[c] * fitted.weights
        right[c] += fitted.weights[c]
        x, solved = information.solve(right, options.gradient_steps, options.gradient_tolerance)
        converged &= solved
        errors[c] = np.sqrt(max(dot(x, information.center(right)), 0.0))
    return errors, converged


class ValuePair(NamedTuple):
    """Two values that a free setting of a component allows."""

    component: int
    variable: int
    value: int
    other: int


def difference_errors(data: SlotData, fitted: SoftFit, pairs: Sequence[ValuePair]) -> list[float]:
    """Compute standard errors of q(value) - q(other), for a fixed list of components.

    They are infinite where the information is singular.
    """
    if not pairs:
        return []
    information, options = _Information(data, fitted), data.problem.options
    errors = []
    for c, variable, value, other in pairs:
        right = np.zeros_like(information.start)
        for sign, own in ((1.0, value), (-1.0, other)):
            place = len(fitted.weights) + information.em.place_of(c, variable, own)
            right[place] = sign * information.p[place]
        x, solved = information.solve(right, options.gradient_steps, options.gradient_tolerance)
        variance = dot(x, information.center(right))
        errors.append(math.sqrt(max(variance, 0.0)) if solved else math.inf)
    return errors
