"""Other exact arithmetics for lifting: the reference for the program's integers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from domix.population.arithmetic import Ratios


@dataclass(frozen=True)
class FieldArithmetic:
    """Numbers that can be divided, so that the denominator is always 1."""

    from_fraction: Callable[[Any], Any]
    to_fraction: Callable[[Any], Fraction]

    def ratios(self, values):
        return Ratios([self.from_fraction(value) for value in values], 1)

    def reduced(self, numerators, denominator):
        return Ratios([self.from_fraction(part) / denominator for part in numerators], 1)

    def value(self, numerator, denominator):
        return self.to_fraction(self.from_fraction(numerator) / denominator)


FRACTIONS = FieldArithmetic(Fraction, Fraction)


def flint_rationals():
    """python-flint's rationals; ImportError where it is not installed."""
    from flint import fmpq

    return FieldArithmetic(
        lambda value: value if isinstance(value, fmpq) else fmpq(*value.as_integer_ratio()),
        lambda value: Fraction(int(value.p), int(value.q)),
    )
