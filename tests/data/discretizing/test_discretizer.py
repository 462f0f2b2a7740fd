"""Measurements to states: every kind of frame, what is cut and what stays, JSON, and errors."""

from __future__ import annotations

import datetime
import json
import math
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import domix
from domix import DataError, Discretizer, DomixWarning, FormatError, Network
from domix.core.space import Label
from domix.data.frame import observed_states
from frame_makers import pandas_arrow, pandas_nullable, pandas_objects, pandas_odd_index

STATES = ("off", "lowest", "very low", "low", "high", "very high", "highest", "over")
FRAMES = [
    pd.DataFrame,
    pandas_objects,
    pandas_nullable,
    pandas_arrow,
    pandas_odd_index,
    pl.DataFrame,
    pl.LazyFrame,
    pa.table,
]


def normal(n=2000, seed=0):
    return np.random.default_rng(seed).normal(size=n).tolist()


def labels(frame, name):
    column = frame[name]
    return column.to_pylist() if isinstance(frame, pa.Table) else column.to_list()


@pytest.fixture(scope="module")
def control():
    return {"A": normal(), "B": ["x", "y"] * 1000}


@pytest.mark.parametrize("make", FRAMES)
def test_every_kind_of_frame_gets_the_same_states_in_order(make, control):
    rows = {"A": [-9.0, 0.3, None, 9.0], "B": ["x", "y", "x", "x"]}
    discretizer = Discretizer().fit(make(control))
    out = discretizer.transform(make(rows))
    assert type(out) is type(make(rows)) or make is pl.LazyFrame
    given = [None if x is None or x != x else x for x in labels(out, "A")]
    assert given == ["off", "high", None, "over"]
    assert labels(out, "B") == rows["B"]
    assert observed_states(["A"], out) == {"A": STATES}
    assert discretizer.edges == Discretizer().fit(pd.DataFrame(control)).edges


def test_the_index_of_pandas_is_kept(control):
    rows = pandas_odd_index({"A": [-9.0, 0.0], "B": ["x", "y"]})
    out = Discretizer().fit(pd.DataFrame(control)).transform(rows)
    assert out.index.tolist() == [7, 7]
    assert out["A"].dtype.ordered
    assert rows["A"].tolist() == [-9.0, 0.0]


def test_text_of_numbers_is_cut_as_numbers(control):
    text = {name: [str(x) for x in values] for name, values in control.items()}
    assert (
        Discretizer().fit(pl.DataFrame(text)).edges
        == Discretizer().fit(pl.DataFrame(control)).edges
    )


@pytest.mark.parametrize(
    "column",
    [
        ["x", "y"] * 100,
        [True, False] * 100,
        [0, 1, 2, 1] * 50,
        [0.1, 0.2, 0.5, 0.7] * 50,
        pd.Categorical(normal(200)),
        [datetime.date(2024, 1, 1 + i % 3) for i in range(200)],
    ],
)
def test_discrete_columns_stay_as_they_are(column):
    frame = pd.DataFrame({"A": normal(200), "D": column})
    discretizer = Discretizer().fit(frame)
    assert list(discretizer.states) == ["A"]
    pd.testing.assert_series_equal(discretizer.transform(frame)["D"], frame["D"])


def test_a_strategy_for_all_cuts_whole_numbers():
    frame = pl.DataFrame({"reads": [0, 0, 0, 1, 2, 5] * 50, "treated": [0, 1] * 150})
    assert dict(Discretizer("counts").fit(frame).states) == {
        "reads": ("none", "low", "high", "over")
    }


def test_a_strategy_by_name_leaves_others_to_their_values():
    frame = pl.DataFrame({"A": normal(), "B": normal(seed=1), "C": np.abs(normal(seed=2))})
    discretizer = Discretizer({"B": "keep", "C": "metrics"}).fit(frame)
    assert discretizer.states == {"A": STATES, "C": ("off", "usual", "over")}


