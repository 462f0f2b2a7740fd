"""Algorithm 2: exact frequencies, many rows, edge cases, and the recall of the reference runs."""

from __future__ import annotations

import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import DataError, Mixture, Network, PositivityError, disentangle_plugin, do
from domix.study.instances.generator import random_instance
from domix.study.reporting.reference import REFERENCE
from domix.study.scoring.metrics import compare
from strategies import every_row


def weights(result):
    if isinstance(result, Mixture):
        return dict(zip(result.interventions, result.weights, strict=True))
    return {c.intervention: c.weight for c in result.components}


@pytest.fixture
def halves():
    """A -> B with dyadic tables, so that few rows can have the exact frequencies."""
    return Network(
        {"A": [], "B": ["A"]},
        {"A": ["low", "mid", "high"], "B": ["no", "yes"]},
        {"A": [0.5, 0.25, 0.25], "B": [[0.5, 0.5], [0.25, 0.75], [0.75, 0.25]]},
    )


def ideal_rows(mixture, total):
    rows = every_row(mixture.network)
    counts = mixture.prob(rows) * total
    assert counts == pytest.approx(np.rint(counts))
    return np.repeat(rows, np.rint(counts).astype(int), axis=0)


def test_exact_frequencies_give_the_mixture(halves):
    mixture = Mixture(halves, {do(): 0.5, do(A="low", B="yes"): 0.25, do(A="mid"): 0.25})
    rows = ideal_rows(mixture, 64)
    result = disentangle_plugin(halves, rows)
    assert weights(result) == pytest.approx(weights(mixture))
    assert (result.method, result.rows, result.network) == ("plugin", 64, halves)
    assert all(c.std_error is None and c.p_value is None for c in result.components)
    shuffled = np.random.default_rng(0).permutation(rows)
    assert disentangle_plugin(halves, halves.decode(shuffled)).components == result.components


@settings(max_examples=15)
@given(st.integers(1, 4), st.integers(0, 10**6))
def test_enough_rows_give_the_mixture(n, seed):
    instance = random_instance(n, seed, targets=(1, 3))
    rows = every_row(instance.network)
    counts = np.rint(instance.mixture.prob(rows) * 2**21).astype(int)
    result = disentangle_plugin(instance.network, np.repeat(rows, counts, axis=0), epsilon=0.003)
    truth = {t: w for t, w in weights(instance.mixture).items() if w > 0.01}
    found = weights(result)
    assert all(found[t] == pytest.approx(w, abs=0.02) for t, w in truth.items())


def test_learnt_tables_are_smoothed_only_where_one_is_zero(halves):
    seen = [[0, 0]] * 2 + [[0, 1]] * 6 + [[1, 1]] * 2
    learnt = Network.fit(halves.parents, seen, halves.states, pseudocount=5.0)
    network = disentangle_plugin(learnt, [[0, 0], [1, 1]]).network
    share = np.array([0.8, 0.2, 0.0]) + 0.1
    assert network.cpt("A") == pytest.approx(share / 1.3)
    zero = (np.array([0.0, 1.0]) + 0.1) / 1.2
    assert network.cpt("B") == pytest.approx(
        np.array([np.array([0.35, 0.85]) / 1.2, zero, [0.5, 0.5]])
    )


def test_every_variable_keeps_an_unused_value():
    instance = random_instance(6, 4)
    rows = instance.mixture.sample(500, 1)
    result = disentangle_plugin(instance.network, rows)
    assert all(result.excluded.values())
    assert sum(c.weight for c in result.components) == pytest.approx(1)
    assert weights(result) == weights(disentangle_plugin(instance.network, rows))


def test_dropped_weight_goes_to_the_unset_lift(halves):
    mixture = Mixture(halves, {do(): 0.5, do(A="mid"): 0.5})
    rows = ideal_rows(mixture, 64)
    assert weights(disentangle_plugin(halves, rows, epsilon=0.9)) == {do(): 1.0}


def test_invalid_arguments_are_refused(halves):
    with pytest.raises(DataError, match="no rows"):
        disentangle_plugin(halves, np.zeros((0, 2), dtype=np.uint8))
    with pytest.raises(DataError, match="epsilon must be"):
        disentangle_plugin(halves, [[0, 0]], epsilon=1.0)
    with pytest.raises(DataError, match="code 7"):
        disentangle_plugin(halves, [[0, 7]])


def test_a_zero_divisor_is_named():
    net = Network(
        {"A": [], "B": ["A"], "C": ["B"]},
        {"A": [0, 1], "B": [0, 1], "C": [0, 1]},
        {"A": [0.5, 0.5], "B": [[0.0, 1.0], [0.5, 0.5]], "C": [[0.5, 0.5], [0.5, 0.5]]},
    )
    rows = Mixture(net, {do(A=1): 0.5, do(A=1, B=1): 0.5}).sample(4096, 0)
    mixed = np.concatenate([rows, net.sample(4096, do={"B": 1}, rng=1)])
    with pytest.raises(PositivityError, match=r"P\(B=0 \| A=0\) is 0"):
        disentangle_plugin(net, mixed)


# More than 2^16 rows would take minutes.
QUICK = [(n, power) for n, power in REFERENCE if n <= 8 and power <= 16]


@pytest.mark.parametrize(("n", "power"), QUICK)
def test_recall_equals_the_published_one(n, power, is_full):
    # 100 instances keep the sampling error small.
    count, error = (100, 0.05) if is_full or power < 16 else (20, 0.1)
    recalls = []
    for i in range(count):
        instance = random_instance(n, np.random.default_rng([11, n, i]))
        rng = np.random.default_rng([11, n, i, power])
        net, rows = instance.network, 2**power
        learnt = Network.fit(net.parents, net.sample(rows, rng=rng), net.states, pseudocount=0.0)
        result = disentangle_plugin(learnt, instance.mixture.sample(rows, rng))
        recalls.append(compare(instance.mixture, result).recall)
    assert statistics.fmean(recalls) == pytest.approx(REFERENCE[n, power][0], abs=error)
