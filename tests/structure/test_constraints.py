"""Constraints on edges: what they allow, and errors that name the argument."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from domix.core.space import Space
from domix.errors import DataError, NetworkError
from domix.structure.constraints import EdgeConstraints
from domix.structure.dag import Dag
from domix.structure.edges import GraphMode, read_constraints, read_mode
from reference.graphs import all_dags

SPACE = Space({name: [0, 1] for name in "ABC"})
MADE = [
    EdgeConstraints(),
    EdgeConstraints(required=frozenset({(3, 0), (0, 1)})),
    EdgeConstraints(forbidden=frozenset({(0, 1), (1, 0), (2, 3)})),
    EdgeConstraints(tiers=(1, 0, 0, 2)),
    EdgeConstraints(frozenset({(2, 0)}), frozenset({(2, 3)}), (1, 1, 0, 1)),
]


def test_names_are_read_as_codes():
    found = read_constraints(SPACE, [("A", "B")], {("C", "A")}, [["A", "B"], "C"])
    assert found == EdgeConstraints(frozenset({(0, 1)}), frozenset({(2, 0)}), (0, 0, 1))
    assert read_constraints(SPACE) == EdgeConstraints()
    lists: Any = [["B", "C"]]
    assert read_constraints(SPACE, lists).required == {(1, 2)}
    assert read_constraints(SPACE, tiers=["C", [], ("B", "A")]).tiers == (2, 2, 0)


def test_without_constraints_every_graph_is_allowed():
    free = EdgeConstraints()
    assert all(map(free.allow, all_dags(3)))
    np.testing.assert_array_equal(free.addable(3), ~np.eye(3, dtype=bool))
    assert free.deletable(3).all()


def test_required_edges_stay_and_are_not_reversed():
    required = EdgeConstraints(required=frozenset({(0, 1)}))
    assert not required.addable(3)[1, 0]
    assert np.argwhere(~required.deletable(3)).tolist() == [[0, 1]]
    assert all(required.allow(dag) == ((0, 1) in dag.edges) for dag in all_dags(3))


def test_forbidden_edges_are_forbidden_one_way():
    forbidden = EdgeConstraints(forbidden=frozenset({(0, 1)}))
    assert all(forbidden.allow(dag) == ((0, 1) not in dag.edges) for dag in all_dags(3))
    assert forbidden.allow(Dag.build([[1], [], []]))


def test_no_edge_leads_to_an_earlier_tier():
    tiers = (1, 0, 1)
    constraints = EdgeConstraints(tiers=tiers)
    for dag in all_dags(3):
        forward = all(tiers[a] <= tiers[b] for a, b in dag.edges)
        assert constraints.allow(dag) == forward


@pytest.mark.parametrize("constraints", MADE)
def test_imposed_constraints_keep_all_edges_that_they_can(constraints):
    for dag in all_dags(4):
        imposed = constraints.impose(dag)
        assert imposed.is_acyclic()
        assert constraints.allow(imposed)
        assert imposed.edges <= dag.edges | constraints.required
        assert (imposed == dag) == constraints.allow(dag)
        for a, b in dag.edges - imposed.edges:
            larger = imposed.added(a, b)
            assert not (larger.is_acyclic() and constraints.allow(larger))


@pytest.mark.parametrize(
    ("arguments", "argument", "message"),
    [
        ({"required_edges": "AB"}, "required_edges", "pairs"),
        ({"required_edges": {"A": "B"}}, "required_edges", "pairs"),
        ({"forbidden_edges": 3}, "forbidden_edges", "pairs"),
        ({"required_edges": ["AB"]}, "required_edges", "'AB' is not a pair"),
        ({"forbidden_edges": [("A", "B", "C")]}, "forbidden_edges", "is not a pair"),
        ({"required_edges": [("A", "A")]}, "required_edges", "is not a pair"),
        ({"required_edges": [("A", "D")]}, "required_edges", "unknown variable 'D'"),
        ({"forbidden_edges": [("A", [])]}, "forbidden_edges", "unknown variable"),
        (
            {"required_edges": [("A", "B")], "forbidden_edges": [("A", "B")]},
            "required_edges",
            "'A' -> 'B' is forbidden",
        ),
        ({"required_edges": [("A", "B"), ("B", "A")]}, "required_edges", "another required"),
        ({"required_edges": [("A", "B"), ("B", "C"), ("C", "A")]}, "required_edges", "cycle"),
        ({"required_edges": [("B", "A")], "tiers": ["A", "BC"]}, "tiers", "unknown variable 'BC'"),
        ({"required_edges": [("B", "A")], "tiers": ["A", ["B", "C"]]}, "required_edges", "tiers"),
        ({"tiers": [["A", "B"]]}, "tiers", "'C' is in no tier"),
        ({"tiers": [["A", "B"], ["C", "A"]]}, "tiers", "'A' is in two tiers"),
        ({"tiers": [["A", "B", "D"]]}, "tiers", "unknown variable 'D'"),
    ],
)
def test_errors_name_the_argument(arguments: dict[str, Any], argument, message):
    with pytest.raises(NetworkError, match=message) as error:
        read_constraints(SPACE, **arguments)
    assert error.value.argument == argument


@pytest.mark.parametrize("tiers", [3, [1, 2], "ABC", {"A": 1, "B": 0, "C": 0}], ids=str)
def test_tiers_that_are_not_lists_are_refused(tiers):
    with pytest.raises(NetworkError) as error:
        read_constraints(SPACE, tiers=tiers)
    assert error.value.argument == "tiers"


def test_modes_are_read():
    assert [read_mode(mode, None) for mode in ("given", "repair", "learn")] == list(GraphMode)
    assert read_mode(None, GraphMode.REPAIR) is GraphMode.REPAIR


@pytest.mark.parametrize("mode", ["fixed", "", 1, "GIVEN"])
def test_unknown_modes_are_refused(mode):
    with pytest.raises(DataError, match="must be one of") as error:
        read_mode(mode, GraphMode.GIVEN)
    assert error.value.argument == "graph"
