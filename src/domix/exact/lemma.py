"""Lemma 4.1 for a given number of values, as polynomial identities in free positive symbols."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domix.exact.monomials import Formulas, positive_ring
from domix.exact.obligations import Cases, Obligation, argue, discharge

__all__ = ["lemma"]


def _dot(row: Sequence[Any], column: Sequence[Any]) -> Any:
    return sum(a * b for a, b in zip(row, column, strict=True))


def _indexed(letter: str, k: int) -> list[str]:
    return [f"{letter}{i}" for i in range(k)]


def _null_vectors(formulas: Formulas, k: int) -> Cases:
    _, a = positive_ring(_indexed("a", k))
    matrix = formulas.system(sum(a), a)
    for at, row in enumerate(matrix):
        yield None if _dot(row, a) == 0 else f"row {at} times a is {_dot(row, a)}"
    for at, column in enumerate(zip(*matrix, strict=True)):
        yield None if sum(column) == 0 else f"column {at} sums to {sum(column)}"


def _principal_minors(formulas: Formulas, k: int) -> Cases:
    from sympy.polys.matrices import DomainMatrix

    # c stays a symbol of its own, else the minors expand to thousands of terms.
    polynomials, (c, *a) = positive_ring(["c", *_indexed("a", k)])
    matrix = formulas.system(c, a)
    for left in range(k):
        kept = [i for i in range(k) if i != left]
        rows = [[matrix[i][m] for m in kept] for i in kept]
        minor = DomainMatrix(rows, (k - 1, k - 1), polynomials.to_domain()).det()
        # Times c, so that one variable with one value is no case apart.
        rest = c - sum(a[i] for i in kept)
        holds = c * minor == c ** (k - 1) * rest and sum(a) - sum(a[i] for i in kept) == a[left]
        yield None if holds else f"the minor without row and column {left} is {minor}"


def _one_zero(formulas: Formulas, k: int) -> Cases:
    """x is zero at p, y at q, and the matrix takes both to the same right-hand side."""
    _, symbols = positive_ring(_indexed("a", k) + _indexed("x", k) + _indexed("y", k))
    a, xs, ys = (symbols[i * k : (i + 1) * k] for i in range(3))
    c = sum(a)
    matrix = formulas.system(c, a)
    for p, q in ((p, q) for p in range(k) for q in range(k)):
        x, y = _with_zero(xs, p), _with_zero(ys, q)
        d = [u - v for u, v in zip(x, y, strict=True)]
        combination = a[p] * _dot(matrix[q], d) - a[q] * _dot(matrix[p], d)
        same_sign = all(coefficient > 0 for coefficient in combination.coeffs())
        holds = combination == c * (a[p] * x[q] + a[q] * y[p]) and same_sign
        yield None if holds else f"zeros at {p} and {q}: the combination is {combination}"
    for q, other in ((q, other) for q in range(k) for other in range(k)):
        # Now both are zero at q, and the image of their difference d is zero only if d is.
        d = _with_zero(xs, q)
        combination = a[q] * _dot(matrix[other], d) - a[other] * _dot(matrix[q], d)
        holds = combination == c * a[q] * d[other]
        yield None if holds else f"zeros at {q}: the combination for {other} is {combination}"


def _with_zero(symbols: Sequence[Any], at: int) -> list[Any]:
    return [0 * s if i == at else s for i, s in enumerate(symbols)]


def lemma(formulas: Formulas, k: int) -> Iterator[Obligation]:
    """The obligations of Lemma 4.1 for ``k`` values, the lemma itself last."""
    parts = [
        discharge(
            f"lemma[{k}].null",
            "polynomial identity",
            _null_vectors(formulas, k),
            "With c the sum of a, the matrix c I - a 1' takes the vector a > 0 to 0, and its "
            f"columns sum to 0: its rank is below {k}.",
        ),
        discharge(
            f"lemma[{k}].rank",
            "polynomial identity",
            _principal_minors(formulas, k),
            f"The principal minor without row and column l is c^({k - 2}) a_l > 0: the rank is "
            f"{k - 1}, and a is the only direction that the matrix takes to 0.",
        ),
        discharge(
            f"lemma[{k}].one-zero",
            "polynomial identity",
            _one_zero(formulas, k),
            "Let x >= 0 be zero at p and y >= 0 at q, with one right-hand side. Two rows combine "
            "to 0 = c (a_p x_q + a_q y_p), where no coefficient is negative, so both x and y are "
            "zero at q; then two rows combine to 0 = c a_q (x_l - y_l) for every l.",
        ),
    ]
    yield from parts
    yield argue(
        f"lemma[{k}]",
        parts,
        "Lemma 4.1: the solutions of (c I - a 1') x = b, if there are any, are a line of positive "
        "direction a, and at most one of them is non-negative and has a zero.",
    )
