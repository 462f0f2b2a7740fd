"""Lemma 4.1 for a given number k of values, as polynomial identities in free positive symbols.

The lemma is about the system (c I - a 1') x = b, where a > 0 has k entries, c = sum_i a_i and 1' is
a row of ones. Its solutions, if there are any, are a line of direction a, and at most one of them
is non-negative and has a zero.

References
----------
Kumar and Sinha (UAI 2021), Lemma 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from domix.exact.theorem.formulas import Formulas
from domix.exact.theorem.monomials import positive_ring
from domix.exact.theorem.obligations import Cases, Obligation, argue, discharge


def _dot(row: Sequence[Any], column: Sequence[Any]) -> Any:
    return sum(a * b for a, b in zip(row, column, strict=True))


def _indexed(letter: str, k: int) -> list[str]:
    return [f"{letter}{i}" for i in range(k)]


def _check_null_vectors(formulas: Formulas, k: int) -> Cases:
    """Check that the matrix maps a to 0, and that its columns sum to 0."""
    _, a = positive_ring(_indexed("a", k))
    matrix = formulas.system(sum(a), a)
    for i, row in enumerate(matrix):
        yield None if _dot(row, a) == 0 else f"row {i} times a is {_dot(row, a)}"
    for i, column in enumerate(zip(*matrix, strict=True)):
        yield None if sum(column) == 0 else f"column {i} sums to {sum(column)}"


def _check_principal_minors(formulas: Formulas, k: int) -> Cases:
    """Check that the minor without row and column l is c^(k-2) a_l."""
    from sympy.polys.matrices import DomainMatrix

    # c is a symbol of its own: with c = sum a, the minors would expand to thousands of terms.
    polynomials, (c, *a) = positive_ring(["c", *_indexed("a", k)])
    matrix = formulas.system(c, a)
    for removed in range(k):
        kept = [i for i in range(k) if i != removed]
        rows = [[matrix[i][m] for m in kept] for i in kept]
        minor = DomainMatrix(rows, (k - 1, k - 1), polynomials.to_domain()).det()
        # Both sides times c, so that k = 1 is not a special case.
        remainder = c - sum(a[i] for i in kept)
        holds = c * minor == c ** (k - 1) * remainder
        holds = holds and sum(a) - sum(a[i] for i in kept) == a[removed]
        yield None if holds else f"the minor without row and column {removed} is {minor}"


def _check_one_zero(formulas: Formulas, k: int) -> Cases:
    """Check that x, zero at p, and y, zero at q, are equal if their images are."""
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
        # Here both are zero at q, and their difference d is mapped to 0 only if d = 0.
        d = _with_zero(xs, q)
        combination = a[q] * _dot(matrix[other], d) - a[other] * _dot(matrix[q], d)
        holds = combination == c * a[q] * d[other]
        yield None if holds else f"zeros at {q}: the combination for {other} is {combination}"


def _with_zero(symbols: Sequence[Any], place: int) -> list[Any]:
    return [0 * s if i == place else s for i, s in enumerate(symbols)]


def lemma(formulas: Formulas, k: int) -> Iterator[Obligation]:
    """Yield the obligations of Lemma 4.1 for ``k`` values, the lemma itself last."""
    parts = [
        discharge(
            f"lemma[{k}].null",
            "polynomial identity",
            _check_null_vectors(formulas, k),
            "With c the sum of a, the matrix c I - a 1' maps the vector a > 0 to 0, and its "
            f"columns sum to 0: its rank is below {k}.",
        ),
        discharge(
            f"lemma[{k}].rank",
            "polynomial identity",
            _check_principal_minors(formulas, k),
            f"The principal minor without row and column l is c^({k - 2}) a_l > 0: the rank is "
            f"{k - 1}, and the null space of the matrix is spanned by a.",
        ),
        discharge(
            f"lemma[{k}].one-zero",
            "polynomial identity",
            _check_one_zero(formulas, k),
            "Let x >= 0 be zero at p and y >= 0 zero at q, and let both solve the system for one "
            "right-hand side. Two rows combine to 0 = c (a_p x_q + a_q y_p), where no coefficient "
            "is negative, so x and y are both zero at q; then two rows combine to "
            "0 = c a_q (x_l - y_l) for every l.",
        ),
    ]
    yield from parts
    yield argue(
        f"lemma[{k}]",
        parts,
        "Lemma 4.1: the solutions of (c I - a 1') x = b, if there are any, are a line whose "
        "direction a is positive, and at most one of them is non-negative and has a zero.",
    )
