"""Classes of rows: a set of targets tells rows of one class not apart.

The likelihood of a target relative to P(x) reads whether the target can have produced x and, if so,
the table entries of the variables that it sets. Rows that agree in this for each of several targets
are a class. There are few classes, and every fit of these targets is the same on one row per class
as on all rows.

Keys are integers: nothing depends on hashing, on the order of rows, or on their division into
shards, since counts of rows are added up exactly.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix._kernels import _classes, _rows
from domix.core.tables import Layout, Target
from domix.query.flat import flat_layout
from domix.shards.shard import Shard
from domix.shards.words import Found, Words, pack
from domix.util.arrays import Bools, Floats, Indices, Ints

STAGE_SIZE = 2**32
"""Values of a key that are added at once to the number of a class, which has 32 bits."""


@dataclass(frozen=True, eq=False)
class Reading:
    """What the likelihood of a target reads of a row.

    Attributes
    ----------
    target : Target
    stages : tuple of tuple of int
        Its variables in groups, each with fewer than ``STAGE_SIZE`` combinations of entries. There
        is at least one group.
    """

    target: Target
    stages: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, target: Target, layout: Layout) -> Reading:
        """Group the variables of a target."""
        stages: list[list[int]] = [[]]
        for variable, _ in target:
            if math.prod(table_sizes(layout, [*stages[-1], variable])) >= STAGE_SIZE:
                stages.append([])
            stages[-1].append(variable)
        return cls(target, tuple(map(tuple, stages)))


@dataclass(frozen=True, eq=False)
class Division:
    """The rows of a shard divided into classes of their own numbers.

    Attributes
    ----------
    numbers : ndarray of int32, shape (rows,)
    words : ndarray of uint64, shape (classes, words)
        Packed keys: the number of the class that was divided and, for each stage of each reading, 0
        where the target cannot have produced the rows, else one more than the entries read.
    counts : ndarray of float64, shape (classes,)
    """

    numbers: Indices
    words: Words
    counts: Floats


def divide(
    shard: Shard, *, layout: Layout, readings: Sequence[Reading], zeros: Bools | None
) -> Division:
    """Divide all rows of a shard.

    ``zeros`` (entries,) marks the entries that are 0, if there are any.
    """
    numbers = np.zeros(len(shard.counts), np.int32)
    keys, numbers = _refine(shard, numbers, 1, layout, readings, zeros)
    keys = np.concatenate([np.zeros((1, keys.shape[1]), np.uint64), keys])
    present = np.bincount(numbers, minlength=len(keys)) > 0
    numbers = (np.cumsum(present, dtype=np.int32) - np.int32(1))[numbers]
    counts = np.bincount(numbers, shard.counts, minlength=int(present.sum()))
    words = pack(keys[present], key_sizes(layout, readings, 1))
    return Division(numbers, words, counts.astype(np.float64, copy=False))


def summarize(division: Division) -> Found:
    """Return the words and counts of the classes."""
    return division.words, division.counts


def words_of(division: Division) -> Words:
    """Return the words of the classes."""
    return division.words


def renumber(division: Division, numbers: Indices) -> Indices:
    """Return the class of each row, given the number of each class of the shard."""
    return np.asarray(numbers[division.numbers])


def refine(
    shard: Shard,
    numbers: Indices,
    *,
    classes: int,
    layout: Layout,
    sets: Sequence[Sequence[Reading]],
    zeros: Bools | None,
) -> list[Found]:
    """Divide classes further, for each of several sets of readings.

    Only the rows that any target of the set can have produced are returned: the words of their
    classes, as in :class:`Division`, and their counts.
    """
    found = []
    for readings in sets:
        keys, after = _refine(shard, numbers, classes, layout, readings, zeros)
        rows = np.flatnonzero(after >= classes)
        own = np.bincount(after[rows] - classes, shard.counts[rows], minlength=len(keys))
        kept = own > 0
        words = pack(keys[kept], key_sizes(layout, readings, classes))
        found.append((words, own[kept].astype(np.float64, copy=False)))
    return found


def _refine(
    shard: Shard,
    numbers: Indices,
    classes: int,
    layout: Layout,
    readings: Sequence[Reading],
    zeros: Bools | None,
) -> tuple[Words, Indices]:
    """Divide classes, one target after the other.

    Returns
    -------
    keys : ndarray of uint64, shape (new classes, 1 + stages)
    numbers : ndarray of int32, shape (rows,)
        ``classes`` and more are the new ones.
    """
    numbers = numbers.copy()
    width = 1 + sum(len(reading.stages) for reading in readings)
    tables = [np.zeros((0, width), np.uint64)]
    size, column = classes, 1
    for reading in readings:
        rows = _match(shard, reading, layout, zeros)
        parents, configurations, own = _number(shard, rows, numbers[rows], reading, layout)
        table = np.zeros((len(parents), width), np.uint64)
        table[:, 0] = parents
        divided = parents >= classes
        if divided.any():
            table[divided] = np.concatenate(tables)[parents[divided] - classes]
        table[:, column : column + len(reading.stages)] = configurations
        numbers[rows] = own + size
        tables.append(table)
        size += len(table)
        column += len(reading.stages)
    return np.concatenate(tables), numbers


def _match(shard: Shard, reading: Reading, layout: Layout, zeros: Bools | None) -> Indices:
    """Find the rows that a target can have produced."""
    variables = np.array([variable for variable, _ in reading.target], np.int64)
    values = np.array([value for _, value in reading.target], np.uint8)
    rows = np.empty(len(shard.counts), np.int32)
    rows = rows[: _classes.match(shard.columns, variables, values, rows)]
    if zeros is None:
        return rows
    possible = np.ones(len(rows), dtype=bool)
    for variable in set(range(layout.n)) - set(variables.tolist()):
        keys = np.zeros(len(rows), np.uint64)
        _append(shard, layout, rows, [variable], keys)
        possible &= ~zeros[layout.entries_of(variable)][keys.astype(np.int64)]
    return rows[possible]


def _number(
    shard: Shard, rows: Indices, numbers: Indices, reading: Reading, layout: Layout
) -> tuple[Ints, Words, Indices]:
    """Give numbers to the distinct pairs of a class and of what a target reads, in some rows.

    Returns
    -------
    classes : ndarray of int64, shape (pairs,)
    words : ndarray of uint64, shape (pairs, stages)
    numbers : ndarray of int32, shape (rows,)
    """
    own, parents = numbers, np.empty(0, np.int64)
    words = np.zeros((0, 0), np.uint64)
    for stage, variables in enumerate(reading.stages):
        keys = own.astype(np.uint64)
        _append(shard, layout, rows, variables, keys)
        slots = np.zeros(2 ** (2 * len(keys)).bit_length(), dtype=np.int32)
        first, index = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
        first = first[: _rows.number(keys[:, None], slots, first, index)]
        size = np.uint64(math.prod(table_sizes(layout, variables)))
        before, configuration = np.divmod(keys[first], size)
        above = before.astype(np.int64)
        parents = above if stage == 0 else parents[above]
        words = np.column_stack(
            [
                words[above] if stage else words[:0].reshape(len(first), 0),
                configuration + np.uint64(1),
            ]
        )
        own = index.astype(np.int32)
    return parents, words, own


def _append(
    shard: Shard, layout: Layout, rows: Indices, variables: Sequence[int], keys: Words
) -> None:
    _classes.append_entries(
        shard.columns, flat_layout(layout), rows, np.array(variables, np.int64), keys
    )


def key_sizes(layout: Layout, readings: Sequence[Reading], classes: int) -> list[int]:
    """Return what the columns of keys are below, where ``classes`` were divided."""
    stages = (stage for reading in readings for stage in reading.stages)
    return [classes, *(math.prod(table_sizes(layout, stage)) + 1 for stage in stages)]


def table_sizes(layout: Layout, variables: Sequence[int]) -> list[int]:
    """Return the numbers of entries of the tables of variables."""
    return [int(layout.offsets[i + 1] - layout.offsets[i]) for i in variables]
