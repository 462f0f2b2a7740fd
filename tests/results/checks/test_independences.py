"""Tests of a graph's independences: their statistics, their level, and what they find."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Network
from domix.core.tables import Layout
from domix.data.rows import distinct
from domix.results.checks import independences
from domix.results.checks.independences import count_pairs, pair_statistics, run_independence_tests
from domix.util.contingency import LEAST_EXPECTED
from reference import independences as reference
from strategies import networks

ALPHA = 0.05


def random_network(n, seed, cards=(2, 5)):
    """Up to three parents each, Dirichlet(2) rows of the tables."""
    rng = np.random.default_rng(seed)
    names = [f"V{i}" for i in range(n)]
    states = {name: list(range(rng.integers(*cards))) for name in names}
    parents = {}
    for i, name in enumerate(names):
        chosen = rng.choice(i, min(i, int(rng.integers(0, 4))), replace=False)
        parents[name] = [names[p] for p in sorted(chosen)]
    tables = {
        name: rng.dirichlet([2] * len(states[name]), size=[len(states[p]) for p in parents[name]])
        for name in names
    }
    return Network(parents, states, tables)


def without_edge(net, cause, effect):
    parents = {v: [p for p in ps if (p, v) != (cause, effect)] for v, ps in net.parents.items()}
    return Network.fit(parents, net.sample(1, rng=0), net.states)


def run(net, codes):
    return run_independence_tests(net, distinct(codes, net.space.cards), ALPHA)


@given(networks(zeros=False), st.integers(0, 2**32 - 1), st.sampled_from([1, 30, 400, 3000]))
def test_statistics_equal_the_reference(net, seed, size):
    codes = net.sample(size, rng=seed)
    layout = net.tables.layout
    pairs = list(pair_statistics(layout, distinct(codes, layout.cards)))
    expected = reference.pair_statistics(layout.parents, layout.cards, codes, LEAST_EXPECTED)
    found = {(pair.node, pair.other): (pair.statistic, pair.df) for pair in pairs}
    assert list(found) == sorted(expected)
    assert count_pairs(layout) == len(pairs)
    for pair, (statistic, df) in expected.items():
        assert found[pair][1] == df
        assert found[pair][0] == pytest.approx(statistic, rel=1e-9, abs=1e-8)


def test_small_blocks_give_the_same(monkeypatch):
    net = random_network(9, 2000)
    codes = net.sample(2000, rng=0)
    whole = run(net, codes)
    monkeypatch.setattr(independences, "BLOCK", 1)
    assert run(net, codes) == whole


def test_many_parents_of_many_states():
    # More configurations than fit in 64 bits, of which rows show two.
    rng = np.random.default_rng(0)
    codes = np.repeat(rng.integers(0, 250, (2, 11)), 500, axis=0)
    codes[:, 9:] = rng.integers(0, 2, (1000, 2))
    ptr = np.array([0] * 10 + [9, 9])
    nothing = np.zeros(0, np.int64)
    layout = Layout(
        np.array([250] * 9 + [2, 2]),
        (*((),) * 9, tuple(range(9)), ()),
        tuple(range(11)),
        nothing,
        ptr,
        nothing,
        nothing,
    )
    rows = distinct(codes.astype(np.uint8), layout.cards)
    found = {(p.node, p.other): p.df for p in pair_statistics(layout, rows)}
    assert found[9, 10] == 2


@pytest.mark.parametrize("controls", [256, 1024, 8192])
def test_false_alarms_are_rare_where_the_graph_is_right(controls):
    alarms = 0
    for seed in range(2000, 2040):
        net = random_network(8, seed)
        alarms += any(test.rejected for test in run(net, net.sample(controls, rng=seed)))
    # 6 of 40 or more have probability .01 at the nominal level.
    assert alarms <= 5


def test_missing_edge_is_the_first_rejection():
    found = 0
    for seed in range(2000, 2010):
        net = random_network(10, seed)
        rng = np.random.default_rng(seed)
        edges = [(p, v) for v, ps in net.parents.items() for p in ps]
        cause, effect = edges[rng.integers(len(edges))]
        tests = run(without_edge(net, cause, effect), net.sample(8192, rng=seed))
        best = min(tests, key=lambda t: 2.0 if t.p_value is None else t.p_value)
        found += best.rejected and {best.variable, best.other} == {cause, effect}
    assert found >= 9


def test_too_few_rows_are_no_test():
    net = random_network(4, 1)
    for test in run(net, net.sample(10, rng=0)):
        assert (test.df, test.p_value, test.adjusted, test.rejected) == (0, None, None, False)


def test_128_variables_take_about_a_second():
    net = random_network(128, 1, cards=(3, 4))
    rows = distinct(net.sample(16_384, rng=0), net.space.cards)
    start = time.process_time()
    run_independence_tests(net, rows, ALPHA)
    assert time.process_time() - start < 4
