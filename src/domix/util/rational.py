"""Fractions as text, of any length, or shortened for messages.

Python refuses to print or read integers of more than a few thousand digits, because its algorithm
takes quadratic time; products of many table entries can be longer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Context
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

CANONICAL = re.compile(r"(0|-?[1-9][0-9]*)(?:/([1-9][0-9]*))?")

PYTHON_DIGITS = 640
"""Digits that Python always converts: the least that ``sys.set_int_max_str_digits`` accepts."""


def to_fraction(number: Rational) -> Fraction:
    """Return a rational number of any type, such as one of sympy, as a fraction."""
    if isinstance(number, Fraction):
        return number
    return Fraction(int(number.numerator), int(number.denominator))


def rational_text(value: Fraction) -> str:
    """Return numerator and denominator in lowest terms, ``"2/3"``, or an integer, ``"-2"``.

    Examples
    --------
    >>> rational_text(Fraction(4, 6)), rational_text(Fraction(-2))
    ('2/3', '-2')
    """
    numerator = _integer_text(value.numerator)
    return (
        numerator if value.denominator == 1 else f"{numerator}/{_integer_text(value.denominator)}"
    )


def rational_texts(values: Iterable[Fraction]) -> list[str]:
    """Return each of several fractions as text."""
    return [rational_text(value) for value in values]


def brief(number: Any, longest: int = 30) -> str:
    """Return a number as text for people: a long fraction as a decimal.

    A fraction is long if it has more than ``longest`` characters; ``~`` means that the decimal is
    rounded. Other objects are shown as Python does.

    Examples
    --------
    >>> brief(Fraction(2, 3)), brief(Fraction(2 * 10**20, 3 * 10**20 + 1), longest=15)
    ('2/3', '~0.666667')
    >>> brief(Fraction(1, 10**5000)), brief(0.25)
    ('1e-5000', '0.25')
    """
    if not isinstance(number, Rational):
        return str(number) if isinstance(number, Real) else repr(number)
    number = to_fraction(number)
    # So many bits are more characters than that, and perhaps more than Python prints.
    bits = number.numerator.bit_length() + number.denominator.bit_length()
    if bits < 4 * longest and len(str(number)) <= longest:
        return str(number)
    # ~, a sign, a point and an exponent take up to nine characters. A float may not reach so far.
    shown = Context(prec=longest - 9)
    top, bottom = map(Context(prec=longest).create_decimal, number.as_integer_ratio())
    decimal = shown.divide(top, bottom).normalize(shown)
    return f"{'' if Fraction(decimal) == number else '~'}{decimal:g}"


def short(number: Any) -> str:
    """Return a number as text for tables: a fraction as :func:`brief` does, a float in six digits.

    Examples
    --------
    >>> short(Fraction(2, 3)), short(2 / 3)
    ('2/3', '0.666667')
    """
    return brief(number, 20) if isinstance(number, Rational) else f"{number:.6g}"


def rational(text: str) -> Fraction:
    """Read a fraction in the form in which :func:`rational_text` writes it, and in no other.

    Raises
    ------
    ValueError
        The text is not a rational number in lowest terms.

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
    numerator = integer(match[1])
    if match[2] is None:
        return Fraction(numerator)
    denominator = integer(match[2])
    if denominator == 1 or math.gcd(numerator, denominator) > 1:
        raise ValueError("not in lowest terms")
    return Fraction(numerator, denominator)


def _integer_text(number: int) -> str:
    # log10(2) = 0.30103, so this bounds the number of digits from above.
    digits = number.bit_length() * 30103 // 100000 + 1
    if digits <= PYTHON_DIGITS:
        return str(number)
    if number < 0:
        return "-" + _integer_text(-number)
    half = digits // 2
    high, low = divmod(number, 10**half)
    return _integer_text(high) + _integer_text(low).zfill(half)


def integer(text: str) -> int:
    """Read an integer of any length from decimal digits, with or without a minus."""
    if len(text) <= PYTHON_DIGITS:
        return int(text)
    if text.startswith("-"):
        return -integer(text[1:])
    half = len(text) // 2
    return integer(text[:-half]) * int(10**half) + integer(text[-half:])
