"""Splits: part of a soft component's rows goes to one with a variable more or less."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Misread, Mixture, do
from domix.alternatives.soft_neighbours import list_soft_neighbours
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.model.learn import count_entries
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.polish import free_settings, shared_settings, split
from domix.soft.reading import Reading
from domix.soft.slots import SlotData
from domix.soft.trials import Trials
from strategies import planted

Q = {"s0": 0.2, "s1": 0.65, "s2": 0.15}
SMALL, LARGE = {3}, {1, 3}


@pytest.fixture(scope="module")
def drawn():
    net = planted(6, [{}], seed=4).network
    mix = Mixture(net, {do(): 0.3, do(V3=Q): 0.3, do(V1=Q, V3=Q): 0.4})
    counts = count_entries(net.tables.layout, net.sample(6000, rng=2))
    problem = Problem(net.tables, distinct(mix.sample(6000, rng=1), [3] * 6), counts)
    return Trials(SlotData(problem), SelectionCriterion([3] * 6, 0.05), SoftOptions())


def begin(trials, *variables):
    """A fit of do() and one component with free settings of these variables."""
    settings = [Setting.free(v, [1, 1, 1], range(3)) for v in sorted(variables)]
    components = [SoftComponent(()), SoftComponent(tuple(settings))]
    return trials.begin(
        components, [0.5, 0.5], trials.data.problem.log_theta, 0.0, trials.options.last_fit
    )


@pytest.mark.parametrize("variables", [SMALL, LARGE])
def test_one_of_two_components_leads_to_the_other(drawn, variables):
    now = begin(drawn, *variables)
    found = split(drawn, now, free_settings(drawn))
    assert found is not None
    assert found.score > now.score + drawn.options.least_gain
    assert {frozenset(c.variables) for c in found.fit.components} == {
        frozenset(),
        frozenset(SMALL),
        frozenset(LARGE),
    }


@pytest.fixture(scope="module")
def misread():
    """Trials of rows with misread values, and a fit that lacks a component."""
    net = planted(6, [{}], seed=4).network
    v1, v3 = (Misread(mode, {s: 0.8 if s == mode else 0.1 for s in Q}) for mode in ("s2", "s1"))
    rows = Mixture(net, {do(): 0.4, do(V3=v3): 0.3, do(V1=v1): 0.3}).sample(3000, rng=1)
    problem = Problem(net.tables, distinct(rows, [3] * 6), None)
    trials = Trials(SlotData(problem), SelectionCriterion([3] * 6, 0.05), SoftOptions())
    known = SoftComponent((Setting.failing(3, 1, 3, 0.2),), readout=True)
    components = [SoftComponent(()), known]
    start = [0.6, 0.4], problem.log_theta, 0.2, trials.options.last_fit
    return trials, trials.begin(components, *start)


def test_what_is_split_off_is_misread_as_the_rest(misread):
    trials, now = misread
    found = split(trials, now, shared_settings(trials, now.fit.rate))
    assert found is not None
    assert found.fit.targets == ((), ((3, 1),), ((1, 2),))
    assert all(c.readout for c in found.fit.components if c.settings)


def test_neighbours_are_misread_as_the_rest(misread):
    trials, now = misread
    reading = Reading(trials.data, now.fit)
    for c in range(len(now.fit.components)):
        neighbours = [n for n, _ in list_soft_neighbours(trials, reading, c) if n.settings]
        assert neighbours
        assert all(n.readout for n in neighbours)


def test_what_is_predicted_is_gained_at_least(drawn):
    """A refit can only add to a transfer with all else fixed."""
    now = begin(drawn, *LARGE)
    part = now.fit.components[1].without(1)
    gain, share = Reading(drawn.data, now.fit).transfer_gain(1, part)
    weights = np.append(now.fit.weights, share * now.fit.weights[1])
    weights[1] *= 1 - share
    found = drawn.begin(
        [*now.fit.components, part], weights, now.fit.log_theta, 0.0, drawn.options.last_fit
    )
    assert gain > 1
    assert found.fit.objective > now.fit.objective + gain - 0.1


def test_a_true_list_is_left_alone(drawn):
    small = SoftComponent((Setting.free(3, [0.2, 0.65, 0.15], range(3)),))
    large = small.having(Setting.free(1, [0.2, 0.65, 0.15], range(3)))
    problem = drawn.data.problem
    now = drawn.begin(
        [SoftComponent(()), small, large],
        [0.3, 0.3, 0.4],
        problem.log_theta,
        0.0,
        drawn.options.last_fit,
    )
    assert split(drawn, now, free_settings(drawn)) is None
