"""Every kernel beside its plain twin, on the inputs that trip kernels up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twins
from domix import Network
from domix._kernels import (
    _ambiguity,
    _lift,
    _moves,
    _squarem,
)
from domix.core.codes import target_codes
from domix.data.rows import distinct
from domix.estimation.background import BackgroundKnowledge
from domix.estimation.em.data import Problem
from domix.estimation.em.lift import Groups, allowed_start
from domix.estimation.em.mixture import Fit, Support, fit
from domix.estimation.em.squarem import squarem
from domix.estimation.options import EmLimits
from domix.estimation.selection.moves.baseline import Baseline
from strategies import interventions, networks


@st.composite
def problems(draw, learn=None):
    """A network, rows of a mixture on it, and a few targets that the rows may hold."""
    net = draw(networks(most=4, cards=(2, 3)))
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    targets = [net.target(draw(interventions(net))) for _ in range(draw(st.integers(1, 3)))]
    targets = list(dict.fromkeys([(), *targets]))
    codes = np.concatenate([net.sample(60, do=net.space.assignment(t), rng=rng) for t in targets])
    learnt = draw(st.booleans()) if learn is None else learn
    prior = rng.integers(1, 9, net.tables.layout.size) * 1.0 if learnt else None
    problem = Problem(net.tables, distinct(codes, net.space.cards), prior)
    weights = rng.dirichlet(np.ones(len(targets)))
    return problem, targets, weights


@given(problems())
def test_one_em_step_agrees_with_the_dense_twin(made):
    problem, targets, weights = made
    em = twins.PlainEm(problem, targets, problem.log_theta)
    support = Support(problem, targets)
    reference = support.row_maxima(support.log_ratios(problem.log_theta))
    objective, new_weights, new_logs = em.step(weights, problem.log_theta)
    expected, mass, moved = twins.mixture_em_step(
        problem, targets, weights, problem.log_theta, reference
    )
    assert objective == pytest.approx(
        expected
        + problem.counts @ reference
        + (problem.entry_totals @ problem.log_theta if problem.learn else 0.0),
        rel=1e-10,
    )
    np.testing.assert_allclose(new_weights, mass / mass.sum(), atol=1e-10)
    if problem.learn:
        counts = problem.prior + problem.entry_counts - moved
        sums = np.add.reduceat(counts, problem.layout.row_starts)[problem.layout.row_of_entry]
        np.testing.assert_allclose(np.exp(new_logs), counts / sums, atol=1e-9)


def settled(problem, support, ratio, log_negligible):
    """The kernel's outputs: (entries, rows listed), and the arrays that it fills."""
    u, m = len(problem.counts), len(support.targets)
    out = {
        "ratio": ratio.copy(),
        "best": np.empty(u),
        "number": np.empty(u, np.int32),
        "ptr": np.empty(m + 1, np.int64),
        "rows": np.empty(len(ratio), np.int32),
        "contested": np.empty(u, np.int32),
        "mass": np.zeros(m),
        "moved": np.zeros(problem.layout.size if problem.learn else 0),
    }
    listed = _ambiguity.separate(
        support.ptr,
        support.rows,
        support.variable_ptr,
        support.variables,
        problem.entries,
        problem.counts,
        out["ratio"],
        log_negligible,
        *(out[name] for name in ("best", "number", "ptr", "rows", "contested", "mass", "moved")),
    )
    return listed, out


@given(problems(), st.sampled_from([-np.inf, -20.0, -1.0, -0.1]))
def test_settling_agrees_with_the_twin(made, log_negligible):
    problem, targets, _ = made
    # Without do() some rows are nobody's.
    support = Support(problem, targets[1:] if len(targets) > 2 else targets)
    ratio = support.log_ratios(problem.log_theta)
    best, left, contested, mass, moved = twins.settle(problem, support, ratio, log_negligible)
    (entries, found), out = settled(problem, support, ratio, log_negligible)
    np.testing.assert_array_equal(out["best"], best)
    np.testing.assert_array_equal(out["contested"][:found], np.flatnonzero(contested))
    np.testing.assert_allclose(out["mass"], mass)
    if problem.learn:
        np.testing.assert_allclose(out["moved"], moved)
    listed = left & contested[:, None]
    assert entries == out["ptr"][-1] == listed.sum()
    component = np.repeat(np.arange(len(support.targets)), np.diff(out["ptr"]))
    rows = out["rows"][:entries]
    assert set(zip(rows, component, strict=True)) == set(zip(*np.nonzero(listed), strict=True))
    logs = dict(
        zip(zip(support.rows, np.repeat(*_lengths(support)), strict=True), ratio, strict=True)
    )
    expected = [np.exp(logs[x, c] - best[x]) for x, c in zip(rows, component, strict=True)]
    np.testing.assert_allclose(out["ratio"][:entries], expected)


