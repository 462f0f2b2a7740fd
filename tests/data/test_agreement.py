"""Rows and control rows of a graph without tables must write the states of a variable alike."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, DomixWarning, check_model, disentangle
from domix.data.plausibility.agreement import check_agreement
from frame_makers import MAKERS, pandas_categories, polars_enums

UNDECLARED = [maker for maker in MAKERS if maker not in (pandas_categories, polars_enums)]


@pytest.fixture(params=UNDECLARED)
def make(request):
    """A maker of data frames from columns."""
    return request.param


@pytest.mark.parametrize(
    ("labels", "known"),
    [([True, False], ["1", "0"]), ([True, False], [1, 0]), (["off"], ["low", "high"])],
)
def test_labels_in_common_are_required(make, labels, known):
    rows, control = make({"A": labels * 3}), make({"A": known * 3})
    with pytest.raises(DataError, match="observational: no label of column 'A' is one of data: "):
        disentangle({"A": []}, rows, control)
    with pytest.raises(DataError, match="control: no label of column 'A' is one of rows: "):
        check_model({"A": []}, control, rows, splits=0)


@pytest.mark.parametrize("label", ["mobile ", " Mobile", "MOBILE"])
def test_labels_that_differ_in_blanks_and_case_are_refused(make, label):
    plain = make({"A": ["mobile", "desk", "desk"]})
    odd = make({"A": [label, "mobile", "desk"]})
    message = f"data: column 'A': {label!r} may be 'mobile' of observational; write them alike"
    with pytest.raises(DataError, match=message):
        check_agreement(["A"], odd, plain)
    message = f"data: column 'A': 'mobile' may be {label!r} of observational"
    with pytest.raises(DataError, match=message):
        check_agreement(["A"], plain, odd)
    # Where both have both, they are states of which control rows say the share.
    check_agreement(["A"], odd, odd)


@given(st.lists(st.sampled_from(["a", "b", "c", None]), min_size=1), st.sets(st.sampled_from("ab")))
def test_labels_without_control_rows_are_counted(labels, known):
    rows = pl.DataFrame({"A": [*labels, "d"], "B": ["x"] * (len(labels) + 1)})
    control = pl.DataFrame({"A": [*sorted(known), "d"], "B": ["x"] * (len(known) + 1)})
    new = {label: labels.count(label) for label in {*labels} - known - {None}}
    if not new:
        check_agreement(["A", "B"], rows, control)
        return
    with pytest.warns(DomixWarning, match="^data: no row of observational has ") as record:
        check_agreement(["A", "B"], rows, control)
    (warning,) = record
    for label in "abcd":
        text = f"{label!r} of 'A' ({new.get(label)} rows)"
        assert (text in str(warning.message)) == (label in new)


def test_labels_are_counted_in_every_frame(make):
    rows, control = make({"A": [1, 2, 2, 3]}), make({"A": [1, 3]})
    with pytest.warns(DomixWarning, match=r"has 2 of 'A' \(2 rows\); their share in the tables"):
        check_agreement(["A"], rows, control)


def test_many_labels_are_not_all_named():
    rows = pl.DataFrame({"A": [str(number) for number in range(20)]})
    with pytest.warns(DomixWarning, match=r"'10' of 'A' \(1 rows\), ... \(19 in all\); their"):
        check_agreement(["A"], rows, rows[:1])


def test_labels_that_match_are_the_same():
    text = pd.DataFrame({"n": ["1", "2"], "t": ["TRUE", "FALSE"]})
    typed = pd.DataFrame({"n": [1.0, None, 2.0], "t": [True, True, False]})
    check_agreement(["n", "t"], text, typed)
    check_agreement(["n", "t"], typed, text)


def test_declared_levels_are_trusted():
    levels = pl.Enum(["mobile", "mobile ", "tv"])
    control = pl.DataFrame({"A": ["mobile"] * 40})
    rows = pl.DataFrame({"A": ["mobile ", "tv"] * 20}, schema={"A": levels})
    result = disentangle({"A": []}, rows, control)
    assert result.network.states["A"] == ("mobile", "mobile ", "tv")
