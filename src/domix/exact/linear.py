"""The linear system of one lift, solved twice by means that share nothing.

The system is (c I - a 1') x = b with a >= 0 and c = sum of a > 0. Its matrix has rank k - 1 and the
null vector a, so its solutions are a line. The line's direction is non-negative: it has one point,
if any, where no coordinate is negative and one with a > 0 is zero.

Source: Kumar and Sinha (UAI 2021), Lemma 4.1 (Equations 1 and 5 are of this form).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Solution", "by_elimination", "closed_form"]


@dataclass(frozen=True)
class Solution:
    """What there is to say about the system.

    Attributes
    ----------
    rank
        Of the matrix.
    null
        The vector that the matrix takes to 0, its entries summing to 1.
    point
        The solution without a negative coordinate in which one where ``null`` is positive is zero;
        None if there is no solution without a negative coordinate.
    """

    rank: int
    null: tuple[Fraction, ...]
    point: tuple[Fraction, ...] | None


def closed_form(a: Sequence[Fraction], b: Sequence[Fraction]) -> Solution:
    """By the formula x = (b - a min b/a) / c.

    Examples
    --------
    >>> solution = closed_form([Fraction(1, 4), Fraction(3, 4)], [Fraction(1, 4), Fraction(-1, 4)])
    >>> solution.rank, [str(x) for x in solution.point]
    (1, ['1/3', '0'])
    """
    c = sum(a, Fraction(0))
    step = min(mass / p for mass, p in zip(b, a, strict=True) if p)
    point = tuple((mass - step * p) / c for mass, p in zip(b, a, strict=True))
    return Solution(len(a) - 1, tuple(p / c for p in a), point if min(point) >= 0 else None)


def by_elimination(matrix: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> Solution:
    """By sympy's row reduction of the matrix beside ``b``, knowing nothing of its form.

    Raises
    ------
    ArithmeticError
        The system has no solution, or its solutions are no line with a non-negative direction.

    Examples
    --------
    >>> F = Fraction
    >>> rows = [[F(3, 4), F(-1, 4)], [F(-3, 4), F(1, 4)]]
    >>> by_elimination(rows, [F(1, 4), F(-1, 4)]).point
    (Fraction(1, 3), Fraction(0, 1))
    """
    from sympy import QQ
    from sympy.polys.matrices import DomainMatrix

    k = len(b)
    rows = [
        [QQ(entry.numerator, entry.denominator) for entry in (*row, mass)]
        for row, mass in zip(matrix, b, strict=True)
    ]
    # Row reduction without fractions, which is what DomainMatrix.rank and .nullspace do themselves;
    # once, it serves the rank, the null space and a solution together.
    _, whole = DomainMatrix(rows, (k, k + 1), QQ).clear_denoms(convert=True)
    reduced, divisor, pivots = whole.rref_den()
    if k in pivots:
        raise ArithmeticError("the system has no solution")
    free = [column for column in range(k) if column not in pivots]
    if len(free) != 1:
        raise ArithmeticError(f"the matrix has rank {len(pivots)}, not {k - 1}")
    entries = [[int(entry) for entry in row] for row in reduced.to_list()]
    direction, start = [Fraction(0)] * k, [Fraction(0)] * k
    direction[free[0]] = Fraction(1)
    for row, pivot in zip(entries, pivots, strict=False):
        direction[pivot] = Fraction(-row[free[0]], int(divisor))
        start[pivot] = Fraction(row[k], int(divisor))
    if min(direction) < 0:
        raise ArithmeticError("the null vector has both signs")
    return Solution(len(pivots), _normal(direction), _leaves_orthant(start, direction))


def _normal(direction: Sequence[Fraction]) -> tuple[Fraction, ...]:
    total = sum(direction, Fraction(0))
    return tuple(entry / total for entry in direction)


def _leaves_orthant(
    start: Sequence[Fraction], direction: Sequence[Fraction]
) -> tuple[Fraction, ...] | None:
    """Where the line, followed against its direction, meets the first wall of the orthant."""
    back = min(x / d for x, d in zip(start, direction, strict=True) if d)
    point = tuple(x - back * d for x, d in zip(start, direction, strict=True))
    return point if min(point) >= 0 else None
