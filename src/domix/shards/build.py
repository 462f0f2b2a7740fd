"""Rows in memory, and rows that come in batches, as shards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

import numpy as np

from domix.data.missing import Encoded
from domix.data.rows import DistinctRows
from domix.engine.parts import Engine, Parts
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS, Shard, join, missing_of
from domix.util.arrays import Codes, Floats, Ints
from domix.util.progress import counting_steps

SMALL = 2**16
"""Rows of a shard where one of the usual size would leave most cores idle."""

T = TypeVar("T")


def shard_codes(
    engine: Engine,
    codes: Codes,
    cards: Ints,
    counts: Floats | None = None,
    numbers: Ints | None = None,
) -> ShardedRows:
    """Divide rows in memory into shards, and merge equal rows of each.

    Parameters
    ----------
    engine : Engine
    codes : ndarray of uint8, shape (rows, variables)
    cards : ndarray of int64, shape (variables,)
    counts : ndarray of float64, shape (rows,), optional
        1 by default.
    numbers : ndarray of int64, shape (rows,), optional
        The number of each row, in increasing order, where some rows were left out. Shards are cut
        by it, as those of rows that come in batches are.
    """
    cuts: Iterable[int] = range(0, len(codes) + SHARD_ROWS, SHARD_ROWS)
    if numbers is not None:
        cuts = np.searchsorted(numbers, range(0, int(numbers[-1]) + SHARD_ROWS + 1, SHARD_ROWS))
    slices = [slice(start, stop) for start, stop in pairwise(cuts) if start < stop]
    shards = engine.hold(
        _merge,
        engine.spread([codes[part] for part in slices]),
        engine.spread([None if counts is None else counts[part] for part in slices]),
        cards=cards,
    )
    return ShardedRows.build(engine, shards, cards)


def _merge(codes: Codes, counts: Floats | None, *, cards: Ints) -> Shard:
    return Shard.merge(codes, cards, counts)


def shard_batches(
    engine: Engine, batches: Iterable[T], read: Callable[[T], Encoded], cards: Ints
) -> tuple[ShardedRows, Counter[str]]:
    """Read batches of rows where steps run, and make each one a shard.

    Parameters
    ----------
    engine : Engine
    batches : iterable
        Of ``SHARD_ROWS`` rows each, but for the last.
    read : callable
        Returns the rows of a batch. It and the batches can be pickled.
    cards : ndarray of int64, shape (variables,)

    Returns
    -------
    rows : ShardedRows
    missing : Counter of str
        How often each variable had no value, in rows that were left out for it.
    """
    parts = engine.spread(list(batches))
    with counting_steps("reading rows"):
        shards = engine.hold(_load, parts, read=read, cards=cards)
    return _build(engine, shards, cards)


def shard_in_turn(
    engine: Engine, batches: Iterable[Encoded], cards: Ints
) -> tuple[ShardedRows, Counter[str]]:
    """Do the same with rows that come to this process, one batch after the other."""
    shards = (_cut(rows, 0, rows.given, cards=cards) for rows in batches)
    held = [engine.hold(_keep, engine.spread([shard])) for shard in shards]
    return _build(engine, engine.chain(*held), cards)


def shard_parts(
    engine: Engine, parts: Parts[Encoded], lengths: Sequence[int], cards: Ints
) -> tuple[ShardedRows, Counter[str]]:
    """Make shards of parts of any length, as if their rows had come in batches.

    Parameters
    ----------
    engine : Engine
    parts : Parts of Encoded
        Consecutive rows.
    lengths : sequence of int
        The rows of each part, with those that were left out.
    cards : ndarray of int64, shape (variables,)

    Returns
    -------
    rows, missing
        As from :func:`shard_batches`.
    """
    pieces = _list_pieces(lengths)

    def cut(chosen: Sequence[tuple[int, int, int]]) -> Parts[Shard]:
        numbers, starts, stops = zip(*chosen, strict=True)
        return engine.hold(
            _cut, parts.select(numbers), engine.spread(starts), engine.spread(stops), cards=cards
        )

    shards = cut([own[0] for own in pieces])
    for depth in range(1, max(map(len, pieces))):
        longer = [i for i, own in enumerate(pieces) if len(own) > depth]
        more = cut([pieces[i][depth] for i in longer])
        joined = engine.hold(join, shards.select(longer), more, cards=cards)
        place = {i: len(pieces) + k for k, i in enumerate(longer)}
        shards = engine.chain(shards, joined).select([place.get(i, i) for i in range(len(pieces))])
    return _build(engine, shards, cards)


def _list_pieces(lengths: Sequence[int]) -> list[list[tuple[int, int, int]]]:
    """List the parts of each shard, each with the range of its rows.

    Examples
    --------
    >>> _list_pieces([SHARD_ROWS - 1, 0, 2])
    [[(0, 0, 262143), (2, 0, 1)], [(2, 1, 2)]]
    """
    pieces: list[list[tuple[int, int, int]]] = []
    first = 0
    for number, length in enumerate(lengths):
        start = 0
        while start < length:
            if first % SHARD_ROWS == 0:
                pieces.append([])
            stop = min(length, start + SHARD_ROWS - first % SHARD_ROWS)
            pieces[-1].append((number, start, stop))
            first, start = first + stop - start, stop
    return pieces


def _build(engine: Engine, shards: Parts[Shard], cards: Ints) -> tuple[ShardedRows, Counter[str]]:
    """Put shards together, and leave out those without rows."""
    found = engine.collect(missing_of, shards)
    kept = shards.select([number for number, (rows, _) in enumerate(found) if rows])
    missing = sum((own for _, own in found), Counter[str]())
    return ShardedRows.build(engine, kept, cards), missing


def _load(batch: T, *, read: Callable[[T], Encoded], cards: Ints) -> Shard:
    rows = read(batch)
    return _cut(rows, 0, rows.given, cards=cards)


def _keep(shard: Shard) -> Shard:
    return shard


def _cut(rows: Encoded, start: int, stop: int, *, cards: Ints) -> Shard:
    """Merge a range of the rows that were given. The first range counts the missing values."""
    codes = rows.codes[start:stop]
    if rows.kept is not None:
        before = np.concatenate([[0], np.cumsum(rows.kept)])
        codes = rows.codes[before[start] : before[stop]]
    shard = Shard.merge(codes, cards)
    return shard if start else replace(shard, missing=Counter(rows.dropped))


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
