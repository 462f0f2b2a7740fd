"""Labels to codes and back, whatever the data frame."""

from __future__ import annotations

import datetime
import subprocess
import sys
from decimal import Decimal

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.space import Space
from domix.data import frame as frame_module
from domix.data.arrays import check_codes, code_array
from domix.data.frame import decode, encode, from_columns, is_frame
from domix.errors import DataError, DomixWarning, MissingExtraError
from frame_makers import MAKERS, pandas_objects

SPACE = Space({"A": ["low", "high"], "B": ["1", "2", "3"]})


@pytest.fixture(params=MAKERS, ids=lambda maker: maker.__name__)
def make(request):
    return request.param


def test_any_frame_becomes_codes(make):
    data = make({"B": [1, 2, 3, 1], "A": ["low", "high", "low", "low"]})
    result = encode(SPACE, data)
    assert result.codes.tolist() == [[0, 0], [1, 1], [0, 2], [0, 0]]
    assert result.codes.dtype == np.uint8
    assert result.codes.flags.c_contiguous
    assert result.kept is None
    assert result.dropped == {}


def test_errors_for_unknown_labels_name_the_place(make):
    data = make({"A": ["low", "high", "hgh", "hgh"], "B": [1, 1, 1, 1]})
    with pytest.raises(DataError) as caught:
        encode(SPACE, data, argument="observational")
    assert str(caught.value) == (
        "observational: row 2 (counting from 0), column 'A': 'hgh' is not a state; "
        "the states are 'low', 'high' (and 1 more in this column)"
    )
    with pytest.raises(DataError, match=r"row 1 \(counting from 0\), column 'B': 4 is not a state"):
        encode(SPACE, make({"A": ["low", "high"], "B": [1, 4]}))


def test_missing_values_are_counted_by_column(make):
    data = make({"A": ["low", None, None, "high"], "B": [1, 2, None, 3]})
    with pytest.raises(DataError, match=r"missing values, by column: 'A' 2, 'B' 1; .*\"drop\""):
        encode(SPACE, data)
    with pytest.warns(DomixWarning, match="dropped 2 of 4 rows .* by column: 'A' 2, 'B' 1"):
        result = encode(SPACE, data, missing="drop")
    assert result.codes.tolist() == [[0, 0], [1, 2]]
    assert result.kept.tolist() == [True, False, False, True]
    assert result.dropped == {"A": 2, "B": 1}


def test_no_rows(make):
    data = make({"A": ["low"], "B": [1]})[:0]
    if isinstance(data, pl.LazyFrame):
        data = data.collect().lazy()
    assert encode(SPACE, data).codes.shape == (0, 2)
    assert encode(SPACE, make({"A": [], "B": []})).codes.shape == (0, 2)


@pytest.mark.parametrize("maker", [pandas_objects, pl.DataFrame, pa.table])
@pytest.mark.parametrize("text", ["", "NA", "NaN", "nan", "null", "N/A"])
def test_texts_for_missing(maker, text):
    data = maker({"A": ["low", text], "B": ["1", "2"]})
    with pytest.warns(DomixWarning):
        assert encode(SPACE, data, missing="drop").dropped == {"A": 1}
    named = Space({"A": ["low", text], "B": ["1", "2"]})
    assert encode(named, data).codes.tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table])
def test_nan_is_missing_even_if_nan_is_a_state(maker):
    space = Space({"A": ["1", "nan"]})
    with pytest.raises(DataError, match="missing values, by column: 'A' 1;"):
        encode(space, maker({"A": [1.0, float("nan")]}))


def test_every_row_may_be_dropped():
    with pytest.warns(DomixWarning, match="dropped 2 of 2"):
        result = encode(SPACE, pl.DataFrame({"A": [None, None], "B": [1, 2]}), missing="drop")
    assert result.codes.shape == (0, 2)


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize(
    ("states", "labels", "codes"),
    [
        (["1", "2"], [2.0, 1.0], [1, 0]),
        (["1", "2"], ["2.0", "1"], [1, 0]),
        ([1, 2], ["2", "1"], [1, 0]),
        ([0.5, 1], ["1", ".5"], [1, 0]),
        ([True, False], [False, True], [1, 0]),
        (["True", "False"], [False, True], [1, 0]),
        ([True, False], ["False", "True"], [1, 0]),
        (["01", "1"], ["1", "01"], [1, 0]),
        (["2020-01-01"], [datetime.date(2020, 1, 1)], [0]),
        (["1.0", "2.0"], [Decimal("2.0"), Decimal("1.0")], [1, 0]),
    ],
)
def test_numbers_and_texts_alike(maker, states, labels, codes):
    assert encode(Space({"A": states}), maker({"A": labels})).codes[:, 0].tolist() == codes


