"""Probabilities as files write them, of any length."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.formats.numbers import read_float, read_fraction, write_fraction

LONG = 10**6000
"""Python refuses to print it, or to read it in one go."""


@given(st.fractions())
def test_what_is_written_is_read(value):
    assert read_fraction(write_fraction(value)) == value


def test_what_is_written_is_read_at_any_length():
    tiny = Fraction(1, LONG)
    # No assertion that would print them.
    for value in (tiny, 1 - tiny, Fraction(1, LONG + 1), Fraction(-LONG, 3), Fraction(-LONG)):
        same = read_fraction(write_fraction(value)) == value
        assert same


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("+" + "0" * 6000 + "1/4", Fraction(1, 4)),
        ("." + "0" * 5999 + "1", Fraction(1, LONG)),
        ("-" + "0" * 6000 + "2.50", Fraction(-5, 2)),
        ("5." + "0" * 6000 + "e-1", Fraction(1, 2)),
        ("1" + "0" * 6000 + "E-6001", Fraction(1, 10)),
        ("7." + "0" * 6000, Fraction(7)),
    ],
)
def test_long_texts_mean_what_short_ones_do(text, value):
    assert read_fraction(text) == value
    assert read_float(text) == float(value)


def test_long_texts_are_refused_as_short_ones_are():
    with pytest.raises(ValueError, match="divides by zero"):
        read_fraction("1" * 6000 + "/0")
    with pytest.raises(ValueError, match="too large"):
        read_float("1" * 6000)
    with pytest.raises(ValueError, match="is not a number"):
        read_fraction("1" * 6000 + "x")


def test_pythons_limit_stays_as_it_was():
    before = sys.get_int_max_str_digits()
    read_fraction(write_fraction(Fraction(1, LONG)))
    assert sys.get_int_max_str_digits() == before