def _lengths(support):
    return np.arange(len(support.targets)), np.diff(support.ptr)


def test_nothing_to_ambiguity():
    net = Network({"A": []}, {"A": ["0", "1"]}, {"A": [0.5, 0.5]})
    problem = Problem(net.tables, distinct(np.zeros((3, 1), np.uint8), [2]), None)
    for targets in ([], [((0, 1),)]):
        listed, out = settled(problem, Support(problem, targets), np.empty(0), -23.0)
        assert listed == (0, 0)
        assert out["best"].tolist() == [-np.inf]
        assert out["ptr"].tolist() == [0] * (len(targets) + 1)
        assert not out["mass"].any()


@given(problems(), st.booleans())
def test_what_is_ambiguityd_counts_in_every_step(made, labelled):
    problem, targets, weights = made
    if labelled:
        problem = _with_labels(problem, dict.fromkeys(targets, 7.5))
    theta = problem.log_theta
    plain = twins.PlainEm(problem, targets, theta)
    em = plain.em
    support = Support(problem, targets)
    reference = support.row_maxima(support.log_ratios(theta))
    contested = twins.settle(problem, support, support.log_ratios(theta), -23.0)[2]
    for _ in range(2):
        # From where the tables have left their reference, too.
        _, mass, moved = twins.mixture_em_step(problem, targets, weights, theta, reference)
        _, next_weights, next_theta = plain.step(weights, theta)
        np.testing.assert_allclose(em.expected_counts, mass + 7.5 * labelled, rtol=1e-6, atol=1e-6)
        if problem.learn:
            np.testing.assert_allclose(em.intervened_counts, moved, rtol=1e-6, atol=1e-6)
        assert np.unique(em.rows).tolist() == np.flatnonzero(contested).tolist()
        posterior = em.responsibilities()
        sums = np.bincount(em.rows, posterior, len(problem.counts))
        np.testing.assert_allclose(sums[contested], 1.0)
        component = np.repeat(np.arange(len(targets)), np.diff(em.ptr))
        shares = np.bincount(component, posterior * problem.counts[em.rows], len(targets))
        alone = twins.settle(problem, support, support.log_ratios(problem.log_theta), -23.0)[3]
        np.testing.assert_allclose(shares + alone + 7.5 * labelled, em.expected_counts)
        weights, theta = next_weights, next_theta


@given(problems())
def test_counts_of_cells_are_those_of_the_rows_that_read_them(made):
    problem, _, _ = made
    expected = np.zeros(problem.layout.size)
    for cells_, count in zip(problem.entries, problem.counts, strict=True):
        expected[cells_] += count
    np.testing.assert_allclose(problem.entry_counts, expected)


@given(problems())
def test_tables_that_are_ambiguityd_are_best_from_the_start(made):
    problem, targets, weights = made
    limits = EmLimits(1e-10, 3000)
    found = fit(problem, targets, weights, problem.log_theta, limits)
    whole = twins.PlainEm(problem, targets, problem.log_theta)
    maximum = squarem(whole, weights, problem.log_theta, problem.options, limits)
    assert found.objective == pytest.approx(maximum.objective, abs=1e-4)
    np.testing.assert_allclose(found.weights, maximum.weights, atol=1e-3)
    plain = twins.PlainEm(problem, targets, problem.log_theta)
    here, _, next_theta = plain.step(found.weights, found.log_theta)
    at_found = plain.em
    assert here == pytest.approx(found.objective, abs=1e-8)
    if problem.learn:
        # Rows of tables that no contested row has a say in do not move any more.
        touched = np.zeros(problem.layout.size, bool)
        for c, target in enumerate(targets):
            rows = at_found.rows[at_found.ptr[c] : at_found.ptr[c + 1]]
            for variable, _ in target:
                touched[problem.entries[rows, variable]] = True
        still = ~np.isin(
            problem.layout.row_of_entry, problem.layout.row_of_entry[np.flatnonzero(touched)]
        )
        np.testing.assert_allclose(next_theta[still], found.log_theta[still], atol=1e-12)


def _with_labels(problem, labelled):
    tables, rows, observed, pseudocount = problem._made_of
    return Problem(tables, rows, observed, pseudocount, BackgroundKnowledge(labelled=labelled))


