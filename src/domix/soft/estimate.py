"""The soft estimate of one mixture, if it beats the hard answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.soft.targets import AnyTarget, Draw, join
from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.confirm import confirm
from domix.soft.em import SoftEm, SoftFit, fit
from domix.soft.search import Shape, read_slots, search_soft
from domix.soft.slots import SlotData
from domix.soft.trials import Trials
from domix.util.arrays import Floats
from domix.util.progress import Report
from domix.work.steps import recorded

DIGITS = 4
"""Decimals of reported probabilities: their standard errors are larger for up to 10^6 rows."""

START = 0.2
"""Probability of all other values from which a fit starts; the mode is the given one."""


@dataclass(frozen=True, eq=False)
class SoftEstimate:
    """The estimate of one mixture whose components are soft.

    Attributes
    ----------
    shape : Shape
    gain : float
        Nats of penalized log-likelihood over the hard answer.
    fit : SoftFit
    drop_costs : list of float
        Nats that dropping each component would lose, all else refitted.
    data : SlotData
        The rows that it was fitted to.
    share : float
        Of all rows; below 1 if it was fitted to a sample.
    """

    shape: Shape
    gain: float
    fit: SoftFit
    drop_costs: list[float]
    data: SlotData
    share: float = 1.0

    @property
    def rate(self) -> float | None:
        """The rate at which all shared settings fail; None without any."""
        return self.fit.rate if any(c.is_shared for c in self.fit.components) else None

    @property
    def targets(self) -> tuple[AnyTarget, ...]:
        """The components as users' interventions are coded."""
        return tuple(map(to_target, self.fit.components))

    def table_counts(self) -> Floats:
        """Compute the expected counts of table entries whose variable was not set, in all rows.

        They are 0 if the tables are known.
        """
        problem, fitted = self.data.problem, self.fit
        if not problem.learn:
            return np.zeros(problem.layout.size)
        em = SoftEm(self.data, fitted.components, fitted.weights, fitted.log_theta, fitted.rate)
        em.step(fitted.weights, em.start)
        return em.unset_counts() / self.share

    def resample_weights(self, replicates: int, rng: np.random.Generator, report: Report) -> Floats:
        """Refit the components to resampled rows; shape (replicates, components)."""
        fitted = self.fit
        start = fitted.weights, fitted.log_theta, fitted.rate
        seeds = rng.integers(2**63, size=replicates)
        weights = np.empty((replicates, len(fitted.components)))
        for b, seed in enumerate(seeds.tolist()):
            report("bootstrap", b / replicates)
            data = SlotData(self.data.problem.resampled(np.random.default_rng(seed)))
            weights[b] = fit(data, fitted.components, *start).weights
        return weights


def estimate_soft(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    answer: Fit,
    options: SoftOptions,
    rng: np.random.Generator,
) -> SoftEstimate | None:
    """Return the soft estimate of a mixture, if it beats the hard answer.

    Parameters
    ----------
    problem : Problem
    criterion : SelectionCriterion
    answer : Fit
        The hard answer.
    options : SoftOptions
        With the margin by which it must be beaten, after merges that leave the likelihood as it is.
        At 0, such merges count as well, and so do free components that take the rows of do().
    rng : numpy.random.Generator
        Draws a sample of many rows.
    """
    found = _find(problem, criterion, answer, options, rng)
    if found is None:
        return None
    data = read_slots(problem, options)
    return SoftEstimate(*found, data, data.problem.total / problem.total)


@recorded(Shape, SoftFit, SoftComponent, Setting, Ended)
def _find(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    answer: Fit,
    options: SoftOptions,
    rng: np.random.Generator,
) -> tuple[Shape, float, SoftFit, list[float]] | None:
    """Find the shape, the gain, the fit and the drop costs of an estimate."""
    margin = options.margin
    trials, found = search_soft(problem, criterion, answer, options, rng)
    hard = found.baseline if margin else found.shapes[Shape.HARD].score
    least, shapes = hard + max(margin, options.least_gain), dict(found.shapes)
    own = shapes.get(Shape.FREE)
    if margin and own is not None and _hides_baseline(own.fit, answer, options):
        del shapes[Shape.FREE]
    shape = max(shapes, key=lambda shape: shapes[shape].score)
    if shape is Shape.HARD or shapes[shape].score < least:
        return None
    best, drop_costs = confirm(trials, trials.refit(found.shapes[shape].fit, options.last_fit))
    if best.score < least or all(component.is_hard for component in best.fit.components):
        return None
    return shape, best.score - hard, best.fit, drop_costs


def _hides_baseline(free: SoftFit, answer: Fit, options: SoftOptions) -> bool:
    """Whether free components take over nearly all rows in which hard targets set nothing.

    Where the network does not fit, their distributions describe the baseline itself.
    """
    weights = dict(zip(answer.support, answer.weights.tolist(), strict=True))
    left = dict(zip(free.targets, free.weights.tolist(), strict=True))
    return bool(left.get((), 0.0) < options.least_baseline_share * weights.get((), 0.0))


def fit_sets(
    problem: Problem,
    criterion: SelectionCriterion,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
) -> SoftEstimate:
    """Fit components with the variables of targets, of each shape, and return the best.

    The modes are those of the fit: they may differ from the values of the targets. Nothing is
    tested.
    """
    data, options = SlotData(problem), SoftOptions()
    trials = Trials(data, criterion, options)
    fits = {
        shape: trials.begin(
            [_shaped(data, target, shape) for target in targets],
            weights,
            problem.log_theta,
            START,
            options.last_fit,
        )
        for shape in Shape
    }
    best = max(fits, key=lambda shape: fits[shape].score)
    gain = fits[best].score - fits[Shape.HARD].score
    return SoftEstimate(best, gain, fits[best].fit, [], data)


def _shaped(data: SlotData, target: Target, shape: Shape) -> SoftComponent:
    if shape is Shape.HARD or not target:
        return SoftComponent.hard(target, data.cards)
    settings = []
    for variable, value in target:
        setting = Setting.failing(variable, value, data.cards[variable], START)
        if shape is Shape.FREE:
            setting = Setting.free(variable, setting.q, range(data.cards[variable]))
        settings.append(setting)
    return SoftComponent(tuple(settings), shape is Shape.MISREAD)


def to_target(component: SoftComponent) -> AnyTarget:
    """Return a component as users' interventions are coded."""
    pairs, draws = [], []
    for s in component.settings:
        if s.is_hard:
            pairs.append((s.variable, s.mode))
        else:
            followed = s.mode if component.readout else None
            draws.append(Draw(s.variable, _round(s.q, s.mode), followed))
    return join(tuple(pairs), draws)


def _round(q: Floats, mode: int) -> tuple[float, ...]:
    """Round probabilities to what can be read; the mode takes what is left."""
    rounded = [round(p, DIGITS) for p in q.tolist()]
    rounded[mode] = round(1.0 - sum(p for a, p in enumerate(rounded) if a != mode), DIGITS)
    return tuple(rounded)
