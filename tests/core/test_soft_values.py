"""Distributions in the place of states: checked, immutable, hashable."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from domix import Intervention, InterventionError, Misread, Network, Stochastic, do
from domix.core.notation import parse_intervention
from strategies import soft_assignments

F = Fraction


@given(soft_assignments())
def test_text_and_python_give_it_back(assignment):
    intervention = do(assignment)
    assert parse_intervention(str(intervention)) == intervention
    names = {"do": do, "Misread": Misread, "Fraction": Fraction}
    assert eval(repr(intervention), names) == intervention
    copy = pickle.loads(pickle.dumps(intervention))
    assert copy == intervention
    assert hash(copy) == hash(intervention)


@given(soft_assignments())
def test_both_ways_to_make_one_read_mappings(assignment):
    plain = {k: dict(v) if isinstance(v, Stochastic) else v for k, v in assignment.items()}
    assert Intervention(plain) == do(plain) == do(assignment)


def test_both_ways_to_make_one_check_names_and_values():
    for make in (do, Intervention):
        with pytest.raises(InterventionError, match=r"'A' is set to .*sum to"):
            make({"A": {"low": 0.8, "mid": 0.3}})
        with pytest.raises(InterventionError, match="name must be a string"):
            make({1: "low"})  # type: ignore[dict-item]


def test_numbers_keep_their_type():
    exact = parse_intervention("A~{low: 1/3, mid: 2/3}")["A"]
    assert isinstance(exact, Stochastic)
    assert exact == Stochastic({"low": F(1, 3), "mid": F(2, 3)})
    assert all(isinstance(p, Fraction) for p in exact.values())
    mixed = Stochastic({"low": F(1, 2), "mid": 0.5})
    assert all(isinstance(p, float) for p in mixed.values())


def test_one_certain_state_is_that_state():
    assert do(A={"low": 1, "mid": 0}) == do(A="low")
    assert do(A=Misread("low", {"low": 1.0})) == do(A="low")
    assert do(A=Misread("low", {"mid": 1})) != do(A="low")
    assert do(A={"low": np.float64(0.5), np.str_("mid"): 0.5}) == do(A={"mid": 0.5, "low": 0.5})


def test_modes_are_the_first_of_the_most_probable():
    soft = do(A={"mid": 0.5, "low": 0.5}, B=Misread("x", {"x": 0.25, "y": 0.75}), C="z")
    assert soft.mode == do(A="mid", B="x", C="z")
    assert soft.soft == ("A", "B")
    assert soft.mode.soft == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"low": 0.5, "mid": 0.4}, "'A' .* sum to 0.9, not 1"),
        ({"low": F(1, 3), "mid": F(1, 3)}, "'A' .* sum to 2/3, not 1"),
        ({"low": 1.5, "mid": -0.5}, "'A' .* 'low' is 1.5"),
        ({"low": 0.0}, "'A' .* sum to 0"),
        ({}, "'A' .* sum to 0"),
        ({"low": True}, "not a number"),
        ({"low": float("nan"), "mid": 1.0}, "'low' is nan"),
        ({("low",): 1.0}, "not a state"),
    ],
)
def test_other_mappings_are_refused(value, message):
    with pytest.raises(InterventionError, match=message):
        do(A=value)


def test_states_must_be_those_of_the_network():
    net = Network({"A": []}, {"A": [1, 2]}, {"A": [0.5, 0.5]})
    with pytest.raises(InterventionError, match="no state 3"):
        net.prob([[0]], do={"A": {1: 0.5, 3: 0.5}})
    with pytest.raises(InterventionError, match="state 1 has two probabilities"):
        net.prob([[0]], do={"A": {1: 0.5, "1": 0.5}})
    with pytest.raises(InterventionError, match="'A': the probabilities sum to"):
        net.prob([[0]], do={"A": {1: 0.5}})
    with pytest.raises(InterventionError, match="distribution to 'A'; only states"):
        net.target({"A": {1: 0.5, 2: 0.5}})
