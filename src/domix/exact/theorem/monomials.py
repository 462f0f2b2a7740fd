"""Monomials in the entries of a network's tables, and polynomials in free positive symbols."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Monomial:
    """A sign (0 for zero) times a product of table entries, each to an integer power."""

    sign: int
    powers: tuple[int, ...]

    def __mul__(self, other: Monomial) -> Monomial:
        powers = tuple([a + b for a, b in zip(self.powers, other.powers, strict=True)])
        return Monomial(self.sign * other.sign, powers)

    def __neg__(self) -> Monomial:
        return Monomial(-self.sign, self.powers)

    def __bool__(self) -> bool:
        return self.sign != 0


def add_up(monomials: Iterable[Monomial]) -> dict[tuple[int, ...], int]:
    """Return a sum of monomials as exponents to coefficient, without zero coefficients."""
    sums: dict[tuple[int, ...], int] = {}
    for m in monomials:
        sums[m.powers] = sums.get(m.powers, 0) + m.sign
    return {powers: coefficient for powers, coefficient in sums.items() if coefficient}


def positive_ring(names: Sequence[str]) -> tuple[Any, list[Any]]:
    """Return the ring of integer polynomials in free positive symbols, and its generators."""
    from sympy import ZZ, Symbol
    from sympy.polys.rings import ring

    polynomials, *generators = ring([Symbol(name, positive=True) for name in names], ZZ)
    return polynomials, generators
