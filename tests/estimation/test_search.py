"""The search as a whole: elimination, samples, and what the result may not depend on."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from ablation import disentangle_with
from domix import disentangle
from domix.data.rows import distinct
from domix.estimation import search as searching
from domix.estimation.background import BackgroundKnowledge
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import fit
from domix.estimation.options import EmLimits, SearchOptions
from domix.estimation.selection.backward import SAFE, eliminate, safe_targets, without
from domix.estimation.selection.criterion import SelectionCriterion
from domix.model.learn import count_entries
from strategies import planted

TARGETS = [{}, {0: 1}, {2: 0, 3: 1}, {1: 2, 4: 1, 5: 0}]
# Each takes 40 rows or so, and is worth a few nats.
FALSE = [((1, 2),), ((0, 1), (3, 2)), ((2, 0), (3, 1), (5, 0))]


@pytest.fixture(scope="module")
def mix():
    return planted(6, TARGETS, seed=11)


def problem_of(mix, learn, knowledge=None):
    tables, cards = mix.network.tables, mix.network.space.cards
    control = count_entries(tables.layout, mix.network.sample(3000, rng=2)) if learn else None
    rows = distinct(mix.sample(3000, rng=1), cards)
    return Problem(tables, rows, control, knowledge=knowledge), SelectionCriterion(
        cards, 0.05, knowledge
    )


def cost(problem, now, target):
    rest = without(problem, now, now.support.index(target), EmLimits(1e-4, 2000))
    return now.objective - rest.objective


@pytest.mark.parametrize("learn", [False, True])
def test_elimination_keeps_exactly_what_pays(mix, learn):
    problem, test = problem_of(mix, learn)
    targets = [*mix.targets, *FALSE]
    now = eliminate(problem, test, targets, np.ones(len(targets)), problem.log_theta)
    assert set(now.support) == set(mix.targets)
    for target in now.support:
        assert cost(problem, now, target) > test.critical(target, now.support)
    for target in FALSE:
        more = [*now.support, target]
        with_it = fit(problem, more, [*now.weights, 0.01], now.log_theta, EmLimits(1e-4, 2000))
        assert cost(problem, with_it, target) < test.critical(target, more)


def test_a_target_remembered_as_safe_is_not_tested_until_its_weight_changes(mix):
    problem, test = problem_of(mix, learn=True)
    false = FALSE[0]
    targets = [*mix.targets, false]
    start = fit(problem, targets, np.ones(len(targets)), problem.log_theta, EmLimits(1e-2, 400))
    weight = float(start.weights[-1])

    def left(remembered):
        now = eliminate(problem, test, targets, np.ones(5), problem.log_theta, remembered)
        return false in now.support

    assert not left({})
    assert left({false: (2 * SAFE, weight)})
    assert not left({false: (2 * SAFE, 2 * weight)})
    assert not left({false: (0.5 * SAFE, weight)})


def test_what_targets_were_worth_is_remembered(mix):
    problem, test = problem_of(mix, learn=True)
    targets = [*mix.targets, *FALSE]
    worths = {}
    now = eliminate(problem, test, targets, np.ones(len(targets)), problem.log_theta, worths)
    assert all(worths[target][0] <= 0 for target in FALSE)
    assert set(worths) <= set(targets)
    lightest = now.support[int(now.weights.argmin())]
    assert worths[lightest][0] > 0
    safe = {t: (SAFE, w) for t, w in zip(now.support, now.weights.tolist(), strict=True)}
    assert safe_targets(now, safe) == list(now.support)
    assert safe_targets(now, {}) == []


def test_a_hopeless_start_is_given_back_as_it_was_fitted(mix):
    problem, test = problem_of(mix, learn=True)
    targets = [*mix.targets, *FALSE]
    asked = []

    def hopeful(now):
        asked.append(now)
        return False

    now = eliminate(problem, test, targets, np.ones(len(targets)), problem.log_theta, None, hopeful)
    assert asked == [now]
    assert set(mix.targets) < set(now.support)


def test_an_included_target_stays_and_is_added_where_it_lacks(mix):
    known = BackgroundKnowledge(included=(FALSE[0],))
    problem, test = problem_of(mix, True, known)
    now = eliminate(problem, test, [*mix.targets, FALSE[1]], np.ones(5), problem.log_theta)
    assert set(now.support) == {*mix.targets, FALSE[0]}


def test_do_nothing_stands_in_for_a_dropped_target_in_its_rows_only(mix):
    problem, _ = problem_of(mix, learn=False)
    one, other = ((0, 1),), ((2, 0),)
    now = fit(problem, [one, other], np.ones(2), problem.log_theta, EmLimits(1e-6, 2000))
    rest = without(problem, now, 0)
    assert rest.support == (other, ())
    # Rows that neither could produce stay impossible, and speak for nobody.
    nobody = (problem.codes[:, 0] != 1) & (problem.codes[:, 2] != 0)
    assert nobody.any()
    impossible = problem.options.impossible_row_cost * problem.counts[nobody].sum()
    for fitted in (now, rest):
        assert fitted.objective < -impossible + 5 * problem.total
    everywhere = fit(problem, rest.support, rest.weights, rest.log_theta, EmLimits(1e-6, 2000))
    assert everywhere.objective > rest.objective + 0.5 * impossible


LARGER = [{}, {0: 1}, {2: 0, 3: 1}, {1: 2, 4: 1, 5: 0}, {7: 1, 8: 0}, {6: 0, 9: 2}]


def supports(result):
    return {component.intervention for component in result.components}


@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_sample_finds_what_all_rows_do(seed, learn, monkeypatch):
    mix = planted(10, LARGER, seed=seed)
    rows = mix.sample(6000, rng=seed)
    control = mix.network.sample(6000, rng=seed + 10) if learn else None
    whole = disentangle(mix.network, rows, control)
    sizes = []
    plain = searching._search

    def watched(problem, *rest):
        sizes.append(len(problem.codes))
        return plain(problem, *rest)

    monkeypatch.setattr(searching, "_search", watched)
    options = SearchOptions(sample_rows=1000)
    sampled = disentangle_with(options, mix.network, rows, control)
    assert 900 < sizes[0] < 1400
    assert supports(sampled) == supports(whole) == set(mix.interventions)
    weights = {c.intervention: c.weight for c in whole.components}
    for component in sampled.components:
        # The last fit is on all rows.
        assert component.weight == pytest.approx(weights[component.intervention], abs=2e-3)
    again = disentangle_with(options, mix.network, rows[::-1], control)
    assert again.components == sampled.components


def test_a_target_too_rare_for_the_sample_is_found_on_all_rows():
    mix = planted(10, LARGER, seed=1)
    net = mix.network
    rare = dict.fromkeys([net.variables[i] for i in (1, 2, 3, 5, 8)], "s0")
    some = net.sample(60, do=rare, rng=5)
    rows = np.concatenate([mix.sample(6000, rng=1), some])
    options = SearchOptions(sample_rows=200)
    result = disentangle_with(options, net, rows, net.sample(6000, rng=11))
    assert set(rare.items()) in [set(c.intervention.items()) for c in result.components]


def test_the_order_of_rows_says_nothing_where_tables_are_learnt(mix):
    rows, control = mix.sample(2000, rng=3), mix.network.sample(2000, rng=4)
    shuffled = np.random.default_rng(0).permutation(rows)
    one, other = (disentangle(mix.network, data, control) for data in (rows, shuffled))
    assert one.components == other.components
    assert one.network == other.network


def test_the_result_does_not_depend_on_the_number_of_threads():
    code = (
        "from domix import disentangle\n"
        "from domix.study.instances.generator import random_instance\n"
        "mix = random_instance(12, 3, targets=(14, 16)).mixture\n"
        "rows, control = mix.sample(2048, rng=1), mix.network.sample(2048, rng=2)\n"
        "print(disentangle(mix.network, rows, control).to_json())"
    )
    answers = set()
    for threads in ("1", "4"):
        names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
        environment = {**os.environ, **dict.fromkeys(names, threads)}
        run = [sys.executable, "-c", code]
        answers.add(subprocess.check_output(run, text=True, env=environment))
    assert len(answers) == 1


@pytest.mark.parametrize("learn", [False, True])
def test_more_targets_than_one_lift_carries(learn):
    names = [f"V{i}" for i in range(8)]
    mix = planted(8, LARGER[:4], seed=5)
    pairs = [(a, b) for a in range(8) for b in range(a)]
    known = [{names[a]: f"s{v}", names[b]: "s0"} for a, b in pairs for v in (0, 1)]
    known += [{names[a]: "s1", names[b]: "s1"} for a, b in pairs[:14]]
    assert len(known) == 70
    control = mix.network.sample(500, rng=2) if learn else None
    result = disentangle(mix.network, mix.sample(500, rng=1), control, include=known)
    reported = [set(c.intervention.items()) for c in result.components]
    assert all(set(target.items()) in reported for target in known)
    assert sum(c.weight for c in result.components) == pytest.approx(1.0)
