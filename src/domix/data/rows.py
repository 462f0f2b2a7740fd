"""Distinct rows with counts: what every likelihood is summed over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _rows
from domix.errors import DataError

__all__ = ["DistinctRows", "check_counts", "distinct", "redrawn", "thinned", "too_many"]

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

WORD = 2**64

MOST_COUNTED = 2**53
"""In all: above it, doubles do not tell one unit more or less."""


@dataclass(frozen=True, eq=False)
class DistinctRows:
    """The rows that differ, in the order of their codes, read-only.

    Attributes
    ----------
    codes
        Shape (u, n) uint8, C order: in lexicographic order, each row once.
    counts
        Shape (u,) float64, all positive: how often each occurs, or how much it weighs in all.
    inverse
        Shape (rows,) int64: where each row that was given stands in ``codes``, or -1 if all rows
        like it count zero.
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
    codes
        Shape (rows, n) uint8, each below its variable's card.
    cards
        Shape (n,).
    counts
        Shape (rows,), or None for one each. Configurations that count zero in all are left out.

    Raises
    ------
    DataError
        ``counts`` is no such array (:func:`check_counts`).

    Examples
    --------
    >>> import numpy as np
    >>> rows = distinct(np.array([[1, 0], [0, 2], [1, 0]], np.uint8), [2, 3])
    >>> rows.codes.tolist(), rows.counts.tolist(), rows.inverse.tolist()
    ([[0, 2], [1, 0]], [1.0, 2.0], [1, 0, 1])
    """
    weights = None if counts is None else check_counts(counts, len(codes))
    inverse, first = _numbered(codes, [int(k) for k in np.asarray(cards)])
    unique = np.ascontiguousarray(codes[first])
    if weights is None:
        times = np.bincount(inverse, minlength=len(first)).astype(np.float64)
        return DistinctRows(unique, times, inverse)
    totals = _totals(inverse, weights, len(first))
    kept = totals > 0
    where = np.where(kept, np.cumsum(kept) - 1, -1)
    return DistinctRows(unique[kept], totals[kept], where[inverse])


def thinned(rows: DistinctRows, share: float, rng: np.random.Generator) -> DistinctRows:
    """Every row with chance ``share``; of a row that counts for several, each by itself.

    Examples
    --------
    >>> rows = distinct(np.zeros((1000, 1), np.uint8), [2])
    >>> 400 < thinned(rows, 0.5, np.random.default_rng(0)).counts.item() < 600
    True
    """
    whole = np.floor(rows.counts)
    counts = rng.binomial(whole.astype(np.int64), share).astype(np.float64)
    part = rows.counts - whole
    counts += np.where(rng.random(len(part)) < share, part, 0.0)
    kept = counts > 0
    where = np.where(kept, np.cumsum(kept) - 1, -1)
    return DistinctRows(rows.codes[kept], counts[kept], where[rows.inverse])


def redrawn(counts: Floats, rng: np.random.Generator) -> Floats:
    """As many units drawn again from units in these shares, along the last axis.

    Counts may be weights: the nearest whole number of units is drawn, and the total kept. Less than
    half a unit is left as it is.

    Examples
    --------
    >>> again = redrawn(np.array([[2.0, 0.0, 2.0], [0.3, 0.1, 0.0]]), np.random.default_rng(0))
    >>> again.sum(axis=1).tolist(), again[:, 1].tolist()
    ([4.0, 0.4], [0.0, 0.1])
    """
    totals = counts.sum(axis=-1, keepdims=True)
    draws = np.rint(totals).astype(np.int64)
    few = draws == 0
    shares = np.where(few, 1.0 / counts.shape[-1], counts / np.where(few, 1.0, totals))
    drawn = rng.multinomial(draws[..., 0], shares)
    return np.where(few, counts, drawn * (totals / np.where(few, 1, draws)))


def check_counts(counts: npt.ArrayLike, rows: int, what: str = "counts") -> Floats:
    """Shape (rows,) float64: finite, not negative, and not all zero unless there are no rows.

    Their total is at most 2**53 (:func:`too_many`).

    Raises
    ------
    DataError
        They are not; the row is named.

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
        raise DataError(f"{what}: not an array of numbers") from None
    except OverflowError:
        raise DataError(
            f"{what}: a count is too large for a double; scale the counts down"
        ) from None
    if array.shape != (rows,):
        raise DataError(
            f"{what}: one number for each of the {rows} rows is needed; the shape is {array.shape}"
        )
    good = np.isfinite(array) & (array >= 0)
    if not good.all():
        row = int(np.argmin(good))
        raise DataError(
            f"{what}: row {row} (counting from 0) has {array[row]}; a count is a finite number, "
            "at least 0"
        )
    if excess := too_many(array):
        raise DataError(f"{what}: {excess}")
    if rows and not array.any():
        raise DataError(f"{what}: every row counts zero, so there are no data")
    return array


def too_many(counts: Floats) -> str:
    """What is wrong with the total of counts, empty if nothing is.

    Examples
    --------
    >>> too_many(np.array([1e16, 1.0]))
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


def _numbered(codes: Codes, cards: list[int]) -> tuple[Ints, Ints]:
    """Each row's rank among the distinct rows, and a row of each rank.

    A hash table merges the rows first, so that only the distinct ones are sorted.
    """
    keys = _packed(codes, cards)
    slots = np.zeros(2 ** (2 * len(codes)).bit_length(), dtype=np.int32)
    first, number = np.empty(len(codes), np.int64), np.empty(len(codes), np.int64)
    first = first[: _rows.number(keys, slots, first, number)]
    order = _sorted(keys[first])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[number], first[order]


def _packed(codes: Codes, cards: list[int]) -> Words:
    """Shape (rows, words): each word holds as many columns as fit, the first the most significant.

    There is a word even where there is no column.
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


def _sorted(keys: Words) -> Ints:
    """The order of keys that all differ; a word is looked at only where those before it tie."""
    order = np.argsort(keys[:, 0])
    starts = np.ones(len(keys) + 1, dtype=bool)
    starts[1:-1] = keys[order[1:], 0] != keys[order[:-1], 0]
    for w in range(1, keys.shape[1]):
        tied = np.flatnonzero(~(starts[:-1] & starts[1:]))
        if not len(tied):
            break
        among = order[tied]
        group = np.cumsum(starts[:-1])[tied]
        among = among[np.lexsort((keys[among, w], group))]
        order[tied] = among
        starts[tied[1:]] |= keys[among[1:], w] != keys[among[:-1], w]
    return order


def _totals(inverse: Ints, weights: Floats, size: int) -> Floats:
    # Added from the smallest up within each group, so that rounding does not depend on row order.
    order = np.lexsort((weights, inverse))
    starts = np.searchsorted(inverse[order], np.arange(size))
    return np.add.reduceat(weights[order], starts) if size else np.zeros(0)