@given(st.lists(st.floats(allow_nan=False), min_size=1), st.integers(1, 9))
def test_every_number_has_a_state_and_larger_ones_no_lower(values, bins):
    discretizer = Discretizer(bins=bins).fit(pl.DataFrame({"A": normal(300)}))
    out = discretizer.transform(pl.DataFrame({"A": pl.Series(sorted(values), dtype=pl.Float64)}))
    codes = out["A"].to_physical().to_list()
    assert None not in codes
    assert codes == sorted(codes)


def test_infinite_values_are_outermost_states(control):
    discretizer = Discretizer().fit(pl.DataFrame(control))
    rows = pl.DataFrame({"A": [-math.inf, math.inf], "B": ["x", "x"]})
    assert discretizer.transform(rows)["A"].to_list() == ["off", "over"]


def test_columns_that_were_not_fitted_pass_through(control):
    rows = pl.DataFrame({"A": [0.0], "B": ["x"], "guide": ["sgTP53"]})
    out = Discretizer().fit(pl.DataFrame(control)).transform(rows)
    assert out.columns == ["A", "B", "guide"]


def test_batches_that_differ_in_scale_alone_get_the_same_states():
    values = np.array(normal())
    plates = {"one": values, "two": 5 + 3 * values}
    parts = [pl.DataFrame({"A": v, "plate": [p] * len(v)}) for p, v in plates.items()]
    discretizer = Discretizer().fit(pl.concat(parts), by="plate")
    one, two = (discretizer.transform(part) for part in parts)
    assert one.columns == ["A"]
    # A cut point can lie between two values that differ by rounding.
    assert (one["A"] != two["A"]).sum() <= len(discretizer.edges["A"])
    pooled = Discretizer().fit(pl.concat(parts).drop("plate"))
    assert (pooled.transform(parts[0])["A"] != pooled.transform(parts[1])["A"]).mean() > 0.5


def test_counts_are_scaled_by_depth():
    rng = np.random.default_rng(0)
    depth = rng.integers(500, 5000, 2000)
    frame = pl.DataFrame({"A": rng.poisson(depth / 400) * (rng.random(2000) < 0.8), "n": depth})
    discretizer = Discretizer("counts", depth="n").fit(frame)
    rows = pl.DataFrame({"A": [4, 8, 0], "n": [1000, 2000, 10]})
    out = discretizer.transform(rows)
    assert out.columns == ["A"]
    four, eight, none = out["A"].to_list()
    assert four == eight
    assert none == "none"


def test_depth_scales_whole_numbers_by_default():
    rng = np.random.default_rng(0)
    depth = rng.integers(500, 5000, 2000)
    frame = pl.DataFrame(
        {
            "many": rng.poisson(depth / 40),
            "few": rng.poisson(depth / 4000),
            "treated": rng.integers(0, 2, 2000),
            "score": normal(),
            "n": depth,
        }
    )
    discretizer = Discretizer(depth="n").fit(frame)
    assert list(discretizer.states) == ["many", "few", "score"]
    assert "scaled by 'n': many, few\n" in repr(discretizer)
    scaled = [{"many": 50, "few": 1, "n": 1000}, {"many": 100, "few": 2, "n": 2000}]
    one, two = discretizer.transform(
        pl.DataFrame([row | {"score": 0.0, "treated": 0} for row in scaled])
    ).to_dicts()
    assert one == two


@given(st.integers(1, 5), st.integers(1, 10**9))
def test_a_positive_count_is_not_none_at_any_depth(count, reads):
    frame = pl.DataFrame({"A": [0, 0, 1, 2, 3, 4] * 50, "n": [90, 100, 110] * 100})
    discretizer = Discretizer("counts", depth="n").fit(frame)
    rows = pl.DataFrame({"A": [count, 0], "n": [reads, reads]})
    positive, nothing = discretizer.transform(rows)["A"].to_list()
    assert positive != "none"
    assert nothing == "none"


def test_labels_that_are_mostly_whole_numbers_stay():
    frame = pl.DataFrame({"A": normal(200), "stage": ["1", "2", "3", "3+"] * 50})
    assert list(Discretizer().fit(frame).states) == ["A"]
    wells = frame.with_columns(pl.Series("stage", ["A", *map(str, range(199))]))
    assert list(Discretizer({"stage": "keep"}).fit(wells).states) == ["A"]


