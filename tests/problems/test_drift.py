"""Drift between control rows and mixture: found where there is some, and only there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Mixture, Network, disentangle, do
from domix.model.learn import count_entries
from domix.options.contrast import ContrastOptions
from domix.problems.drift import NO_DRIFT, discount, estimate_drift
from strategies import networks, planted

OPTIONS = ContrastOptions()
NET = planted(8, [{}], seed=3).network
LAYOUT = NET.tables.layout
ROWS = 4096


def counts_of(net, seed):
    return count_entries(LAYOUT, net.sample(ROWS, rng=seed))


def drifted(kappa, seed):
    """Draw every row of a CPT from a Dirichlet distribution around that of ``NET``."""
    draws = np.random.default_rng(seed).gamma(np.maximum(kappa * NET.tables.values, 1e-3))
    totals = np.add.reduceat(draws, LAYOUT.row_starts)
    return NET.with_values(draws / totals[LAYOUT.row_of_entry])


def test_equal_tables_show_no_drift():
    """Two samples of one network; seeds 0 to 199: at most 5 % of them."""
    estimates = [
        estimate_drift(LAYOUT, counts_of(NET, 2 * seed), counts_of(NET, 2 * seed + 1), OPTIONS)
        for seed in range(200)
    ]
    assert sum(estimate != NO_DRIFT for estimate in estimates) <= 10


@pytest.mark.parametrize("divergence", [0.005, 0.02])
def test_drift_is_found_within_a_factor(divergence):
    """Mean divergence of a row of three states; seeds 0 to 19."""
    kappa = 2 / (2 * divergence)
    for seed in range(20):
        found = estimate_drift(
            LAYOUT, counts_of(drifted(kappa, seed), seed), counts_of(NET, seed + 1000), OPTIONS
        )
        assert 0.4 < found.kappa / kappa < 2.5
        assert found.gain > OPTIONS.certain_drift_gain


def test_rows_with_few_counts_say_nothing():
    few = np.full(LAYOUT.size, 4.9 / 3)
    assert estimate_drift(LAYOUT, few, 1000 * few[::-1], OPTIONS) == NO_DRIFT
    many = np.random.default_rng(1).exponential(1000.0, LAYOUT.size)
    assert estimate_drift(LAYOUT, many, np.full(LAYOUT.size, 19.9 / 3), OPTIONS) == NO_DRIFT


@given(networks(most=3, cards=(2, 3)), st.floats(1.0, 1e6), st.integers(0, 1000))
def test_discounted_rows_keep_means_and_at_most_kappa(net, kappa, seed):
    layout = net.tables.layout
    counts = np.random.default_rng(seed).exponential(50.0, layout.size)
    kept = discount(layout, counts, kappa)
    before, after = (np.add.reduceat(c, layout.row_starts) for c in (counts, kept))
    assert (after <= np.minimum(before, kappa) * (1 + 1e-12)).all()
    assert (after >= 0.5 * np.minimum(before, kappa)).all()
    means = counts / before[layout.row_of_entry]
    np.testing.assert_allclose(kept / after[layout.row_of_entry], means)


def test_without_drift_nothing_is_discounted():
    counts = counts_of(NET, 1)
    np.testing.assert_array_equal(discount(LAYOUT, counts, math.inf), counts)
    np.testing.assert_allclose(discount(LAYOUT, counts, 1e15), counts)
    assert discount(LAYOUT, np.zeros(LAYOUT.size), 10.0).sum() == 0.0


def test_drift_of_what_no_target_sets_hides_no_target():
    states = {"load": ["low", "high"], "A": ["usual", "over"], "B": ["usual", "over"]}
    parents = {"load": [], "A": ["load"], "B": ["A"]}
    over = {"A": [[0.999, 0.001], [0.99, 0.01]], "B": [[0.95, 0.05], [0.2, 0.8]]}
    day, evening = (
        Network(parents, states, {"load": [1 - high, high], **over}) for high in (0.1, 0.95)
    )
    outage = Mixture(evening, {do(): 0.6, do(A="over"): 0.4}).sample(700, rng=2)
    result = disentangle(
        day, outage, day.sample(3000, rng=1), graph="given", never_intervened=["load"]
    )
    assert {c.intervention for c in result.components} == {do(), do(A="over")}
    assert not result.contrast.misfit
