r"""Counts of table entries that are expected in rows with missing entries.

With :math:`o` the observed part of a row and :math:`m` a completion of it, EM alternates between

.. math:: q(m) = P_\theta(o, m) \Big/ \sum_{m'} P_\theta(o, m'), \qquad
    n_{vu} = \sum_\text{rows} \sum_m q(m) [v, u \text{ in } (o, m)],

and the posterior-mean tables of the counts. With :math:`\alpha` the pseudocount, it ends at a
maximum of :math:`\sum_\text{rows} \log P_\theta(o) + \alpha \sum_{vu} \log \theta_{vu}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from warnings import warn

import numpy as np

from domix.core.tables import Layout
from domix.data.completions import complete
from domix.data.missing import Encoded
from domix.data.rows import distinct
from domix.errors import DataError, DomixWarning
from domix.model.learn import count_entries, count_where_untouched, posterior_mean_tables
from domix.query.probability import entry_indices
from domix.util.arrays import Bools, Codes, Floats
from domix.util.numerics import TINY

MOST_STEPS = 10_000
"""Steps of EM; each gains less where more is missing."""

LEAST_CHANGE = 1e-7
"""Rows by which no expected count changes any more, for each row that misses an entry."""


def count_rows(
    layout: Layout,
    rows: Encoded,
    pseudocount: float,
    intervened: Sequence[frozenset[int]] | None,
) -> Floats:
    """Count table entries in rows, those that miss entries by :func:`expect_counts`."""
    if rows.absent is not None:
        return expect_counts(layout, rows.codes, rows.absent, pseudocount, intervened)
    if intervened is None:
        return count_entries(layout, rows.codes)
    return count_where_untouched(layout, rows.codes, intervened)


def expect_counts(
    layout: Layout,
    codes: Codes,
    absent: Bools,
    pseudocount: float,
    intervened: Sequence[frozenset[int]] | None = None,
) -> Floats:
    """Count table entries in rows with missing entries, by EM for their tables.

    Parameters
    ----------
    layout : Layout
    codes, absent : ndarray of uint8 and of bool, shape (rows, variables)
        The rows, and which of their entries are missing.
    pseudocount : float
    intervened : sequence of frozenset of int, length rows, optional
        The variables that were set in each row: the row does not count in their tables.

    Returns
    -------
    ndarray of float64, shape (table entries,)

    Raises
    ------
    DataError
        There are too many completions, or a variable was set to a value that is missing.

    Warns
    -----
    DomixWarning
        The limit of steps ended EM before it converged.
    """
    n = layout.n
    unset = np.ones(codes.shape, dtype=bool)
    for row, variables in enumerate(intervened or ()):
        unset[row, list(variables)] = False
    unknown = ~unset & absent
    if unknown.any():
        row = int(np.argmax(unknown.any(axis=1)))
        raise DataError(
            f"row {row} (counting from 0) misses a value that was set; fill it in",
            argument="intervened",
        )
    gaps = absent.any(axis=1)
    known = np.zeros(layout.size)
    entries = entry_indices(layout, codes[~gaps])
    np.add.at(known, entries[unset[~gaps]], 1.0)
    # Rows that are alike in all of this are completed once.
    alike = distinct(
        np.hstack([codes[gaps], absent[gaps], unset[gaps]]).astype(np.uint8),
        np.concatenate([layout.cards, np.full(2 * n, 2)]),
    )
    completions = complete(alike.codes[:, :n], alike.codes[:, n : 2 * n] > 0, layout.cards)
    read = alike.codes[completions.rows, 2 * n :] > 0
    entries = entry_indices(layout, completions.codes)
    times = alike.counts[completions.rows]
    counts = known
    for _ in range(MOST_STEPS):
        theta = posterior_mean_tables(layout, counts, pseudocount)
        logs = np.where(read, np.log(np.maximum(theta, TINY))[entries], 0.0).sum(axis=1)
        weights = np.broadcast_to((completions.shares(logs) * times)[:, None], read.shape)
        before, counts = counts, known + np.bincount(entries[read], weights[read], layout.size)
        if np.abs(counts - before).max() < LEAST_CHANGE * gaps.sum():
            return counts
    warn(
        "a limit of steps ended the fit of the tables before it converged: variables that are "
        "nearly always missing leave them open",
        DomixWarning,
        stacklevel=4,
    )
    return counts
