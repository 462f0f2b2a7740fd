"""Graphs from control rows: the best of all, and those that the rows reject by little."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domix.options.graph import GraphOptions
from domix.structure.constraints import EdgeConstraints
from domix.structure.controls import missing_edges, runners_up, search_controls
from domix.structure.dag import Dag
from reference.graphs import all_dags, random_scores, signature

EMPTY = Dag.build([[]] * 4)
OPTIONS = GraphOptions()
FREE = EdgeConstraints()
CONSTRAINTS = [
    EdgeConstraints(required=frozenset({(3, 0), (2, 1)}), forbidden=frozenset({(0, 2)})),
    EdgeConstraints(tiers=(1, 0, 0, 2)),
]


def start_of(constraints):
    return Dag.build([{a for a, b in constraints.required if b == v} for v in range(4)])


@pytest.mark.parametrize("seed", range(6))
def test_the_best_graph_and_sample_size_are_found(seed):
    scores = random_scores(seed, sizes=OPTIONS.sample_sizes)
    found = search_controls(scores, EMPTY, FREE, OPTIONS, reversals=True)
    best = max(scores.total(dag, i) for dag in all_dags(4) for i in range(len(scores.sample_sizes)))
    assert found.score == pytest.approx(scores.total(found.dag, found.size))
    assert found.score == pytest.approx(best)


def test_restarts_never_lower_the_score():
    # Here the best sample size changes on the way, and a restart scores between the two.
    scores = random_scores(202, sizes=OPTIONS.sample_sizes)
    plain = search_controls(scores, EMPTY, FREE, replace(OPTIONS, restarts=0), reversals=True)
    found = search_controls(scores, EMPTY, FREE, OPTIONS, reversals=True)
    assert found.score >= plain.score


@pytest.mark.parametrize("reversals", [False, True])
@pytest.mark.parametrize("constraints", CONSTRAINTS)
def test_constraints_are_respected(constraints, reversals):
    for seed in range(3):
        scores = random_scores(seed)
        start = start_of(constraints)
        found = search_controls(scores, start, constraints, OPTIONS, reversals=reversals)
        assert constraints.allow(found.dag)
        for dag in runners_up(scores, found, start, constraints, OPTIONS):
            assert constraints.allow(dag)


def test_missing_edges_are_the_additions_that_gain():
    for seed in range(4):
        scores = random_scores(seed)
        missing = missing_edges(scores, EMPTY)
        dag = EMPTY
        for gain, (a, b) in missing:
            assert gain == pytest.approx(scores.total(dag.added(a, b)) - scores.total(dag))
            assert gain > 0
            dag = dag.added(a, b)
        assert not missing_edges(scores, dag)


def test_a_search_gives_the_same_graph_each_time():
    found = [
        search_controls(random_scores(3), EMPTY, FREE, OPTIONS, reversals=True) for _ in range(2)
    ]
    assert found[0] == found[1]


@pytest.mark.parametrize("seed", range(4))
def test_runners_up_are_of_other_classes_the_best_first(seed):
    scores = random_scores(seed)
    best = search_controls(scores, EMPTY, FREE, OPTIONS, reversals=True)
    options = replace(OPTIONS, runners_up=6, runner_up_patience=300)
    others = runners_up(scores, best, EMPTY, FREE, options)
    assert len({signature(dag) for dag in [best.dag, *others]}) == len(others) + 1
    totals = [scores.total(dag) for dag in others]
    assert totals == sorted(totals, reverse=True)
    assert all(total >= best.score - options.runner_up_loss for total in totals)
    classes = {signature(dag): scores.total(dag) for dag in all_dags(4)}
    del classes[signature(best.dag)]
    expected = sorted(classes.values(), reverse=True)[:6]
    expected = [total for total in expected if total >= best.score - options.runner_up_loss]
    assert totals == pytest.approx(expected)


def test_numbers_and_losses_of_runners_up_are_bounded():
    scores = random_scores(0)
    best = search_controls(scores, EMPTY, FREE, OPTIONS, reversals=True)
    assert not runners_up(scores, best, EMPTY, FREE, replace(OPTIONS, runners_up=0))
    assert not runners_up(scores, best, EMPTY, FREE, replace(OPTIONS, runner_up_loss=0.0))
    assert len(runners_up(scores, best, EMPTY, FREE, replace(OPTIONS, runners_up=2))) <= 2
