"""The search for soft components from the hard answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domix.em.mixture import Fit
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import SoftComponent
from domix.soft.free import free, merged
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
    baseline : float
        Its score after merges that leave the likelihood as it is.
    shapes : dict of Shape to Scored
    fits : int
    """

    hard: Scored
    baseline: float
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
    # Merges that change nothing but the penalty are no evidence.
    baseline = hard.score + merged(trials, hard.fit)
    needed = baseline + options.least_shape_gain
    shapes = {Shape.HARD: hard}
    found = free(trials, hard)
    if found.score > needed:
        found = polish(trials, found)
    shapes[Shape.FREE] = found

    def least() -> float:
        best = max(scored.score for scored in shapes.values())
        return max(best - options.give_up, needed)

    starts = [hard]
    if found.score > needed:
        starts = [found, hard] if len(components) <= options.most_leak_targets else [found]
    leaks = [shared(trials, start, readout=False, least=least()) for start in starts]
    leak = shapes[Shape.LEAK] = max(leaks, key=lambda scored: scored.score)
    start = leak if leak.score - baseline > options.leak_gain else hard
    shapes[Shape.READOUT] = shared(trials, start, readout=True, least=least())
    if max(scored.score for scored in shapes.values()) > needed:
        shapes[Shape.LEAK_TO_FREE] = unshared(trials, leak)
    return SoftAnswer(hard, baseline, shapes, trials.fits)
