"""Squared steps on a map that can be checked by hand: three weights, one table row of two cells."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from domix.estimation.em.squarem import accelerate

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
        mass = expected.sum(axis=0)
        if not self.learn:
            return objective, mass / mass.sum(), log_theta
        objective += float(PRIOR @ log_theta)
        stayed = expected[:, :2].sum(axis=1)
        counts = np.add(PRIOR, [stayed[0] + stayed[2], stayed[1] + stayed[3]])
        return objective, mass / mass.sum(), np.log(counts / counts.sum())

    def normalised(self, log_theta):
        theta = np.exp(log_theta)
        return np.log(theta / theta.sum())


START = np.array([0.1, 0.1, 0.8])


@cache
def plain(learn, steps=8000):
    """Where EM itself ends: objective, weights, logarithms."""
    em = ToyEm(learn)
    weights, log_theta = START, em.start
    for _ in range(steps):
        objective, weights, log_theta = em.step(weights, log_theta)
    return objective, weights, log_theta


@pytest.mark.parametrize("learn", [False, True])
def test_it_ends_where_plain_em_does_in_fewer_steps(learn):
    best, weights, log_theta = plain(learn)
    em = ToyEm(learn)
    found = accelerate(em, START, em.start, tol=1e-12, steps=2000)
    assert best - 1e-7 <= found[0] <= best + 1e-5
    np.testing.assert_allclose(found[1], weights, atol=1e-3)
    np.testing.assert_allclose(np.exp(found[2]), np.exp(log_theta), atol=1e-3)
    slow = ToyEm(learn)
    weights, log_theta = START, slow.start
    objective = -math.inf
    while objective < found[0] - 1e-6:
        objective, weights, log_theta = slow.step(weights, log_theta)
    assert em.steps < slow.steps / 2


@pytest.mark.parametrize("learn", [False, True])
def test_more_steps_never_end_lower_and_the_objective_is_that_of_what_is_returned(learn):
    before = -math.inf
    for steps in range(1, 80):
        em = ToyEm(learn)
        objective, weights, log_theta = accelerate(em, START, em.start, tol=0.0, steps=steps)
        assert em.steps <= steps + 2
        assert objective >= before - 1e-9
        assert weights.sum() == pytest.approx(1.0)
        assert np.exp(log_theta).sum() == pytest.approx(1.0)
        assert ToyEm(learn).step(weights, log_theta)[0] == pytest.approx(objective, abs=1e-9)
        before = objective


def test_fixed_tables_stay():
    em = ToyEm(False)
    assert accelerate(em, START, em.start, tol=1e-9, steps=200)[2] is em.start


def test_it_stops_as_soon_as_there_is_enough():
    best = plain(True)[0]
    em = ToyEm(True)
    first = em.step(START, em.start)[0]
    em = ToyEm(True)
    enough = first + 0.5 * (best - first)
    objective, *_ = accelerate(em, START, em.start, tol=0.0, steps=500, enough=enough)
    whole = ToyEm(True)
    accelerate(whole, START, whole.start, tol=1e-12, steps=500)
    assert enough <= objective
    assert em.steps < whole.steps


def test_it_gives_up_what_it_clearly_will_not_reach():
    best = plain(True)[0]
    em = ToyEm(True)
    objective, *_ = accelerate(em, START, em.start, tol=0.0, steps=500, enough=best + 100.0)
    assert em.steps < 20
    assert objective < best + 100.0
    # What is nearly within reach is tried for to the end.
    patient = ToyEm(True)
    accelerate(patient, START, patient.start, tol=0.0, steps=500, enough=best + 1.0)
    assert patient.steps > em.steps


def test_it_stops_at_once_where_em_stands_still():
    class Still(ToyEm):
        def step(self, weights, log_theta):
            objective, *_ = super().step(weights, log_theta)
            return objective, weights, log_theta

    em = Still(True)
    _, weights, log_theta = accelerate(em, START, em.start, tol=0.0, steps=500)
    assert em.steps == 2
    np.testing.assert_array_equal(weights, START)
    np.testing.assert_array_equal(log_theta, em.start)


def test_a_component_that_em_empties_ends_with_next_to_nothing():
    class Empties(ToyEm):
        def _likelihoods(self, log_theta):
            out = super()._likelihoods(log_theta)
            out[:, 1] = 0.5 * out[:, 0]
            return out

    em = Empties(True)
    found = accelerate(em, START, em.start, tol=1e-10, steps=500)
    assert 0 < found[1][1] < 1e-6
    assert found[1].sum() == pytest.approx(1.0)
