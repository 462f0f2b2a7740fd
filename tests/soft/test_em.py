"""The fit of soft components: the objective, its ascent, and hard targets as a special case."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Network, do
from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit as fit_hard
from domix.options.search import EmLimits
from domix.query.probability import log_prob, mixture_log_prob
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import SoftEm, fit
from domix.soft.estimate import SoftEstimate
from domix.soft.search import Shape
from domix.soft.slots import SlotData
from em_problems import problems, soft_components

SEEDS = st.integers(0, 2**32 - 1)


def relabelled(problem, labelled):
    tables, observed, pseudocount, *_ = problem.setting
    knowledge = BackgroundKnowledge(labelled=labelled)
    return Problem(tables, problem.rows, observed, pseudocount, knowledge)


@given(problems(), SEEDS, st.booleans())
def test_no_step_of_em_lowers_the_objective(made, seed, labelled):
    problem, targets, weights = made
    rng = np.random.default_rng(seed)
    if labelled:
        problem = relabelled(problem, {targets[-1]: 7.5})
    data = SlotData(problem)
    em = SoftEm(data, soft_components(data, targets, rng), weights, problem.log_theta, 0.1)
    before, logs = -np.inf, em.start
    for _ in range(25):
        objective, weights, logs = em.step(weights, logs)
        assert objective >= before - 1e-7
        before = objective


@given(problems())
def test_hard_settings_have_the_hard_fit(made):
    problem, targets, weights = made
    data = SlotData(problem)
    components = [SoftComponent.hard(target, data.cards) for target in targets]
    limits = EmLimits(1e-9, 3000)
    soft = fit(data, components, weights, problem.log_theta, limits=limits)
    hard = fit_hard(problem, targets, weights, problem.log_theta, limits)
    assert soft.objective == pytest.approx(hard.objective, abs=1e-4)
    assert soft.rate == 0.0
    assert soft.targets == tuple(targets)


@given(problems(learn=False), SEEDS)
def test_the_objective_is_the_likelihood_of_the_mixture(made, seed):
    problem, targets, weights = made
    data = SlotData(problem)
    components = soft_components(data, targets, np.random.default_rng(seed))
    fitted = fit(data, components, weights, problem.log_theta, 0.1, EmLimits(0.0, 4))
    estimate = SoftEstimate(Shape.FREE, 0.0, fitted, [], data)
    tables = problem.setting.tables
    density = mixture_log_prob(tables, problem.codes, estimate.targets, fitted.weights)
    base = log_prob(tables, problem.codes)
    possible = np.isfinite(density) & np.isfinite(base)
    if possible.all():
        # Reported probabilities are rounded to four decimals.
        expected = problem.counts @ (density - base)
        assert fitted.objective == pytest.approx(expected, abs=0.02 * problem.counts.sum() ** 0.5)


@given(problems(learn=True), SEEDS)
def test_table_counts_are_those_of_rows_that_read_them(made, seed):
    problem, targets, weights = made
    data = SlotData(problem)
    components = soft_components(data, targets, np.random.default_rng(seed))
    fitted = fit(data, components, weights, problem.log_theta, 0.1, EmLimits(0.1, 20))
    counts = SoftEstimate(Shape.FREE, 0.0, fitted, [], data).table_counts()
    for v in range(problem.layout.n):
        setting = sum(
            w
            for c, w in zip(components, fitted.weights, strict=True)
            if c.setting_of(v) is not None
        )
        total = counts[problem.layout.entries_of(v)].sum()
        assert total <= problem.counts.sum() * (1 + 1e-9)
        if setting == 0:
            assert total == pytest.approx(problem.counts.sum())


def test_free_settings_and_rates_are_recovered():
    net, targets = _network(), [(), ((0, 1), (1, 0))]
    rng = np.random.default_rng(5)
    drawn = do(V0={"a": 0.1, "b": 0.6, "c": 0.3}, V1={"a": 0.8, "b": 0.2})
    rows = np.concatenate([net.sample(6000, rng=rng), net.sample(6000, do=drawn, rng=rng)])
    problem = Problem(net.tables, _distinct(rows), None)
    data = SlotData(problem)
    free = SoftComponent(
        tuple(Setting.free(v, np.ones(3) + np.eye(3)[a], range(3)) for v, a in targets[1])
    )
    fitted = fit(data, [SoftComponent(()), free], [0.5, 0.5], problem.log_theta)
    np.testing.assert_allclose(fitted.weights, 0.5, atol=0.04)
    np.testing.assert_allclose(fitted.components[1].settings[0].q, [0.1, 0.6, 0.3], atol=0.05)
    np.testing.assert_allclose(fitted.components[1].settings[1].q, [0.8, 0.2, 0.0], atol=0.05)


@pytest.mark.parametrize("readout", [False, True])
def test_misreading_and_leaks_are_distinguished(readout):
    net, rng = _network(), np.random.default_rng(6)
    rows = net.sample(8000, do=do(V0="b"), rng=rng)
    failed = rng.random(8000) < 0.2
    rows[failed, 0] = rng.choice([0, 2], size=failed.sum())
    if not readout:
        for value in (0, 2):
            chosen = failed & (rows[:, 0] == value)
            rows[chosen] = net.sample(int(chosen.sum()), do=do(V0=net.states["V0"][value]), rng=rng)
    problem = Problem(net.tables, _distinct(rows), None)
    data = SlotData(problem)
    objective = {}
    for shape in (False, True):
        component = SoftComponent((Setting.failing(0, 1, 3, 0.1),), shape)
        fitted = fit(data, [component], [1.0], problem.log_theta, 0.1)
        objective[shape] = fitted.objective
        assert fitted.rate == pytest.approx(0.2, abs=0.02)
    assert objective[readout] > objective[not readout] + 50


def _network():
    rng = np.random.default_rng(3)
    names = [f"V{i}" for i in range(4)]
    parents = {"V0": [], "V1": ["V0"], "V2": ["V0", "V1"], "V3": ["V2"]}
    states = {name: ["a", "b", "c"] for name in names}
    cpts = {name: rng.dirichlet([1] * 3, size=[3] * len(parents[name])) for name in names}
    return Network(parents, states, cpts)


def _distinct(rows):
    return distinct(rows, [3] * rows.shape[1])


@given(problems(learn=True), SEEDS)
def test_the_same_fit_comes_from_any_order_of_components(made, seed):
    problem, targets, weights = made
    data = SlotData(problem)
    components = soft_components(data, targets, np.random.default_rng(seed))
    limits = EmLimits(0.0, 6)
    objectives = [
        fit(
            data,
            [components[i] for i in order],
            weights[list(order)],
            problem.log_theta,
            0.1,
            limits,
        ).objective
        for order in itertools.islice(itertools.permutations(range(len(targets))), 2)
    ]
    np.testing.assert_allclose(objectives, objectives[0], atol=1e-5)
