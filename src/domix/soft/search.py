"""The search for soft components, from the hard answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from domix.em.data import Problem
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import SoftComponent
from domix.soft.free import free, merged
from domix.soft.leak import shared, unshared
from domix.soft.polish import drop_singles, harden, polish
from domix.soft.reading import Reading
from domix.soft.slots import SlotData
from domix.soft.trials import Scored, Trials


class Shape(StrEnum):
    """How the components of an answer differ from hard targets."""

    HARD = "hard"
    """Every value is set outright."""
    FREE = "free"
    """Variables have distributions of their own."""
    LEAK = "leak"
    """Settings fail at one rate, and children follow the values that are seen."""
    MISREAD = "misread"
    """Values are misread at one rate, and children follow those that were set."""


@dataclass(frozen=True, eq=False)
class SoftAnswer:
    """The best list of components of each shape.

    Attributes
    ----------
    baseline : float
        Score of the hard answer, after merges that leave the likelihood as it is, and apart from
        rows that are impossible.
    shapes : dict of Shape to Scored
        Those that were tried; ``Shape.HARD`` is the hard answer itself.
    """

    baseline: float
    shapes: dict[Shape, Scored]

    @property
    def best(self) -> Shape:
        """The shape of the highest score; the first of several."""
        return max(self.shapes, key=lambda shape: self.shapes[shape].score)

    def keep_best(self, shape: Shape, found: Scored) -> None:
        """Take over what was found of a shape if it is better."""
        if shape not in self.shapes or found.score > self.shapes[shape].score:
            self.shapes[shape] = found

    @property
    def top(self) -> float:
        """The highest score."""
        return self.shapes[self.best].score


def find_soft(trials: Trials, answer: Fit) -> SoftAnswer:
    """Search for soft components from the hard answer, a shape at a time.

    Shapes are given up early: before all else where nothing says that a target is soft.
    """
    options = trials.options
    cards = trials.data.cards
    components = [SoftComponent.hard(target, cards) for target in answer.support]
    hard = trials.begin(components, answer.weights, answer.log_theta, 0.0, options.first_fit)
    found = SoftAnswer(_baseline(trials, hard), {Shape.HARD: hard})
    needed = found.baseline + options.least_shape_gain

    def least() -> float:
        return max(found.top - options.give_up, needed)

    own = free(trials, hard)
    soft = own.score > needed
    own = polish(trials, own) if soft else own
    found.keep_best(Shape.FREE, own)
    starts = [own] if soft else []
    if not soft or len(components) <= options.most_leak_targets:
        starts.append(hard)
    for start in starts:
        found.keep_best(Shape.LEAK, shared(trials, start, readout=False, least=least()))
    leak = found.shapes[Shape.LEAK]
    start = leak if leak.score - found.baseline > options.leak_gain else hard
    found.keep_best(Shape.MISREAD, shared(trials, start, readout=True, least=least()))
    if found.top > needed:
        found.keep_best(Shape.FREE, unshared(trials, leak))
    return found


def _baseline(trials: Trials, hard: Scored) -> float:
    """Return the score that soft components must beat.

    Merges that change nothing but the penalty are no evidence for them, nor are rows that no hard
    target can produce: one stray row would decide.
    """
    impossible = Reading(trials.data, hard.fit).impossible
    stray = trials.data.problem.options.impossible_row_cost * impossible
    return hard.score + merged(trials, hard.fit) + stray


def read_slots(problem: AnyProblem, options: SoftOptions) -> SlotData:
    """Read the rows of a problem, or a sample if there are more than fits should read."""
    if isinstance(problem, Problem):
        return SlotData(problem)
    return SlotData(problem.gathered(options.most_rows))


def search_soft(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    answer: Fit,
    options: SoftOptions,
    rng: np.random.Generator,
) -> tuple[Trials, SoftAnswer]:
    """Search as :func:`find_soft`; where there are many distinct rows, on a sample first."""
    if isinstance(problem, Problem) and not problem.is_large:
        trials = Trials(read_slots(problem, options), criterion, options)
        return trials, find_soft(trials, answer)
    sample = problem.thinned(problem.options.sample_rows / problem.distinct_rows, rng)
    trials = Trials(SlotData(sample), criterion, options)
    part = find_soft(trials, answer)
    if part.top <= part.baseline + options.least_shape_gain:
        return trials, SoftAnswer(part.baseline, {Shape.HARD: part.shapes[Shape.HARD]})
    trials = Trials(read_slots(problem, options), criterion, options)
    cards = trials.data.cards
    components = [SoftComponent.hard(target, cards) for target in answer.support]
    hard = trials.begin(components, answer.weights, answer.log_theta, 0.0, options.first_fit)
    found = SoftAnswer(_baseline(trials, hard), {Shape.HARD: hard})
    for shape, scored in part.shapes.items():
        if shape is Shape.HARD or scored.score <= part.baseline + options.least_shape_gain:
            continue
        fit = scored.fit
        begun = trials.begin(
            fit.components, fit.weights, answer.log_theta, fit.rate, options.first_fit
        )
        found.keep_best(shape, harden(trials, drop_singles(trials, begun)))
    return trials, found
