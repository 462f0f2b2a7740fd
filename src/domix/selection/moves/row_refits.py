"""Rows of a learnt CPT fitted again when expected counts come to them or leave them.

A target that sets all its variables but one can own a configuration of that variable's parents:
hardly any other data row has it. The learnt row of the CPT then follows the target's rows, and with
the tables held fixed, the right target gains hardly more than a wrong one. So these families
predict gains with the row refitted: log-likelihood sum_v N_v log(N_v / N) before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domix.core.tables import Layout, normalize_rows
from domix.options.search import SearchOptions
from domix.util.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class RowRefit:
    """Rows of one CPT with other counts.

    Attributes
    ----------
    variable : int
    rows : ndarray of bool, shape (rows of the CPT,)
        The rows that are refitted.
    counts : ndarray of float64, shape (refitted rows, values)
    gain : float
        Increase of the log-likelihood of these counts in nats.
    """

    variable: int
    rows: Bools
    counts: Floats
    gain: float = 0.0


def refit_rows(
    variable: int, totals: Floats, value: int, moved: Floats, options: SearchOptions
) -> RowRefit:
    """Refit the rows to which ``moved`` (rows of the CPT,) counts of a value come (or leave: < 0).

    ``totals``, shape (rows of the CPT, values), are the counts before.
    """
    rows = abs(moved) > options.refitted_row_share * abs(moved).sum()
    counts = totals[rows].copy()
    counts[:, value] = np.maximum(counts[:, value] + moved[rows], options.min_entry_count)
    gain = _log_likelihood(counts) - _log_likelihood(totals[rows])
    return RowRefit(variable, rows, counts, gain)


def _log_likelihood(counts: Floats) -> float:
    return float((counts * np.log(normalize_rows(counts))).sum())


def apply_refits(layout: Layout, log_theta: Floats, *refits: RowRefit) -> Floats:
    """Return the tables' logarithms with some rows refitted."""
    out = log_theta.copy()
    for refit in refits:
        table = out[layout.entries_of(refit.variable)].reshape(-1, refit.counts.shape[1])
        table[refit.rows] = np.log(normalize_rows(refit.counts))
    return out
