"""Classes of all shards as one list, with what kernels read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix._kernels import _rows
from domix.core.tables import Layout, Target
from domix.shards.classes import Reading, Words, table_sizes
from domix.util.arrays import Bools, Floats, Indices, Ints


@dataclass(frozen=True, eq=False)
class Classes:
    """Classes of rows that a set of targets does not tell apart.

    Attributes
    ----------
    targets : tuple of Target
    variables : tuple of int
        Those that any of the targets sets, in increasing order.
    matches : ndarray of bool, shape (classes, targets)
        Whether a target can have produced the rows.
    entries : ndarray of int32, shape (classes, variables)
        The table entries that the rows read, of the variables that targets set which can have
        produced them; 0 for others.
    counts : ndarray of float64, shape (classes,)
    """

    targets: tuple[Target, ...]
    variables: tuple[int, ...]
    matches: Bools
    entries: Indices
    counts: Floats

    @cached_property
    def column_of(self) -> dict[int, int]:
        """The column of ``entries`` of each variable."""
        return {variable: column for column, variable in enumerate(self.variables)}


def number_classes(
    layout: Layout,
    targets: Sequence[Target],
    readings: Sequence[Reading],
    found: Sequence[tuple[Words, Floats]],
) -> tuple[Classes, list[Indices]]:
    """Give the classes of all shards common numbers, in the order of their words.

    Returns
    -------
    classes : Classes
    maps : list of ndarray of int32
        The number of each class of each shard.
    """
    words, counts, numbers = _merge(found)
    nothing = Classes(
        (), (), np.ones((1, 0), bool), np.zeros((1, 0), np.int32), np.zeros(1)
    )
    return _extend(layout, nothing, targets, readings, words, counts), numbers


def combine(
    layout: Layout,
    base: Classes,
    targets: Sequence[Target],
    readings: Sequence[Reading],
    found: Sequence[tuple[Words, Floats]],
) -> Classes:
    """Divide classes by the words of further targets, in the rows that these can have produced."""
    words, counts, _ = _merge(found)
    left = base.counts - np.bincount(words[:, 0].astype(np.int64), counts, len(base.counts))
    kept = np.flatnonzero(left > 0)
    rest = np.zeros((len(kept), words.shape[1]), np.uint64)
    rest[:, 0] = kept
    return _extend(
        layout,
        base,
        targets,
        readings,
        np.concatenate([rest, words]),
        np.concatenate([left[kept], counts]),
    )


def _merge(found: Sequence[tuple[Words, Floats]]) -> tuple[Words, Floats, list[Indices]]:
    """Merge equal words of several shards: distinct words in order, counts, and their numbers."""
    words = np.concatenate([own for own, _ in found])
    slots = np.zeros(2 ** (2 * len(words)).bit_length(), dtype=np.int32)
    first, number = np.empty(len(words), np.int64), np.empty(len(words), np.int64)
    first = first[: _rows.number(np.ascontiguousarray(words), slots, first, number)]
    order = np.lexsort(words[first].T[::-1])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    number = rank[number]
    counts = np.bincount(number, np.concatenate([c for _, c in found]), len(order))
    cuts = np.cumsum([len(own) for own, _ in found])[:-1]
    maps = np.split(number.astype(np.int32), cuts)
    return words[first[order]], counts.astype(np.float64, copy=False), maps


def _extend(
    layout: Layout,
    base: Classes,
    targets: Sequence[Target],
    readings: Sequence[Reading],
    words: Words,
    counts: Floats,
) -> Classes:
    """Add to classes what the words say of further targets."""
    set_here = {variable for target in targets for variable, _ in target}
    variables = tuple(sorted({*base.variables, *set_here}))
    column_of = {variable: column for column, variable in enumerate(variables)}
    parents = words[:, 0].astype(np.int64)
    entries = np.zeros((len(words), len(variables)), np.int32)
    entries[:, [column_of[variable] for variable in base.variables]] = base.entries[parents]
    # What has no reading, do() where no entry is 0, can have produced every row.
    found = {target: np.ones(len(words), bool) for target in targets}
    column = 1
    for reading in readings:
        own = words[:, column : column + len(reading.stages)]
        rows = np.flatnonzero(own[:, 0])
        matches = np.zeros(len(words), bool)
        matches[rows] = True
        found[reading.target] = matches
        for stage, stage_variables in enumerate(reading.stages):
            key = own[rows, stage] - np.uint64(1)
            sizes = table_sizes(layout, stage_variables)
            for variable, size in zip(stage_variables[::-1], sizes[::-1], strict=True):
                key, entry = np.divmod(key, np.uint64(size))
                start = int(layout.offsets[variable])
                entries[rows, column_of[variable]] = entry.astype(np.int32) + start
        column += len(reading.stages)
    matches = np.column_stack([base.matches[parents], *(found[target] for target in targets)])
    return Classes((*base.targets, *targets), variables, matches, entries, counts)


def rows_by_target(classes: Classes) -> dict[Target, Indices]:
    """Return the classes that each target can have produced, in order."""
    return {
        target: np.flatnonzero(classes.matches[:, place]).astype(np.int32)
        for place, target in enumerate(classes.targets)
    }


def responsibilities_by_class(
    rows: Ints, components: Ints, shares: Floats, classes: int
) -> tuple[Ints, Indices, Floats]:
    """Sort pairs of a class and a component by class; return pointers, components and shares."""
    order = np.argsort(rows, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=classes))])
    return ptr, components[order].astype(np.int32), shares[order]
