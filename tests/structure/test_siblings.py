"""Sibling targets, and graphs of a class in which an edge is reversed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.structure.siblings import (
    count_responses,
    count_siblings,
    nearest_members,
    nested_edges,
)
from reference.graphs import all_dags, signature

TARGETS = st.lists(
    st.dictionaries(st.integers(0, 2), st.integers(0, 1)).map(lambda t: tuple(sorted(t.items()))),
    unique=True,
    max_size=10,
)


def merged(targets, cause, effect):
    """The targets that set the cause, less those that differ in more than the effect."""
    setting = [dict(t) for t in targets if cause in dict(t)]
    different = {frozenset(t.items() - {(effect, t.get(effect))}) for t in setting}
    return len(setting) - len(different)


@given(TARGETS)
def test_siblings_are_targets_less_distinct_remainders(targets):
    for a, b in [(0, 1), (1, 2), (2, 0)]:
        assert count_responses(targets, a, b) == merged(targets, a, b)
        expected = merged(targets, a, b) + merged(targets, b, a)
        assert count_siblings(targets, a, b) == count_siblings(targets, b, a) == expected


@given(TARGETS)
def test_nested_edges_join_a_target_and_the_rest(targets):
    edges = {(0, 1), (1, 2), (2, 0)}
    expected = {
        (a, b)
        for a, b in edges
        for s in map(dict, targets)
        for t in map(dict, targets)
        if s.items() < t.items() and ((a in s) != (b in s)) and a in t and b in t
    }
    assert nested_edges(targets, edges) == sorted(expected)


@pytest.mark.parametrize(
    ("targets", "number"),
    [
        ([], 0),
        ([()], 0),
        ([((0, 1),)], 0),
        ([((0, 1),), ((0, 0),)], 0),
        ([((0, 1),), ((0, 1), (1, 0))], 1),
        ([((0, 1),), ((0, 1), (1, 0)), ((0, 1), (1, 1))], 2),
        ([((0, 1),), ((0, 1), (2, 0))], 0),
        ([((0, 1), (2, 0)), ((0, 1), (1, 1), (2, 0))], 1),
    ],
)
def test_responses_by_hand(targets, number):
    assert count_responses(targets, 0, 1) == number


@given(st.data())
def test_nearest_members_equal_the_enumeration(data):
    dag = data.draw(st.sampled_from(all_dags(4)))
    members = [other for other in all_dags(4) if signature(other) == signature(dag)]
    expected = {}
    for a, b in dag.edges:
        distance = {m: len(m.edges - dag.edges) for m in members if (b, a) in m.edges}
        if distance:
            least = min(distance.values())
            expected[a, b] = {m for m, far in distance.items() if far == least}
    found = nearest_members(dag, dag.edges, 1000)
    assert {edge: set(graphs) for edge, graphs in found.items()} == expected
    assert all(len(graphs) == len(set(graphs)) for graphs in found.values())


@given(st.data(), st.integers(1, 5))
def test_a_limit_leaves_members_out_but_adds_none(data, limit):
    dag = data.draw(st.sampled_from(all_dags(4)))
    every = nearest_members(dag, dag.edges, 1000)
    found = nearest_members(dag, dag.edges, limit)
    assert found.keys() <= every.keys()
    for (a, b), graphs in found.items():
        assert all((b, a) in graph.edges for graph in graphs)
        assert all(signature(graph) == signature(dag) for graph in graphs)
    assert not nearest_members(dag, dag.edges, 1)


def test_only_the_edges_asked_for_are_listed():
    dag = max(all_dags(3), key=lambda dag: len(dag.edges))
    edge = min(dag.edges)
    assert nearest_members(dag, [edge], 100).keys() <= {edge}
    assert not nearest_members(dag, [], 100)
