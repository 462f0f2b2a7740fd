"""Fractions as text, in one form each, of any length.

Python refuses to print or read integers of more than a few thousand digits in one go, because its
way of doing so takes quadratic time; products of many table entries can be longer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from fractions import Fraction

__all__ = ["rational", "rational_text", "rational_texts"]

CANONICAL = re.compile(r"(0|-?[1-9][0-9]*)(?:/([1-9][0-9]*))?")

PIECE = 640
"""Digits that Python converts in one go, whatever ``sys.set_int_max_str_digits`` was told."""


def rational_text(value: Fraction) -> str:
    """Numerator and denominator in lowest terms, ``"2/3"``; an integer without a denominator.

    Examples
    --------
    >>> rational_text(Fraction(4, 6)), rational_text(Fraction(-2))
    ('2/3', '-2')
    """
    numerator = _digits(value.numerator)
    return numerator if value.denominator == 1 else f"{numerator}/{_digits(value.denominator)}"


def rational_texts(values: Iterable[Fraction]) -> list[str]:
    """Each of them as text."""
    return [rational_text(value) for value in values]


def rational(text: str) -> Fraction:
    """The fraction that :func:`rational_text` writes so, and no other text.

    Raises
    ------
    ValueError
        The text is no rational number in lowest terms.

    Examples
    --------
    >>> rational("2/3")
    Fraction(2, 3)
    >>> rational("4/6")
    Traceback (most recent call last):
        ...
    ValueError: not in lowest terms
    """
    match = CANONICAL.fullmatch(text)
    if match is None:
        raise ValueError("not a rational number as 2/3 or -2")
    numerator = _integer(match[1])
    if match[2] is None:
        return Fraction(numerator)
    denominator = _integer(match[2])
    if denominator == 1 or math.gcd(numerator, denominator) > 1:
        raise ValueError("not in lowest terms")
    return Fraction(numerator, denominator)


def _digits(number: int) -> str:
    # log10(2) = 0.30103, so this bounds the number of digits from above.
    digits = number.bit_length() * 30103 // 100000 + 1
    if digits <= PIECE:
        return str(number)
    if number < 0:
        return "-" + _digits(-number)
    half = digits // 2
    high, low = divmod(number, 10**half)
    return _digits(high) + _digits(low).zfill(half)


def _integer(text: str) -> int:
    if len(text) <= PIECE:
        return int(text)
    if text.startswith("-"):
        return -_integer(text[1:])
    half = len(text) // 2
    return _integer(text[:-half]) * int(10**half) + _integer(text[-half:])
