"""Interventions and evidence: every query takes mappings and texts, and refuses all else alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, DomixError, InterventionError, Mixture, Network, do
from domix.exact.orientation import reverse_edge
from strategies import interventions, networks

NET = Network(
    {"A": [], "B": ["A"]},
    {"A": ["n", "y"], "B": ["n", "y"]},
    {"A": [0.5, 0.5], "B": [[0.5, 0.5], [0.125, 0.875]]},
)
ROWS = [[0, 0], [1, 1]]

INTERVENTIONS = {
    "log_prob": lambda net, t: net.log_prob(ROWS, do=t),
    "prob": lambda net, t: net.prob(ROWS, do=t),
    "marginal": lambda net, t: net.marginal(["A", "B"], do=t).values,
    "sample": lambda net, t: net.sample(9, do=t, rng=1),
    "target": lambda net, t: net.target(t),
    "any_target": lambda net, t: net.any_target(t),
    "mixture": lambda net, t: Mixture(net, [(t, 1.0)]).targets,
    "reverse_edge": lambda net, t: reverse_edge(net.to_exact(), "A", "B", t).weights,
}
KINDS = [
    5,
    True,
    b"A=y",
    [("A", "y")],
    ("A", "y"),
    {"A"},
    np.array([1]),
    pd.Series({"A": "y"}),
    pl.DataFrame({"A": ["y"]}),
    object(),
]
CONTENTS = [
    "A",
    "A=",
    "A=y,A=n",
    "A=high",
    "C=y",
    {"A": ["y"]},
    {"A": None},
    {"A": np.array([1, 2])},
    {"A": "high"},
    {1: "y"},
    {None: "y"},
]


@pytest.mark.parametrize("query", INTERVENTIONS.values(), ids=INTERVENTIONS)
def test_text_is_the_same_as_a_mapping(query):
    assert np.array_equal(query(NET, "do(A=y)"), query(NET, {"A": "y"}))
    assert np.array_equal(query(NET, "A = y"), query(NET, do(A="y")))


@pytest.mark.parametrize("query", INTERVENTIONS.values(), ids=INTERVENTIONS)
@pytest.mark.parametrize("value", KINDS, ids=lambda value: type(value).__name__)
def test_other_kinds_are_refused_with_what_to_write(query, value):
    with pytest.raises(InterventionError, match=r"is not an intervention; write do\(A=1\)"):
        query(NET, value)


@pytest.mark.parametrize("query", INTERVENTIONS.values(), ids=INTERVENTIONS)
@pytest.mark.parametrize("value", CONTENTS, ids=repr)
def test_contents_that_do_not_fit_are_refused(query, value):
    with pytest.raises(InterventionError):
        query(NET, value)


@pytest.mark.parametrize("value", KINDS, ids=lambda value: type(value).__name__)
def test_evidence_of_other_kinds_is_refused(value):
    with pytest.raises(DataError, match=r"(?s)given: .* is not evidence; write a mapping"):
        NET.marginal(["A"], given=value)


@pytest.mark.parametrize("value", ["do(A=y)", " do() "], ids=repr)
def test_texts_of_interventions_are_no_evidence(value):
    with pytest.raises(DataError, match=r"given: *do\(.*\) *is an intervention; pass it as do"):
        NET.marginal(["A"], given=value)


@pytest.mark.parametrize("value", [*CONTENTS, {"A": {"y": 1}}, "A~{y: 1}"], ids=repr)
def test_evidence_that_does_not_fit_is_refused(value):
    with pytest.raises(DataError):
        NET.marginal(["A"], given=value)


@pytest.mark.parametrize("value", [None, 5, [["A"]], [None], ["A", "A"], ["C"]], ids=repr)
def test_names_that_do_not_fit_are_refused(value):
    for model in (NET, Mixture(NET, {do(): 1.0})):
        with pytest.raises(DataError):
            model.marginal(value)


@pytest.mark.parametrize("value", [5, "A=y", ["A=y"], [("A=y",)], [5], [("A=y", 1, 2)], {"A": 1}])
def test_components_that_do_not_fit_are_refused(value):
    with pytest.raises(DomixError):
        Mixture(NET, value)


@given(st.data())
def test_any_intervention_and_evidence_can_be_text(data):
    net = data.draw(networks(most=3))
    intervention, evidence = data.draw(interventions(net)), data.draw(interventions(net))
    text = str(evidence).removeprefix("do(").removesuffix(")")

    def ask(given_states):
        try:
            return net.marginal(net.variables, do=str(intervention), given=given_states).values
        except DataError as error:
            return str(error)

    assert np.array_equal(ask(text), ask(dict(evidence)))
    assert Mixture(net, {str(intervention): 1.0}).targets == (net.target(intervention),)
