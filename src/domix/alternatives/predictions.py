"""Predicted log-likelihoods of a support in which one target is replaced by another.

Only replacements whose prediction is not far below the best are fitted. Each is predicted from
two fits: that of the support, with all other weights and the tables held fixed, which is good
where the new target takes over the rows of the old one; and that of the support without the old
target, to which the new one is added at its best weight, which is good where it takes over few.
Where tables are learnt, a third prediction refits the CPT of the one variable that differs: its
rows can be those that the target alone reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from domix._kernels import _moves
from domix.core.tables import Target
from domix.selection.baseline.baseline import Baseline
from domix.selection.moves.row_refits import apply_refits, refit_rows
from domix.util.arrays import Floats
from domix.util.numerics import dot


@dataclass(frozen=True, eq=False)
class Start:
    """Where the fit of a support starts, and the log-likelihood that is predicted, if any."""

    targets: tuple[Target, ...]
    weights: Floats
    log_theta: Floats
    objective: float = math.nan


class Predictor:
    """Predicts replacements of one component.

    Parameters
    ----------
    baseline : Baseline
        Of the support with the component.
    index : int
        Of the component.
    reduced : Baseline
        Of the support without it; None if that is empty.
    """

    def __init__(self, baseline: Baseline, index: int, reduced: Baseline | None) -> None:
        self._baseline, self._index, self._reduced = baseline, index, reduced
        problem, fit = baseline.problem, baseline.fit
        self._counts = problem.counts
        self._weight = float(fit.weights[index])
        rows, ratios = baseline.density_ratios(fit.support[index], self._weight)
        least = math.exp(-problem.options.impossible_row_cost)
        self._others = np.ones(len(self._counts))
        self._others[rows] = np.maximum(1.0 - ratios, least)
        self._log_others = np.log(self._others)
        self._without = fit.objective + dot(self._counts, self._log_others)

    def predict(self, target: Target) -> Start:
        """Predict the log-likelihood with ``target`` in place of the component."""
        starts = [self._keep_weights(target)]
        if self._reduced is not None:
            starts.append(self._add(target, self._reduced))
        if self._baseline.problem.learn:
            starts += self._refit(target)
        return max(starts, key=lambda start: start.objective)

    def _replaced(self, target: Target) -> tuple[Target, ...]:
        support = list(self._baseline.fit.support)
        support[self._index] = target
        return tuple(support)

    def _keep_weights(self, target: Target) -> Start:
        fit = self._baseline.fit
        rows, ratios = self._baseline.density_ratios(target, self._weight)
        gains = np.log(self._others[rows] + ratios) - self._log_others[rows]
        objective = self._without + dot(self._counts[rows], gains)
        return Start(self._replaced(target), fit.weights, fit.log_theta, objective)

    def _add(self, target: Target, reduced: Baseline) -> Start:
        fit = reduced.fit
        rows, ratios = reduced.density_ratios(target, 1.0)
        counts = self._counts[rows]
        left = self._baseline.problem.total - float(counts.sum())
        gain, share = _moves.best_transfer(np.append(ratios - 1.0, -1.0), np.append(counts, left))
        weights = np.insert((1.0 - share) * fit.weights, self._index, share)
        return Start(self._replaced(target), weights, fit.log_theta, fit.objective + gain)

    def _refit(self, target: Target) -> list[Start]:
        """Predict with the CPT of a variable refitted whose value the component's rows share."""
        baseline, index = self._baseline, self._index
        fit, problem = baseline.fit, baseline.problem
        own_target = fit.support[index]
        difference = set(own_target) ^ set(target)
        if len(difference) != 1:
            return []
        ((variable, value),) = difference
        totals, own = baseline.expected_counts.of_variable(index, variable)
        freed = len(target) < len(own_target)
        moved = own[:, value] if freed else -own[:, value]
        if not moved.any():
            return []
        refit = refit_rows(variable, totals, value, moved, problem.options)
        objective = fit.objective + refit.gain
        if not freed:
            rows, _ = baseline.expected_counts.of_rows(index)
            other = problem.codes[rows, variable] != value
            objective += dot(problem.counts[rows[other]], self._log_others[rows[other]])
        log_theta = apply_refits(problem.layout, fit.log_theta, refit)
        return [Start(self._replaced(target), fit.weights, log_theta, objective)]
