r"""Tests of independence in contingency tables, and of several hypotheses together.

The counts :math:`N_{xu}` of two variables are compared with those expected under independence,
:math:`E_{xu} = N_{x+} N_{+u} / N`, by

.. math:: G = \frac{2}{q} \sum_{x, u} N_{xu} \log\frac{N_{xu}}{E_{xu}}, \qquad
    q = 1 + \frac{(N \sum_x 1/N_{x+} - 1)(N \sum_u 1/N_{+u} - 1)}{6 N (R - 1)(C - 1)}

for R values of x and C values of u that occur, with (R - 1)(C - 1) degrees of freedom; q is
Williams' correction for small counts. Where an expected count is below ``LEAST_EXPECTED``, the
rarest value, of x or of u, is left out until none is. The choice reads totals alone, so the rest
are independent if all are.

References
----------
D. A. Williams, "Improved likelihood ratio tests for complete contingency tables", Biometrika 63
(1976).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix.util.arrays import Floats, Ints

LEAST_EXPECTED = 5.0
"""Smallest expected count of a table that is tested: the usual rule."""

LEAST_ROWS = 4 * LEAST_EXPECTED
"""Rows of the smallest table with two values of each variable that are expected so often."""


def g_statistic(counts: Floats, q: Floats) -> Floats:
    """Compute G over the last axis, shape (...)."""
    expected = counts.sum(axis=-1, keepdims=True) * q
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(counts > 0, counts * np.log(counts / expected), 0.0)
    return np.asarray(np.maximum(2.0 * terms.sum(axis=-1), 0.0))


def independence_statistics(counts: Floats) -> tuple[Floats, Ints]:
    r"""Compute G and degrees of freedom of contingency tables.

    Parameters
    ----------
    counts : ndarray of float64, shape (tables, R, C)
        Rare values are set to 0 in place.

    Returns
    -------
    statistics : ndarray of float64, shape (tables,)
    dfs : ndarray of int64, shape (tables,)
        0 where a table is not tested.

    Examples
    --------
    >>> statistics, dfs = independence_statistics(np.array([[[30.0, 10.0], [10.0, 30.0]]]))
    >>> statistics.round(1), dfs
    (array([20.5]), array([1]))
    """
    statistics, dfs = np.zeros(len(counts)), np.zeros(len(counts), dtype=np.int64)
    _leave_out_rare_values(counts)
    rows, cols = counts.sum(axis=2), counts.sum(axis=1)
    # A table without counts has (-1) times (-1).
    df = ((rows > 0).sum(axis=1) - 1).clip(0) * ((cols > 0).sum(axis=1) - 1)
    tested = np.flatnonzero(df > 0)
    if not len(tested):
        return statistics, dfs
    counts, rows, cols, df = counts[tested], rows[tested], cols[tested], df[tested]
    total = rows.sum(axis=1)
    shares = (rows / total[:, None])[:, :, None] * (cols / total[:, None])[:, None, :]
    g = g_statistic(counts.reshape(len(tested), -1), shares.reshape(len(tested), -1))
    spread = (total * _sum_inverses(rows) - 1.0) * (total * _sum_inverses(cols) - 1.0)
    statistics[tested], dfs[tested] = g / (1.0 + spread / (6.0 * total * df)), df
    return statistics, dfs


def _leave_out_rare_values(counts: Floats) -> None:
    """Set rows or columns of contingency tables to 0 until no expected count is too small."""
    left = np.arange(len(counts))
    while len(left):
        part = counts[left]
        rows, cols = part.sum(axis=2), part.sum(axis=1)
        total = rows.sum(axis=1)
        rows[rows == 0.0], cols[cols == 0.0] = np.inf, np.inf
        rarest_row, rarest_col = rows.min(axis=1), cols.min(axis=1)
        small = (total > 0.0) & (rarest_row * rarest_col < LEAST_EXPECTED * total)
        by_row = small & (rarest_row <= rarest_col)
        by_col = small & ~by_row
        counts[left[by_row], rows[by_row].argmin(axis=1), :] = 0.0
        counts[left[by_col], :, cols[by_col].argmin(axis=1)] = 0.0
        left = left[small]


def _sum_inverses(totals: Floats) -> Floats:
    """Sum the inverses of the totals that are not 0, over the last axis."""
    inverses = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return np.asarray(inverses.sum(axis=-1))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values by Holm's step-down method; None is no test and stays None.

    The i-th smallest of m p-values becomes max_{j <= i} min(1, (m - j + 1) p_(j)).

    References
    ----------
    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979).

    Examples
    --------
    >>> holm([0.01, None, 0.04])
    [0.02, None, 0.04]
    """
    ranked = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for rank, (p, index) in enumerate(ranked):
        largest = max(largest, min(1.0, (len(ranked) - rank) * p))
        adjusted[index] = largest
    return adjusted
