"""Rows in memory, and rows that come in batches, as shards."""

from __future__ import annotations

import numpy as np

from domix.data.rows import DistinctRows
from domix.engine.parts import Engine
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS, Shard
from domix.util.arrays import Codes, Floats, Ints

SMALL = 2**16
"""Rows of a shard where one of the usual size would leave most cores idle."""


def shard_codes(
    engine: Engine, codes: Codes, cards: Ints, counts: Floats | None = None
) -> ShardedRows:
    """Divide rows in memory into shards, and merge equal rows of each.

    Parameters
    ----------
    engine : Engine
    codes : ndarray of uint8, shape (rows, variables)
    cards : ndarray of int64, shape (variables,)
    counts : ndarray of float64, shape (rows,), optional
        1 by default.
    """
    slices = [slice(start, start + SHARD_ROWS) for start in range(0, len(codes), SHARD_ROWS)]
    shards = engine.hold(
        _merge,
        engine.spread([codes[part] for part in slices]),
        engine.spread([None if counts is None else counts[part] for part in slices]),
        cards=cards,
    )
    return ShardedRows.build(engine, shards, cards)


def _merge(codes: Codes, counts: Floats | None, *, cards: Ints) -> Shard:
    return Shard.merge(codes, cards, counts)


def shard_distinct(engine: Engine, rows: DistinctRows) -> ShardedRows:
    """Divide distinct rows into shards."""
    slices = [slice(start, start + SMALL) for start in range(0, len(rows.codes), SMALL)]
    counts = [rows.counts[part] for part in slices]
    shards = engine.hold(
        _transpose, engine.spread([rows.codes[part] for part in slices]), engine.spread(counts)
    )
    totals = tuple(float(own.sum()) for own in counts)
    return ShardedRows(engine, shards, tuple(map(len, counts)), totals)


def _transpose(codes: Codes, counts: Floats) -> Shard:
    return Shard(np.asfortranarray(codes), counts, float(len(counts)))
