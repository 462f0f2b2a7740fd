"""Probabilities in files: decimals and fractions, read and written exactly."""

from __future__ import annotations

import re
from fractions import Fraction

from domix.util.rational import PYTHON_DIGITS, integer, rational_text

NUMBER = re.compile(
    r"[+-]?(?:[0-9]+(?:/[0-9]+)?|(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[eE][+-]?[0-9]{1,4})?)"
)
"""An exponent has at most four digits: more are far beyond doubles and would fill the memory."""


def read_fraction(text: str) -> Fraction:
    """Read a decimal such as ``0.1`` or ``1e-5``, or a fraction such as ``1/3``.

    Raises
    ------
    ValueError
        The text is neither, or divides by zero.

    Examples
    --------
    >>> read_fraction("0.10"), read_fraction("1/3")
    (Fraction(1, 10), Fraction(1, 3))
    """
    if NUMBER.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a number")
    try:
        return Fraction(text) if len(text) <= PYTHON_DIGITS else _long_fraction(text)
    except ZeroDivisionError:
        raise ValueError(f"{text!r} divides by zero") from None


def _long_fraction(text: str) -> Fraction:
    """Do as ``Fraction(text)``, which refuses long integers."""
    top, _, bottom = text.removeprefix("+").partition("/")
    if bottom:
        # Python's own error would print the numerator.
        if not bottom.strip("0"):
            raise ZeroDivisionError
        return Fraction(integer(top), integer(bottom))
    digits, _, exponent = top.lower().partition("e")
    whole, _, places = digits.partition(".")
    return integer(whole + places) * Fraction(10) ** (int(exponent or 0) - len(places))


def read_float(text: str) -> float:
    """Return the double nearest to :func:`read_fraction`, with ValueError if it is infinite."""
    try:
        return float(read_fraction(text))
    except OverflowError:
        raise ValueError(f"{text!r} is too large") from None


def write_fraction(value: Fraction) -> str:
    """Write a terminating decimal if there is one, else a fraction.

    Examples
    --------
    >>> write_fraction(Fraction(1, 40)), write_fraction(Fraction(1, 3)), write_fraction(Fraction(1))
    ('0.025', '1/3', '1')
    """
    odd = value.denominator
    twos = (odd & -odd).bit_length() - 1
    odd >>= twos
    fives = 0
    while odd % 5 == 0:
        odd //= 5
        fives += 1
    if odd != 1:
        return rational_text(value)
    places = max(twos, fives)
    shifted = abs(value.numerator) * 10**places // value.denominator
    digits = rational_text(Fraction(shifted)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)