@pytest.mark.parametrize("maker", [pd.DataFrame, pl.DataFrame, pa.table])
def test_a_boolean_is_not_the_number_one(maker):
    with pytest.raises(DataError, match="True is not a state"):
        encode(Space({"A": ["0", "1"]}), maker({"A": [True]}))


def test_ambiguous_numbers_are_refused():
    with pytest.raises(DataError, match=r"1 is not a state; the states are '1\.0', '1\.00'"):
        encode(Space({"A": ["1.0", "1.00"]}), pl.DataFrame({"A": [1]}))


def test_mixed_objects_keep_their_types_apart():
    space = Space({"A": ["x", 2, True]})
    data = pd.DataFrame({"A": [True, 2, "x", "2", 2.0]}, dtype=object)
    assert encode(space, data).codes[:, 0].tolist() == [2, 1, 0, 1, 1]
    with pytest.raises(DataError, match=r"row 1 .*\[1\] is not a state"):
        encode(space, pd.DataFrame({"A": ["x", [1]]}))


@pytest.mark.parametrize("null", [None, float("nan"), pd.NA, pd.NaT])
def test_nulls_among_mixed_objects(null):
    data = pd.DataFrame({"A": ["x", null, 1]}, dtype=object)
    with pytest.raises(DataError, match="missing values, by column: 'A' 1;"):
        encode(Space({"A": ["x", 1]}), data)


def test_columns_must_fit(make):
    data = make({"A": ["low"], "C": [1], "B": [2], "D": [1]})
    with pytest.raises(DataError, match=r"columns that are not variables: 'C', 'D'; .*\"ignore\""):
        encode(SPACE, data)
    assert encode(SPACE, data, extra="ignore").codes.tolist() == [[0, 1]]
    with pytest.raises(DataError, match=r"no column for 'B'; the columns .* variables are 'C'"):
        encode(SPACE, make({"A": ["low"], "C": [1]}), extra="ignore")
    with pytest.raises(DataError, match="the first line of a file must hold the names"):
        encode(SPACE, make({"low": ["low"], "1": [1]}))


def test_two_columns_of_one_name():
    with pytest.raises(DataError, match=r"columns of the same name: .*'A' 2 times"):
        encode(SPACE, pd.DataFrame([["low", "low", 1]], columns=["A", "A", "B"]))


@pytest.mark.parametrize("options", [{"missing": "ignore"}, {"extra": "drop"}, {"extra": None}])
def test_options(options):
    name, value = next(iter(options.items()))
    with pytest.raises(DataError, match=f"{name}: must be 'error' or .*, not {value!r}"):
        encode(SPACE, [[0, 0]], **options)


def test_arrays_of_the_right_type_are_not_copied():
    codes = np.array([[1, 2], [0, 0]], dtype=np.uint8)
    assert encode(SPACE, codes).codes is codes


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64, np.uint64, ">i4", bool])
@pytest.mark.parametrize("order", ["C", "F"])
def test_any_integers_in_any_order(dtype, order):
    codes = np.array([[1, 1], [0, 1], [1, 0]]).astype(dtype, order=order)
    for given_codes in (codes, codes.tolist(), tuple(map(tuple, codes.tolist()))):
        result = check_codes(SPACE, given_codes)
        assert result.tolist() == [[1, 1], [0, 1], [1, 0]]
        assert result.dtype == np.uint8
        assert result.flags.c_contiguous


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        ([[0, 2], [1, 3]], r"row 1 \(counting from 0\), variable 'B': code 3 .* are 0 to 2"),
        ([[0, 2], [-1, 0]], r"row 1 .*, variable 'A': code -1"),
        (np.array([[0, 2], [2, 0]], np.uint8), r"row 1 .*, variable 'A': code 2"),
        ([[0, 256]], "code 256"),
        ([[0, 1, 0]], r"shape \(rows, 2\), .* 'A', 'B'; the shape is \(1, 3\)"),
        ([0, 1], r"the shape is \(2,\)"),
        (np.zeros((1, 2, 1), int), r"the shape is \(1, 2, 1\)"),
        ([[0.0, 1.0]], r"must be integers, not float64; .*astype\(int\)"),
        ([[0, 1], [0]], "rows differ in length"),
        ([["low", "1"]], "data frame of labels .* not a list that holds something else"),
        (np.array([["low", "1"]]), "not an array of dtype <U3"),
        (np.ma.array([[0, 1]], mask=[[True, False]]), "missing values, by column: 'A' 1"),
        ({"A": ["low"]}, "must be a data frame .* not dict"),
        (None, "not NoneType"),
        (pl.Series([0, 1]), r"the shape is \(2,\)"),
    ],
)
def test_invalid_code_arrays_are_refused(codes, message):
    with pytest.raises(DataError, match=message):
        encode(SPACE, codes)


