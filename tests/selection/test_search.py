"""Elimination, the search on a sample, and what results may not depend on."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from ablation import disentangle_with
from domix import disentangle
from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.em.sharded import ShardedProblem
from domix.model.learn import count_entries
from domix.options.search import EmLimits, SearchOptions
from domix.selection.backward import DropCost, eliminate, fit_without, safe_targets
from domix.selection.criterion import SelectionCriterion
from strategies import planted

TARGETS = [{}, {0: 1}, {2: 0, 3: 1}, {1: 2, 4: 1, 5: 0}]
# Each explains about 40 rows, and its drop cost is a few nats.
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


def drop_cost(problem, full, target):
    index = full.support.index(target)
    return full.objective - fit_without(problem, full, index, EmLimits(1e-4, 2000)).objective


@pytest.mark.parametrize("learn", [False, True])
def test_elimination_keeps_exactly_what_passes_the_test(mix, learn):
    problem, criterion = problem_of(mix, learn)
    targets = [*mix.targets, *FALSE]
    kept = eliminate(problem, criterion, targets, np.ones(len(targets)), problem.log_theta)
    assert set(kept.support) == set(mix.targets)
    for target in kept.support:
        critical = criterion.critical_value(target, kept.support)
        assert drop_cost(problem, kept, target) > critical
    for target in FALSE:
        larger = [*kept.support, target]
        full = fit(problem, larger, [*kept.weights, 0.01], kept.log_theta, EmLimits(1e-4, 2000))
        assert drop_cost(problem, full, target) < criterion.critical_value(target, larger)


def test_safe_targets_are_tested_once_their_weight_changes(mix):
    problem, criterion = problem_of(mix, learn=True)
    false, safe = FALSE[0], problem.options.safe_excess
    targets = [*mix.targets, false]
    start = fit(problem, targets, np.ones(len(targets)), problem.log_theta, EmLimits(1e-2, 400))
    weight = float(start.weights[-1])

    def is_kept(drop_costs):
        kept = eliminate(problem, criterion, targets, np.ones(5), problem.log_theta, drop_costs)
        return false in kept.support

    assert not is_kept({})
    assert is_kept({false: DropCost(2 * safe, weight)})
    assert not is_kept({false: DropCost(2 * safe, 2 * weight)})
    assert not is_kept({false: DropCost(0.5 * safe, weight)})


def test_elimination_remembers_drop_costs(mix):
    problem, criterion = problem_of(mix, learn=True)
    targets, safe = [*mix.targets, *FALSE], problem.options.safe_excess
    costs = {}
    kept = eliminate(problem, criterion, targets, np.ones(len(targets)), problem.log_theta, costs)
    assert all(costs[target].excess <= 0 for target in FALSE)
    assert set(costs) <= set(targets)
    lightest = kept.support[int(kept.weights.argmin())]
    assert costs[lightest].excess > 0
    weights = zip(kept.support, kept.weights.tolist(), strict=True)
    all_safe = {target: DropCost(safe, weight) for target, weight in weights}
    assert safe_targets(problem, kept, all_safe) == list(kept.support)
    assert safe_targets(problem, kept, {}) == []


def test_elimination_returns_a_fit_that_is_not_promising(mix):
    problem, criterion = problem_of(mix, learn=True)
    targets = [*mix.targets, *FALSE]
    fits = []
    start = np.ones(len(targets))
    kept = eliminate(problem, criterion, targets, start, problem.log_theta, None, fits.append)
    assert fits == [kept]
    assert set(mix.targets) < set(kept.support)


def test_an_included_target_is_added_and_stays(mix):
    known = BackgroundKnowledge(included=(FALSE[0],))
    problem, criterion = problem_of(mix, True, known)
    targets = [*mix.targets, FALSE[1]]
    kept = eliminate(problem, criterion, targets, np.ones(5), problem.log_theta)
    assert set(kept.support) == {*mix.targets, FALSE[0]}


def test_do_replaces_a_dropped_target_in_its_rows_only(mix):
    problem, _ = problem_of(mix, learn=False)
    one, other = ((0, 1),), ((2, 0),)
    full = fit(problem, [one, other], np.ones(2), problem.log_theta, EmLimits(1e-6, 2000))
    reduced = fit_without(problem, full, 0, problem.options.drop_test)
    assert reduced.support == (other, ())
    # Rows that neither target can produce stay impossible.
    impossible = (problem.codes[:, 0] != 1) & (problem.codes[:, 2] != 0)
    assert impossible.any()
    cost = problem.options.impossible_row_cost * problem.counts[impossible].sum()
    for fitted in (full, reduced):
        assert fitted.objective < -cost + 5 * problem.total
    everywhere = fit(
        problem, reduced.support, reduced.weights, reduced.log_theta, EmLimits(1e-6, 2000)
    )
    assert everywhere.objective > reduced.objective + 0.5 * cost


LARGER = [{}, {0: 1}, {2: 0, 3: 1}, {1: 2, 4: 1, 5: 0}, {7: 1, 8: 0}, {6: 0, 9: 2}]


def supports(result):
    return {component.intervention for component in result.components}


@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.instances(3)
def test_a_sample_finds_the_targets_of_all_rows(seed, learn, monkeypatch):
    seed += 1
    mix = planted(10, LARGER, seed=seed)
    rows = mix.sample(6000, rng=seed)
    control = mix.network.sample(6000, rng=seed + 10) if learn else None
    whole = disentangle(mix.network, rows, control)
    sizes = []
    thinned = ShardedProblem.thinned

    def watched(problem, *arguments):
        sample = thinned(problem, *arguments)
        sizes.append(len(sample.codes))
        return sample

    monkeypatch.setattr(ShardedProblem, "thinned", watched)
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


def test_rare_targets_are_found_on_all_rows():
    mix = planted(10, LARGER, seed=1)
    net = mix.network
    rare = dict.fromkeys([net.variables[i] for i in (1, 2, 3, 5, 8)], "s0")
    some = net.sample(60, do=rare, rng=5)
    rows = np.concatenate([mix.sample(6000, rng=1), some])
    options = SearchOptions(sample_rows=200)
    result = disentangle_with(options, net, rows, net.sample(6000, rng=11))
    assert set(rare.items()) in [set(c.intervention.items()) for c in result.components]


def test_row_order_does_not_matter_with_learnt_tables(mix):
    rows, control = mix.sample(2000, rng=3), mix.network.sample(2000, rng=4)
    shuffled = np.random.default_rng(0).permutation(rows)
    one, other = (disentangle(mix.network, data, control) for data in (rows, shuffled))
    assert one.components == other.components
    assert one.network == other.network


def test_results_do_not_depend_on_the_number_of_threads():
    code = (
        "from domix import disentangle\n"
        "from domix.study.instances.generator import random_instance\n"
        "mix = random_instance(12, 3, targets=(9, 9)).mixture\n"
        "rows, control = mix.sample(4096, rng=1), mix.network.sample(4096, rng=2)\n"
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
def test_more_targets_can_be_included_than_a_lift_keeps(learn):
    names = [f"V{i}" for i in range(8)]
    mix = planted(8, LARGER[:4], seed=5)
    pairs = [(a, b) for a in range(8) for b in range(a)]
    known = [{names[a]: f"s{v}", names[b]: "s0"} for a, b in pairs for v in (0, 1)]
    known += [{names[a]: "s1", names[b]: "s1"} for a, b in pairs[:14]]
    assert len(known) == 70
    control = mix.network.sample(500, rng=2) if learn else None
    result = disentangle(
        mix.network, mix.sample(500, rng=1), control, include=known, contrast=False
    )
    reported = [set(c.intervention.items()) for c in result.components]
    assert all(set(target.items()) in reported for target in known)
    assert sum(c.weight for c in result.components) == pytest.approx(1.0)
