"""What lifts could gain, predicted from one pass over the rows, and searches that use it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize_scalar

from ablation import disentangle_with
from domix.options.search import SearchOptions
from domix.selection.lift_gains import predict_gains
from domix.selection.prefixes import PrefixState
from em_problems import problems
from strategies import planted

TARGETS = [{}, {0: 1}, {2: 0, 3: 1}, {1: 1, 4: 1, 5: 0}, {6: 1, 8: 0}]


def best_gain(problem, variable, state, start):
    """The largest gain of one target, beside rows that nothing was done to, by definition."""
    theta = np.exp(problem.log_theta)
    entry = problem.entries[:, variable]
    value = problem.codes[:, variable]
    ratio = np.where(value == state, 1.0, 0.0) / theta[entry]

    def loss(share):
        return -float(problem.counts @ np.log1p(share * (ratio - 1)))

    return -minimize_scalar(loss, bounds=(0, start), method="bounded").fun


@settings(max_examples=60, deadline=None)
@given(problems(learn=False))
def test_predictions_are_exact_for_a_root(drawn):
    problem, _, _ = drawn
    node = problem.layout.order[0]
    k, part = int(problem.layout.cards[node]), problem.layout.entries_of(node)
    theta = problem.theta[part]
    read = np.unique(problem.entries[:, node]) - part.start
    if k == 1 or (theta[read] == 0).any() or (theta == 1).any():
        return
    lift = PrefixState(problem).split(node)
    gains = predict_gains(lift, np.eye(k + 1)[0], theta)
    assert gains[0] == pytest.approx(0, abs=1e-9)
    for state in np.flatnonzero(theta > 0).tolist():
        exact = best_gain(problem, node, state, 1 - 1e-9)
        assert gains[1 + state] == pytest.approx(max(exact, 0.0), rel=1e-3, abs=1e-3)


@settings(max_examples=60, deadline=None)
@given(problems(learn=False))
def test_rows_without_an_explanation_promise_everything(drawn):
    problem, _, _ = drawn
    node = problem.layout.order[0]
    part = problem.layout.entries_of(node)
    lift = PrefixState(problem).split(node)
    theta = problem.theta[part].copy()
    theta[lift.entry[0]] = 0.0
    assert np.isinf(predict_gains(lift, np.eye(lift.states + 1)[0], theta)).all()


@pytest.mark.parametrize("seed", [2, 3])
def test_screening_keeps_targets_that_a_sample_misses(seed):
    mix = planted(10, TARGETS, seed=seed)
    net = mix.network
    rare = dict.fromkeys([net.variables[i] for i in (1, 2, 3, 5, 8)], "s0")
    rows = np.concatenate([mix.sample(4000, rng=seed), net.sample(100, do=rare, rng=5)])
    control = net.sample(4000, rng=11)

    def targets(screened_values):
        options = SearchOptions(sample_rows=200, screened_values=screened_values)
        found = disentangle_with(options, net, rows, control)
        return {frozenset(c.intervention.items()) for c in found.components}

    assert frozenset(rare.items()) in targets(0)
    assert targets(0) == targets(2**24)
