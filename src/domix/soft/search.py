"""The search for soft components from the hard answer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from domix.em.mixture import Fit
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import SoftComponent
from domix.soft.free import free
from domix.soft.leak import shared, unshared
from domix.soft.polish import polish
from domix.soft.slots import SlotData
from domix.soft.trials import Scored, Trials
from domix.em.data import Problem


class Shape(StrEnum):
    """How the components of an answer differ from hard targets."""

    HARD = "hard"
    FREE = "free"
    LEAK = "leak"
    READOUT = "readout"
    LEAK_TO_FREE = "leak to free"


@dataclass(frozen=True, eq=False)
class SoftAnswer:
    """The best list of components of each shape.

    Attributes
    ----------
    hard : Scored
    shapes : dict of Shape to Scored
    fits : int
    """

    hard: Scored
    shapes: dict[Shape, Scored]
    fits: int

    @property
    def best(self) -> Shape:
        return max(self.shapes, key=lambda shape: self.shapes[shape].score)


def find_soft(
    problem: Problem, criterion: SelectionCriterion, answer: Fit, options: SoftOptions
) -> SoftAnswer:
    """Search for soft components from the hard answer."""
    data = SlotData(problem)
    trials = Trials(data, criterion, options)
    components = [SoftComponent.hard(target, data.cards) for target in answer.support]
    hard = trials.begin(components, answer.weights, answer.log_theta, 0.0, options.first_fit)
    shapes = {Shape.HARD: hard}
    shapes[Shape.FREE] = polish(trials, free(trials, hard))

    def best() -> float:
        return max(scored.score for scored in shapes.values())

    starts = [shapes[Shape.FREE]]
    if len(components) <= options.most_leak_targets:
        starts.append(hard)
    leaks = [
        shared(trials, start, readout=False, least=best() - options.give_up) for start in starts
    ]
    shapes[Shape.LEAK] = max(leaks, key=lambda scored: scored.score)
    gained = shapes[Shape.LEAK].score - hard.score > options.leak_gain
    start = shapes[Shape.LEAK] if gained else hard
    shapes[Shape.READOUT] = shared(
        trials, start, readout=True, least=best() - options.give_up
    )
    if math.isfinite(shapes[Shape.LEAK].score):
        shapes[Shape.LEAK_TO_FREE] = unshared(trials, shapes[Shape.LEAK])
    return SoftAnswer(hard, shapes, trials.fits)
