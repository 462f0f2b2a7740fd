"""Interventions as text."""

from __future__ import annotations

import re

import pytest

from domix.core.intervention import do
from domix.core.notation import parse_intervention
from domix.errors import InterventionError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PKC=high,Raf=low", do(PKC="high", Raf="low")),
        ("do(PKC=high, Raf=low)", do(PKC="high", Raf="low")),
        ("", do()),
        (" do() ", do()),
        (r"a\,b=c\=d", do({"a,b": "c=d"})),
        ("dose (mg)=2", do({"dose (mg)": "2"})),
    ],
)
def test_reads(text, expected):
    assert parse_intervention(text) == expected


@pytest.mark.parametrize("target", [do(), do(A="x"), do(A="x", B="y z")])
def test_reads_what_an_intervention_prints(target):
    assert parse_intervention(str(target)) == target


@pytest.mark.parametrize("text", ["PKC", "PKC=", "do(PKC)", "PKC=a=b", "A=x,,B=y", "A=x,A=y"])
def test_refuses_and_names_the_text(text):
    with pytest.raises(InterventionError, match=re.escape(repr(text))):
        parse_intervention(text)
