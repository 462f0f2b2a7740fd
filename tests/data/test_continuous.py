"""Measurements where labels are expected are refused by that word, not as thousands of states."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from domix import DataError, Network, disentangle, learn_graph
from frame_makers import pandas_nullable

VALUES = np.random.default_rng(0).normal(size=250).tolist()
COLUMNS = [VALUES, [str(x) for x in VALUES], list(range(300))]
GRAPH = {"A": [], "B": ["A"]}


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, pandas_nullable])
@pytest.mark.parametrize("values", COLUMNS)
def test_every_way_in_refuses_measurements(values, make):
    frame = make({"A": values, "B": ["x", "y"] * (len(values) // 2)})
    states = make({"A": ["x", "y"] * 10, "B": ["x", "y"] * 10})
    message = f"'A'.*looks continuous .{len(values)} different numbers.; see Discretizer"
    for argument, use in {
        "data": lambda: Network.fit(GRAPH, frame),
        "control": lambda: learn_graph(frame),
        "observational": lambda: disentangle(GRAPH, states, observational=frame),
    }.items():
        with pytest.raises(DataError, match=f"{argument}: column {message}"):
            use()
    with pytest.raises(DataError, match="looks continuous"):
        disentangle(GRAPH, frame, observational=states)
    with pytest.raises(DataError, match=f"is not a state.*{message.split('.*')[1]}"):
        Network.fit(GRAPH, states).encode(frame)


def test_labels_that_are_numbers_are_states():
    few = [0.5 * i for i in range(20)] * 2
    net = Network.fit({"A": []}, pl.DataFrame({"A": few}))
    assert len(net.states["A"]) == 20
    declared = pd.DataFrame({"A": pd.Categorical(VALUES)})
    assert len(Network.fit({"A": []}, declared).states["A"]) == 250
    assert len(Network.fit({"A": []}, pl.DataFrame({"A": range(256)})).states["A"]) == 256


def test_an_array_of_measurements_names_the_way():
    with pytest.raises(DataError, match=r"codes must be integers.*see Discretizer"):
        Network.fit(GRAPH, np.zeros((3, 2)))
