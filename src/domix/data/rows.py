"""Distinct rows with counts, over which every likelihood is summed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _rows
from domix.errors import DataError
from domix.util.arrays import Codes, Floats, Ints

Words = npt.NDArray[np.uint64]
"""Columns of codes packed into integers of 64 bits."""

WORD = 2**64
"""Values of a packed word."""

MOST_COUNTED = 2**53
"""Largest total of counts: above it, doubles cannot represent every integer."""


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """Distinct rows and their counts; the arrays are read-only.

    Attributes
    ----------
    codes : ndarray of uint8, shape (distinct rows, variables)
        Each row once, in lexicographic order; C-contiguous.
    counts : ndarray of float64, shape (distinct rows,)
        How often each row occurs, or the sum of its weights; all positive.
    inverse : ndarray of int64, shape (rows,)
        The index in ``codes`` of each original row, or -1 if all rows equal to it count zero.
    """

    codes: Codes
    counts: Floats
    inverse: Ints

    def __post_init__(self) -> None:
        for array in (self.codes, self.counts, self.inverse):
            array.flags.writeable = False


def distinct(
    codes: Codes, cards: npt.ArrayLike, counts: npt.ArrayLike | None = None
) -> DistinctRows:
    """Merge equal rows; the result does not depend on the order of the rows.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, variables)
        Each code is below its variable's number of states.
    cards : array_like of int, shape (variables,)
        The number of states of each variable.
    counts : array_like of float, shape (rows,), optional
        The weight of each row, one by default. Rows whose weights sum to zero are left out.

    Returns
    -------
    DistinctRows

    Raises
    ------
    DataError
        ``counts`` is not a valid array of counts; see :func:`check_counts`.

    Examples
    --------
    >>> import numpy as np
    >>> rows = distinct(np.array([[1, 0], [0, 2], [1, 0]], np.uint8), [2, 3])
    >>> rows.codes.tolist(), rows.counts.tolist(), rows.inverse.tolist()
    ([[0, 2], [1, 0]], [1.0, 2.0], [1, 0, 1])
    """
    weights = None if counts is None else check_counts(counts, len(codes))
    inverse, first = _rank_rows(codes, [int(k) for k in np.asarray(cards)])
    unique = np.ascontiguousarray(codes[first])
    if weights is None:
        times = np.bincount(inverse, minlength=len(first)).astype(np.float64)
        return DistinctRows(unique, times, inverse)
    totals = _sum_weights(inverse, weights, len(first))
    return _drop_zeros(unique, totals, inverse)


def thin_rows(rows: DistinctRows, share: float, rng: np.random.Generator) -> DistinctRows:
    """Keep each unit of each row's count with probability ``share``, independently.

    Examples
    --------
    >>> rows = distinct(np.zeros((1000, 1), np.uint8), [2])
    >>> 400 < thin_rows(rows, 0.5, np.random.default_rng(0)).counts.item() < 600
    True
    """
    whole = np.floor(rows.counts)
    counts = rng.binomial(whole.astype(np.int64), share).astype(np.float64)
    part = rows.counts - whole
    counts += np.where(rng.random(len(part)) < share, part, 0.0)
    return _drop_zeros(rows.codes, counts, rows.inverse)


def resample_counts(counts: Floats, rng: np.random.Generator) -> Floats:
    """Draw as many units from the multinomial distribution of the counts, along the last axis.

    Counts may be weights: the nearest whole number of units is drawn, and the total is kept. A
    total of less than half a unit is not resampled.

    Examples
    --------
    >>> counts = np.array([[2.0, 0.0, 2.0], [0.3, 0.1, 0.0]])
    >>> again = resample_counts(counts, np.random.default_rng(0))
    >>> again.sum(axis=1).tolist(), again[:, 1].tolist()
    ([4.0, 0.4], [0.0, 0.1])
    """
    totals = counts.sum(axis=-1, keepdims=True)
    draws = np.rint(totals).astype(np.int64)
    few = draws == 0
    shares = np.where(few, 1.0 / counts.shape[-1], counts / np.where(few, 1.0, totals))
    drawn = rng.multinomial(draws[..., 0], shares)
    return np.where(few, counts, drawn * (totals / np.where(few, 1, draws)))


def check_counts(counts: npt.ArrayLike, rows: int) -> Floats:
    """Return a user's ``counts`` as an array of float64, shape (rows,).

    Raises
    ------
    DataError
        A count is negative or not a finite number, all are zero although there are rows, or their
        total is above 2**53.

    Examples
    --------
    >>> check_counts([2, -1], 2)
    Traceback (most recent call last):
        ...
    domix.errors.DataError: counts: row 1 (counting from 0) has -1.0; a count is a finite number, \
