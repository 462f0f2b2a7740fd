"""Problems in shards: the same fits, tests and moves as on rows in memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.em.mixture import fit
from domix.em.sharded import ShardedProblem
from domix.em.uncertainty import weight_covariance
from domix.options.search import EmLimits
from domix.selection.backward import fit_without
from domix.selection.baseline.baseline import Baseline
from domix.selection.baseline.sharded import ShardedBaseline
from em_problems import problems
from shards.test_classes import shards_of

SEEDS = st.integers(0, 2**32 - 1)
LIMITS = EmLimits(1e-9, 2000)


def sharded(problem, rng):
    return ShardedProblem(problem.setting, shards_of(problem, rng))


@given(problems(), SEEDS)
def test_fits_are_the_same(made, seed):
    problem, targets, weights = made
    large = sharded(problem, np.random.default_rng(seed))
    one, other = (fit(own, targets, weights, own.log_theta, LIMITS) for own in (problem, large))
    assert one.objective == pytest.approx(other.objective, abs=1e-6)
    np.testing.assert_allclose(one.weights, other.weights, atol=1e-4)
    for c in range(len(targets)):
        reduced, same = (fit_without(own, one, c, LIMITS).objective for own in (problem, large))
        assert reduced == pytest.approx(same, abs=1e-6)
    covariances = [weight_covariance(own, one)[0] for own in (problem, large)]
    np.testing.assert_allclose(covariances[0], covariances[1], rtol=1e-3, atol=1e-8)


@given(problems(), SEEDS)
def test_moves_are_scored_the_same(made, seed):
    problem, targets, weights = made
    rng = np.random.default_rng(seed)
    support = targets[: rng.integers(1, len(targets) + 1)]
    large = sharded(problem, rng)
    fitted = fit(problem, support, weights[: len(support)], problem.log_theta, EmLimits(1e-3, 20))
    one, other = Baseline(problem, fitted), ShardedBaseline(large, fitted)
    slot_ptr = np.concatenate([[0], np.cumsum(problem.layout.cards + 1)])
    np.testing.assert_allclose(
        one.sum_moments(slot_ptr), other.sum_moments(slot_ptr), rtol=1e-9, atol=1e-9
    )
    np.testing.assert_allclose(
        one.expected_counts.by_component, other.expected_counts.by_component, atol=1e-9
    )
    np.testing.assert_allclose(one.expected_counts.totals, other.expected_counts.totals, atol=1e-9)
    pairs = [(donor, target) for target in targets for donor in range(len(support))]
    here, there = (np.array(own.best_transfers(pairs)) for own in (one, other))
    np.testing.assert_allclose(here[:, 0], there[:, 0], rtol=1e-6, atol=1e-7)
    gains = here[:, 0] > 1e-6
    np.testing.assert_allclose(here[gains, 1], there[gains, 1], rtol=1e-2)
    assert one.may_gain(targets) == other.may_gain(targets)


@given(problems(), SEEDS)
def test_results_do_not_depend_on_shards(made, seed):
    problem, targets, weights = made
    rng = np.random.default_rng(seed)
    one, other = (
        fit(sharded(problem, rng), targets, weights, problem.log_theta, LIMITS) for _ in range(2)
    )
    assert one.objective == other.objective
    np.testing.assert_array_equal(one.weights, other.weights)
    np.testing.assert_array_equal(one.log_theta, other.log_theta)


@given(problems(), SEEDS)
def test_observations_are_added_to_shards(made, seed):
    problem, targets, weights = made
    if not problem.learn:
        return
    more = np.random.default_rng(seed).integers(0, 9, problem.layout.size) * 1.0
    large = sharded(problem, np.random.default_rng(seed))
    large.merged(targets)
    one, other = (
        fit(own.observing(more), targets, weights, own.log_theta, LIMITS)
        for own in (problem, large)
    )
    assert one.objective == pytest.approx(other.objective, abs=1e-6)
