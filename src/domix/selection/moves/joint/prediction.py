"""What a target gains together with the tables that it changes: a short EM of both.

A target that comes in takes data rows off the CPTs of the variables that it sets. One that sets
fewer variables gives rows to CPTs, and reaches rows that it could not produce before. Where few
control rows inform the tables, what is gained depends on both. Here the other components keep their
proportions, and the other CPTs their entries, so that a prediction is hardly ever too high.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Target, normalize_rows
from domix.selection.baseline.baseline import Baseline
from domix.util.arrays import Floats, Indices
from domix.util.numerics import TINY, dot

LEAST_RATIO = 1e-12
"""Smallest ratio of a data row's density after a change to that before."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """A target that comes in, or takes the place of a component.

    Attributes
    ----------
    target : Target
    gain : float
        Increase of the log-likelihood in nats.
    weight : float
        Of the target.
    log_theta : ndarray of float64, shape (CPT entries,)
        Logarithms of the tables.
    rows : ndarray of int32, shape (rows,)
        The data rows that the target, or the component that it replaces, can produce.
    responsibilities : ndarray of float64, shape (rows,)
        Of the target there.
    """

    target: Target
    gain: float
    weight: float
    log_theta: Floats
    rows: Indices
    responsibilities: Floats


class ChangedTable:
    """The rows of one CPT that the changed target's data rows read.

    Attributes
    ----------
    is_set : bool
        Whether the target sets the variable; otherwise the replaced component does.
    unset : ndarray of float64, shape (rows,)
        Share of each data row that counts in this CPT now.
    """

    def __init__(
        self, baseline: Baseline, variable: int, rows: Indices, left: Floats, is_set: bool
    ) -> None:
        problem, k = baseline.problem, int(baseline.problem.layout.cards[variable])
        codes = problem.codes[rows, variable]
        starts, number = np.unique(problem.entries[rows, variable] - codes, return_inverse=True)
        self.is_set = is_set
        self.unset = baseline.unset_shares[rows, variable]
        # Apart from the replaced component, which does not set what the target sets.
        self._others = self.unset - left if is_set else self.unset
        self._shape = len(starts), k
        self._at = number * k + codes
        self._counts, self._least = problem.counts[rows], problem.options.min_entry_count
        self._entries = (starts[:, None] + np.arange(k)).ravel()
        self._totals = baseline.expected_counts.totals[self._entries]
        self._start = baseline.fit.log_theta[self._entries]
        self._elsewhere = np.maximum(self._totals - self._sum(self.unset), 0.0)
        self._change = np.zeros_like(self._start)

    def _sum(self, shares: Floats) -> Floats:
        sums = np.bincount(self._at, self._counts * shares, minlength=len(self._totals))
        return sums.astype(np.float64)

    def refit(self, target_share: Floats, others_scale: Floats) -> None:
        """Fit the table, given shares of the target and what is left of those of the others."""
        share = self._others * others_scale + (0.0 if self.is_set else target_share)
        counts = np.maximum(self._totals + self._sum(share - self.unset), self._least)
        logs = np.log(normalize_rows(counts.reshape(self._shape))).ravel()
        self._change = logs - self._start

    def factors(self, others: Floats) -> tuple[Floats, Floats]:
        """Factors of the other components' and of the target's density, both shape (rows,)."""
        factor = np.exp(self._change)[self._at]
        unset = self._others / np.maximum(others, TINY)
        own_factor = np.ones_like(factor) if self.is_set else factor
        return 1.0 + np.minimum(unset, 1.0) * (factor - 1.0), own_factor

    def gain_elsewhere(self) -> float:
        """Return the gain of control rows, and of data rows that the target cannot produce."""
        return dot(self._elsewhere, self._change)

    def write(self, log_theta: Floats) -> None:
        """Write the entries into tables' logarithms."""
        log_theta[self._entries] = self._start + self._change


def predict(
    baseline: Baseline,
    target: Target,
    *,
    replaced: int | None = None,
    start: Prediction | None = None,
) -> Prediction:
    """Predict what a target gains that comes in, or takes the place of a component.

    Parameters
    ----------
    baseline : Baseline
    target : Target
        Not in the support.
    replaced : int, optional
        The component whose place it takes.
    start : Prediction, optional
        Of a similar target, whose responsibilities the EM starts from. By default, it starts from
        those of the component, or else from all rows that the target can produce.
    """
    problem, fit = baseline.problem, baseline.fit
    rows, ratios = baseline.density_ratios(target, 1.0)
    before: Target = () if replaced is None else fit.support[replaced]
    weight_before = 0.0 if replaced is None else float(fit.weights[replaced])
    own = np.zeros(len(problem.counts))
    if replaced is not None:
        own_rows, own_counts = baseline.expected_counts.of_rows(replaced)
        own[own_rows] = own_counts / problem.counts[own_rows]
        density = np.zeros(len(problem.counts))
        density[rows] = ratios
        rows = np.union1d(rows, own_rows).astype(np.int32)
        ratios = density[rows]
    share = own[rows] if replaced is not None else np.ones(len(rows))
    if start is not None:
        responsibilities = np.zeros(len(problem.counts))
        responsibilities[start.rows] = start.responsibilities
        share = np.where(ratios > 0, responsibilities[rows], 0.0)
    left = own[rows]
    others = np.maximum(1.0 - left, 0.0)
    counts, sets = problem.counts[rows], {variable for variable, _ in target}
    changed = sorted({v for v, _ in target} ^ {v for v, _ in before}) if problem.learn else []
    tables = [ChangedTable(baseline, v, rows, left, v in sets) for v in changed]
    elsewhere = problem.total - float(counts.sum())
    weight = gain = 0.0
    for _ in range(problem.options.prediction_steps):
        weight = min(dot(counts, share) / problem.total, 1.0 - LEAST_RATIO)
        scale = np.where(others > LEAST_RATIO, (1.0 - share) / np.maximum(others, LEAST_RATIO), 0.0)
        others_factor = (1.0 - weight) / max(1.0 - weight_before, LEAST_RATIO)
        rest, own_density = others * others_factor, weight * ratios
        gain = elsewhere * math.log(max(others_factor, TINY))
        for table in tables:
            table.refit(share, scale)
            gain += table.gain_elsewhere()
            factor, own_factor = table.factors(others)
            rest = rest * factor
            own_density = own_density * own_factor
        density = np.maximum(rest + own_density, LEAST_RATIO)
        gain += dot(counts, np.log(density))
        share = np.minimum(own_density / density, 1.0)
    log_theta = fit.log_theta
    if tables:
        log_theta = log_theta.copy()
        for table in tables:
            table.write(log_theta)
    return Prediction(target, gain, weight, log_theta, rows, share)
