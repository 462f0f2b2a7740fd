"""Essential graphs, compared with the enumeration of all graphs of a class."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.essential import EssentialGraph, essential_graph
from reference.graphs import all_dags, classes, signature

TARGETS: list[list[set[int]]] = [
    [],
    [set()],
    [{0}],
    [{0, 1}],
    [{0}, {1, 2}],
    [{3}, {1}],
    [{0, 1, 2, 3}],
    [{0}, {1}, {2}],
]


def enumerated(members):
    """The edges of one direction in all members, and all others."""
    directed = frozenset.intersection(*(dag.edges for dag in members))
    return EssentialGraph(directed, frozenset(map(frozenset, members[0].edges - directed)))


@pytest.mark.parametrize("targets", TARGETS, ids=str)
def test_an_edge_is_directed_iff_all_members_agree(targets):
    wrong = [
        (sorted(dag.edges), sorted(found.directed), sorted(expected.directed))
        for members in classes(4, targets)
        for expected in [enumerated(members)]
        for dag in members
        for found in [essential_graph(dag, targets)]
        if found != expected
    ]
    assert not wrong, f"{len(wrong)} graphs, such as {wrong[0]} (edges, found, expected)"


def test_numbers_of_graphs_and_classes_are_the_known_ones():
    assert [len(all_dags(n)) for n in (1, 2, 3, 4)] == [1, 3, 25, 543]
    assert [len(classes(n)) for n in (1, 2, 3, 4)] == [1, 2, 11, 185]


def test_a_covered_edge_between_colliders_stays_open():
    dag = Dag.build([[], [], [0, 1], [0, 1, 2]])
    assert list(dag.covered()) == [(2, 3)]
    assert essential_graph(dag).undirected == {frozenset((2, 3))}


@given(st.data())
def test_covered_edges_stay_open_without_targets(data):
    dag = data.draw(st.sampled_from(all_dags(4)))
    for a, b in dag.covered():
        assert signature(dag.reversed(a, b)) == signature(dag)
        assert frozenset((a, b)) in essential_graph(dag).undirected


@given(st.data())
def test_more_targets_direct_more_edges(data):
    dag = data.draw(st.sampled_from(all_dags(4)))
    sets = st.lists(st.sets(st.integers(0, 3)), max_size=3)
    fewer, more = data.draw(sets), data.draw(sets)
    few, many = essential_graph(dag, fewer), essential_graph(dag, fewer + more)
    assert few.directed <= many.directed <= dag.edges
    assert many.undirected <= few.undirected


def test_a_target_on_every_variable_directs_all_edges():
    for dag in all_dags(4):
        graph = essential_graph(dag, [{v} for v in range(4)])
        assert graph == EssentialGraph(dag.edges, frozenset())


KNOWLEDGE = [
    EdgeConstraints(required=frozenset({(0, 1)})),
    EdgeConstraints(forbidden=frozenset({(2, 0), (3, 1)})),
    EdgeConstraints(forbidden=frozenset({(1, 2)}), tiers=(1, 0, 1, 1)),
]


@pytest.mark.parametrize("constraints", KNOWLEDGE)
def test_knowledge_leaves_open_what_allowed_members_differ_in(constraints):
    for members in classes(4):
        allowed = [dag for dag in members if constraints.allow(dag)]
        for dag in allowed:
            found = essential_graph(dag, known=constraints.directed(dag))
            assert found.directed == frozenset.intersection(*(other.edges for other in allowed))
