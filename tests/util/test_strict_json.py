"""Strict JSON: the place of duplicate keys and of values of a wrong type."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.errors import CertificateError, FormatError
from domix.util.strict_json import Node, parse, show, to_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
DOCUMENTS = st.recursive(SCALARS, lambda x: st.lists(x) | st.dictionaries(st.text(), x))


@given(DOCUMENTS)
def test_a_document_without_duplicate_keys_is_parsed_as_by_json(document):
    assert parse(json.dumps(document), "a.json").value == document


@given(DOCUMENTS, DOCUMENTS, st.lists(st.integers(0, 2) | st.text(min_size=1)))
def test_a_duplicate_key_is_refused_with_its_place(first, second, path):
    text = f'{{"key": {json.dumps(first)}, "key": {json.dumps(second)}}}'
    place = ".key"
    for step in reversed(path):
        if isinstance(step, int):
            text, place = f"[{'0, ' * step}{text}]", f"[{step}]{place}"
        else:
            text, place = f"{{{json.dumps(step)}: {text}}}", f".{step}{place}"
    with pytest.raises(CertificateError) as caught:
        parse(text, "a.json", CertificateError)
    assert caught.value.source == "a.json"
    assert caught.value.message == f"{place.removeprefix('.')}: duplicate key; keep one"


@pytest.mark.parametrize(
    ("value", "read", "message"),
    [
        ([1, 2], Node.entries, "expected an object, not a list of 2"),
        ({"a": 1}, Node.items, "expected a list, not an object of 1"),
        (0, Node.text, "expected a text in quotes, not 0"),
        (0, Node.boolean, "expected true or false, not 0"),
        (True, Node.number, "expected a number, not true"),
        (-1, Node.whole_number, "expected a whole number of at least 0, not -1"),
        (False, Node.whole_number, "expected a whole number of at least 0, not false"),
        (None, Node.label, "expected a state (a string, a finite number or a boolean), not null"),
        ("x" * 100, Node.number, f'expected a number, not "{"x" * 56}...'),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_place(value, read, message):
    with pytest.raises(FormatError) as caught:
        read(Node({"rows": [value]}, "a.json").entries()["rows"].items()[0])
    assert str(caught.value) == f"a.json: rows[0]: {message}"


def test_fractions_are_shown_without_quotes():
    assert show(Fraction(1, 3)) == "1/3"
    assert show(Fraction(1, 10**5000)) == "1e-5000"


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_not_written(number):
    with pytest.raises(FormatError, match="not finite"):
        to_json({"a": number})
