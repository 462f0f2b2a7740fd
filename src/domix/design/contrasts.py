r"""The log-likelihood by which a mixture beats the mixtures without a target, as expected.

With :math:`q^*, \theta^*` the mixture without the target and the tables that fit the expected rows
best, a row x of the mixture adds :math:`\ell(x) = \log P_{mix}(x) / Q^*(x)` to the drop cost, and
a control row adds :math:`h(x) = \log P(x; \theta) / P(x; \theta^*)`. To first order, because the
drop cost is a difference of two maxima, n rows and :math:`m = \rho n` control rows have a drop cost
with mean and variance

.. math::

   n D = n E_{mix} \ell + m E_P h, \qquad n V = n \mathrm{Var}_{mix} \ell + m \mathrm{Var}_P h.

Where the tables are known, h is 0, and D is the Kullback-Leibler divergence of the nearest mixture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from domix.core.tables import Tables, Target
from domix.design.population import ROWS, Population, build_population
from domix.design.rivals import choose_rivals
from domix.em.data import Problem
from domix.em.mixture import Fit, fit, log_density
from domix.options.search import EmLimits
from domix.query.probability import entry_indices
from domix.selection.criterion import SelectionCriterion
from domix.util.arrays import Floats

PRECISE = EmLimits(1e-7, 4000)
"""Fits to expected counts, in nats of :data:`~domix.design.population.ROWS` rows, or of as many
rows as there are control rows if these are fewer: where tables follow the rows, only they count."""

START = 1e-3
"""Added to the weights at which a fit without the target starts: EM cannot leave a weight of 0."""

STEPS_PER_OCTAVE = 2
"""Ratios of control rows to rows that are fitted. Between them is interpolated, linearly in
m / (n + m): a shift that tables can follow has a drop cost proportional to it."""

MOST_OCTAVES = 20
"""Octaves of that ratio above 1. With more control rows, tables are as good as known."""

FEWEST_OCTAVES = 10
"""Octaves below 1. EM follows tables that few control rows hold so slowly that fits beyond this do
not converge; more rows are taken to show nothing more."""

UNDETECTABLE = 1e-8
"""Nats per row, with any number of control rows, below which a drop cost is rounding."""


@dataclass(frozen=True, eq=False)
class Contrast:
    """The log-likelihood, in nats, that a mixture is expected to gain in each comparison.

    The first comparison is with the mixture without the target, the others with each rival in its
    place.

    Attributes
    ----------
    means : ndarray of float64, shape (comparisons,)
    covariances : ndarray of float64, shape (comparisons, comparisons)
    """

    means: Floats
    covariances: Floats

    def scale(self, rows: float) -> Contrast:
        """Return the same for so many times the rows and control rows."""
        return Contrast(rows * self.means, rows * self.covariances)

    def blend(self, other: Contrast, share: float) -> Contrast:
        """Interpolate, with ``share`` of the other one."""
        return Contrast(
            self.means + share * (other.means - self.means),
            self.covariances + share * (other.covariances - self.covariances),
        )


class Contrasts:
    """A target among the others of a mixture, compared with what could stand in its place.

    Parameters
    ----------
    tables : Tables
    support : tuple of Target
        Without soft targets; do() is among them.
    weights : tuple of float
    target : Target
        One of the support.
    learnt : bool
        Whether the tables are learnt from rows and control rows.
    criterion : SelectionCriterion

    Attributes
    ----------
    tables, support, weights, target, learnt
        As given.
    rivals : list of Target
    left_out : int
        How many targets near this one are no rivals, because fits would read too many variables.
    critical : float
        Nats above which the target is reported: the critical value of its test, or what the penalty
        grows by with the target, if that is more.
    log_count : float
        log K of the test.
    allowances : ndarray of float64, shape (rivals,)
        Nats by which the penalty with the target exceeds that with each rival.
    """

    def __init__(
        self,
        tables: Tables,
        support: tuple[Target, ...],
        weights: tuple[float, ...],
        target: Target,
        learnt: bool,
        criterion: SelectionCriterion,
    ) -> None:
        self.tables, self.support, self.weights = tables, support, weights
        self.target, self.learnt, self._criterion = target, learnt, criterion
        self.rivals, self.left_out = choose_rivals(tables, support, target)
        self.log_count = criterion.correction(target, support).log_count
        penalty = criterion.penalty(support)
        self.critical = max(
            criterion.critical_value(target, support), penalty - criterion.penalty(self._others)
        )
        self.allowances = np.array(
            [penalty - criterion.penalty(self._in_place(rival)) for rival in self.rivals]
        )
        self._at: dict[int | None, Contrast] = {}

    def reweigh(self, weight: float) -> Contrasts:
        """Return the same with another weight of the target; do() gets the difference."""
        weights = self._by_target | {(): max(self.free - weight, 0.0), self.target: weight}
        return Contrasts(
            self.tables,
            self.support,
            tuple(weights.values()),
            self.target,
            self.learnt,
            self._criterion,
        )

    @property
    def weight(self) -> float:
        """Weight of the target."""
        return self._by_target[self.target]

    @property
    def free(self) -> float:
        """Weight of the target and do() together."""
        return self._by_target[()] + self._by_target[self.target]

    @property
    def _by_target(self) -> dict[Target, float]:
        return dict(zip(self.support, self.weights, strict=True))

    @property
    def _others(self) -> list[Target]:
        return [t for t in self.support if t != self.target]

    def _in_place(self, rival: Target) -> tuple[Target, ...]:
        return tuple(rival if t == self.target else t for t in self.support)

    @cached_property
    def population(self) -> Population:
        """The distributions that all fits read."""
        return build_population(self.tables, self.support, self.weights, self.rivals)

    @property
    def is_detectable(self) -> bool:
        """Whether the nearest mixture without the target has another distribution."""
        nearest = self._at_node(MOST_OCTAVES * STEPS_PER_OCTAVE if self.learnt else None)
        return bool(nearest.means[0] >= UNDETECTABLE)

    def at(self, rows: float, controls: float | None) -> Contrast:
        """Return what a number of rows and control rows is expected to show."""
        if not self.learnt:
            return self._at_node(None).scale(rows)
        assert controls is not None
        rows = min(rows, controls * 2.0**FEWEST_OCTAVES)
        ratio = _limit_ratio(rows, controls)
        node = math.floor(STEPS_PER_OCTAVE * math.log2(ratio))
        low, high, effective = (r / (1.0 + r) for r in (_ratio(node), _ratio(node + 1), ratio))
        share = (effective - low) / (high - low)
        return self._at_node(node).blend(self._at_node(node + 1), share).scale(rows)

    def _at_node(self, node: int | None) -> Contrast:
        if node not in self._at:
            self._at[node] = self._compute(None if node is None else _ratio(node))
        return self._at[node]

    def find_nearest(self, rows: float, controls: float | None) -> dict[Target, float]:
        """Return the weights of the nearest mixture without the target."""
        ratio = None if controls is None else _limit_ratio(rows, controls)
        problem, limits = self.population.expect(ratio), _limit_fits(ratio)
        fitted = self._fit_without(problem, self._fit(problem, limits), limits)
        return dict(zip(self._others, fitted.weights.tolist(), strict=True))

    def _fit(self, problem: Problem, limits: EmLimits) -> Fit:
        targets = [self.population.translate(t) for t in self.support]
        return fit(problem, targets, self.weights, problem.log_theta, limits)

    def _fit_without(self, problem: Problem, full: Fit, limits: EmLimits) -> Fit:
        kept = [c for c, t in enumerate(self.support) if t != self.target]
        targets = [self.population.translate(t) for t in self._others]
        return fit(problem, targets, full.weights[kept] + START, full.log_theta, limits)

    def _compute(self, ratio: float | None) -> Contrast:
        """Compute what one row shows, together with so many control rows."""
        population = self.population
        problem, limits = population.expect(ratio), _limit_fits(ratio)
        full = self._fit(problem, limits)
        reduced_fits = [self._fit_without(problem, full, limits)]
        for rival in self.rivals:
            targets = [population.translate(t) for t in self._in_place(rival)]
            reduced_fits.append(fit(problem, targets, full.weights, full.log_theta, limits))
        entries = entry_indices(problem.layout, population.codes)
        changes = [full.log_theta - reduced.log_theta for reduced in reduced_fits]
        densities = log_density(problem, full) - [log_density(problem, r) for r in reduced_fits]
        row_gains = densities + [change[problem.entries].sum(axis=1) for change in changes]
        means, covariances = _moments(row_gains, problem.counts / ROWS)
        if ratio is not None:
            control_gains = np.array([change[entries].sum(axis=1) for change in changes])
            more, also = _moments(control_gains, population.control)
            means, covariances = means + ratio * more, covariances + ratio * also
        return Contrast(means, covariances)


def _ratio(node: int) -> float:
    return math.exp2(node / STEPS_PER_OCTAVE)


def _limit_ratio(rows: float, controls: float) -> float:
    """Return control rows over rows, within the ratios that are fitted."""
    return min(max(controls / rows, 2.0**-FEWEST_OCTAVES), 2.0**MOST_OCTAVES)


def _limit_fits(ratio: float | None) -> EmLimits:
    return PRECISE if ratio is None else replace(PRECISE, tol=PRECISE.tol * min(ratio, 1.0))


def _moments(gains: Floats, probabilities: Floats) -> tuple[Floats, Floats]:
    """Return means and covariances of gains, shape (comparisons, configurations)."""
    means = np.asarray(gains @ probabilities)
    centered = (gains - means[:, None]) * np.sqrt(probabilities)
    return means, np.asarray(centered @ centered.T)
