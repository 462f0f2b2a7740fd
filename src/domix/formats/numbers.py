"""Probabilities in files: decimals and fractions, read and written exactly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from domix.util.arrays import Objects
from domix.util.rational import PYTHON_DIGITS, integer, rational_text

NUMBER = re.compile(
    r"[+-]?(?:[0-9]+(?:/[0-9]+)?|(?:[0-9]+\.[0-9]*|\.?[0-9]+)(?:[eE][+-]?[0-9]{1,4})?)"
)
"""An exponent has at most four digits: more are far beyond doubles and would fill the memory."""
PLAIN_NUMBERS = re.compile(r"[-+.0-9eE]*")
"""Text that float() reads as files do; it also reads underscores, "nan" and other digits."""


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


def check_probability(word: str) -> None:
    """Raise ValueError, with a message for users, if a word is not a number of at least 0.

    Examples
    --------
    >>> check_probability("0.1")
    >>> check_probability("-1")
    Traceback (most recent call last):
        ...
    ValueError: -1 is negative; a probability is at least 0
    """
    try:
        negative = read_float(word) < 0
    except ValueError:
        raise ValueError(f"{word!r} is not a number; write it as 0.1, 1e-5 or 1/10") from None
    if negative:
        raise ValueError(f"{word} is negative; a probability is at least 0")


def read_numbers(words: Sequence[str], exact: bool) -> Objects:
    """Read the entries of a table, as fractions or as the nearest doubles.

    Raises
    ------
    ValueError
        One of them fails :func:`check_probability`, or there are none.

    Examples
    --------
    >>> read_numbers(["0.5", "1/2"], exact=False).tolist()
    [0.5, 0.5]
    """
    values: Objects
    if exact:
        fractions = {word: read_fraction(word) for word in set(words)}
        values = np.array([fractions[word] for word in words], dtype=object)
    elif PLAIN_NUMBERS.fullmatch("".join(words)):
        values = np.fromiter(map(float, words), np.float64, len(words))
    else:
        values = np.array([read_float(word) for word in words])
    if not (values.min() >= 0 and values.max() < np.inf):
        raise ValueError("an entry is negative or infinite")
    return values


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