def test_codes_without_known_states_end_at_255():
    assert code_array([[255, 0]], ["A", "B"]).tolist() == [[255, 0]]
    with pytest.raises(DataError, match="variable 'B': code 256 is out of range"):
        code_array([[0, 256]], ["A", "B"])


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_decode_is_the_inverse(backend):
    space = Space(
        {
            "text": ["x", "y"],
            "int": [1, 2],
            "float": [1, 2.5],
            "bool": [True, False],
            "mixed": ["x", 1],
            "alike": [True, 2],
            "huge": [2**70, 1],
            "odd names/1": ["", "NA"],
        }
    )
    codes = np.array([[0] * 8, [1] * 8, [0, 1] * 4], dtype=np.uint8)
    data = decode(space, codes, backend)
    assert nw.from_native(data).implementation.name.lower() == backend
    assert nw.from_native(data)["text"].to_list() == ["x", "y", "x"]
    assert nw.from_native(data)["float"].to_list() == [1.0, 2.5, 1.0]
    assert nw.from_native(data)["mixed"].to_list() == ["x", "1", "x"]
    assert encode(space, data).codes.tolist() == codes.tolist()
    assert encode(space, decode(space, codes[:0], backend)).codes.shape == (0, 8)


def test_decoded_pandas_has_a_plain_index():
    assert decode(SPACE, [[1, 0], [0, 1]], "pandas").index.tolist() == [0, 1]


@given(st.data())
def test_round_trip(data):
    labels = st.one_of(st.text(max_size=3), st.integers(), st.booleans(), st.integers().map(str))
    states = data.draw(
        st.lists(st.lists(labels, min_size=1, max_size=5, unique_by=str), min_size=1, max_size=3)
    )
    space = Space({f"V{i}": labels for i, labels in enumerate(states)})
    row = st.tuples(*(st.integers(0, len(labels) - 1) for labels in states))
    codes = np.array(data.draw(st.lists(row, max_size=4)), dtype=np.uint8).reshape(-1, len(states))
    backend = data.draw(st.sampled_from(["polars", "pandas", "pyarrow"]))
    assert encode(space, decode(space, codes, backend)).codes.tolist() == codes.tolist()


def test_decode_checks():
    with pytest.raises(DataError, match=r"codes: row 0 .*, variable 'A': code 2"):
        decode(SPACE, [[2, 0]])
    with pytest.raises(DataError, match="backend: must be one of 'polars', 'pandas', 'pyarrow'"):
        decode(SPACE, [[0, 0]], "excel")


def test_backends_that_are_not_installed(monkeypatch):
    monkeypatch.setattr(frame_module, "find_spec", lambda name: name == "pyarrow" or None)
    assert isinstance(decode(SPACE, [[0, 0]]), pa.Table)
    with pytest.raises(DataError, match="polars is not installed: python -m pip install polars"):
        decode(SPACE, [[0, 0]], "polars")
    monkeypatch.setattr(frame_module, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="domix\\[app\\]"):
        decode(SPACE, [[0, 0]])


@pytest.mark.parametrize("backend", ["polars", "pandas", "pyarrow"])
def test_from_columns_takes_gaps_and_mixtures(backend):
    data = from_columns({"label": ["x", 1], "p": [0.5, None], "none": [None, None]}, backend)
    columns = nw.from_native(data)
    assert columns["label"].to_list() == ["x", "1"]
    assert columns["p"].null_count() == 1
    assert columns["none"].null_count() == 2


def test_is_frame(make):
    assert is_frame(make({"A": ["low"]}))
    for other in (np.zeros((1, 1)), [[0]], pl.Series([1]), pd.Series([1]), {"A": [1]}, None, "A"):
        assert not is_frame(other)


def test_arrays_need_no_data_frame_library():
    code = (
        "import sys, numpy as np; from domix.core.space import Space; "
        "from domix.data.frame import encode; encode(Space({'A': [0, 1]}), np.array([[1]])); "
        "assert not {'narwhals', 'pandas', 'polars', 'pyarrow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
