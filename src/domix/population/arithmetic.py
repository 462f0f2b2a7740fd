"""The numbers that lifting counts in: floats, fractions, integers over a whole, or python-flint's.

Lifting adds and multiplies parts of a *whole*, and so asks nothing of its numbers but this. Where
division is cheap or keeps numbers small, every whole is 1 (a :class:`Field`). With integers
(:class:`Integers`) nothing is divided on the way: sums of products keep a common whole, and one
greatest common divisor per result brings it to lowest terms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from domix.core.tables import Conditionals

__all__ = [
    "FLOATS",
    "FRACTIONS",
    "INTEGERS",
    "Arithmetic",
    "Field",
    "Integers",
    "Number",
    "Rows",
    "Shares",
    "exact",
    "flint",
]

Number = Any
"""What one arithmetic counts in, the same throughout one lifting; or an integer."""


class Shares(NamedTuple):
    """The numbers part/whole."""

    parts: Sequence[Number]
    whole: Number


class Arithmetic(Protocol):
    """How numbers come in, are brought to lowest terms, and go out."""

    def shares(self, values: Iterable[Any]) -> Shares:
        """Floats, or fractions, over one whole."""

    def lowest(self, parts: Sequence[Number], whole: Number) -> Shares:
        """The same numbers over the least whole there is."""

    def public(self, part: Number, whole: Number) -> Any:
        """part/whole as users see it: a ``Fraction``, or a ``float``."""


@dataclass(frozen=True)
class Field:
    """Numbers that can be divided: the whole is 1."""

    number: Callable[[Any], Number]
    shown: Callable[[Number], Any]

    def shares(self, values: Iterable[Any]) -> Shares:
        return Shares([self.number(value) for value in values], 1)

    def lowest(self, parts: Sequence[Number], whole: Number) -> Shares:
        return Shares(parts if whole == 1 else [part / whole for part in parts], 1)

    def public(self, part: Number, whole: Number) -> Any:
        return self.shown(self.number(part) / whole)


class Integers:
    """Integers over a common whole.

    Examples
    --------
    >>> INTEGERS.shares([Fraction(1, 2), Fraction(1, 3)])
    Shares(parts=[3, 2], whole=6)
    >>> INTEGERS.lowest([6, 4], 12)
    Shares(parts=[3, 2], whole=6)
    """

    def shares(self, values: Iterable[Any]) -> Shares:
        values = list(values)
        whole = math.lcm(*(value.denominator for value in values))
        return Shares([value.numerator * (whole // value.denominator) for value in values], whole)

    def lowest(self, parts: Sequence[Number], whole: Number) -> Shares:
        common = math.gcd(whole, *parts)
        return Shares([part // common for part in parts], whole // common)

    def public(self, part: Number, whole: Number) -> Fraction:
        return Fraction(part, whole)


FLOATS = Field(float, float)
FRACTIONS = Field(Fraction, Fraction)
INTEGERS = Integers()


def flint() -> Field:
    """python-flint's rationals; ImportError where it is not installed."""
    from flint import fmpq

    return Field(
        lambda value: fmpq(value) if isinstance(value, fmpq) else fmpq(*value.as_integer_ratio()),
        lambda value: Fraction(int(value.p), int(value.q)),
    )


def exact() -> Arithmetic:
    """The fastest of the exact ones: see benchmarks/test_lifting.py."""
    return INTEGERS


class Rows:
    """Tables by position, each row in shares, converted when it is first read."""

    def __init__(self, conditionals: Conditionals, numbers: Arithmetic) -> None:
        self.order, self.parents = conditionals.order, conditionals.parents
        self.numbers = numbers
        self._conditionals = conditionals
        self._read: dict[int, Shares] = {}

    def row(self, position: int, cell: Sequence[int]) -> Shares:
        """P(value | the parents' values in ``cell``) for every value of the position's variable."""
        at = self._conditionals.start(position, cell)
        if at not in self._read:
            self._read[at] = self.numbers.shares(self._conditionals.row(position, cell))
        return self._read[at]
