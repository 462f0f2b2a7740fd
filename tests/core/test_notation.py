"""Interventions as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.intervention import do
from domix.core.notation import parse_intervention, parse_pairs
from domix.errors import InterventionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PKC=high,Raf=low", do(PKC="high", Raf="low")),
        ("do(PKC=high, Raf=low)", do(PKC="high", Raf="low")),
        ("", do()),
        (" do() ", do()),
        (r"a\,b=c\=d", do({"a,b": "c=d"})),
        ("CO2=>=7.5", do(CO2=">=7.5")),
        ("dose (mg)=2", do({"dose (mg)": "2"})),
    ],
)
def test_reads(text, expected):
    assert parse_intervention(text) == expected


LABELS = st.text(min_size=1).filter(lambda text: text == text.strip())


@given(st.dictionaries(LABELS, LABELS, max_size=3))
def test_reads_what_an_intervention_prints(assignment):
    assert parse_intervention(str(do(assignment))) == do(assignment)


def test_pairs_may_name_a_variable_twice():
    assert parse_pairs("A=x, B=y,A=z") == [("A", "x"), ("B", "y"), ("A", "z")]


@pytest.mark.parametrize("text", ["PKC", "PKC=", "do(PKC)", "=a", "A=x,,B=y", "A=x,A=y"])
def test_refuses_and_names_the_text(text):
    with pytest.raises(InterventionError, match=re.escape(repr(text))):
        parse_intervention(text)
