"""Worlds: rows have the frequencies, drifts, replacements and bins that they should have."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import Network, do
from domix.study.settings import Given, Setting, Source, WorldKind
from domix.worlds.binned import build_binned_world, draw_linear, draw_tanh_sum
from domix.worlds.confounder import draw_confounder_world
from domix.worlds.design import LEAST_WEIGHT, Design, draw_weights, no_settings
from domix.worlds.drift import MEAN_DIVERGENCE, drift_cpt
from domix.worlds.exact import ExactWorld, draw_cpt, draw_cpts
from domix.worlds.flips import FlippedWorld
from domix.worlds.graphs import draw_graph
from domix.worlds.soft import SoftWorld

SEEDS = st.integers(0, 2**32 - 1)
ROWS = 20_000
# The largest of a few hundred deviations of a share from its expectation.
NOISE = 4 * (0.25 / ROWS) ** 0.5


def draw_exact_world(seed, n=4, k=3):
    rng = np.random.default_rng(seed)
    parents = draw_graph(n, 2 * n, rng, by_degree=True)
    return ExactWorld(parents, draw_cpts(parents, [k] * n, rng))


def as_network(world):
    names = [f"V{i}" for i in range(len(world.parents))]
    return Network(
        {names[i]: [names[p] for p in own] for i, own in enumerate(world.parents)},
        {names[i]: range(cpt.shape[-1]) for i, cpt in enumerate(world.cpts)},
        {names[i]: cpt for i, cpt in enumerate(world.cpts)},
    )


def set_everywhere(rows, n, **values):
    return np.tile([values.get(f"V{i}", -1) for i in range(n)], (rows, 1))


@settings(max_examples=10)
@given(SEEDS, st.integers(0, 3), st.integers(0, 2))
def test_frequencies_are_those_of_the_network(seed, variable, value):
    world = draw_exact_world(seed)
    target = {f"V{variable}": value}
    rng = np.random.default_rng(seed)
    for do_values in ({}, target):
        codes = world.draw(set_everywhere(ROWS, 4, **do_values), rng)
        joint = np.zeros((3,) * 4)
        np.add.at(joint, tuple(codes.T), 1 / ROWS)
        every = np.array(list(itertools.product(range(3), repeat=4)), dtype=np.uint8)
        expected = as_network(world).prob(every, do=do(do_values)).reshape(joint.shape)
        assert np.abs(joint - expected).max() < NOISE


def test_settings_are_those_of_each_row_s_target():
    design = Design(((), ()), (2, 3), ((), ((1, 2),)), np.array([0.5, 0.5]))
    assert design.settings(np.array([1, 0])).tolist() == [[-1, 2], [-1, -1]]


@given(SEEDS, st.integers(1, 8))
def test_weights_are_not_tiny(seed, count):
    weights = draw_weights(count, np.random.default_rng(seed))
    assert weights.sum() == pytest.approx(1)
    assert (weights >= LEAST_WEIGHT).all()


@pytest.mark.parametrize("k", [2, 3, 5])
def test_mean_divergence_of_drifted_rows(k):
    rng = np.random.default_rng(k)
    cpt = draw_cpt([30, 30], k, 2.0, rng)
    drifted = drift_cpt(cpt, rng)
    assert drifted.sum(axis=-1) == pytest.approx(1)
    divergence = (drifted * np.log(drifted / cpt)).sum(axis=-1).mean()
    assert divergence == pytest.approx(MEAN_DIVERGENCE, rel=0.15)


def test_drift_keeps_zeros():
    assert drift_cpt(np.array([[1.0, 0.0]]), np.random.default_rng(0)).tolist() == [[1, 0]]


def test_confounder_joins_variables_without_edges():
    """Two or three variables depend on each other, and no set variable reacts."""
    parents = ((), (), ())
    rng = np.random.default_rng(1)
    exact = ExactWorld(parents, draw_cpts(parents, [3] * 3, rng))
    world = draw_confounder_world(parents, exact.cpts, [3] * 3, rng)
    children = [v for v, own in enumerate(world.parents[:-1]) if 3 in own]
    assert len(world.parents) == 4
    assert 2 <= len(children) <= 3
    assert 2 <= len(world.cpts[3]) <= 3
    codes = world.draw(no_settings(ROWS, 3), rng)
    assert codes.shape == (ROWS, 3)
    a, b = children[:2]
    joint = np.zeros((3, 3))
    np.add.at(joint, (codes[:, a], codes[:, b]), 1 / ROWS)
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
    assert np.abs(joint - product).max() > 2 * NOISE
    codes = world.draw(set_everywhere(ROWS, 3, **{f"V{a}": 1}), rng)
    assert (codes[:, a] == 1).all()
    assert np.bincount(codes[:, b], minlength=3) / ROWS == pytest.approx(
        joint.sum(axis=0), abs=NOISE
    )


@pytest.mark.parametrize("draw", [draw_linear, draw_tanh_sum])
def test_bins_are_balanced_and_set_states_hold(draw):
    rng = np.random.default_rng(3)
    parents = draw_graph(5, 8, rng, by_degree=True)
    cards = (3, 3, 2, 4, 3)
    world = build_binned_world(parents, [draw(len(own), rng) for own in parents], cards, rng)
    codes = world.draw(no_settings(ROWS, 5), rng)
    for v, k in enumerate(cards):
        # Cuts are estimated too, from about as many rows.
        assert np.bincount(codes[:, v], minlength=k) / ROWS == pytest.approx(1 / k, abs=2 * NOISE)
    target = np.array([2, -1, 0, 3, -1])
    set_codes = world.draw(np.tile(target, (ROWS, 1)), rng)
    assert (set_codes[:, target >= 0] == target[target >= 0]).all()
    last = next(v for v in range(5) if all(v not in own for own in parents))
    chosen = set_everywhere(ROWS, 5, **{f"V{last}": 1})
    unset = [v for v in range(5) if v != last]
    means = world.draw(chosen, rng)[:, unset].mean(axis=0)
    assert means == pytest.approx(codes[:, unset].mean(axis=0), abs=4 * NOISE)


def test_bins_of_a_linear_world_depend_on_parents():
    rng = np.random.default_rng(0)
    world = build_binned_world(((), (0,)), [draw_linear(0, rng), draw_linear(1, rng)], (3, 3), rng)
    codes = world.draw(no_settings(ROWS, 2), rng)
    low, high = (codes[codes[:, 0] == value, 1].mean() for value in (0, 2))
    assert abs(low - high) > 0.3


@pytest.mark.parametrize("rate", [0.01, 0.05])
def test_flips_replace_their_share_of_entries(rate):
    cards = (2, 3, 4)
    certain = ExactWorld(((), (), ()), tuple(np.eye(k)[1] for k in cards))
    codes = FlippedWorld(certain, cards, rate).draw(no_settings(ROWS, 3), np.random.default_rng(0))
    for v, k in enumerate(cards):
        shares = np.bincount(codes[:, v], minlength=k) / ROWS
        assert shares[1] == pytest.approx(1 - rate, abs=NOISE / 2)
        assert np.delete(shares, 1) == pytest.approx(rate / (k - 1), abs=NOISE / 2)


def test_soft_settings_fail_at_their_rate():
    world = SoftWorld(draw_exact_world(0), (3,) * 4, 0.8)
    rng = np.random.default_rng(0)
    codes = world.draw(set_everywhere(ROWS, 4, V0=1, V2=0), rng)
    for v, value in ((0, 1), (2, 0)):
        shares = np.bincount(codes[:, v], minlength=3) / ROWS
        assert shares[value] == pytest.approx(0.8, abs=NOISE)
        assert np.delete(shares, value) == pytest.approx(0.1, abs=NOISE)
    codes = world.draw(no_settings(ROWS, 4), rng)
    plain = world.inner.draw(no_settings(ROWS, 4), rng)
    assert codes.mean(axis=0) == pytest.approx(plain.mean(axis=0), abs=4 * NOISE)


def test_settings_in_words_are_unique():
    every = [
        Setting(source, world, graph, flips, controls)
        for source in Source
        for world in WorldKind
        for graph in Given
        for flips in (0.0, 0.01, 0.05, 0.015)
        for controls in (None, 300)
    ]
    assert len(set(map(str, every))) == len(every)
