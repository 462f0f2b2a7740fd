"""Numbers to be read."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.util.rational import brief


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Fraction(-2, 3), "-2/3"),
        (7, "7"),
        (True, "1"),
        (0.1, "0.1"),
        ("x", "'x'"),
        (None, "None"),
        # A float's fraction that is just off shows that it is.
        (Fraction(2**55 + 1, 2**55), "~1.00000000000000002776"),
    ],
)
def test_a_number_is_short(number, text):
    assert brief(number) == text


def test_fractions_of_any_length_and_size_are_shown():
    assert brief(Fraction(1, 3 * 10**6000)) == "~3.33333333333333333333e-6001"
    assert brief(-(10**6000)) == "-1e+6000"
    assert brief(1 - Fraction(1, 10**6000)) == "~1"


@given(st.fractions(), st.integers(10, 60))
def test_it_is_as_long_as_asked_for_and_near(number, longest):
    text = brief(number, longest)
    assert len(text) <= longest
    shown = Fraction(text.removeprefix("~"))
    assert text.startswith("~") == (shown != number)
    assert abs(shown - number) <= abs(number) * Fraction(5, 10 ** (longest - 9))