@given(problems())
def test_one_lift_step_agrees_with_the_twin(made):
    problem, targets, weights = made
    k = int(problem.layout.cards[0])
    part = problem.layout.entries_of(0)
    rng = np.random.default_rng(len(problem.counts))
    lengths = rng.integers(1, len(targets) + 1, size=len(problem.counts))
    ptr = np.concatenate([[0], np.cumsum(lengths)])
    prefix = np.concatenate([np.sort(rng.permutation(len(targets))[:m]) for m in lengths])
    groups = Groups(
        ptr,
        prefix.astype(np.int32),
        rng.random(len(prefix)) + 0.1,
        problem.entries[:, 0].astype(np.int64) - part.start,
        problem.counts,
        np.zeros(len(targets) * (k + 1)),
    )
    everything = np.ones((len(targets), k + 1), dtype=bool)
    start = allowed_start(weights, k, 0, 0.5, everything)
    theta = np.full(part.stop - part.start, 1.0 / k)
    mass, stayed = np.zeros(len(start)), np.zeros(len(theta))
    pair, pair_cell, pair_prefix = groups.pairs
    objective = _lift.em_step(
        groups.entry_ptr,
        pair,
        groups.value,
        groups.counts,
        pair_cell,
        pair_prefix,
        k,
        50.0,
        start,
        theta,
        np.empty(len(pair_cell)),
        np.empty(len(pair_cell)),
        mass,
        stayed,
    )
    expected = twins.lift_em_step(groups, k, start, theta)
    assert objective == pytest.approx(expected[0], rel=1e-12)
    np.testing.assert_allclose(mass, expected[1], atol=1e-10)
    np.testing.assert_allclose(stayed, expected[2], atol=1e-10)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(0, 90), st.sampled_from([0, 1]))
def test_squared_steps_agree_with_the_twin(seed, weights, cells, moves):
    rng = np.random.default_rng(seed)
    start, logs = rng.dirichlet(np.ones(weights)), np.log(rng.random(cells) + 0.1)
    p: Any = [start, *(start + moves * rng.normal(0, 1e-2, (2, weights)))]
    log_t: Any = [logs, *(logs + moves * rng.normal(0, 1e-2, (2, cells)))]
    table_counts = rng.random(cells) * 100
    length = _squarem.step_length(*[*p, 1000.0, *log_t, table_counts])
    assert length == pytest.approx(twins.step_length(p, 1000.0, log_t, table_counts), rel=1e-9)
    assert length > 0 if moves else length == -1
    for x in (p, log_t):
        out = np.empty(len(x[0]))
        _squarem.extrapolate(*[*x, 3.5, out])
        np.testing.assert_allclose(out, twins.extrapolate(x, 3.5), rtol=1e-12, atol=1e-14)


def test_a_step_along_a_line_has_no_end():
    p: Any = [np.array([0.25, 0.75]), np.array([0.5, 0.5]), np.array([0.75, 0.25])]
    none = np.empty(0)
    assert _squarem.step_length(*[*p, 10.0, none, none, none, none]) == np.inf


@given(problems())
def test_single_changes_are_what_whole_ratios_say(made):
    problem, targets, weights = made
    baseline = Baseline(
        problem, fit(problem, targets, weights, problem.log_theta, EmLimits(1e-3, 3))
    )
    now: Fit = baseline.fit
    cards = problem.layout.cards
    slot_ptr = np.concatenate([[0], np.cumsum(cards + 1)])
    first = np.zeros((len(targets), slot_ptr[-1]))
    second = np.zeros_like(first)
    theta = np.exp(now.log_theta)
    theta[problem.theta == 0] = 0.0
    _moves.single_changes(
        problem.codes,
        problem.entries,
        problem.counts,
        now.log_theta,
        theta,
        baseline.log_density,
        target_codes(targets, problem.layout.n).astype(np.int16),
        np.log(np.maximum(now.weights, 1e-300)),
        slot_ptr,
        first,
        second,
    )
    for donor, target in enumerate(targets):
        held = dict(target)
        for i, k in enumerate(cards):
            for value in range(int(k) + 1):
                if held.get(i) == value or (value == k and i not in held):
                    continue
                rest = {a: b for a, b in target if a != i}
                changed = tuple(sorted((rest if value == k else {**rest, i: value}).items()))
                expected = twins.single_change_gain(baseline, donor, changed)
                at = slot_ptr[i] + value
                assert first[donor, at] == pytest.approx(expected[0], rel=1e-6, abs=1e-6)
                assert second[donor, at] == pytest.approx(expected[1], rel=1e-6, abs=1e-6)
