"""Graphs as values: changes of single edges, paths, and covered edges."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domix.structure.dag import Dag
from reference.graphs import all_dags, signature


@st.composite
def graphs(draw, most=7):
    """Draw a DAG whose nodes are in a random order."""
    n = draw(st.integers(2, most))
    order = draw(st.permutations(range(n)))
    chosen = draw(st.lists(st.booleans(), min_size=n * n, max_size=n * n))
    parents: list[list[int]] = [[] for _ in range(n)]
    for i, j in permutations(range(n), 2):
        if i < j and chosen[i * n + j]:
            parents[order[j]].append(order[i])
    return Dag.build(parents)


def pairs(dag):
    return list(permutations(range(dag.n), 2))


@given(graphs())
def test_an_added_edge_is_legal_iff_no_path_leads_back(dag):
    for a, b in pairs(dag):
        if not dag.adjacent(a, b):
            assert dag.added(a, b).is_acyclic() == (not dag.reach[b, a])


@given(graphs())
def test_a_reversal_is_legal_iff_no_other_path_is_there(dag):
    for a, b in dag.edges:
        other = dag.deleted(a, b).reach[a, b]
        assert dag.reversed(a, b).is_acyclic() == (not other)


@given(graphs())
def test_deletions_keep_a_graph_acyclic(dag):
    for a, b in dag.edges:
        assert dag.deleted(a, b).is_acyclic()
        assert dag.deleted(a, b).edges == dag.edges - {(a, b)}


@given(graphs())
def test_changes_that_are_undone_restore_the_graph(dag):
    for a, b in pairs(dag):
        if (a, b) in dag.edges:
            assert dag.deleted(a, b).added(a, b) == dag
            assert dag.reversed(a, b).reversed(b, a) == dag
        elif not dag.adjacent(a, b):
            assert dag.added(a, b).deleted(a, b) == dag


@given(graphs())
def test_a_reversal_changes_one_edge_only(dag):
    before = dag.edges
    for a, b in before:
        assert dag.reversed(a, b).edges == before - {(a, b)} | {(b, a)}
    assert dag.edges == before


@given(graphs())
def test_paths_equal_powers_of_the_adjacency_matrix(dag):
    steps = dag.adjacency.astype(int) + np.eye(dag.n, dtype=int)
    np.testing.assert_array_equal(dag.reach, np.linalg.matrix_power(steps, dag.n) > 0)
    assert {(int(a), int(b)) for a, b in np.argwhere(dag.adjacency)} == dag.edges


def test_long_paths_reach_the_end():
    for n in (1, 2, 3, 5, 9, 17, 40):
        chain = Dag.build([[v - 1] if v else [] for v in range(n)])
        np.testing.assert_array_equal(chain.reach, np.triu(np.ones((n, n), dtype=bool)))


def test_reversals_stay_in_the_class_iff_edges_are_covered():
    for dag in all_dags(4):
        covered = set(dag.covered())
        for a, b in dag.edges:
            other = dag.reversed(a, b)
            same = other.is_acyclic() and signature(other) == signature(dag)
            assert same == ((a, b) in covered)


@given(graphs())
def test_a_turned_edge_has_all_parents_of_either_end(dag):
    for a, b in dag.edges:
        turned = dag.turned(a, b)
        common = (dag.parents[a] | dag.parents[b]) - {a, b}
        assert (turned.parents[a], turned.parents[b]) == (common | {b}, common)
    for a, b in dag.covered():
        assert dag.turned(a, b) == dag.reversed(a, b)


def test_cycles_are_found():
    assert not Dag.build([[1], [0]]).is_acyclic()
    assert not Dag.build([[2], [0], [1]]).is_acyclic()
    assert Dag.build([]).is_acyclic()


@given(graphs(), st.data())
def test_equal_graphs_are_one_key(dag, data):
    same = Dag.build([data.draw(st.permutations(sorted(p))) for p in dag.parents])
    assert same == dag
    assert {dag: 1}[same] == 1


def test_parent_lists_keep_the_given_order():
    dag = Dag.build([[], [], [], [0, 1, 2], []])
    assert dag.parent_lists([[], [], [], [2, 4, 0], [1]]) == [[], [], [], [2, 0, 1], []]
