"""Empirical marginals: tables of counts, and how many rows agree with a partial assignment."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _bits
from domix.core.space import MAX_CARD
from domix.data.arrays import code_array
from domix.data.rows import distinct
from domix.errors import DataError

__all__ = ["RowBits", "count_table"]

Codes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


def count_table(
    codes: npt.ArrayLike, cards: npt.ArrayLike, columns: Sequence[int]
) -> tuple[Codes, npt.NDArray[np.float64]]:
    """The configurations of some columns that occur, and how often: an empirical marginal.

    Counted in a table of all configurations, or, where that would be larger than the rows are many,
    by merging equal rows.

    Parameters
    ----------
    codes
        Integers, shape (rows, variables), as :meth:`Network.encode` returns them.
    cards
        Number of states of each variable, shape (variables,).
    columns
        Which variables, in the order of the result's columns.

    Returns
    -------
    configurations : ndarray of uint8, shape (u, columns)
        In lexicographic order.
    counts : ndarray of float64, shape (u,)

    Raises
    ------
    DataError
        A code that is not below its card, which is named, or a column that is not there.

    Examples
    --------
    >>> found, counts = count_table([[1, 0, 2], [0, 1, 2], [1, 1, 2]], [2, 2, 3], [2, 0])
    >>> found.tolist(), counts.tolist()
    ([[2, 0], [2, 1]], [1.0, 2.0])
    """
    rows, ks = _checked(codes, cards)
    for i in columns:
        if not 0 <= i < len(ks):
            raise DataError(f"there is no column {i}; there are {len(ks)}, counted from 0")
    shape = [int(ks[i]) for i in columns]
    part = rows[:, list(columns)]
    if math.prod(shape) > len(part):
        merged = distinct(part, shape)
        return merged.codes, merged.counts
    cell = np.zeros(len(part), dtype=np.int64)
    for i, card in enumerate(shape):
        cell *= card
        cell += part[:, i]
    counts = np.bincount(cell, minlength=math.prod(shape))
    there = np.flatnonzero(counts)
    found = np.empty((len(there), len(shape)), dtype=np.uint8)
    left = there
    for i in range(len(shape) - 1, -1, -1):
        left, found[:, i] = np.divmod(left, shape[i])
    return found, counts[there].astype(np.float64)


def _checked(codes: npt.ArrayLike, cards: npt.ArrayLike) -> tuple[Codes, Ints]:
    ks = np.asarray(cards, dtype=np.int64)
    bad = np.flatnonzero((ks < 1) | (ks > MAX_CARD))
    if len(bad):
        i = int(bad[0])
        raise DataError(f"cards: variable {i} has {ks[i]} values; 1 to {MAX_CARD} can be counted")
    return code_array(codes, [str(i) for i in range(len(ks))], "codes", ks), ks


@dataclass(frozen=True, eq=False)
class RowBits:
    """Rows as sets of bits, one set for each value of each variable.

    Eight rows to a byte, so that a count reads an eighth of a column for each variable it is about:
    for many counts of the same rows.

    Attributes
    ----------
    rows
        How many.
    cards
        Shape (n,): the number of states of each variable.
    starts
        Shape (n,): the set of each variable's value 0; those of the others follow.
    bits
        Shape (values, words), read-only.

    Examples
    --------
    >>> rows = RowBits.build([[1, 0], [0, 2], [1, 2]], cards=[2, 3])
    >>> rows.count([(0, 1)]), rows.count([(0, 1), (1, 2)]), rows.count([])
    (2, 1, 3)
    >>> rows.count([(1, 3)])
    Traceback (most recent call last):
        ...
    domix.errors.DataError: variable 1 has no value 3; its values are 0 to 2
    """

    rows: int
    cards: Ints
    starts: Ints
    bits: npt.NDArray[np.uint64]

    @classmethod
    def build(cls, codes: npt.ArrayLike, cards: npt.ArrayLike) -> RowBits:
        """The sets of rows of codes, both as in :func:`count_table`."""
        rows, ks = _checked(codes, cards)
        starts = np.cumsum(ks) - ks
        bits = np.zeros((int(ks.sum()), -(-len(rows) // 64)), dtype=np.uint64)
        _bits.pack(rows, starts, bits)
        bits.flags.writeable = False
        return cls(len(rows), ks, starts, bits)

    def count(self, assignment: Iterable[tuple[int, int]]) -> int:
        """How many rows agree with a partial assignment, given as (variable, value) pairs."""
        sets = []
        for i, v in assignment:
            if not 0 <= i < len(self.cards):
                raise DataError(f"there is no variable {i}; there are {len(self.cards)}")
            if not 0 <= v < self.cards[i]:
                raise DataError(
                    f"variable {i} has no value {v}; its values are 0 to {self.cards[i] - 1}"
                )
            sets.append(self.starts[i] + v)
        return _bits.count(self.bits, np.array(sets)) if sets else self.rows
