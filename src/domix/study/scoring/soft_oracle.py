"""The yardstick where targets are soft: the best fit for the true sets of variables."""

from __future__ import annotations

import numpy as np

from domix.core.intervention import Intervention
from domix.core.soft.targets import decode
from domix.core.tables import Target
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.model.learn import count_entries
from domix.options.soft import SoftOptions
from domix.results.component import Component, by_weight
from domix.results.result import Disentanglement
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.estimate import SoftEstimate
from domix.soft.search import Shape
from domix.soft.slots import SlotData
from domix.soft.trials import Trials
from domix.study.instances.sample import Sample

ALPHA = 0.05
START = 0.2
"""Probability of all other values from which a fit starts; the mode is the true one."""


def fit_true_sets(sample: Sample) -> Disentanglement:
    """Fit components with the true sets of variables, of every shape, and keep the best.

    The modes are those of the fit: they may differ from the true ones.
    """
    net, controls = sample.net, sample.controls
    assert controls is not None
    counts = count_entries(net.tables.layout, controls)
    problem = Problem(net.tables, distinct(sample.rows, net.space.cards), counts)
    data = SlotData(problem)
    trials = Trials(data, SelectionCriterion(net.space.cards, ALPHA), SoftOptions())
    weights = np.asarray(sample.truth.weights, dtype=np.float64)
    fits = {
        shape: trials.begin(
            [_shaped(data, target, shape) for target in sample.truth.targets],
            weights,
            problem.log_theta,
            START,
            trials.options.last_fit,
        )
        for shape in Shape
    }
    best = max(fits, key=lambda shape: fits[shape].score)
    fitted = fits[best].fit
    targets = SoftEstimate(best, 0.0, fitted, [], data).targets
    components = [
        Component(Intervention(decode(net.space, target)), weight)
        for target, weight in zip(targets, fitted.weights.tolist(), strict=True)
    ]
    return Disentanglement(net, by_weight(components), "likelihood")


def _shaped(data: SlotData, target: Target, shape: Shape) -> SoftComponent:
    if shape is Shape.HARD or not target:
        return SoftComponent.hard(target, data.cards)
    settings = []
    for variable, value in target:
        failing = Setting.failing(variable, value, data.cards[variable], START)
        if shape is Shape.FREE:
            failing = Setting.free(variable, failing.q, range(data.cards[variable]))
        settings.append(failing)
    return SoftComponent(tuple(settings), shape is Shape.MISREAD)
