"""Weights refitted to resampled rows: how sure they are, without leaning on a curvature."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from domix.core.tables import Layout, Tables
from domix.data.rows import DistinctRows
from domix.disentangle.joint import Fit, fit
from domix.disentangle.problem import Problem
from domix.disentangle.progress import Report
from domix.errors import DataError

__all__ = ["bootstrap_weights", "checked_replicates", "percentiles"]

Floats = npt.NDArray[np.float64]
Limits = list[tuple[float, float]]

INSIDE = (2.5, 97.5)


def checked_replicates(bootstrap: SupportsIndex) -> int:
    """How many replicates a user's ``bootstrap`` asks for; one has no spread."""
    try:
        count = operator.index(bootstrap)
    except TypeError:
        count = -1
    if count < 0 or count == 1:
        raise DataError(f"bootstrap must be 0 or a whole number of at least 2, not {bootstrap!r}")
    return count


def bootstrap_weights(
    tables: Tables,
    rows: DistinctRows,
    observed: Floats | None,
    pseudocount: float,
    fitted: Fit,
    replicates: int,
    rng: np.random.Generator,
    report: Report,
) -> Floats:
    """Shape (replicates, components): the support's weights, refitted to resampled data.

    Parameters
    ----------
    tables, rows, observed, pseudocount
        What the :class:`Problem` was made of.
    fitted
        Its support stays; its weights and tables are where every fit starts.
    replicates
        Each has a seed of its own, drawn from ``rng``, so that they could run in any order.
    """
    seeds = rng.integers(2**63, size=replicates)
    out = np.empty((replicates, len(fitted.support)))
    for b, seed in enumerate(seeds.tolist()):
        report("bootstrap", b / replicates)
        own = np.random.default_rng(seed)
        again = _resampled_rows(rows, own)
        control = None if observed is None else _resampled_tables(tables.layout, observed, own)
        problem = Problem(tables, again, control, pseudocount)
        out[b] = fit(problem, fitted.support, fitted.weights, fitted.log_theta).weights
    return out


def _resampled_rows(rows: DistinctRows, rng: np.random.Generator) -> DistinctRows:
    """As many rows drawn from the rows, with replacement."""
    total = float(rows.counts.sum())
    # Counts may be weights: draw the nearest whole number of rows, and keep the total.
    draws = max(round(total), 1)
    drawn_counts = rng.multinomial(draws, rows.counts / total).astype(np.float64)
    counts: Floats = drawn_counts * (total / draws)
    drawn = np.flatnonzero(counts)
    return DistinctRows(rows.codes[drawn], counts[drawn], drawn)


def _resampled_tables(layout: Layout, counts: Floats, rng: np.random.Generator) -> Floats:
    """Shape (cells,): each table row's count drawn again from its own shares."""
    out = np.zeros(layout.size)
    for node in range(layout.n):
        cells, k = layout.cells_of(node), int(layout.cards[node])
        seen = counts[cells].reshape(-1, k)
        totals = seen.sum(axis=1, keepdims=True)
        draws = np.rint(totals).astype(np.int64)
        shares = np.where(totals > 0, seen / np.where(totals > 0, totals, 1.0), 1.0 / k)
        drawn = rng.multinomial(draws[:, 0], shares)
        scale = np.where(draws > 0, totals / np.maximum(draws, 1), 0.0)
        # A row that holds less than half a count has nothing to draw again.
        out[cells] = np.where(draws > 0, drawn * scale, seen).ravel()
    return out


def percentiles(weights: Floats) -> tuple[Floats, Limits]:
    """Standard errors and 95 % intervals of refitted weights, shape (replicates, components)."""
    low, high = np.percentile(weights, INSIDE, axis=0)
    errors = weights.std(axis=0, ddof=1)
    return errors, list(zip(low.tolist(), high.tolist(), strict=True))
