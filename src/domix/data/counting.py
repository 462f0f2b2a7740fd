"""Empirical marginals: tables of counts, and how many rows agree with a partial assignment."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _bits
from domix.core.tables import Target
from domix.data.rows import distinct

__all__ = ["RowBits", "count_table"]

Codes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


def count_table(
    codes: Codes, cards: npt.ArrayLike, columns: Sequence[int]
) -> tuple[Codes, npt.NDArray[np.float64]]:
    """The configurations of some columns that occur, and how often: shapes (u, columns), (u,).

    In lexicographic order. Counted in a table of all configurations, or, where that would be larger
    than the rows are many, by merging equal rows.

    Examples
    --------
    >>> found, counts = count_table(np.array([[1, 0, 2], [0, 1, 2], [1, 1, 2]], np.uint8),
    ...                             [2, 2, 3], [2, 0])
    >>> found.tolist(), counts.tolist()
    ([[2, 0], [2, 1]], [1.0, 2.0])
    """
    shape = [int(np.asarray(cards)[i]) for i in columns]
    part = codes[:, list(columns)]
    if math.prod(shape) > len(codes):
        rows = distinct(part, shape)
        return rows.codes, rows.counts
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


@dataclass(frozen=True, eq=False)
class RowBits:
    """Rows as sets of bits, one set for each value of each variable.

    Eight rows to a byte, so that a count reads an eighth of a column for each variable it is about.

    Attributes
    ----------
    rows
        How many.
    starts
        Shape (n,): the set of each variable's value 0; those of the others follow.
    bits
        Shape (values, words), read-only.
    """

    rows: int
    starts: Ints
    bits: npt.NDArray[np.uint64]

    @classmethod
    def build(cls, codes: Codes, cards: npt.ArrayLike) -> RowBits:
        """The sets of rows of codes, each below its variable's card."""
        ends = np.cumsum(np.asarray(cards, dtype=np.int64))
        starts = np.concatenate([[0], ends])[:-1]
        words = -(-len(codes) // 64)
        bits = np.zeros((int(ends[-1]) if len(ends) else 0, words), dtype=np.uint64)
        _bits.pack(codes, starts, bits)
        bits.flags.writeable = False
        return cls(len(codes), starts, bits)

    def count(self, assignment: Target) -> int:
        """How many rows agree with a partial assignment.

        Examples
        --------
        >>> rows = RowBits.build(np.array([[1, 0], [0, 2], [1, 2]], np.uint8), [2, 3])
        >>> rows.count(((0, 1),)), rows.count(((0, 1), (1, 2))), rows.count(())
        (2, 1, 3)
        """
        if not assignment:
            return self.rows
        return _bits.count(self.bits, np.array([self.starts[i] + v for i, v in assignment]))
