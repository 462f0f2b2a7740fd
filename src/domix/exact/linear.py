"""The linear system of one lift, solved in two independent ways.

The system is (c I - a 1') x = b, with k unknowns, a >= 0 and c = sum_l a_l > 0. Its matrix has rank
k - 1 and the null vector a, so its solutions are a line with a non-negative direction. At most one
point of the line has no negative coordinate and a coordinate x_l = 0 with a_l > 0.

References
----------
Kumar and Sinha (UAI 2021), Lemma 4.1; Equations 1 and 5 are of this form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class Solution:
    """The rank of the system's matrix, its null vector, and the solution on the boundary.

    Attributes
    ----------
    rank : int
    null : tuple of Fraction
        The vector that the matrix maps to 0; its entries sum to 1.
    point : tuple of Fraction or None
        The non-negative solution in which a coordinate with a_l > 0 is zero; None if no solution
        is non-negative.
    """

    rank: int
    null: tuple[Fraction, ...]
    point: tuple[Fraction, ...] | None


def closed_form(a: Sequence[Fraction], b: Sequence[Fraction]) -> Solution:
    """Solve by the closed form x = (b - a min_l b_l / a_l) / c, over l with a_l > 0.

    Examples
    --------
    >>> solution = closed_form([Fraction(1, 4), Fraction(3, 4)], [Fraction(1, 4), Fraction(-1, 4)])
    >>> solution.rank, [str(x) for x in solution.point]
    (1, ['1/3', '0'])
    """
    c = sum(a, Fraction(0))
    least = min(b_l / a_l for b_l, a_l in zip(b, a, strict=True) if a_l)
    point = tuple((b_l - least * a_l) / c for b_l, a_l in zip(b, a, strict=True))
    return Solution(len(a) - 1, tuple(a_l / c for a_l in a), point if min(point) >= 0 else None)


def by_elimination(matrix: Sequence[Sequence[Fraction]], b: Sequence[Fraction]) -> Solution:
    """Solve by sympy's row reduction of the matrix and ``b``, without using their form.

    Raises
    ------
    ArithmeticError
        The system has no solution, or its solutions are not a line with a non-negative direction.

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
        [QQ(entry.numerator, entry.denominator) for entry in (*row, right)]
        for row, right in zip(matrix, b, strict=True)
    ]
    # Fraction-free row reduction, as in DomainMatrix.rank and .nullspace: done once, it gives the
    # rank, the null space and a solution.
    _, integers = DomainMatrix(rows, (k, k + 1), QQ).clear_denoms(convert=True)
    reduced, divisor, pivots = integers.rref_den()
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
    return Solution(len(pivots), _normalize(direction), _leave_orthant(start, direction))


def _normalize(direction: Sequence[Fraction]) -> tuple[Fraction, ...]:
    total = sum(direction, Fraction(0))
    return tuple(entry / total for entry in direction)


def _leave_orthant(
    start: Sequence[Fraction], direction: Sequence[Fraction]
) -> tuple[Fraction, ...] | None:
    """Return the point where the line, against its direction, leaves the non-negative orthant."""
    step = min(x / d for x, d in zip(start, direction, strict=True) if d)
    point = tuple(x - step * d for x, d in zip(start, direction, strict=True))
    return point if min(point) >= 0 else None