at least 0
    """
    try:
        array = np.asarray(counts, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("not an array of numbers", argument="counts") from None
    except OverflowError:
        raise DataError(
            "a count is too large for a double; scale the counts down", argument="counts"
        ) from None
    if array.shape != (rows,):
        raise DataError(
            f"one number for each of the {rows} rows is needed; the shape is {array.shape}",
            argument="counts",
        )
    valid = np.isfinite(array) & (array >= 0)
    if not valid.all():
        row = int(np.argmin(valid))
        raise DataError(
            f"row {row} (counting from 0) has {array[row]}; a count is a finite number, at least 0",
            argument="counts",
        )
    if excess := describe_excess(array):
        raise DataError(excess, argument="counts")
    if rows and not array.any():
        raise DataError("every row counts zero, so there are no data", argument="counts")
    return array


def describe_excess(counts: Floats) -> str:
    """Say why the total of counts is too large; the text is empty if it is not.

    Examples
    --------
    >>> describe_excess(np.array([1e16, 1.0]))
    'the total is 1e+16; above 9,007,199,254,740,992 single units are lost to rounding; scale the \
counts down'
    """
    with np.errstate(over="ignore"):
        total = counts.sum()
    if total <= MOST_COUNTED:
        return ""
    return (
        f"the total is {total:.5g}; above {MOST_COUNTED:,} single units are lost to rounding; "
        "scale the counts down"
    )


def _drop_zeros(codes: Codes, counts: Floats, inverse: Ints) -> DistinctRows:
    """Leave out rows that count zero."""
    kept = counts > 0
    new_index = np.where(kept, np.cumsum(kept) - 1, -1)
    return DistinctRows(codes[kept], counts[kept], new_index[inverse])


def _rank_rows(codes: Codes, cards: list[int]) -> tuple[Ints, Ints]:
    """Find each row's rank among the distinct rows, and a row of each rank.

    A hash table merges the rows first, so that only the distinct ones are sorted.
    """
    keys = _pack(codes, cards)
    slots = np.zeros(2 ** (2 * len(codes)).bit_length(), dtype=np.int32)
    first, number = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    first = first[: _rows.number(keys, slots, first, number)]
    order = _order_keys(keys[first])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[number], first[order]


def _pack(codes: Codes, cards: list[int]) -> Words:
    """Pack as many columns as fit into each word, shape (rows, words), the first one highest.

    There is one word even without columns.
    """
    ptr, size = [0], 1
    for i, card in enumerate(cards):
        if size * card > WORD:
            ptr.append(i)
            size = 1
        size *= card
    ptr.append(len(cards))
    keys = np.empty((len(codes), len(ptr) - 1), dtype=np.uint64)
    _rows.pack(codes, np.array(cards, np.uint64), np.array(ptr, np.int64), keys)
    return keys


def _order_keys(keys: Words) -> Ints:
    """Sort distinct keys; a word is compared only where the words before it tie."""
    order = np.argsort(keys[:, 0])
    starts = np.ones(len(keys) + 1, dtype=bool)
    starts[1:-1] = keys[order[1:], 0] != keys[order[:-1], 0]
    for w in range(1, keys.shape[1]):
        tied = np.flatnonzero(~(starts[:-1] & starts[1:]))
        if not len(tied):
            break
        members = order[tied]
        group = np.cumsum(starts[:-1])[tied]
        members = members[np.lexsort((keys[members, w], group))]
        order[tied] = members
        starts[tied[1:]] |= keys[members[1:], w] != keys[members[:-1], w]
    return order


def _sum_weights(inverse: Ints, weights: Floats, size: int) -> Floats:
    # In ascending order within each group, so that rounding does not depend on the rows' order.
    order = np.lexsort((weights, inverse))
    starts = np.searchsorted(inverse[order], np.arange(size))
    return np.add.reduceat(weights[order], starts) if size else np.zeros(0)
