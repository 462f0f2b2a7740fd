"""EM of a fixed support, against dense reference implementations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.background import BackgroundKnowledge
from domix.em.data import Problem
from domix.em.mixture import Support, fit
from domix.em.squarem import Ended, squarem
from domix.options.search import EmLimits, SearchOptions
from em_problems import problems
from reference.mixture import PlainEm, dense_em_step


@given(problems())
def test_one_em_step_equals_the_dense_reference(made):
    problem, targets, weights = made
    em = PlainEm(problem, targets, problem.log_theta)
    support = Support(problem, targets)
    reference = support.row_maxima(support.log_ratios(problem.log_theta))
    objective, new_weights, new_logs = em.step(weights, problem.log_theta)
    expected, counts, intervened = dense_em_step(
        problem, targets, weights, problem.log_theta, reference
    )
    assert objective == pytest.approx(
        expected
        + problem.counts @ reference
        + (problem.entry_totals @ problem.log_theta if problem.learn else 0.0),
        rel=1e-10,
    )
    np.testing.assert_allclose(new_weights, counts / counts.sum(), atol=1e-10)
    if problem.learn:
        counts = problem.prior + problem.entry_counts - intervened
        sums = np.add.reduceat(counts, problem.layout.row_starts)[problem.layout.row_of_entry]
        np.testing.assert_allclose(np.exp(new_logs), counts / sums, atol=1e-9)


@given(problems(), st.booleans())
def test_unambiguous_and_labelled_rows_count_in_every_step(made, labelled):
    problem, targets, weights = made
    if labelled:
        problem = _with_labels(problem, dict.fromkeys(targets, 7.5))
    theta = problem.log_theta
    plain = PlainEm(problem, targets, theta)
    em = plain.em
    support = Support(problem, targets)
    reference = support.row_maxima(support.log_ratios(theta))
    likely = support.log_ratios(theta) > reference[support.rows] - 23.0
    ambiguous = np.bincount(support.rows[likely], minlength=len(problem.counts)) > 1
    for _ in range(2):
        # The second time, the tables have left their reference.
        _, counts, intervened = dense_em_step(problem, targets, weights, theta, reference)
        _, next_weights, next_theta = plain.step(weights, theta)
        np.testing.assert_allclose(
            em.expected_counts, counts + 7.5 * labelled, rtol=1e-6, atol=1e-6
        )
        if problem.learn:
            np.testing.assert_allclose(em.intervened_counts, intervened, rtol=1e-6, atol=1e-6)
        assert np.unique(em.rows).tolist() == np.flatnonzero(ambiguous).tolist()
        responsibilities = em.responsibilities()
        sums = np.bincount(em.rows, responsibilities, len(problem.counts))
        np.testing.assert_allclose(sums[ambiguous], 1.0)
        component = np.repeat(np.arange(len(targets)), np.diff(em.ptr))
        shares = np.bincount(component, responsibilities * problem.counts[em.rows], len(targets))
        np.testing.assert_allclose(shares + em.unambiguous_counts, em.expected_counts)
        weights, theta = next_weights, next_theta


def _with_labels(problem, labelled):
    tables, observed, pseudocount, *_ = problem.setting
    knowledge = BackgroundKnowledge(labelled=labelled)
    return Problem(tables, problem.rows, observed, pseudocount, knowledge)


@given(problems())
def test_entry_counts_are_those_of_the_rows(made):
    problem, _, _ = made
    expected = np.zeros(problem.layout.size)
    for entries, count in zip(problem.entries, problem.counts, strict=True):
        expected[entries] += count
    np.testing.assert_allclose(problem.entry_counts, expected)


@given(problems())
def test_tables_without_ambiguous_rows_are_best_from_the_start(made):
    problem, targets, weights = made
    limits = EmLimits(1e-10, 3000)
    fitted = fit(problem, targets, weights, problem.log_theta, limits)
    whole = PlainEm(problem, targets, problem.log_theta)
    maximum = squarem(whole, weights, problem.log_theta, problem.options, limits)
    assert fitted.objective == pytest.approx(maximum.objective, abs=1e-4)
    np.testing.assert_allclose(fitted.weights, maximum.weights, atol=1e-3)
    plain = PlainEm(problem, targets, problem.log_theta)
    objective, _, next_theta = plain.step(fitted.weights, fitted.log_theta)
    assert objective == pytest.approx(fitted.objective, abs=1e-8)
    if problem.learn:
        informed = np.zeros(problem.layout.size, bool)
        for c, target in enumerate(targets):
            rows = plain.em.rows[plain.em.ptr[c] : plain.em.ptr[c + 1]]
            for variable, _ in target:
                informed[problem.entries[rows, variable]] = True
        row_of_entry = problem.layout.row_of_entry
        fixed = ~np.isin(row_of_entry, row_of_entry[np.flatnonzero(informed)])
        np.testing.assert_allclose(next_theta[fixed], fitted.log_theta[fixed], atol=1e-12)


@given(problems())
def test_a_fit_knows_whether_it_converged(made):
    problem, targets, weights = made
    start = weights, problem.log_theta
    complete = fit(problem, targets, *start, EmLimits(1e-6, 3000))
    assert complete.converged
    short = fit(problem, targets, *start, EmLimits(0.0, 1))
    assert short.ended is Ended.LIMIT
    assert not short.converged
    reached = fit(problem, targets, *start, enough=short.objective)
    assert reached.ended is Ended.REACHED
    unreachable = replace(
        SearchOptions(), unreachable_steps=0, unreachable_gains=0.0, unreachable_nats=0.0
    )
    tables, observed, pseudocount, *_ = problem.setting
    impatient = Problem(tables, problem.rows, observed, pseudocount, options=unreachable)
    ended = fit(impatient, targets, *start, EmLimits(0.0, 500), least=complete.objective + 1).ended
    assert ended in (Ended.UNREACHABLE, Ended.CONVERGED)
