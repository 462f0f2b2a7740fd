"""Labels: which are refused, and which value finds which state."""

from __future__ import annotations

import numpy as np
import pytest

from domix.core.space import Space
from domix.errors import DataError, NetworkError


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ([1, 1.0], "duplicate state 1.0"),
        ([1, True], "duplicate state True"),
        ([1, "1"], "duplicate state '1'"),
        (["a", float("nan")], "nan is not a finite number"),
        ([float("inf")], "inf is not a finite number"),
        (["\ud800"], "UTF-8"),
        ("low", "sequence"),
        (2, "sequence"),
        ([("a",)], "string, a number or a boolean"),
    ],
)
def test_ambiguous_or_invalid_states_are_refused(states, words):
    with pytest.raises(NetworkError, match=words):
        Space({"A": states})


@pytest.mark.parametrize(
    ("states", "value", "code"),
    [
        (["1", "2"], 2, 1),
        (["1", "2"], 2.0, 1),
        ([1, 2], "2", 1),
        ([1, 2], np.int64(2), 1),
        (["01", "1"], 1, 1),
        (["01", "1.0"], 1, None),
        ([1, 2], True, None),
        (["True", "False"], False, 1),
        ([False, True], "true", 1),
        ([False, True], "TRUE", 1),
        (["false", "true"], True, 1),
        (["TRUE", "FALSE"], "false", 1),
        (["true", "True"], True, 1),
        (["true", "True"], "TRUE", None),
        ([False, True], "1", None),
        ([0, 1], "true", None),
        ([False, True], "yes", None),
        (["a"], 10**400, None),
        (["x", 10**400], str(10**400), 1),
        ([2**53 + 1, 5], 2**53, None),
        ([2**53 + 1, 5], str(2**53), None),
        ([str(2**53 + 1), "5"], np.int64(2**53 + 1), 0),
        ([2**53, 2**53 + 1], f"{2**53 + 1} ", 1),
        (["a"], ["a"], None),
    ],
)
def test_a_label_matches_its_state_unless_ambiguous(states, value, code):
    assert Space({"A": states}).match(0, value) == code


def test_true_and_one_are_different_labels():
    assert Space({"A": [0, 1]}) != Space({"A": [False, True]})
    assert Space({"A": [0, 1]}) == Space({"A": [0, 1]})


def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(DataError, match="unknown variable 'Z'; the network has 'A', 'B'"):
        Space({"A": [0], "B": [0]}).position("Z", DataError)
