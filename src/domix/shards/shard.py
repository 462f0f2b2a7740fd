"""One shard of the data rows, and the steps that make and change one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from domix._kernels import _rows
from domix.core.tables import Layout
from domix.data.rows import DistinctRows, distinct, thin_rows
from domix.query.probability import entry_indices
from domix.util.arrays import Codes, Floats, Ints
from domix.work.fingerprint import fingerprint

SHARD_ROWS = 2**18
"""Data rows of a shard before equal ones are merged, and distinct ones after."""

BLOCK_ROWS = 2**14
"""Rows whose table entries are held at once."""

UNMERGED = np.empty(0, np.int64)


@dataclass(frozen=True, eq=False)
class Shard:
    """Distinct rows and their counts.

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
        In lexicographic order; the columns lie one after the other in memory.
    counts : ndarray of float64, shape (rows,)
    given : float
        Data rows that were merged into these.
    missing : Counter of str
        How often each variable had no value in rows that were left out for it.
    """

    codes: Codes
    counts: Floats
    given: float
    missing: Counter[str] = field(default_factory=Counter)

    @classmethod
    def merge(cls, codes: Codes, cards: Ints, counts: Floats | None = None) -> Shard:
        """Merge equal rows; ``counts`` are 1 by default."""
        rows = distinct(codes, cards, counts)
        return cls(np.asfortranarray(rows.codes), rows.counts, float(len(codes)))

    @property
    def columns(self) -> Codes:
        """The codes by variable, shape (variables, rows)."""
        return self.codes.T

    @property
    def rows(self) -> DistinctRows:
        """The rows in C order."""
        return DistinctRows(np.ascontiguousarray(self.codes), self.counts, UNMERGED)


def join(first: Shard, second: Shard, *, cards: Ints) -> Shard:
    """Merge the rows of two shards."""
    codes = np.concatenate([first.codes, second.codes])
    counts = np.concatenate([first.counts, second.counts])
    rows = distinct(codes, cards, counts)
    return Shard(
        np.asfortranarray(rows.codes),
        rows.counts,
        first.given + second.given,
        first.missing + second.missing,
    )


def size_of(shard: Shard) -> tuple[int, float, float]:
    """Return the number of distinct rows, their total count, and the data rows given."""
    return len(shard.counts), float(shard.counts.sum()), shard.given


def missing_of(shard: Shard) -> tuple[int, Counter[str]]:
    """Return the number of distinct rows, and how often variables had no value in others."""
    return len(shard.counts), shard.missing


def identify(shard: Shard) -> str:
    """Return a fingerprint of the rows and their counts."""
    return fingerprint([shard.codes.T, shard.counts])


def count_entries(shard: Shard, *, layout: Layout) -> Floats:
    """Add up the counts of the rows that read each table entry."""
    totals = np.zeros(layout.size)
    for start in range(0, len(shard.counts), BLOCK_ROWS):
        part = slice(start, start + BLOCK_ROWS)
        _rows.weigh_entries(entry_indices(layout, shard.codes[part]), shard.counts[part], totals)
    return totals


def thin(shard: Shard, seed: Sequence[int], *, share: float) -> DistinctRows:
    """Keep each unit of each count with probability ``share``; see :func:`thin_rows`."""
    if share >= 1:
        return shard.rows
    return thin_rows(shard.rows, share, np.random.default_rng(seed))


def halve(shard: Shard, seed: Sequence[int], *, first: bool) -> Shard:
    """Put each unit of each count in one of two halves, at random; return one of the halves."""
    rng = np.random.default_rng(seed)
    whole = np.floor(shard.counts)
    taken = rng.binomial(whole.astype(np.int64), 0.5).astype(np.float64)
    taken += (shard.counts - whole) * (rng.random(len(whole)) < 0.5)
    counts = taken if first else shard.counts - taken
    kept = np.flatnonzero(counts)
    return Shard(np.asfortranarray(shard.codes[kept]), counts[kept], shard.given)


def resample(shard: Shard, seed: Sequence[int], total: float) -> Shard:
    """Draw ``total`` rows, a whole number, from the multinomial distribution of the counts."""
    if not len(shard.counts):
        # A half of a shard can have no rows: its total is 0.
        return shard
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(int(total), shard.counts / shard.counts.sum()).astype(np.float64)
    kept = np.flatnonzero(counts)
    return Shard(np.asfortranarray(shard.codes[kept]), counts[kept], shard.given)
