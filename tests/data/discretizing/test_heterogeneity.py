"""The warning of states that hold too much: found where severity matters, and not elsewhere."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest

from domix import DataError, Discretizer, DomixWarning, Network, read_graph

GRAPH = {"A": [], "B": ["A"], "C": ["B", "D"], "D": []}


def draw(n=3000, seed=0, effect=1.0):
    rng = np.random.default_rng(seed)
    a, d = rng.normal(size=(2, n))
    b = effect * a + rng.normal(size=n)
    return pl.DataFrame({"A": a, "B": b, "C": effect * (b + d) + rng.normal(size=n), "D": d})


@pytest.mark.parametrize("bins", [2, 3, 5])
def test_bins_without_outer_states_are_named(bins):
    control = draw()
    discretizer = Discretizer("quantile", bins=bins).fit(control)
    with pytest.warns(DomixWarning, match=r"control rows are in the state '.*depends on the value"):
        found = discretizer.check(GRAPH, control)
    assert {state.variable for state in found} == {"A", "B", "D"}
    assert all(state.state in discretizer.states[state.variable] for state in found)
    assert [state.loss for state in found] == sorted((s.loss for s in found), reverse=True)
    assert all(state.p_value <= 0.05 and state.loss >= 0.01 for state in found)


@pytest.mark.parametrize("rows", [1500, 20_000])
def test_outer_states_of_the_default_are_not_named(rows):
    control = draw(rows)
    discretizer = Discretizer().fit(control)
    assert discretizer.check(GRAPH, control) == ()
    net = Network.fit(GRAPH, discretizer.transform(control))
    assert discretizer.check(net, control) == ()


def test_variables_without_effects_are_rarely_named():
    found = []
    for seed in range(20):
        control = draw(seed=seed, effect=0.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DomixWarning)
            found += Discretizer("quantile", bins=3).fit(control).check(GRAPH, control)
    assert len(found) <= 3


def test_discrete_and_missing_values_are_read():
    control = draw().with_columns(
        pl.when(pl.int_range(pl.len()) % 7 > 0).then("B").alias("B"),
        pl.when(pl.col("D") > 0).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("D"),
    )
    discretizer = Discretizer("quantile", bins=2).fit(control)
    with pytest.warns(DomixWarning):
        found = discretizer.check(GRAPH, control)
    assert {(state.variable, state.child) for state in found} == {("A", "B"), ("B", "C")}


def test_a_child_that_a_state_never_shows_is_passed_over():
    control = draw().with_columns(pl.when(pl.col("A") > 0).then("B").alias("B"))
    discretizer = Discretizer("quantile", bins=2).fit(control)
    with warnings.catch_warnings(action="error"):
        warnings.simplefilter("ignore", DomixWarning)
        found = discretizer.check(GRAPH, control)
    assert ("A", "low") not in {(state.variable, state.state) for state in found}


@pytest.mark.parametrize("graph", [[("A", "B")], "graph.csv", None])
def test_other_graphs_are_read_first(graph):
    control = draw(100)
    discretizer = Discretizer().fit(control)
    with pytest.raises(DataError, match=r"graph: .* give domix\.read_graph\(graph\)"):
        discretizer.check(graph, control)
    assert discretizer.check(read_graph([("A", "B")]), control) == ()


def test_a_variable_without_a_column_is_named():
    control = draw()
    with pytest.raises(DataError, match="no column for 'E', of the graph"):
        Discretizer().fit(control).check(GRAPH | {"E": []}, control)