def test_a_batch_without_control_values_is_refused():
    values = [*normal(100), *[None] * 100]
    frame = pl.DataFrame({"A": values, "B": normal(200), "plate": ["one"] * 100 + ["two"] * 100})
    discretizer = Discretizer().fit(frame, by="plate")
    assert discretizer.transform(frame)["A"].null_count() == 100
    read = Discretizer.from_json(discretizer.to_json())
    rows = pl.DataFrame({"A": [None, 0.0], "B": [0.0, 0.0], "plate": ["two", "two"]})
    for one in (discretizer, read):
        with pytest.raises(DataError, match=r"row 1 .*is of 'two' and has a value of 'A'"):
            one.transform(rows)


def test_a_batch_of_few_control_rows_is_named():
    values = [*normal(100), *[None] * 5, *normal(19)]
    frame = pl.DataFrame({"A": values, "plate": ["one"] * 100 + ["two"] * 24})
    with pytest.warns(DomixWarning, match="'plate': 19 control rows of 'two' have a value of 'A',"):
        Discretizer().fit(frame, by="plate")
    with warnings.catch_warnings(action="error"):
        Discretizer().fit(frame.vstack(frame.tail(1)), by="plate")


@pytest.mark.parametrize("by", [None, "plate"])
@pytest.mark.parametrize(
    ("strategy", "depth"), [("auto", None), ("metrics", None), ({"A": "counts"}, "n")]
)
def test_json_round_trip(strategy, depth, by):
    values = np.abs(normal(400)) + (np.arange(400) % 3 > 0)
    frame = pl.DataFrame({"A": values, "plate": [1, 2] * 200, "n": [10, 20, 30, 40] * 100})
    discretizer = Discretizer(strategy, depth=depth).fit(frame, by=by)
    read = Discretizer.from_json(discretizer.to_json())
    assert repr(read) == repr(discretizer)
    assert read.edges == discretizer.edges
    assert read.transform(frame).equals(discretizer.transform(frame))
    assert read.to_json() == discretizer.to_json()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "update domix"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"columns": {"A": {"strategy": "tails", "edges": [2, 1], "states": "abc"}}}, "rise"),
        ({"columns": {"A": {"strategy": "tails", "edges": [1], "states": ["a"]}}}, "2 are needed"),
        ({"columns": {"A": {"strategy": "tails", "edges": [1], "states": ["a", "a"]}}}, "differ"),
        ({"strategy": "tail"}, "must be one of"),
    ],
)
def test_json_that_is_not_valid_names_the_place(change, message, control):
    document = json.loads(Discretizer().fit(pl.DataFrame(control)).to_json()) | change
    with pytest.raises(domix.DomixError, match=message):
        Discretizer.from_json(json.dumps(document))
    with pytest.raises(FormatError, match=r"cuts\.json"):
        Discretizer.from_json("{", "cuts.json")


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"A": []}, {}, "control: there are no rows"),
        ({"A": [0.5, math.inf, 1.5]}, {}, "row 1 .* column 'A': inf"),
        ({"A": [math.nan] * 3}, {}, "column 'A' has no value"),
        ({"A": ["x", "y"]}, {}, "every column is discrete"),
        ({"A": [*map(str, normal(50)), "?"]}, {}, r'missing_values=\["\?"\]'),
        ({"A": normal(50)}, {"by": "plate"}, "by: there is no column 'plate'"),
        ({"A": normal(50), "p": [None] * 50}, {"by": "p"}, "row 0 .*the row has no batch"),
        ({"A": normal(50)}, {"depth": "n"}, "depth: there is no column 'n'"),
        ({"A": normal(2), "n": [3.0, 0.0]}, {"depth": "n"}, "row 1 .*the depth is 0"),
        ({"A": normal(50)}, {"strategy": {"B": "tails"}}, "strategy: there is no column 'B'"),
        ({"A": normal(2), "B": ["x", "y"]}, {"strategy": {"B": "tails"}}, "'B' does not hold num"),
        ({"A": normal(50)}, {"strategy": "counts"}, "column 'A' has a negative value"),
        ({"A": normal(50), "n": [9.0] * 50}, {"depth": "n"}, "depth: no column is cut as counts"),
        ({"A": [*map(str, normal(50)), "<0.1"]}, {}, r"row 50 .*'A': '<0\.1' is not a number"),
        ({"A": normal(50)}, {"bins": 0}, "bins: must be a whole number of at least 1"),
        ({"A": normal(50)}, {"strategy": "uniform", "bins": 1}, "bins: must be at least 2 for"),
        ({"A": normal(50)}, {"bins": 255}, "bins: must be at most 254"),
    ],
)
def test_errors_of_fit_name_the_column_and_the_fix(columns, options, message):
    by = options.pop("by", None)
    with pytest.raises(DataError, match=message):
        Discretizer(**options).fit(pl.DataFrame(columns, strict=False), by=by)


