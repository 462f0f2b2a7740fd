"""The likelihood of control rows and mixtures together, and its EM."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contrast_problems import contrasts, starting_fit, witnesses_of
from domix.estimation.contrast.background import (
    background_candidates,
    screen_background,
    subsets,
)
from domix.estimation.contrast.model import _JointMap, fit_contrast, override
from domix.options.search import EmLimits
from reference import contrast as reference
from strategies import every_row, planted

ONE_STEP = EmLimits(0.0, 1)
NET = planted(3, [{}], seed=5).network


def brute_force(witnesses, fit):
    return reference.objective(
        witnesses, fit.targets, fit.background, fit.weights, fit.shares, fit.log_theta
    )


@given(contrasts())
@settings(max_examples=60)
def test_objectives_differ_as_log_likelihoods_do(contrast):
    witnesses, targets, background, rng = contrast
    starts = [starting_fit(witnesses, targets, background, rng) for _ in range(2)]
    fits = [fit_contrast(witnesses, targets, background, s, ONE_STEP) for s in starts]
    found = fits[1].objective - fits[0].objective
    expected = brute_force(witnesses, fits[1]) - brute_force(witnesses, fits[0])
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-6)


@given(contrasts())
def test_the_objective_does_not_depend_on_the_reference(contrast):
    """Rows are prepared once, at some tables, and evaluated at others."""
    witnesses, targets, background, rng = contrast
    one, two = (starting_fit(witnesses, targets, background, rng) for _ in range(2))
    point = np.concatenate([*two.weights, two.shares]) / (len(targets) + 1)
    prepared = [_JointMap(witnesses, targets, background, s.log_theta) for s in (one, two)]
    one_value, other = (em_map.step(point, two.log_theta.ravel())[0] for em_map in prepared)
    np.testing.assert_allclose(one_value, other, rtol=1e-9)


@given(contrasts())
def test_every_em_step_gains(contrast):
    witnesses, targets, background, rng = contrast
    start = starting_fit(witnesses, targets, background, rng)
    em_map = _JointMap(witnesses, targets, background, start.log_theta)
    weights = np.concatenate([*start.weights, start.shares]) / (len(targets) + 1)
    log_theta, before = start.log_theta.ravel(), -np.inf
    for _ in range(12):
        objective, weights, log_theta = em_map.step(weights, log_theta)
        assert objective >= before - 1e-7
        before = objective
        assert weights.sum() == pytest.approx(1.0)
        assert [part.sum() for part in em_map.split(weights)] == pytest.approx(
            [1.0] * (len(targets) + 1)
        )
        sums = np.add.reduceat(np.exp(log_theta), em_map.row_starts)
        np.testing.assert_allclose(sums, 1.0)


@given(contrasts())
@settings(max_examples=20)
def test_a_fit_is_no_worse_than_its_start(contrast):
    witnesses, targets, background, rng = contrast
    start = starting_fit(witnesses, targets, background, rng)
    first = fit_contrast(witnesses, targets, background, start, ONE_STEP)
    fit = fit_contrast(witnesses, targets, background, start, EmLimits(1e-3, 300))
    assert fit.objective >= first.objective
    assert brute_force(witnesses, fit) >= brute_force(witnesses, first) - 1e-6
    assert [w.sum() for w in fit.weights] == pytest.approx([1.0] * len(targets))
    assert fit.shares.sum() == pytest.approx(1.0)


def test_separate_tables_follow_their_own_rows():
    """Without targets, each side has the relative frequencies of its rows and prior counts."""
    controls, rows = NET.sample(300, rng=1), planted(3, [{}], seed=5).sample(300, rng=2)
    more = np.full(NET.tables.layout.size, 4.0)
    witnesses = witnesses_of(NET, controls, rows, more_prior=more)
    start = starting_fit(witnesses, [[()]], [()], np.random.default_rng(1))
    fit = fit_contrast(witnesses, [[()]], [()], start, EmLimits(1e-6, 50))
    starts, row_of_entry = NET.tables.layout.row_starts, NET.tables.layout.row_of_entry
    for side, sample in enumerate(witnesses.samples):
        counts = witnesses.prior[side] + sample.problem.entry_counts
        expected = counts / np.add.reduceat(counts, starts)[row_of_entry]
        np.testing.assert_allclose(np.exp(fit.log_theta[side]), expected, rtol=1e-6)


pairs = st.dictionaries(st.integers(0, 4), st.integers(0, 2)).map(
    lambda d: tuple(sorted(d.items()))
)


@given(pairs, pairs, pairs)
def test_the_first_target_overrides_the_second(one, two, three):
    joined = override(one, two)
    assert dict(joined) == reference.override(one, two)
    assert list(joined) == sorted(joined)
    assert override(one, ()) == one == override((), one) == override(one, one)
    assert override(override(one, two), three) == override(one, override(two, three))


@given(st.integers(0, 10**6))
@settings(max_examples=15)
def test_background_gains_equal_the_best_of_a_grid(seed):
    rng = np.random.default_rng(seed)
    mix = planted(3, [{}, {0: int(rng.integers(3))}, {1: 1, 2: 2}], seed=seed)
    witnesses = witnesses_of(mix.network, mix.sample(400, rng=rng))
    controls = witnesses.samples[0].problem
    candidates = [((0, 0),), ((0, 1),), ((1, 1),), ((1, 1), (2, 2)), ((0, 2), (1, 0), (2, 1))]
    gains = screen_background(controls, np.log(mix.network.tables.values), candidates)
    for target, gain in gains.items():
        best = reference.background_gain(controls, mix.network.tables.values, target, 2000)
        assert best - 1e-9 <= gain <= best + 1e-2


def test_a_target_without_rows_gains_nothing():
    row = every_row(NET)[:1]
    controls = witnesses_of(NET, np.repeat(row, 50, axis=0)).samples[0].problem
    gains = screen_background(controls, np.log(NET.tables.values), [((0, 1),), ((0, 0),)])
    assert gains[((0, 1),)] == 0.0
    # All rows can come from do(V0=s0): the gain is that of a share of 1.
    expected = -50 * np.log(NET.cpt("V0")[0])
    assert gains[((0, 0),)] == pytest.approx(expected, rel=1e-4)


def test_candidates_are_targets_and_their_parts():
    target = ((0, 1), (2, 0), (3, 1))
    assert background_candidates([(), target]) == [((0, 1),), ((2, 0),), ((3, 1),), target]
    assert subsets([(), target]) == [
        ((0, 1), (2, 0)),
        ((0, 1), (3, 1)),
        ((2, 0), (3, 1)),
        target,
    ]
    assert subsets([((0, 1),)]) == [((0, 1),)]
