"""Columns of every type to codes: the quick ways give what comparing label by label gives."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.space import Space, as_label
from domix.data.columns import MISSING, PROBED_ROWS, column_codes, fill_codes
from domix.data.marks import MissingMarks
from domix.errors import DataError

LABELS: dict[str, list] = {
    "text": ["low", "", "high", "2"],
    "small": [-3, 0, 2, 7],
    "large": [-(2**40), 2, 2**62],
    "truth": [False, True],
}
MAKERS = {
    "polars": pl.Series,
    "polars categories": lambda values: pl.Series(
        [None if v is None else str(v) for v in values]
    ).cast(pl.Categorical),
    "polars enum": lambda values: pl.Series(
        [None if v is None else str(v) for v in values],
        dtype=pl.Enum(sorted({str(v) for v in values if v is not None})),
    ),
    "pandas": lambda values: pd.Series(values, dtype="object").infer_objects(),
    "pandas nullable": lambda values: pd.Series(values).convert_dtypes(),
    "pyarrow": lambda values: pa.chunked_array([pa.array(values)]),
}


@st.composite
def columns(draw):
    labels = LABELS[draw(st.sampled_from(sorted(LABELS)))]
    values = draw(st.lists(st.sampled_from([*labels, None]), min_size=1, max_size=30))
    return labels, values if any(v is not None for v in values) else [*values, labels[0]]


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(columns())
def test_codes_are_those_of_single_labels(make, column):
    labels, values = column
    space = Space({"A": [label for label in labels if label != ""]})
    codes = column_codes(
        space, 0, nw.from_native(make(values), series_only=True), MissingMarks(), "data"
    )
    expected = [
        MISSING if value is None or value == "" else space.match(0, as_label(value))
        for value in values
    ]
    assert codes.tolist() == expected


@pytest.mark.parametrize("late", ["high", None, "other"])
def test_labels_can_come_late_in_a_column(late):
    space = Space({"A": ["low", "high"]})
    column = pl.Series("A", ["low"] * (PROBED_ROWS + 5) + [late])
    if late == "other":
        message = f"row {PROBED_ROWS + 105} .*'other' is not a state"
        with pytest.raises(DataError, match=message):
            column_codes(
                space, 0, nw.from_native(column, series_only=True), MissingMarks(), "", 100
            )
        return
    frame = nw.from_native(pl.DataFrame({"A": column}))
    codes = np.empty((len(column), 1), np.uint8)
    absent = fill_codes(codes, space, [frame], MissingMarks(), "data")
    assert codes[-1, 0] == (late == "high")
    assert not codes[:-1].any()
    assert (absent is not None and absent.nonzero()[0].tolist() == [PROBED_ROWS + 5]) == (
        late is None
    )


def test_many_numbers_are_no_states():
    space = Space({"A": [0, 1]})
    column = nw.from_native(pl.Series(np.arange(2**17)), series_only=True)
    with pytest.raises(DataError, match=r"row 2 .*131069 more.*looks continuous"):
        column_codes(space, 0, column, MissingMarks(), "data")
