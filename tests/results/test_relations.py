"""Which target may be a trace of which: cases by hand, and what holds for all."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Component, do
from domix.results.component import LEAK_SHARE, relate
from domix.results.contrast import Relation, RelationKind

LEAK, REFINEMENT = RelationKind.LEAK, RelationKind.REFINEMENT


def relations(weights):
    """Relations by target, of targets with weights."""
    parts = relate([Component(target, weight) for target, weight in weights.items()])
    assert [c.intervention for c in parts] == list(weights)
    return {c.intervention: c.relation for c in parts if c.relation is not None}


@pytest.mark.parametrize(
    ("own", "weight", "expected"),
    [
        # One variable more, with much or little weight.
        (do(A=1, B=1), 0.2, Relation(REFINEMENT, do(A=1))),
        (do(A=1, B=1), 0.04, Relation(LEAK, do(A=1))),
        (do(A=1, B=1), 0.040001, Relation(REFINEMENT, do(A=1))),
        # Two variables more are no leak.
        (do(A=1, B=1, C=1), 0.01, Relation(REFINEMENT, do(A=1))),
        # Another value of the same variable.
        (do(A=2), 0.03, Relation(LEAK, do(A=1))),
        (do(A=2), 0.2, None),
        # Nothing in common but values of other variables.
        (do(B=1), 0.03, None),
        (do(A=2, B=1), 0.03, None),
    ],
)
def test_one_target_beside_another(own, weight, expected):
    found = relations({do(A=1): 0.4, own: weight, do(): 0.6 - weight})
    assert found == ({} if expected is None else {own: expected})


def test_one_variable_less_is_a_leak_too():
    assert relations({do(A=1, B=1): 0.5, do(A=1): 0.05, do(): 0.45}) == {
        do(A=1): Relation(LEAK, do(A=1, B=1)),
        do(A=1, B=1): Relation(REFINEMENT, do(A=1)),
    }


def test_a_leak_of_any_target_comes_before_a_refinement():
    weights = {do(B=1): 0.5, do(A=1, B=1): 0.02, do(A=1): 0.1, do(): 0.38}
    assert relations(weights)[do(A=1, B=1)] == Relation(LEAK, do(B=1))
    # A refinement of the heavier target, and a leak of the lighter one.
    weights = {do(C=1): 0.5, do(A=1, B=2, C=1): 0.01, do(A=1, B=1, C=1): 0.2, do(): 0.29}
    assert relations(weights)[do(A=1, B=2, C=1)] == Relation(LEAK, do(A=1, B=1, C=1))


def test_of_several_the_heaviest_is_named():
    weights = {do(A=1): 0.2, do(B=1): 0.3, do(A=1, B=1): 0.4, do(): 0.1}
    assert relations(weights) == {do(A=1, B=1): Relation(REFINEMENT, do(B=1))}


def test_do_relates_to_nothing():
    assert relations({do(): 0.01, do(A=1): 0.99}) == {}
    assert relations({do(): 0.99, do(A=1): 0.01}) == {}


TARGETS = [
    do({name: value for name, value in zip("ABC", values, strict=True) if value})
    for values in product(range(3), repeat=3)
]


@given(st.lists(st.sampled_from(TARGETS), unique=True, min_size=1), st.integers(0, 10**6))
def test_relations_say_what_they_mean(targets, seed):
    drawn = np.random.default_rng(seed).dirichlet(np.full(len(targets), 0.3)).tolist()
    weights = dict(zip(targets, drawn, strict=True))
    for target, relation in relations(weights).items():
        other = relation.intervention
        assert target
        assert other
        if relation.kind is LEAK:
            assert weights[target] <= LEAK_SHARE * weights[other]
            assert len({name for name, _ in target.items() ^ other.items()}) == 1
        else:
            assert other.items() < target.items()
