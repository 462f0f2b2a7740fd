"""What is known is checked where it comes in: errors name the place."""

from __future__ import annotations

import inspect

import numpy as np
import pandas
import polars
import pyarrow
import pytest

from domix import DataError, ExclusionError, InterventionError, Network, disentangle, do
from domix.problems.inputs import Options

NET = Network(
    {"A": [], "B": ["A"], "C": ["B"]},
    {"A": ["lo", "mid", "hi"], "B": ["lo", "mid", "hi"], "C": ["no", "yes"]},
    {
        "A": [0.5, 0.5, 0.0],
        "B": np.full((3, 3), 1 / 3),
        "C": np.full((3, 2), 1 / 2),
    },
)
ROWS = np.array([[0, 0, 0], [1, 1, 1], [0, 2, 1], [2, 1, 0]])


@pytest.mark.parametrize(
    ("known", "error", "says"),
    [
        ({"include": [do(D="lo")]}, InterventionError, "include: unknown variable 'D'"),
        ({"include": ["A=low"]}, InterventionError, "include: variable 'A' has no state 'low'"),
        ({"include": ["A"]}, InterventionError, "include: 'A' is not name=state"),
        ({"include": [7]}, InterventionError, "include: 7 is not an intervention; write"),
        ({"include": [None]}, InterventionError, "include: None is not an intervention; write"),
        ({"include": do(A="lo")}, InterventionError, "include: a list of interventions is needed"),
        ({"include": "A=lo"}, InterventionError, "include: a list of interventions is needed"),
        ({"suspected": ["A=low"]}, InterventionError, "suspected: variable 'A' has no state"),
        ({"never_intervened": ["D"]}, InterventionError, "never_intervened: unknown variable"),
        (
            {"never_intervened": "AB"},
            InterventionError,
            "never_intervened: a list of names of variables is needed",
        ),
        ({"max_target_size": -1}, InterventionError, "at least 0, not -1"),
        ({"max_target_size": 1.5}, InterventionError, "at least 0, not 1.5"),
        ({"max_target_size": True}, InterventionError, "at least 0, not True"),
        ({"excluded_values": {"D": "lo"}}, InterventionError, "excluded_values: unknown variable"),
        ({"excluded_values": {"A": "low"}}, InterventionError, "excluded_values: variable 'A' has"),
        (
            {"excluded_values": ["A"]},
            InterventionError,
            "excluded_values: a mapping from variables to states",
        ),
        (
            {"include": ["A=lo", "B=mid"], "never_intervened": ["B"]},
            InterventionError,
            r"include: do\(B=mid\) sets 'B', which no target sets",
        ),
        (
            {"include": ["A=lo,B=mid"], "max_target_size": 1},
            InterventionError,
            r"include: do\(A=lo, B=mid\) sets 2 variables; max_target_size is 1",
        ),
        (
            {"suspected": ["A=lo"], "excluded_values": {"A": ["lo", "mid"]}},
            ExclusionError,
            r"suspected: do\(A=lo\) uses the excluded value 'lo' of 'A'",
        ),
        (
            {"include": ["C=no", "A=lo,C=yes"]},
            ExclusionError,
            r"include: do\(A=lo, C=yes\) would leave 'C' without a value that no target uses",
        ),
        (
            {"include": ["C=no"], "labels": [None, do(C="yes"), None, None]},
            ExclusionError,
            r"labels: row 1 \(counting from 0\): do\(C=yes\) would leave 'C'",
        ),
        (
            {"labels": [None] * 3},
            DataError,
            "labels: one entry for each of the 4 rows is needed, not 3",
        ),
        ({"labels": "A=lo"}, DataError, "labels: one entry for each row"),
        (
            {"labels": [None, None, "A=low", None]},
            InterventionError,
            r"labels: row 2 \(counting from 0\): variable 'A' has no state 'low'",
        ),
        (
            {"labels": [None, 3, None, None]},
            InterventionError,
            r"labels: row 1 \(counting from 0\): 3 is not an intervention",
        ),
        (
            {"labels": [None, None, {"A": ["lo"]}, None]},
            InterventionError,
            r"labels: row 2 \(counting from 0\): variable 'A' has no state \['lo'\]",
        ),
        (
            {"labels": [None, "A=lo", None, None]},
            DataError,
            r"labels: row 1 \(counting from 0\) is labelled do\(A=lo\), but its 'A' is 'mid'",
        ),
        (
            {"labels": [None, None, None, "do()"]},
            DataError,
            r"labels: row 3 .* is labelled do\(\), which cannot have produced it",
        ),
    ],
)
def test_refused(known, error, says):
    with pytest.raises(error, match=says):
        disentangle(NET, ROWS, **known)


def test_rows_in_messages_are_those_of_the_data_in_groups_too():
    labels = ["C=no", None, "C=yes", None]
    with pytest.raises(ExclusionError, match="labels: row 2"):
        disentangle(NET, ROWS, labels=labels, groups=["b", "a", "b", "a"])


def test_learnt_tables_call_no_row_impossible():
    control = NET.sample(50, rng=1)
    result = disentangle(NET, ROWS, observational=control, labels=[None, None, None, do()])
    assert result.rows == 4


def test_a_label_that_is_no_component_is_refused():
    result = disentangle(NET, ROWS[:3])
    with pytest.raises(DataError, match=r"row 1 .*: do\(B=mid\) is not a component of this result"):
        result.assign(ROWS, labels=[None, "B=mid", None, None])


@pytest.mark.parametrize(
    "missing",
    [None, float("nan"), np.float32("nan"), pandas.NA, pandas.NaT, "", "  ", "NA"],
    ids=repr,
)
def test_unknown_labels_may_be_written_in_several_ways(missing):
    result = disentangle(NET, ROWS, labels=[missing] * 4)
    assert "labels" not in result.facts


def test_columns_of_frames_are_labels():
    texts = [None, "C=yes", None, None]
    columns = [
        polars.Series(texts),
        pandas.Series(texts),
        pandas.Series(texts, dtype="string"),
        pandas.Series(texts, dtype="category"),
        pyarrow.chunked_array([texts]),
    ]
    expected = disentangle(NET, ROWS, labels=texts).to_json()
    for column in columns:
        assert disentangle(NET, ROWS, labels=column).to_json() == expected


def test_help_shows_every_option_with_its_default():
    parameters = inspect.signature(disentangle).parameters
    assert set(Options.__annotations__) < set(parameters)
    assert parameters["bootstrap"].default == 0
    assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values())
