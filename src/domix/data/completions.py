"""Completions of rows that miss values: every way to fill them in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from domix.data.missing import Encoded
from domix.errors import DataError
from domix.util.arrays import Bools, Codes, Floats, Ints

MOST_OF_A_ROW = 2**14
"""Most completions of one row."""

MOST = 2**23
"""Most completions of all rows, about a gigabyte in twenty variables."""


@dataclass(frozen=True, eq=False)
class Completions:
    """Rows, each completed in every way; a complete row is its only completion.

    Attributes
    ----------
    codes : ndarray of uint8, shape (completions, variables)
        Those of a row are next to each other.
    rows : ndarray of int64, shape (completions,)
        The row that each completes.
    starts : ndarray of int64, shape (rows,)
        The first completion of each row.
    """

    codes: Codes
    rows: Ints
    starts: Ints

    def sum_logs(self, logs: Floats) -> Floats:
        """Return the logarithm of the sum over each row's completions, shape (rows, ...)."""
        if not len(self.starts):
            return logs
        return np.asarray(np.logaddexp.reduceat(logs, self.starts, axis=0))

    def shares(self, logs: Floats) -> Floats:
        """Return the share of each completion in its row, shape (completions,).

        ``logs`` are logarithms of probabilities. Those of an impossible row have equal shares, as
        nothing says which of them another target will explain.
        """
        totals = self.sum_logs(logs)
        possible = np.isfinite(totals)
        shares = np.exp(logs - np.where(possible, totals, 0.0)[self.rows])
        equal = 1.0 / np.bincount(self.rows, minlength=len(self.starts))
        return np.asarray(np.where(possible[self.rows], shares, equal[self.rows]))

    def average(self, values: Floats, logs: Floats) -> Floats:
        """Return the mean of values over each row's completions, shape (rows, values).

        ``values`` have shape (completions, values), and ``logs`` are logarithms of the
        completions' probabilities. NaN in impossible rows.
        """
        if not len(self.starts):
            return values
        shares = self.shares(logs)[:, None]
        weighted = np.where(shares > 0, shares * values, 0.0)
        return np.asarray(np.add.reduceat(weighted, self.starts, axis=0))


def complete_rows(rows: Encoded, cards: Ints) -> Completions | None:
    """Complete rows as they were read; None if they miss nothing that is to be summed out."""
    return None if rows.absent is None else complete(rows.codes, rows.absent, cards)


def complete(codes: Codes, absent: Bools, cards: Ints) -> Completions:
    """Complete rows in every way.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    absent : ndarray of bool, shape (rows, variables)
        The entries that are missing.
    cards : ndarray of int, shape (variables,)
        The number of states of each variable.

    Raises
    ------
    DataError
        There are too many completions.

    Examples
    --------
    >>> found = complete(
    ...     np.zeros((2, 2), np.uint8), np.array([[False, True], [False, False]]), np.array([2, 3])
    ... )
    >>> found.codes.tolist(), found.rows.tolist()
    ([[0, 0], [0, 1], [0, 2], [0, 0]], [0, 0, 0, 1])
    """
    sizes = np.where(absent, np.asarray(cards, dtype=np.float64), 1.0).prod(axis=1)
    _check_sizes(sizes, absent)
    numbers = sizes.astype(np.int64)
    starts = np.cumsum(numbers) - numbers
    rows = np.repeat(np.arange(len(codes)), numbers)
    completed = codes[rows]
    patterns, pattern_of = np.unique(absent, axis=0, return_inverse=True)
    for pattern, members in enumerate(patterns):
        missing = np.flatnonzero(members)
        if len(missing):
            ways = np.indices([int(cards[i]) for i in missing]).reshape(len(missing), -1).T
            first = starts[pattern_of.ravel() == pattern]
            places = first[:, None] + np.arange(len(ways))
            completed[places[:, :, None], missing] = ways
    return Completions(completed, rows, starts)


def _check_sizes(sizes: Floats, absent: Bools) -> None:
    advice = "leave out rows that miss so many values, or variables that are rarely measured"
    if len(sizes) and sizes.max() > MOST_OF_A_ROW:
        row = int(np.argmax(sizes))
        raise DataError(
            f"a row misses {int(absent[row].sum())} values, which can be filled in in "
            f"{sizes[row]:,.0f} ways; at most {MOST_OF_A_ROW:,} are summed: {advice}",
            argument="missing",
        )
    total = math.fsum(sizes)
    if total > max(MOST, len(sizes)):
        raise DataError(
            f"the rows can be filled in in {total:,.0f} ways; at most {MOST:,} are summed: "
            f"{advice}",
            argument="missing",
        )
