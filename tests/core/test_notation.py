"""Interventions as text."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.intervention import do
from domix.core.notation import parse_intervention, parse_pairs
from domix.core.soft.values import Misread
from domix.errors import InterventionError
from strategies import LABELS, SIGNS, soft_assignments


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


PYTHON = st.builds(
    str.format,
    st.sampled_from(["{}", "({})", "[{}]", "r{}", "**{}", "{}#", "\\{}", "{}~{{b: 1}}"]),
    st.sampled_from(["'a'", '"a"', "''", "'", "{'a': 'b'}", "Misread('a', {'b': 1})"]),
)
"""Names and states that look like Python, as a whole or in part."""

TEXTS = LABELS | SIGNS | PYTHON


@pytest.mark.parametrize("show", [str, repr])
@given(st.dictionaries(TEXTS, TEXTS | st.just(""), max_size=3) | soft_assignments(TEXTS))
def test_reads_what_an_intervention_prints(show, assignment):
    assert parse_intervention(show(do(assignment))) == do(assignment)


@given(st.dictionaries(st.sampled_from("AB"), PYTHON, min_size=1))
def test_reads_states_like_python(assignment):
    assert parse_intervention(str(do(assignment))) == do(assignment)


@given(soft_assignments(TEXTS))
def test_python_reads_the_same_in_repr(assignment):
    names = {"do": do, "Misread": Misread, "Fraction": Fraction}
    assert eval(repr(do(assignment)), names) == do(assignment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("do(A='high ', B=\"\")", do(A="high ", B="")),
        ("do({'a b': 'x'}, B=2, **{'C': 'y'})", do({"a b": "x", "B": 2, "C": "y"})),
        (" do( A = 'x' ) ", do(A="x")),
        ("A='x'", do(A="'x'")),
        ("do(A=\\'x\\')", do(A="'x'")),
        ("do(A='x)", do(A="'x")),
        ("do(A=1)", do(A="1")),
        ("do(A='x', B=y)", do(A="'x'", B="y")),
        ("do(A='')", do(A="")),
        ('do(A="", B=1)', do(A="", B="1")),
    ],
)
def test_reads_quotes_as_python_does(text, expected):
    assert parse_intervention(text) == expected


@pytest.mark.parametrize(
    "text",
    ["do(A='x', A='y')", "do({'A': 'x', 'A': 'y'})", "do('A')", "do(f('A'))", "do({1: 'x'})"],
)
def test_refuses_python_that_is_no_intervention(text):
    with pytest.raises(InterventionError):
        parse_intervention(text)


@pytest.mark.parametrize("state", ["('x')", "['x']", "('x'", "r'y", "3'UTR", "b'", "f'x'", "{'x'}"])
def test_reads_states_that_are_python(state):
    for intervention in (do(A=state), do(A=state, B="z'"), do({state: "x", "C": ""})):
        assert parse_intervention(str(intervention)) == intervention
        assert parse_intervention(repr(intervention)) == intervention


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("do(A={'low': Fraction(1, 0)})", "divides by zero"),
        ("do(A={'low': Fraction(1e999)})", "do(A={'low'"),
        ("do(A={'low': 2})", "a probability is between 0 and 1"),
        ("do(A=Misread('low', {'low': .5}))", "the probabilities sum to 0.5, not 1"),
        ("do({[1]: 'x'})", "is not name=state"),
    ],
)
def test_names_what_is_wrong_in_python(text, message):
    with pytest.raises(InterventionError, match=re.escape(message)):
        parse_intervention(text)


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
