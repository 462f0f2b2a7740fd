"""Labels of every kind survive the files that hold them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domix.core.space import Space
from domix.data.files import read_frame, write_frame
from domix.data.frame import decode, encode


def distinct(labels):
    """Leave out labels that are equal to another, or have its text."""
    kept = {}
    for label in labels:
        if label not in kept.values():
            kept.setdefault(str(label), label)
    return list(kept.values())


NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-3, 3).map(float),
    st.sampled_from([10**400, 2**53 + 1, 1e16, 1e-7]),
)
LABELS = st.one_of(
    st.lists(st.booleans(), min_size=1, max_size=2, unique=True),
    st.lists(NUMBERS, min_size=1, max_size=5, unique=True),
    st.lists(st.text(max_size=4), min_size=1, max_size=5, unique=True),
    st.lists(st.booleans() | NUMBERS | st.text(max_size=4), min_size=1, max_size=5).map(distinct),
)


@pytest.mark.parametrize("suffix", [".csv", ".tsv.gz", ".parquet"])
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_written_is_read_by_the_states(tmp_path, suffix, data):
    states = data.draw(st.lists(LABELS, min_size=1, max_size=3))
    space = Space({f"V{i}": labels for i, labels in enumerate(states)})
    row = st.tuples(*(st.integers(0, len(labels) - 1) for labels in states))
    rows = data.draw(st.lists(row, max_size=4))
    codes = np.array(rows, dtype=np.uint8).reshape(-1, len(states))
    path = tmp_path / f"rows{suffix}"
    write_frame(decode(space, codes, "polars"), path)
    assert encode(space, read_frame(path)).codes.tolist() == codes.tolist()


@pytest.mark.parametrize("texts", [("False", "True"), ("false", "true"), ("FALSE", "TRUE")])
def test_truth_values_as_other_programs_write_them(tmp_path, texts):
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["A", *texts, texts[0]]))
    assert encode(Space({"A": [False, True]}), read_frame(path)).codes[:, 0].tolist() == [0, 1, 0]
