"""Network JSON: what it preserves, and the place that an error names."""

from __future__ import annotations

import json
import re
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given

from domix.errors import FormatError
from domix.formats.json import read_json, write_json
from domix.formats.record import NetworkRecord
from records import assert_same, records


def read(document, exact=False):
    text = document if isinstance(document, str) else json.dumps(document)
    return read_json(text, "net.json", exact)


def document(**changes):
    """A -> B with tables, and keys of B changed or, by None, removed."""
    a = {"name": "A", "states": [0, 1], "parents": [], "table": [0.5, 0.5]}
    b = {
        "name": "B",
        "states": ["x", "y", "z"],
        "parents": ["A"],
        "table": [[0.1, 0.2, 0.7], ["1/3", "1/3", "1/3"]],
    }
    b = {key: value for key, value in (b | changes).items() if value is not None}
    return {"format": "domix-network", "version": 1, "variables": [a, b]}


@given(records(typed=True))
def test_floats_labels_and_counts_round_trip_bit_for_bit(record):
    assert_same(read(write_json(record)), record)


@given(records(typed=True, exact=True))
def test_fractions_labels_and_counts_round_trip(record):
    assert_same(read(write_json(record), exact=True), record)


def test_labels_keep_their_types():
    labels = ("1", 2, 3.5, True, 'naïve "quoted"\n')
    record = NetworkRecord({"A": labels}, {"A": ()}, {"A": np.full(5, 0.2)})
    text = write_json(record)
    assert "naïve" in text
    for exact in (False, True):
        back = read(text, exact).states["A"]
        assert back == labels
        assert [type(label) for label in back] == [str, int, float, bool, str]


def test_entries_may_be_decimals_or_fractions():
    exact = read(document(), exact=True).tables["B"]
    assert exact[0].tolist() == [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)]
    assert exact[1].tolist() == [Fraction(1, 3)] * 3
    floats = read(document()).tables["B"]
    assert floats.dtype == np.float64
    assert floats.tolist() == [[0.1, 0.2, 0.7], [1 / 3] * 3]


def test_a_flat_table_has_the_order_of_a_nested_one():
    flat = read(document(table=[0.1, 0.2, 0.7, 0.3, 0.3, 0.4])).tables["B"]
    assert flat.tolist() == [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]]


def test_parents_may_come_after_their_children():
    whole = document()
    whole["variables"].reverse()
    record = read(whole)
    assert list(record.states) == ["B", "A"]
    assert record.parents["B"] == ("A",)


def test_the_written_layout_is_readable():
    table = np.array([[0.5, 0.5], [1.0, 0.0]])
    record = NetworkRecord({"A": ("x", "y"), "B": (0, 1)}, {"A": (), "B": ("A",)}, {})
    record.tables.update(A=table[0], B=table)
    lines = write_json(record).splitlines()
    assert '      "states": ["x", "y"],' in lines
    assert "        [1.0, 0.0]" in lines


MALFORMED: dict[str, tuple[dict, str]] = {
    "unknown parent": ({"parents": ["Z"]}, "variables[1].parents[0]: 'Z' is not a variable"),
    "parents not a list": ({"parents": "A"}, 'variables[1].parents: expected a list, not "A"'),
    "parent not a name": ({"parents": [0]}, "variables[1].parents[0]: expected a text in quotes"),
    "duplicate name": ({"name": "A"}, "variables[1].name: duplicate variable 'A'"),
    "name not a text": ({"name": 3}, "variables[1].name: expected a text in quotes, not 3"),
    "no states": ({"states": None}, "variables[1]: the key 'states' is missing"),
    "state not a label": (
        {"states": ["x", None]},
        "variables[1].states[1]: expected a state (a string, a finite number or a boolean)",
    ),
    "unknown key": ({"parent": []}, "variables[1]: unknown key 'parent'; the keys are 'counts'"),
    "rows missing": ({"table": [[1, 0, 0]]}, "variables[1].table: 1 entries where 2 are needed"),
    "row short": (
        {"table": [[1, 0, 0], [1, 0]]},
        "variables[1].table[1]: 2 entries where 3 are needed",
    ),
    "row not a list": (
        {"table": [[1, 0, 0], 1]},
        "variables[1].table[1]: expected a list, not 1",
    ),
    "flat and short": ({"table": [1, 0, 0]}, "variables[1].table: 3 entries where 6 are needed"),
    "not a number in quotes": (
        {"table": [[1, 0, 0], [1, 0, "x"]]},
        "variables[1].table[1][2]: 'x' is not a number",
    ),
    "boolean": (
        {"table": [[1, 0, 0], [1, 0, True]]},
        "variables[1].table[1][2]: true is not a finite number",
    ),
    "not a number": (
        {"table": [[1, 0, 0], [1, float("nan"), 0]]},
        "variables[1].table[1][1]: NaN is not a finite number",
    ),
    "infinite": (
        {"table": [[1, 0, 0], [float("inf"), 0, 0]]},
        "variables[1].table[1][0]: Infinity is not a finite number",
    ),
    "counts in one variable": (
        {"counts": [[1, 1, 1], [1, 1, 1]]},
        "counts of every variable need a pseudocount",
    ),
}


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("case", MALFORMED)
def test_errors_name_the_path(case, exact):
    changes, message = MALFORMED[case]
    with pytest.raises(FormatError, match=re.escape(f"net.json: {message}")):
        read(document(**changes), exact)


def test_counts_without_pseudocount_are_refused():
    whole = document(counts=[[1, 1, 1], [1, 1, 1]])
    whole["variables"][0]["counts"] = [3, 3]
    with pytest.raises(FormatError, match="counts of every variable need a pseudocount"):
        read(whole)
    whole["pseudocount"] = 1
    assert read(whole).pseudocount == 1.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format":\n  "domix-network",, }', "net.json:2:19: Expecting property name"),
        ("", "net.json:1:1: Expecting value"),
        ("[" * 100_000, "net.json: brackets are nested too deep"),
        ('{"format": "domix-network", "format": 1}', "net.json: format: duplicate key"),
        ("[]", 'net.json: this is not a domix-network document: "format" must be'),
        ('{"format": "domix-result"}', "net.json: this is not a domix-network document"),
        ('{"format": "domix-network", "version": 2}', "net.json: version 2; this domix reads"),
        ('{"format": "domix-network", "version": 1}', "net.json: the key 'variables' is missing"),
    ],
)
def test_text_that_is_not_a_network_is_refused(text, message):
    with pytest.raises(FormatError, match=re.escape(message)):
        read(text)


def test_a_huge_exponent_is_refused():
    text = json.dumps(document()).replace("0.7", "1e-999999999")
    with pytest.raises(FormatError, match="is not a number"):
        read(text, exact=True)


def test_a_label_that_is_not_finite_is_refused():
    record = NetworkRecord({"A": (float("nan"),)}, {"A": ()}, {"A": np.ones(1)})
    with pytest.raises(FormatError, match="rename the state"):
        write_json(record)
