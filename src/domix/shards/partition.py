"""Classes of all shards as one list, with what kernels read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix.core.tables import Layout, Target
from domix.shards.classes import Reading, key_sizes, table_sizes
from domix.shards.words import Found, Words, unpack
from domix.util.arrays import Bools, Floats, Indices, Ints

ROUNDING = 1e-9
"""Share of the count of a class that is nothing: differences of weights that are not whole numbers
are not 0 where no row is left."""


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


@dataclass(frozen=True, eq=False)
class Refinement:
    """Classes divided further by one target, in the rows that it can have produced.

    Attributes
    ----------
    parents : ndarray of int64, shape (parts,)
        The class of each part.
    entries : ndarray of int32, shape (parts, variables of the target)
        The table entries that the rows of a part read.
    counts : ndarray of float64, shape (parts,)
    """

    parents: Ints
    entries: Indices
    counts: Floats

    def log_ratios(self, log_theta: Floats) -> Floats:
        """Compute log P_t(x)/P(x), shape (parts,)."""
        return -np.asarray(log_theta[self.entries].sum(axis=1))


def refine_by(layout: Layout, base: Classes, target: Target, found: Found | None) -> Refinement:
    """Read the merged words of one further target; None if the classes know it already."""
    if found is None:
        parents = np.flatnonzero(base.matches[:, base.targets.index(target)])
        columns = [base.column_of[variable] for variable, _ in target]
        return Refinement(parents, base.entries[parents][:, columns], base.counts[parents])
    reading = Reading.of(target, layout)
    keys = unpack(found[0], key_sizes(layout, [reading], len(base.counts)))
    read = _read_entries(layout, reading, keys[:, 1:])
    entries = np.column_stack(
        [np.empty((len(keys), 0), np.int32), *(read[variable] for variable, _ in target)]
    )
    return Refinement(keys[:, 0].astype(np.int64), entries, found[1])


def number_classes(
    layout: Layout, targets: Sequence[Target], readings: Sequence[Reading], found: Found
) -> Classes:
    """Return the classes of all shards, in the order of their words."""
    nothing = Classes((), (), np.ones((1, 0), bool), np.zeros((1, 0), np.int32), np.zeros(1))
    keys = unpack(found[0], key_sizes(layout, readings, 1))
    return _extend(layout, nothing, targets, readings, keys, found[1])


def combine(
    layout: Layout,
    base: Classes,
    targets: Sequence[Target],
    readings: Sequence[Reading],
    found: Found,
) -> Classes:
    """Divide classes by the words of further targets, in the rows that these can have produced."""
    words, counts = found
    keys = unpack(words, key_sizes(layout, readings, len(base.counts)))
    left = base.counts - np.bincount(keys[:, 0].astype(np.int64), counts, len(base.counts))
    kept = np.flatnonzero(left > ROUNDING * base.counts)
    rest = np.zeros((len(kept), keys.shape[1]), np.uint64)
    rest[:, 0] = kept
    return _extend(
        layout,
        base,
        targets,
        readings,
        np.concatenate([rest, keys]),
        np.concatenate([left[kept], counts]),
    )


def _extend(
    layout: Layout,
    base: Classes,
    targets: Sequence[Target],
    readings: Sequence[Reading],
    keys: Words,
    counts: Floats,
) -> Classes:
    """Add to classes what keys say of further targets."""
    set_here = {variable for target in targets for variable, _ in target}
    variables = tuple(sorted({*base.variables, *set_here}))
    column_of = {variable: column for column, variable in enumerate(variables)}
    parents = keys[:, 0].astype(np.int64)
    entries = np.zeros((len(keys), len(variables)), np.int32)
    entries[:, [column_of[variable] for variable in base.variables]] = base.entries[parents]
    # What has no reading, do() where no entry is 0, can have produced every row.
    found = {target: np.ones(len(keys), bool) for target in targets}
    column = 1
    for reading in readings:
        own = keys[:, column : column + len(reading.stages)]
        rows = np.flatnonzero(own[:, 0])
        matches = np.zeros(len(keys), bool)
        matches[rows] = True
        found[reading.target] = matches
        for variable, read in _read_entries(layout, reading, own[rows]).items():
            entries[rows, column_of[variable]] = read
        column += len(reading.stages)
    matches = np.column_stack([base.matches[parents], *(found[target] for target in targets)])
    return Classes((*base.targets, *targets), variables, matches, entries, counts)


def _read_entries(layout: Layout, reading: Reading, keys: Words) -> dict[int, Indices]:
    """Return the table entry of each variable that keys of one reading stand for."""
    entries = {}
    for stage, variables in enumerate(reading.stages):
        key = keys[:, stage] - np.uint64(1)
        sizes = table_sizes(layout, variables)
        for variable, size in zip(variables[::-1], sizes[::-1], strict=True):
            key, entry = np.divmod(key, np.uint64(size))
            entries[variable] = entry.astype(np.int32) + np.int32(layout.offsets[variable])
    return entries


def rows_by_target(classes: Classes) -> dict[Target, Indices]:
    """Return the classes that each target can have produced, in order."""
    return {
        target: np.flatnonzero(classes.matches[:, place]).astype(np.int32)
        for place, target in enumerate(classes.targets)
    }


def responsibilities_by_class(
    rows: Indices, components: Ints, shares: Floats, classes: int
) -> tuple[Ints, Indices, Floats]:
    """Sort pairs of a class and a component by class; return pointers, components and shares."""
    order = np.argsort(rows, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=classes))])
    return ptr, components[order].astype(np.int32), shares[order]
