"""States that data frames declare or show."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, Network, disentangle, learn_graph
from domix.core.space import Space
from domix.data.frame import encode, observed_states
from frame_makers import MAKERS, pandas_categories, polars_enums

LEVELS = ["lo", "mid", "hi"]


def pandas_ordered(labels, levels):
    return pd.DataFrame({"B": pd.Categorical(labels, levels, ordered=True)})


def pandas_unordered(labels, levels):
    return pd.DataFrame({"B": pd.Categorical(labels, levels)})


def polars_enum(labels, levels):
    return pl.DataFrame({"B": pl.Series(labels, dtype=pl.Enum(levels))})


def polars_lazy(labels, levels):
    return polars_enum(labels, levels).lazy()


def arrow_ordered(labels, levels):
    indices = pa.array([None if x is None else levels.index(x) for x in labels], pa.int8())
    return pa.table({"B": pa.DictionaryArray.from_arrays(indices, levels, ordered=True)})


def pandas_arrow_ordered(labels, levels):
    return arrow_ordered(labels, levels).to_pandas(types_mapper=pd.ArrowDtype)


DECLARE = [
    pandas_ordered,
    pandas_unordered,
    polars_enum,
    polars_lazy,
    arrow_ordered,
    pandas_arrow_ordered,
]


@pytest.fixture(params=DECLARE, ids=lambda maker: maker.__name__)
def declare(request):
    return request.param


@given(st.data())
def test_declared_levels_are_the_states_in_their_order(data):
    maker = data.draw(st.sampled_from(DECLARE))
    text = st.text("abyz 019", min_size=1, max_size=3)
    levels = data.draw(st.lists(text, min_size=1, max_size=5, unique=True))
    labels = data.draw(st.lists(st.sampled_from(levels) | st.none(), max_size=6))
    frame = maker(labels, levels)
    assert observed_states(["B"], frame) == {"B": tuple(levels)}
    present = [levels.index(label) for label in labels if label is not None]
    if len(present) == len(labels):
        assert encode(Space({"B": levels}), frame).codes[:, 0].tolist() == present


def test_levels_without_rows_are_states_of_fitted_networks(declare):
    frame = declare(["lo", "hi", "hi"], LEVELS)
    net = Network.fit({"B": []}, frame)
    assert net.states["B"] == ("lo", "mid", "hi")
    assert net.counts["B"].tolist() == [1, 0, 2]
    assert learn_graph(frame).states["B"] == ("lo", "mid", "hi")


def test_a_bare_graph_has_the_declared_states(declare):
    rows = {kind: declare(["lo", "hi"] * 50, LEVELS) for kind in ("data", "controls")}
    net = disentangle({"B": []}, rows["data"], observational=rows["controls"]).network
    assert net.states["B"] == ("lo", "mid", "hi")
    text = pl.DataFrame({"B": ["lo", "mid"] * 50})
    for given_rows in ((text, rows["controls"]), (rows["data"], text)):
        net = disentangle({"B": []}, given_rows[0], observational=given_rows[1]).network
        assert net.states["B"] == ("lo", "mid", "hi")
    typing_error = pl.DataFrame({"B": ["lo", "hgh"]})
    with pytest.raises(DataError, match="'hgh' is not a state"):
        disentangle({"B": []}, typing_error, observational=rows["controls"])


def test_labels_of_two_frames_are_merged_by_what_they_match():
    text = pl.DataFrame({"n": ["10", "9"], "t": ["true", "false"], "s": ["b", "a"]})
    typed = pd.DataFrame({"n": [8, 9], "t": [True, False], "s": ["c", "a"]})
    merged = observed_states(["n", "t", "s"], text, {"observational": typed})
    assert merged == {"n": (8, "9", "10"), "t": ("false", "true"), "s": ("a", "b", "c")}


def test_errors_name_the_argument_that_lacks_a_column():
    rows = pl.DataFrame({"A": ["x"]})
    with pytest.raises(DataError, match="observational: no column for 'A'"):
        observed_states(["A"], rows, {"observational": pl.DataFrame({"B": ["x"]})})


def test_missing_values_among_levels_are_no_states():
    frame = pandas_unordered(["lo", "NA", None], ["lo", "NA", "hi", ""])
    assert observed_states(["B"], frame) == {"B": ("lo", "hi")}


@pytest.mark.parametrize("levels", [[3, 1, 2], [True, False], [0.5, 0.25], [2.0, 1.0]], ids=str)
def test_levels_keep_their_type(levels):
    frame = pandas_unordered(levels, levels)
    states = observed_states(["B"], frame)["B"]
    assert states == tuple(levels)
    assert encode(Space({"B": states}), frame).codes[:, 0].tolist() == list(range(len(levels)))


# Bins


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("bins", [[0, 2, 10, 12], [-0.5, 2, 10.25, 12], 3])
def test_bins_of_pandas_are_states_in_their_order(bins, right):
    x = np.array([11.5, 0.5, 3, 2, 11, 5])
    cut = pd.DataFrame({"x": pd.cut(x, bins, right=right)})
    net = Network.fit({"x": []}, cut)
    assert net.states["x"] == tuple(map(str, cut["x"].cat.categories))
    codes = cut["x"].cat.codes.tolist()
    for frame in (cut, cut.astype(object), cut.astype(str), pl.DataFrame(cut.astype(str))):
        assert net.encode(frame)[:, 0].tolist() == codes
        assert Network.fit({"x": []}, frame).states == net.states


def test_bins_of_polars_are_states_in_their_order():
    # What pl.Series([11.5, 0.5, 3, 13]).cut([0, 2, 10, 12]) returns.
    bins = pl.Enum(["(-inf, 0]", "(0, 2]", "(2, 10]", "(10, 12]", "(12, inf]"])
    cut = pl.DataFrame({"x": ["(10, 12]", "(0, 2]", "(2, 10]", "(12, inf]"]}, schema={"x": bins})
    states = observed_states(["x"], cut)["x"]
    assert states == tuple(bins.categories)
    for kind in (pl.String, pl.Categorical):
        assert observed_states(["x"], cut.cast({"x": kind}))["x"] == states[1:]


def test_bins_of_r_are_sorted_by_their_ends():
    bins = ["[10,1e+02)", "[-1.5,2)", "[2,10)"]
    frame = pl.DataFrame({"x": bins})
    assert observed_states(["x"], frame) == {"x": ("[-1.5,2)", "[2,10)", "[10,1e+02)")}


def test_labels_of_other_kinds_are_states_by_their_text():
    dates = [datetime.date(2021, 2, 1), datetime.date(2020, 1, 1)]
    for frame in (pl.DataFrame({"d": dates}), pd.DataFrame({"d": dates}), pa.table({"d": dates})):
        net = Network.fit({"d": []}, frame)
        assert net.states["d"] == ("2020-01-01", "2021-02-01")
        assert net.encode(frame)[:, 0].tolist() == [1, 0]


# Labels that occur


@pytest.mark.parametrize("make", MAKERS, ids=lambda maker: maker.__name__)
def test_observed_states(make):
    data = make({"A": ["b", "a", None, "b"], "B": [10, 9, 9, 10], "C": ["10", "9", "NA", ""]})
    declared = make in (pandas_categories, polars_enums)  # both declare sorted text
    assert observed_states(["C", "A", "B"], data) == {
        "C": ("10", "9") if declared else ("9", "10"),
        "A": ("a", "b"),
        "B": (9, 10),
    }
    with pytest.raises(DataError, match="no column for 'D'"):
        observed_states(["D"], data)


def test_observed_states_of_other_kinds():
    data = pd.DataFrame(
        {"whole": [2.0, None, 1.0], "half": [2.0, 0.5, 1], "flag": [True, False, True]}
    )
    assert observed_states(["whole", "half", "flag"], data) == {
        "whole": (1, 2),
        "half": (0.5, 1.0, 2.0),
        "flag": (False, True),
    }
    assert [type(label) for label in observed_states(["whole"], data)["whole"]] == [int, int]


@pytest.mark.parametrize("labels", [["1", "2", "1.0"], ["01", "1"], ["true", "TRUE"]], ids=str)
def test_labels_of_a_column_that_denote_the_same_are_refused(labels):
    frame = pl.DataFrame({"A": labels})
    with pytest.raises(DataError, match=r"data: column 'A' has .* which denote the same"):
        Network.fit({"A": []}, frame)
    levels = frame.cast(pl.Enum(labels))
    assert Network.fit({"A": []}, levels).states["A"] == tuple(labels)
    assert Network.fit({"A": []}, frame, {"A": labels}).counts["A"].tolist() == [1] * len(labels)


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_zero_has_no_sign(make):
    net = Network.fit({"A": []}, make({"A": [-0.0, 0.0, 1.5]}))
    assert str(net.states["A"]) == "(0.0, 1.5)"
    assert net.counts["A"].tolist() == [2, 1]
    assert net.encode(make({"A": [1.5, -0.0]})).tolist() == [[1], [0]]


@pytest.mark.parametrize("kind", [pl.Int128, pl.UInt128])
def test_whole_numbers_of_128_bits(kind):
    frame = pl.DataFrame({"A": pl.Series([2**70, 1, 2**70], dtype=kind)})
    net = Network.fit({"A": []}, frame)
    assert net.states["A"] == (1, 2**70)
    assert net.encode(frame)[:, 0].tolist() == [1, 0, 1]


def test_variables_without_a_value_are_refused():
    frame = pl.DataFrame({"A": ["x", "y"], "B": ["", None]})
    for call in (lambda: Network.fit({"A": [], "B": []}, frame), lambda: learn_graph(frame)):
        with pytest.raises(DataError, match="no row has a value of 'B', so that its states"):
            call()
    with pytest.raises(DataError, match="there are no rows"):
        Network.fit({"A": []}, frame[:0])
