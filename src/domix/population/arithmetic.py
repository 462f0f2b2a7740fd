"""The arithmetic of lifting: floats, or integers over a common denominator.

Lifting adds and multiplies numbers that share a denominator. With floats (:data:`FLOATS`) it is
always 1. With exact numbers (:data:`INTEGERS`) nothing is divided on the way, and one greatest
common divisor per result reduces it to lowest terms, which is faster than to add ``Fraction``
objects or python-flint's rationals (benchmarks/test_lifting.py).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, Protocol

from domix.core.tables import Conditionals, Tables

Number = Any
"""A numerator or denominator: of one type throughout one lifting, or an integer."""


class Ratios(NamedTuple):
    """The numbers numerator / denominator, for every numerator."""

    numerators: Sequence[Number]
    denominator: Number


class Arithmetic(Protocol):
    """Conversion of numbers to a common denominator and back."""

    def ratios(self, values: Iterable[Any]) -> Ratios:
        """Return floats or fractions over a common denominator."""

    def reduced(self, numerators: Sequence[Number], denominator: Number) -> Ratios:
        """Return the same numbers in lowest terms."""

    def value(self, numerator: Number, denominator: Number) -> Any:
        """Return numerator / denominator as users see it: a ``Fraction`` or a ``float``."""


class FloatArithmetic:
    """Floats: the denominator is 1."""

    def ratios(self, values: Iterable[Any]) -> Ratios:
        """Return the values as floats."""
        return Ratios([float(value) for value in values], 1)

    def reduced(self, numerators: Sequence[float], denominator: float) -> Ratios:
        """Return the quotients."""
        if denominator == 1:
            return Ratios(numerators, 1)
        return Ratios([numerator / denominator for numerator in numerators], 1)

    def value(self, numerator: float, denominator: float) -> float:
        """Return the quotient."""
        return float(numerator) / denominator


class IntegerArithmetic:
    """Integers over a common denominator.

    Examples
    --------
    >>> INTEGERS.ratios([Fraction(1, 2), Fraction(1, 3)])
    Ratios(numerators=[3, 2], denominator=6)
    >>> INTEGERS.reduced([6, 4], 12)
    Ratios(numerators=[3, 2], denominator=6)
    """

    def ratios(self, values: Iterable[Any]) -> Ratios:
        """Return fractions over their least common denominator."""
        pairs = [value.as_integer_ratio() for value in values]
        common = math.lcm(*(denominator for _, denominator in pairs))
        return Ratios([top * (common // bottom) for top, bottom in pairs], common)

    def reduced(self, numerators: Sequence[int], denominator: int) -> Ratios:
        """Divide by the greatest common divisor."""
        divisor = math.gcd(denominator, *numerators)
        return Ratios([numerator // divisor for numerator in numerators], denominator // divisor)

    def value(self, numerator: int, denominator: int) -> Fraction:
        """Return the fraction."""
        return Fraction(numerator, denominator)


FLOATS = FloatArithmetic()
INTEGERS = IntegerArithmetic()


class TableRows:
    """The rows of all CPTs by position in the topological order, converted when first read.

    Exact tables are read in integers, others in floats. ``order`` maps positions to variables,
    ``parents`` positions to the positions of the parents.
    """

    def __init__(self, tables: Tables) -> None:
        self.numbers: Arithmetic = INTEGERS if tables.is_exact else FLOATS
        self._conditionals = Conditionals(tables)
        self.order, self.parents = self._conditionals.order, self._conditionals.parents
        self._rows: dict[int, Ratios] = {}

    def row(self, position: int, configuration: Sequence[int]) -> Ratios:
        """Return P(l | configuration) for every value l of the position's variable."""
        start = self._conditionals.start(position, configuration)
        if start not in self._rows:
            row = self._conditionals.row(position, configuration)
            self._rows[start] = self.numbers.ratios(row)
        return self._rows[start]