def test_errors_of_transform_name_the_place(control):
    discretizer = Discretizer().fit(pl.DataFrame(control))
    with pytest.raises(DataError, match=r"frame: no column for 'A'.*\{\"COLUMN\": \"keep\"\}"):
        discretizer.transform(pl.DataFrame({"B": ["x"]}))
    with pytest.raises(DataError, match=r"row 1 .*'A': '\?' is not a number.*missing_values"):
        discretizer.transform(pl.DataFrame({"A": ["1", "?"], "B": ["x", "x"]}))
    with pytest.raises(DataError, match="must be a data frame"):
        discretizer.transform([[0.0], [1.0]])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="call fit with control rows first"):
        Discretizer().transform(pl.DataFrame(control))
    with pytest.raises(DataError, match="call fit with control rows first"):
        _ = Discretizer().edges
    frame = pl.DataFrame({"A": normal(100), "plate": ["one", "two"] * 50})
    batches = Discretizer().fit(frame, by="plate")
    with pytest.raises(DataError, match=r"row 0 .*'plate': no control row is of 'three'"):
        batches.transform(pl.DataFrame({"A": [0.0], "plate": ["three"]}))


def test_named_marks_are_missing_values():
    frame = pl.DataFrame({"A": [*map(str, normal(500)), "?", "-99"]})
    marks: list[Label] = ["?", -99]
    discretizer = Discretizer().fit(frame, missing_values=marks)
    out = discretizer.transform(frame, missing_values=marks)
    assert out["A"].null_count() == 2
    assert discretizer.edges == Discretizer().fit(frame.head(500)).edges


# Bins are not exactly Markov along a chain, and so many control rows show it.
@pytest.mark.filterwarnings("ignore:The control rows contradict")
def test_rows_in_states_are_disentangled():
    rng = np.random.default_rng(1)

    def draw(n, off):
        a = np.where(off, -4 + 0.3 * rng.normal(size=n), rng.normal(size=n))
        b = np.tanh(a) + 0.6 * rng.normal(size=n)
        return pd.DataFrame({"A": a, "B": b, "C": 1.2 * b + 0.6 * rng.normal(size=n)})

    control = draw(2000, np.zeros(2000, bool))
    rows = draw(1000, rng.random(1000) < 0.4)
    discretizer = Discretizer().fit(control)
    result = domix.disentangle(
        {"A": [], "B": ["A"], "C": ["B"]},
        discretizer.transform(rows),
        observational=discretizer.transform(control),
    )
    assert {str(c.intervention) for c in result.components} == {"do()", "do(A=off)"}


def test_a_network_is_fitted_with_states_that_no_row_has():
    frame = pl.DataFrame({"errors": [0.0] * 100})
    with pytest.warns(DomixWarning, match=r"'errors' never changes"):
        discretizer = Discretizer("metrics").fit(frame)
    net = Network.fit({"errors": []}, discretizer.transform(frame))
    assert net.states["errors"] == ("usual", "over")
