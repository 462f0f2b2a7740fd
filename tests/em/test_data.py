"""Rows and tables in the form that every step reads, at the edges of what may be asked."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Network, disentangle, do
from domix.core.background import BackgroundKnowledge
from domix.core.exclusion import exhausted
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import Em, fit
from domix.model.learn import count_entries
from domix.options.search import SearchOptions
from strategies import planted

OPTIONS = SearchOptions()
TARGETS = [{}, {0: 1}, {2: 0, 3: 1}]


@pytest.fixture(scope="module")
def mix():
    return planted(5, TARGETS, seed=3)


@pytest.fixture(scope="module")
def copies():
    """B copies A, so that most rows need an intervention."""
    return Network(
        {"A": [], "B": ["A"]},
        {"A": ["0", "1"], "B": ["0", "1"]},
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.0, 1.0]]},
    )


def problem_of(mix, rows, observed=None, **more):
    return Problem(mix.network.tables, distinct(rows, mix.network.space.cards), observed, **more)


def test_rows_of_a_target_agree_with_it_and_avoid_zeros(copies):
    rows = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.uint8)
    problem = Problem(copies.tables, distinct(rows, [2, 2]), None)
    assert problem.rows_of(()).tolist() == [0, 3]
    assert problem.rows_of(((0, 1),)).tolist() == [3]
    assert problem.rows_of(((1, 1),)).tolist() == [1, 3]
    assert problem.rows_of(((0, 0), (1, 1))).tolist() == [1]


def test_learnt_tables_hold_no_zeros_and_little_prior(mix):
    layout = mix.network.tables.layout
    rows, cards = mix.sample(50, rng=1), layout.cards[layout.node_of_entry]
    low, high = OPTIONS.min_prior_count, OPTIONS.max_prior_count / cards
    for pseudocount, least in ((0.0, low), (1e-3, 1e-3), (1.0, high)):
        problem = problem_of(mix, rows, np.zeros(layout.size), pseudocount=pseudocount)
        np.testing.assert_allclose(problem.prior, least)
        # What no control row shows is as likely as anything else.
        np.testing.assert_allclose(problem.theta, 1 / cards)
        assert problem.learn
    known = problem_of(mix, rows)
    assert known.prior is None
    np.testing.assert_array_equal(known.theta, mix.network.tables.values)


def test_labelled_rows_count_in_the_total_alone(mix):
    rows = mix.sample(50, rng=1)
    problem = problem_of(mix, rows, knowledge=BackgroundKnowledge(labelled={(): 7.5}))
    assert problem.total == 57.5
    assert problem.entry_counts.sum() == 50 * 5


def test_sample_keeps_tables_and_a_share_of_labels(mix):
    seen = count_entries(mix.network.tables.layout, mix.network.sample(300, rng=2))
    known = BackgroundKnowledge(labelled={(): 40.0})
    problem = problem_of(mix, mix.sample(2000, rng=1), seen, knowledge=known)
    sample = problem.thinned(0.25, np.random.default_rng(0))
    np.testing.assert_array_equal(sample.prior, problem.prior)
    assert sample.knowledge.labelled == {(): 10.0}
    assert sample.counts.sum() == pytest.approx(500, abs=60)
    assert set(map(tuple, sample.codes)) <= set(map(tuple, problem.codes))


def test_no_rows_at_all_leave_everything_as_it_is(mix):
    problem = problem_of(mix, np.zeros((0, 5), np.uint8), np.ones(mix.network.tables.layout.size))
    fitted = fit(problem, mix.targets, np.ones(3), problem.log_theta)
    np.testing.assert_allclose(fitted.weights, 1 / 3)
    np.testing.assert_allclose(fitted.log_theta, problem.log_theta)


def test_rows_without_explanation_do_not_change_weights(copies):
    rows = np.array([[0, 0]] * 6 + [[0, 1]] * 3 + [[1, 0]] * 2, np.uint8)
    problem = Problem(copies.tables, distinct(rows, [2, 2]), None)
    em = Em(problem, [(), ((0, 1), (1, 0))], problem.log_theta)
    weights = np.array([0.5, 0.5])
    objective, after = em.expect(weights)
    assert objective == pytest.approx(
        6 * np.log(0.5) + 2 * np.log(0.5 / 0.5) - 3 * OPTIONS.impossible_row_cost, abs=3
    )
    np.testing.assert_allclose(after, [0.75, 0.25])
    alone = Em(problem, [((0, 1), (1, 1))], problem.log_theta)
    objective, after = alone.expect(np.ones(1))
    assert objective == -11 * OPTIONS.impossible_row_cost
    np.testing.assert_array_equal(after, [1.0])


ONE = Network({"A": []}, {"A": ["a", "b", "c"]}, {"A": [0.5, 0.3, 0.2]})
FIXED = Network(
    {"A": ["B"], "B": []}, {"A": ["a"], "B": ["x", "y"]}, {"A": [[1.0], [1.0]], "B": [0.5, 0.5]}
)


@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("net", [ONE, FIXED], ids=["one variable", "one state"])
def test_small_networks_need_no_special_case(net, learn):
    control = net.sample(300, rng=2) if learn else None
    for rows in (net.sample(500, rng=1), net.sample(1, rng=1)):
        (only,) = disentangle(net, rows, control).components
        assert only.intervention == do()
    last = {net.variables[-1]: net.states[net.variables[-1]][-1]}
    mixed = np.concatenate([net.sample(300, rng=1), net.sample(300, do=do(last), rng=2)])
    found = {c.intervention for c in disentangle(net, mixed, control).components}
    assert found == {do(), do(last)}


def test_rows_that_are_all_impossible_without_an_intervention(copies):
    for rows in ([[0, 1]], [[0, 1]] * 30):
        (only,) = disentangle(copies, rows).components
        assert only.weight == 1.0
        assert only.intervention
        assert disentangle(copies, rows).unexplained == ()


@pytest.mark.parametrize("scale", [1e-6, 0.3, 1.7])
def test_fractional_counts_are_weights(mix, scale):
    rows = mix.sample(3000, rng=1)
    result = disentangle(mix.network, rows, counts=np.full(3000, scale))
    expected = {do()} if scale < 1e-3 else set(mix.interventions)
    assert {c.intervention for c in result.components} == expected
    assert result.rows == pytest.approx(3000 * scale)


def test_rows_that_count_zero_are_as_if_they_were_not_there(mix):
    rows, control = mix.sample(2000, rng=1), mix.network.sample(500, rng=2)
    counts = np.random.default_rng(0).integers(0, 3, 2000)
    some = disentangle(mix.network, rows, control, counts=counts)
    again = disentangle(mix.network, np.repeat(rows, counts, axis=0), control)
    assert some.components == again.components


def test_a_single_control_row_leaves_the_other_tables_open(mix):
    net = mix.network
    result = disentangle(net, mix.sample(2000, rng=1), net.sample(1, rng=2))
    assert not list(exhausted(net.tables.layout, result.mixture.targets))
    assert np.isfinite(result.log_likelihood)
