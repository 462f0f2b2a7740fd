"""Joint fits and standard errors, against slow references."""

from __future__ import annotations

import numpy as np
import pytest

from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import Em, Support, fit, log_density
from domix.em.uncertainty import log_odds_intervals, weight_covariance
from domix.model.learn import count_entries
from domix.options.search import EmLimits, SearchOptions
from reference.mixture import PlainEm
from strategies import planted

TARGETS = [{}, {0: 1}, {0: 1, 2: 0}, {1: 2, 3: 1}]


def problem_of(mix, rows, learn, seed=0, labelled=0.0, options=None):
    tables = mix.network.tables
    prior = None
    if learn:
        prior = count_entries(tables.layout, mix.network.sample(rows // 2, rng=seed + 1))
    codes = mix.sample(rows, rng=seed)
    # Labelled rows on top: what they tell of the tables is no matter here.
    known = BackgroundKnowledge(mix.targets, labelled=dict.fromkeys(mix.targets, labelled))
    return Problem(
        tables, distinct(codes, mix.network.space.cards), prior, knowledge=known, options=options
    )


@pytest.mark.parametrize("learn", [False, True])
def test_the_accelerated_fit_ends_where_plain_em_does(learn):
    mix = planted(5, TARGETS, seed=3)
    problem = problem_of(mix, 3000, learn)
    fast = fit(problem, mix.targets, np.ones(4), problem.log_theta, EmLimits(1e-9, 5000))
    em = PlainEm(problem, mix.targets, problem.log_theta)
    weights, log_theta = np.full(4, 0.25), problem.log_theta
    trace = []
    for _ in range(3000):
        objective, weights, log_theta = em.step(weights, log_theta)
        trace.append(objective)
    assert np.diff(trace).min() >= -1e-7
    assert fast.objective == pytest.approx(trace[-1], abs=1e-4)
    np.testing.assert_allclose(fast.weights, weights, atol=2e-4)


def test_objective_of_known_tables_is_the_log_ratio():
    mix = planted(5, TARGETS, seed=4)
    problem = problem_of(mix, 500, learn=False)
    fitted = fit(problem, mix.targets, mix.weights, problem.log_theta, EmLimits(1e-3, 1))
    expected = mix.log_prob(problem.codes) - mix.network.log_prob(problem.codes)
    np.testing.assert_allclose(log_density(problem, fitted), expected, atol=1e-9)
    assert fitted.objective == pytest.approx(problem.counts @ expected)


def _profile(problem, targets, weights, log_theta):
    """Profile log-likelihood of weights (not normalised), the tables fitted by plain EM."""
    em = PlainEm(problem, targets, log_theta)
    objective = 0.0
    for _ in range(600 if problem.learn else 1):
        objective, _, log_theta = em.step(weights, log_theta)
    return objective - problem.total * np.log(weights.sum())


@pytest.mark.parametrize("labelled", [0.0, 100.0])
@pytest.mark.parametrize("learn", [False, True])
def test_covariance_inverts_the_profile_curvature(learn, labelled):
    mix = planted(4, TARGETS, seed=5)
    problem = problem_of(mix, 2000, learn, labelled=labelled)
    fitted = fit(problem, mix.targets, mix.weights, problem.log_theta, EmLimits(1e-10, 20_000))
    m = len(mix.targets)
    basis = np.linalg.qr(np.column_stack([np.ones(m), np.eye(m)[:, 1:]]))[0][:, 1:]
    h = 2e-3

    def value(step):
        return _profile(problem, mix.targets, fitted.weights + basis @ step, fitted.log_theta)

    curvature = np.zeros((m - 1, m - 1))
    for a in range(m - 1):
        for b in range(m - 1):
            ea, eb = h * np.eye(m - 1)[a], h * np.eye(m - 1)[b]
            curvature[a, b] = (
                value(ea + eb) - value(ea - eb) - value(eb - ea) + value(-ea - eb)
            ) / (4 * h * h)
    expected = basis @ np.linalg.inv(-curvature) @ basis.T
    np.testing.assert_allclose(
        weight_covariance(problem, fitted)[0], expected, rtol=0.03, atol=2e-6
    )


def wide(learn, options=None):
    """20 variables, and targets of many, so that most rows of two components are unambiguous."""
    targets = [
        {},
        dict.fromkeys(range(19), 1),
        dict.fromkeys(range(1, 20), 0),
        {0: 1},
        {0: 1, 2: 0},
    ]
    mix = planted(20, targets, seed=8)
    problem = problem_of(mix, 1500, learn, options=options)
    return problem, fit(problem, mix.targets, mix.weights, problem.log_theta, EmLimits(1e-9, 5000))


@pytest.mark.parametrize("learn", [False, True])
def test_unambiguous_rows_change_no_fit_and_no_covariance(learn):
    problem, fitted = wide(learn)
    complete, complete_fit = wide(learn, SearchOptions(negligible_component=1e-300))
    em = Em(problem, fitted.support, fitted.log_theta)
    assert len(em.rows) < len(Em(complete, fitted.support, fitted.log_theta).rows)
    assert fitted.objective == pytest.approx(complete_fit.objective, abs=1e-5)
    np.testing.assert_allclose(fitted.weights, complete_fit.weights, atol=1e-6)
    np.testing.assert_allclose(
        weight_covariance(problem, fitted)[0],
        weight_covariance(complete, fitted)[0],
        rtol=1e-5,
        atol=1e-12,
    )


def test_known_tables_give_the_inverse_of_the_plain_information():
    problem, fitted = wide(learn=False)
    support, m = Support(problem, fitted.support), len(fitted.support)
    component = np.repeat(np.arange(m), np.diff(support.ptr))
    shares = np.zeros((len(problem.counts), m))
    logs = support.log_ratios(fitted.log_theta) - log_density(problem, fitted)[support.rows]
    shares[support.rows, component] = np.exp(logs)
    information = (shares * problem.counts[:, None]).T @ shares
    basis = np.linalg.qr(np.column_stack([np.ones(m), np.eye(m)[:, 1:]]))[0][:, 1:]
    expected = basis @ np.linalg.inv(basis.T @ information @ basis) @ basis.T
    np.testing.assert_allclose(
        weight_covariance(problem, fitted)[0], expected, rtol=1e-6, atol=1e-12
    )


def test_learnt_tables_make_weights_less_certain():
    mix = planted(4, TARGETS, seed=5)
    errors = {}
    for learn in (False, True):
        problem = problem_of(mix, 2000, learn)
        fitted = fit(problem, mix.targets, mix.weights, problem.log_theta, EmLimits(1e-8, 5000))
        errors[learn] = np.sqrt(np.diag(weight_covariance(problem, fitted)[0]))
    assert (errors[True] > errors[False]).all()


def test_intervals_stay_inside_the_unit_interval():
    (low, high), (one, uno) = log_odds_intervals(np.array([0.02, 1.0]), np.array([0.02, 0.0]))
    assert 0 < low < 0.02 < high < 1
    assert (one, uno) == (1.0, 1.0)


def test_interval_of_a_weight_near_zero_starts_at_zero():
    for weight in (0.0, 1e-12, 0.01):
        ((low, high),) = log_odds_intervals(np.array([weight]), np.array([0.02]))
        assert low == 0.0
        assert high == pytest.approx(weight + 0.0392, abs=1e-5)
