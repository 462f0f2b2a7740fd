"""SQUAREM on a map that is easy to check: three weights, and one row of a CPT with two entries."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from domix.em.squarem import Ended, squarem
from domix.options.search import EmLimits, SearchOptions

COUNTS = np.array([40.0, 25.0, 20.0, 15.0])
PRIOR = np.array([30.0, 50.0])


class ToyEm:
    """Rows of four kinds under three components; the first two leave a coin alone.

    The components look alike, so that plain EM is slow.
    """

    def __init__(self, learn: bool) -> None:
        self.total = float(COUNTS.sum())
        self.table_counts = np.add(PRIOR, [60.0, 40.0]) if learn else None
        self.learn = learn
        self.steps = 0
        self.start = np.log([0.5, 0.5])
        self.row_starts = np.array([0])

    def _likelihoods(self, log_theta):
        heads, tails = np.exp(log_theta)
        return np.array(
            [
                [0.6 * heads, 0.5 * heads, 0.5],
                [0.4 * tails, 0.5 * tails, 0.0],
                [0.6 * heads, 0.5 * heads, 0.0],
                [0.4 * tails, 0.5 * tails, 0.5],
            ]
        )

    def step(self, weights, log_theta):
        self.steps += 1
        joint = self._likelihoods(log_theta) * weights
        density = joint.sum(axis=1)
        objective = float(COUNTS @ np.log(density))
        expected = joint * (COUNTS / density)[:, None]
        component_counts = expected.sum(axis=0)
        if not self.learn:
            return objective, component_counts / component_counts.sum(), log_theta
        objective += float(PRIOR @ log_theta)
        heads, tails = expected[:, :2].sum(axis=1).reshape(2, 2).sum(axis=0)
        counts = np.add(PRIOR, [heads, tails])
        return objective, component_counts / component_counts.sum(), np.log(counts / counts.sum())


START = np.array([0.1, 0.1, 0.8])


@cache
def plain(learn, steps=8000):
    """Where EM itself ends: objective, weights, logarithms."""
    em = ToyEm(learn)
    weights, log_theta = START, em.start
    for _ in range(steps):
        objective, weights, log_theta = em.step(weights, log_theta)
    return objective, weights, log_theta


def maximize(em, tol, steps, **bounds):
    """Run SQUAREM from ``START``."""
    return squarem(em, START, em.start, SearchOptions(), EmLimits(tol, steps), **bounds)


@pytest.mark.parametrize("learn", [False, True])
def test_same_maximum_as_plain_em_in_fewer_steps(learn):
    best, weights, log_theta = plain(learn)
    em = ToyEm(learn)
    maximum = maximize(em, 1e-12, 2000)
    assert maximum.ended is Ended.CONVERGED
    assert maximum.steps == em.steps
    assert best - 1e-7 <= maximum.objective <= best + 1e-5
    np.testing.assert_allclose(maximum.weights, weights, atol=1e-3)
    np.testing.assert_allclose(np.exp(maximum.log_theta), np.exp(log_theta), atol=1e-3)
    slow = ToyEm(learn)
    weights, log_theta = START, slow.start
    objective = -math.inf
    while objective < maximum.objective - 1e-6:
        objective, weights, log_theta = slow.step(weights, log_theta)
    assert em.steps < slow.steps / 2


@pytest.mark.parametrize("learn", [False, True])
def test_objective_rises_with_steps_and_matches_arguments(learn):
    before = -math.inf
    for steps in range(1, 80):
        em = ToyEm(learn)
        maximum = maximize(em, 0.0, steps)
        assert em.steps == maximum.steps <= steps + 2
        assert maximum.ended in (Ended.LIMIT, Ended.CONVERGED)
        assert maximum.objective >= before - 1e-9
        assert maximum.weights.sum() == pytest.approx(1.0)
        assert np.exp(maximum.log_theta).sum() == pytest.approx(1.0)
        objective = ToyEm(learn).step(maximum.weights, maximum.log_theta)[0]
        assert objective == pytest.approx(maximum.objective, abs=1e-9)
        before = maximum.objective


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_the_limit_of_steps_is_reported(steps):
    assert maximize(ToyEm(True), 1e-12, steps).ended is Ended.LIMIT


def test_fixed_tables_stay():
    em = ToyEm(False)
    assert maximize(em, 1e-9, 200).log_theta is em.start


def test_it_stops_once_the_objective_is_reached():
    best = plain(True)[0]
    first = ToyEm(True).step(START, ToyEm(True).start)[0]
    enough = first + 0.5 * (best - first)
    maximum = maximize(ToyEm(True), 0.0, 500, enough=enough)
    assert maximum.objective >= enough
    assert maximum.ended is Ended.REACHED
    assert maximum.steps < maximize(ToyEm(True), 1e-12, 500).steps
    assert maximize(ToyEm(True), 0.0, 500, enough=first).steps == 1


@pytest.mark.parametrize("bound", ["enough", "least"])
def test_it_stops_where_the_bound_is_out_of_reach(bound):
    best = plain(True)[0]
    maximum = maximize(ToyEm(True), 0.0, 500, **{bound: best + 100.0})
    assert maximum.ended is Ended.UNREACHABLE
    assert maximum.steps < 20
    assert maximum.objective < best + 100.0
    # A bound that is nearly within reach is tried for longer.
    assert maximize(ToyEm(True), 0.0, 500, **{bound: best + 1.0}).steps > maximum.steps


def test_it_stops_where_em_changes_nothing():
    class FixedPoint(ToyEm):
        def step(self, weights, log_theta):
            objective, *_ = super().step(weights, log_theta)
            return objective, weights, log_theta

    em = FixedPoint(True)
    maximum = maximize(em, 0.0, 500)
    assert em.steps == 2
    assert maximum.ended is Ended.CONVERGED
    np.testing.assert_array_equal(maximum.weights, START)
    np.testing.assert_array_equal(maximum.log_theta, em.start)


def test_a_component_that_em_empties_keeps_a_tiny_weight():
    class Emptied(ToyEm):
        def _likelihoods(self, log_theta):
            out = super()._likelihoods(log_theta)
            out[:, 1] = 0.5 * out[:, 0]
            return out

    maximum = maximize(Emptied(True), 1e-10, 500)
    assert 0 < maximum.weights[1] < 1e-6
    assert maximum.weights.sum() == pytest.approx(1.0)
