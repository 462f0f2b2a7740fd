"""Tabu search on four variables, compared with all 543 graphs."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.scores import FamilyScores
from domix.structure.tabu import climb, restart
from reference.graphs import all_dags, random_scores

EMPTY = Dag.build([[]] * 4)
CONSTRAINTS = [
    EdgeConstraints(required=frozenset({(0, 1)})),
    EdgeConstraints(required=frozenset({(3, 0), (2, 1)}), forbidden=frozenset({(0, 2)})),
    EdgeConstraints(forbidden=frozenset({(0, 1), (1, 0), (2, 3)})),
    EdgeConstraints(tiers=(1, 0, 0, 2)),
    EdgeConstraints(frozenset({(2, 0)}), frozenset({(2, 3)}), (1, 1, 0, 1)),
]


def best_of(scores, constraints, size=0):
    return max(scores.total(dag, size) for dag in all_dags(4) if constraints.allow(dag))


def required_only(constraints):
    return Dag.build([{a for a, b in constraints.required if b == v} for v in range(4)])


@pytest.mark.parametrize("seed", range(10))
def test_the_best_of_all_graphs_is_found(seed):
    scores = random_scores(seed)
    found = climb(scores, EMPTY, patience=50)
    assert found.score == pytest.approx(best_of(scores, EdgeConstraints()))
    assert found.score == pytest.approx(scores.total(found.dag))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("constraints", CONSTRAINTS)
def test_the_best_that_constraints_allow_is_found(seed, constraints):
    scores = random_scores(seed)
    found = climb(scores, required_only(constraints), patience=50, constraints=constraints)
    assert all(map(constraints.allow, found.visited))
    assert found.score == pytest.approx(best_of(scores, constraints))


@pytest.mark.parametrize("patience", [0, 3, 50])
def test_visited_graphs_are_acyclic_and_have_their_scores(patience):
    scores = random_scores(1, sizes=(3.0, 30.0))
    found = climb(scores, EMPTY, size=1, patience=patience)
    assert all(dag.is_acyclic() for dag in found.visited)
    totals = [scores.total(dag, 1) for dag in found.visited]
    np.testing.assert_allclose(list(found.visited.values()), totals)
    assert found.score == pytest.approx(max(totals))


@pytest.mark.parametrize("seed", range(5))
def test_without_patience_a_search_climbs_to_a_local_maximum(seed):
    scores = random_scores(seed)
    found = climb(scores, EMPTY)
    assert all(a < b for a, b in pairwise(found.visited.values()))
    present = scores.total(found.dag)
    for dag in all_dags(4):
        if len(dag.edges ^ found.dag.edges) == 1:
            assert scores.total(dag) <= present + 1e-5


def test_each_graph_is_visited_once_until_none_is_left():
    codes = np.random.default_rng(0).integers(0, 2, (50, 3)).astype(np.uint8)
    scores = FamilyScores(codes, np.ones(50), np.full(3, 2), [10.0])
    found = climb(scores, Dag.build([[]] * 3), patience=100)
    assert set(found.visited) <= set(all_dags(3))
    assert len(found.visited) > 15


def test_searches_can_do_without_additions_and_reversals():
    scores = random_scores(2)
    start = Dag.build([[], [0], [0, 1], [0, 1, 2]])
    found = climb(scores, start, patience=50, additions=False, reversals=False)
    assert len(found.visited) > 5
    assert all(dag.edges <= start.edges for dag in found.visited)
    found = climb(scores, start, patience=5, additions=False)
    assert all(len(dag.edges) <= len(start.edges) for dag in found.visited)


def test_a_search_leaves_a_graph_whose_tables_are_too_large():
    codes = np.random.default_rng(0).integers(0, 2, (50, 3)).astype(np.uint8)
    scores = FamilyScores(codes, np.ones(50), np.array([200, 200, 2]), [10.0])
    found = climb(scores, Dag.build([[], [], [0, 1]]), patience=10)
    assert np.isfinite(found.score)
    assert found.score == pytest.approx(scores.total(found.dag))


@pytest.mark.parametrize("constraints", CONSTRAINTS)
def test_restarts_respect_constraints(constraints):
    start = required_only(constraints)
    starts = {restart(start, 8, np.random.default_rng(seed), constraints, 3) for seed in range(50)}
    assert len(starts) > 5
    assert all(dag.is_acyclic() and constraints.allow(dag) for dag in starts)


def test_restarts_give_no_variable_too_many_parents():
    rng = np.random.default_rng(0)
    for _ in range(200):
        dag = restart(Dag.build([[]] * 5), 20, rng, EdgeConstraints(), 2)
        assert max(map(len, dag.parents)) <= 2, sorted(dag.edges)
