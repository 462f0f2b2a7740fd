"""Interventions as text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.intervention import do
from domix.core.notation import parse_intervention, parse_pairs
from domix.core.soft.values import Misread
from domix.errors import InterventionError
from strategies import LABELS, SIGNS


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
        ("A=high\\ ", do(A="high ")),
        (" A\\  = \\  , B = \\\n ", do({"A ": " ", "B": "\n"})),
        ('A="", B=\\"", C="x"', do(A="", B='""', C='"x"')),
        ('A~{"": .5, \\ : .5}', do(A={"": 0.5, " ": 0.5})),
    ],
)
def test_reads(text, expected):
    assert parse_intervention(text) == expected


@given(st.dictionaries(LABELS | SIGNS, LABELS | SIGNS | st.just(""), max_size=3))
def test_reads_what_an_intervention_prints(assignment):
    assert parse_intervention(str(do(assignment))) == do(assignment)


def test_pairs_may_name_a_variable_twice():
    assert parse_pairs("A=x, B=y,A=z") == [("A", "x"), ("B", "y"), ("A", "z")]


@pytest.mark.parametrize("text", ["PKC", "PKC=", "do(PKC)", "=a", "A=x,,B=y", "A=x,A=y"])
def test_refuses_and_names_the_text(text):
    with pytest.raises(InterventionError, match=re.escape(repr(text))):
        parse_intervention(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A=a~b", do(A="a~b")),
        ("a~b=c", do({"a~b": "c"})),
        ("A={x}", do(A="{x}")),
        ("A=~{x: 1}", do(A="~{x: 1}")),
        ("A= ~{x: 1}", do(A="~{x: 1}")),
        ("A=a~{b},B=~", do(A="a~{b}", B="~")),
        ("A=a~{b: c}", do(A="a~{b: c}")),
        ("a:b=}", do({"a:b": "}"})),
        (r"A=x\~{y: 1}", do(A="x~{y: 1}")),
    ],
)
def test_signs_of_distributions_alone_are_text(text, expected):
    assert parse_intervention(text) == expected
    assert parse_intervention(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A~{low: .8, mid: .2}", do(A={"low": 0.8, "mid": 0.2})),
        ("do(A ~{ low:8e-1,mid : 0.2 } , B=x)", do(A={"low": 0.8, "mid": 0.2}, B="x")),
        (r"A~{12\:30: 1/2, a\,b: 2/4}", do(A={"12:30": 0.5, "a,b": 0.5})),
        ("A=>=7~{low: 1, >=7: 0}", do(A=Misread(">=7", {"low": 1}))),
    ],
)
def test_reads_distributions(text, expected):
    assert parse_intervention(text) == expected


@pytest.mark.parametrize(
    "text", ["A~{}", "A~{x}", "A~{x: y}", "A~{x: .5}", "A~{x: 1/0}", "A~{x: .5, x: .5}", "A~x"]
)
def test_refuses_what_is_no_distribution(text):
    with pytest.raises(InterventionError):
        parse_intervention(text)


def test_pairs_are_of_states():
    with pytest.raises(InterventionError, match="a state of 'A'"):
        parse_pairs("A~{x: .5, y: .5}")
