"""Labels of rows: the best guess, frames of the caller's kind, expected counts."""

from __future__ import annotations

import warnings

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Component, Disentanglement, DomixWarning, Misread, Network, do
from domix.core.notation import parse_intervention
from frame_makers import MAKERS
from strategies import every_row, mixtures, networks, soft_mixtures


def as_result(mixture):
    pairs = zip(mixture.interventions, mixture.weights, strict=True)
    return Disentanglement(mixture.network, tuple(Component(t, w) for t, w in pairs), "likelihood")


def columns(frame):
    """Columns of any frame as lists, with None for null."""
    return {
        name: [None if v is None or v != v else v for v in values.to_list()]
        for name, values in nw.from_native(frame).to_dict(as_series=True).items()
    }


@st.composite
def results(draw):
    net = draw(networks(most=3))
    return as_result(draw(mixtures(net) | soft_mixtures(net)))


@given(results())
def test_frames_agree_with_the_posterior(result):
    rows = every_row(result.network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        posterior = result.posterior(rows).astype(float)
    best, probabilities = result.assign(rows)
    shown = columns(result.assign(rows, as_frame=True))
    for row, shares in enumerate(posterior):
        if np.isnan(shares).any():
            assert {values[row] for values in shown.values()} == {None}
            continue
        assert parse_intervention(shown["intervention"][row]) == parse_intervention(str(best[row]))
        assert shown["probability"][row] == probabilities[row]
        entropy = -sum(p * np.log(p) for p in shares if p > 0)
        assert shown["entropy"][row] == pytest.approx(entropy, abs=1e-12)
        for name in result.network.variables:
            own = [name in c.intervention for c in result.components]
            assert shown[f"set_{name}"][row] == pytest.approx(shares[own].sum())
            assert shown[f"set_{name}"][row] <= 1


@given(results())
def test_expected_counts_sum_to_the_possible_rows(result):
    rows = every_row(result.network)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        counts = result.expected_counts(rows)
    assert list(counts) == [c.intervention for c in result.components]
    assert sum(counts.values()) == pytest.approx(np.isfinite(result.assign(rows)[1]).sum())


@pytest.fixture(scope="module")
def result():
    """B copies A, so that a row in which they differ is impossible unless B is set."""
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": ["x", "y"], "B": ["x", "y"]},
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.0, 1.0]]},
    )
    return Disentanglement(net, (Component(do(), 0.75), Component(do(B="x"), 0.25)), "likelihood")


ROWS = {"A": ["x", "y", "x"], "B": ["x", "x", "y"]}
EXPECTED = {
    "intervention": ["do()", "do(B=x)", None],
    "probability": [0.75, 1.0, None],
    "entropy": [-0.75 * np.log(0.75) - 0.25 * np.log(0.25), 0.0, None],
    "set_A": [0.0, 0.0, None],
    "set_B": [0.25, 1.0, None],
}


@pytest.mark.parametrize("make", MAKERS)
def test_frames_are_of_the_kind_of_the_rows(result, make):
    rows = make(ROWS)
    frame = result.assign(rows, as_frame=True)
    assert type(frame) is (pl.DataFrame if isinstance(rows, pl.LazyFrame) else type(rows))
    if isinstance(rows, pd.DataFrame):
        assert frame.index.equals(rows.index)
    shown = columns(frame)
    assert shown.pop("entropy") == pytest.approx(EXPECTED["entropy"])
    assert shown == {name: values for name, values in EXPECTED.items() if name != "entropy"}


def test_an_index_of_several_levels_is_kept(result):
    index = pd.MultiIndex.from_tuples([("p1", 1), ("p1", 2), ("p2", 1)], names=["plate", "well"])
    frame = result.assign(pd.DataFrame(ROWS, index=index), as_frame=True)
    assert frame.index.equals(index)
    assert frame.index.names == ["plate", "well"]


@pytest.mark.parametrize("kind", [pl.DataFrame, pa.table])
def test_columns_have_types_even_if_all_rows_are_impossible(result, kind):
    frame = nw.from_native(result.assign(kind({"A": ["x"], "B": ["y"]}), as_frame=True))
    assert list(frame.schema.values()) == [nw.String, *[nw.Float64] * 4]
    assert len(nw.from_native(result.assign(kind(ROWS).slice(0, 0), as_frame=True))) == 0


def test_names_of_variables_cannot_collide_with_columns():
    names = ["probability", "intervention", "set_probability", "entropy", "set_"]
    net = Network(
        {name: [] for name in names},
        {name: ["x", "y"] for name in names},
        {name: [0.5, 0.5] for name in names},
    )
    result = Disentanglement(net, (Component(do(), 1.0),), "likelihood")
    frame = result.assign(net.sample(3, rng=0), as_frame=True)
    shown = nw.from_native(frame).columns
    assert len(set(shown)) == 3 + len(names)


def test_labels_make_their_component_certain(result):
    rows = pl.DataFrame(ROWS).head(2)
    shown = columns(result.assign(rows, ["do(B=x)", None], as_frame=True))
    assert shown["intervention"] == ["do(B=x)", "do(B=x)"]
    assert (shown["probability"], shown["entropy"]) == ([1.0, 1.0], [0.0, 0.0])
    assert list(result.expected_counts(rows, ["do(B=x)", None]).values()) == [0.0, 2.0]


def test_drawn_and_misread_values_are_set():
    net = Network({"A": []}, {"A": ["x", "y"]}, {"A": [0.5, 0.5]})
    targets = [do(A={"x": 0.5, "y": 0.5}), do(A=Misread("x", {"x": 0.5, "y": 0.5}))]
    result = Disentanglement(net, tuple(Component(t, 0.5) for t in targets), "likelihood")
    assert columns(result.assign([[0]], as_frame=True))["set_A"] == [1.0]
