"""Data rows in shards: what is added up over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeVar

import numpy as np

from domix.core.tables import Layout, Target
from domix.data.rows import DistinctRows, distinct
from domix.engine.parts import Engine, Parts
from domix.shards import classes, shard
from domix.shards.partition import Classes, Refinement, combine, number_classes, refine_by
from domix.shards.shard import UNMERGED, Shard
from domix.shards.words import Found, find, merge
from domix.util.arrays import Bools, Floats, Indices, Ints

T = TypeVar("T")

ADDED_AT_ONCE = 64
"""Shards whose sums, or classes, are here at once. Of a power of two of them, the sums of parts are
those of the pairs of all."""

WORDS_AT_ONCE = 512
"""Targets times shards whose classes are read in one pass, so that few of them are here at once."""

MERGED_SHARE = 0.5
"""Shards are merged in which at most this share of the rows is distinct."""


@dataclass(frozen=True, eq=False)
class ShardedRows:
    """Data rows that are divided into shards, in the order in which they came.

    The shards do not depend on the engine: sums over them are added up in their order, so that
    results are the same, bit for bit, wherever the steps run.

    Attributes
    ----------
    engine : Engine
    shards : Parts of Shard
    sizes : tuple of int
        Distinct rows of each shard.
    total : float
        Sum of all counts.
    """

    engine: Engine
    shards: Parts[Shard]
    sizes: tuple[int, ...]
    totals: tuple[float, ...]

    @classmethod
    def build(cls, engine: Engine, shards: Parts[Shard], cards: Ints) -> ShardedRows:
        """Merge neighbouring shards that turn out small."""
        sizes = engine.collect(shard.size_of, shards)
        while True:
            pairs = _list_pairs(sizes)
            if not pairs:
                break
            firsts, seconds = ([pair[side] for pair in pairs] for side in (0, 1))
            joined = engine.hold(
                shard.join, shards.select(firsts), shards.select(seconds), cards=cards
            )
            place = {first: len(sizes) + k for k, first in enumerate(firsts)}
            kept = [place.get(i, i) for i in range(len(sizes)) if i not in set(seconds)]
            shards = engine.chain(shards, joined).select(kept)
            sizes = engine.collect(shard.size_of, shards)
        return cls(
            engine, shards, tuple(size for size, _, _ in sizes), tuple(t for _, t, _ in sizes)
        )

    @property
    def distinct_rows(self) -> int:
        """Distinct rows, summed over the shards."""
        return sum(self.sizes)

    @property
    def total(self) -> float:
        """Sum of all counts."""
        return float(sum(self.totals))

    def identity(self) -> list[str]:
        """Return a fingerprint of each shard; see :func:`~domix.work.fingerprint.fingerprint`."""
        return self.engine.collect(shard.identify, self.shards)

    def add_up(self, step: Callable[..., Any], *parts: Parts[Any], **common: Any) -> Any:
        """Add up the arrays that a step returns for each shard, pairwise in their order.

        No more than ``ADDED_AT_ONCE`` of them are here at a time.
        """
        divided = zip(*map(self._parts, (self.shards, *parts)), strict=True)
        return add_pairwise(
            [add_pairwise(self.engine.collect(step, *own, **common)) for own in divided]
        )

    def count_entries(self, layout: Layout) -> Floats:
        """Add up the counts of the rows that read each table entry."""
        counts: Floats = self.add_up(shard.count_entries, layout=layout)
        return counts

    def thin(self, share: float, rng: np.random.Generator, cards: Ints) -> DistinctRows:
        """Keep each unit of each row's count with probability ``share``, in this process."""
        seeds = self._seeds(int(rng.integers(2**63)))
        drawn = self.engine.collect(shard.thin, self.shards, seeds, share=share)
        if len(drawn) == 1:
            return drawn[0]
        codes = np.concatenate([rows.codes for rows in drawn])
        merged = distinct(codes, cards, np.concatenate([rows.counts for rows in drawn]))
        return DistinctRows(merged.codes, merged.counts, UNMERGED)

    def sample(self, most: int, cards: Ints) -> DistinctRows:
        """Return the rows in this process: all, or about ``most`` of them, drawn at random.

        The draws are always the same.
        """
        return self.thin(self.sampled_share(most), np.random.default_rng(0), cards)

    def sampled_share(self, most: int) -> float:
        """Return the share of the rows that a sample of about ``most`` distinct ones has."""
        return min(1.0, most / max(self.distinct_rows, 1))

    def halve(self, rng: np.random.Generator) -> tuple[ShardedRows, ShardedRows]:
        """Put each unit of each row's count in one of two halves, at random."""
        seed = int(rng.integers(2**63))
        first, second = (
            self._measure(
                self.engine.hold(shard.halve, self.shards, self._seeds(seed), first=first)
            )
            for first in (True, False)
        )
        return first, second

    def resample(self, total: float, rng: np.random.Generator) -> ShardedRows:
        """Draw ``total`` rows from the multinomial distribution of the counts."""
        shares = np.array(self.totals) / self.total
        totals = rng.multinomial(round(total), shares).astype(np.float64)
        seeds = self._seeds(int(rng.integers(2**63)))
        return self._measure(
            self.engine.hold(
                shard.resample, self.shards, seeds, self.engine.spread(totals.tolist())
            )
        )

    def _measure(self, shards: Parts[Shard]) -> ShardedRows:
        sizes = self.engine.collect(shard.size_of, shards)
        return ShardedRows(
            self.engine, shards, tuple(s for s, _, _ in sizes), tuple(t for _, t, _ in sizes)
        )

    def divide(
        self, layout: Layout, targets: Sequence[Target], zeros: Bools | None
    ) -> tuple[Classes, Parts[Indices]]:
        """Divide the rows into classes; return these and the class of each row of each shard."""
        readings = _list_readings(layout, targets, zeros)
        divided = self.engine.hold(
            classes.divide, self.shards, layout=layout, readings=readings, zeros=zeros
        )
        [found] = self._merge(lambda part: [self.engine.collect(classes.summarize, part)], divided)
        numbers = []
        for part in self._parts(divided):
            places = find(found[0], self.engine.collect(classes.words_of, part))
            numbers.append(self.engine.hold(classes.renumber, part, self.engine.spread(places)))
        return number_classes(layout, targets, readings, found), self.engine.chain(*numbers)

    def refine(
        self,
        base: Classes,
        numbers: Parts[Indices],
        layout: Layout,
        targets: Sequence[Target],
        zeros: Bools | None,
    ) -> Classes:
        """Divide classes further by some targets."""
        readings = _list_readings(layout, targets, zeros)
        [found] = self._refine(base, numbers, layout, [readings], zeros)
        return combine(layout, base, targets, readings, found)

    def refine_by_each(
        self,
        base: Classes,
        numbers: Parts[Indices],
        layout: Layout,
        targets: Sequence[Target],
        zeros: Bools | None,
    ) -> list[Refinement]:
        """Divide classes further by each of some targets, in one pass over the rows."""
        new = [target for target in targets if target not in base.targets]
        at_once = max(1, WORDS_AT_ONCE // len(self.sizes))
        found: dict[Target, Found] = {}
        for first in range(0, len(new), at_once):
            part = new[first : first + at_once]
            readings = [_list_readings(layout, [target], zeros) for target in part]
            merged = self._refine(base, numbers, layout, readings, zeros)
            found.update(zip(part, merged, strict=True))
        return [refine_by(layout, base, target, found.get(target)) for target in targets]

    def _refine(
        self,
        base: Classes,
        numbers: Parts[Indices],
        layout: Layout,
        sets: Sequence[Sequence[classes.Reading]],
        zeros: Bools | None,
    ) -> list[Found]:
        """Return, for each set of readings, what all shards found."""
        common = {"classes": len(base.counts), "layout": layout, "sets": sets, "zeros": zeros}

        def collect(shards: Parts[Shard], own: Parts[Indices]) -> list[list[Found]]:
            found = self.engine.collect(classes.refine, shards, own, **common)
            return [[of_shard[k] for of_shard in found] for k in range(len(sets))]

        return self._merge(collect, self.shards, numbers)

    def _merge(
        self, collect: Callable[..., Sequence[Sequence[Found]]], *parts: Parts[Any]
    ) -> list[Found]:
        """Merge what shards found, a part of them at a time, for each of several sets."""
        merged: list[Found] = []
        for selected in zip(*map(self._parts, parts), strict=True):
            found = collect(*selected)
            before: list[list[Found]] = [[own] for own in merged] or [[] for _ in found]
            merged = [merge([*old, *new]) for old, new in zip(before, found, strict=True)]
        return merged

    def _parts(self, parts: Parts[T]) -> Iterator[Parts[T]]:
        """Divide what is held of the shards into parts of ``ADDED_AT_ONCE``."""
        for first in range(0, len(self.sizes), ADDED_AT_ONCE):
            yield parts.select(range(first, min(first + ADDED_AT_ONCE, len(self.sizes))))

    def _seeds(self, seed: int) -> Parts[list[int]]:
        return self.engine.spread([[seed, number] for number in range(len(self.sizes))])


def _list_readings(
    layout: Layout, targets: Sequence[Target], zeros: Bools | None
) -> list[classes.Reading]:
    """List what targets read; do() reads nothing where no entry is 0."""
    return [classes.Reading.of(t, layout) for t in targets if t or zeros is not None]


def add_pairwise(arrays: Sequence[Any]) -> Any:
    """Add up arrays in a tree that depends on their number only."""
    while len(arrays) > 1:
        arrays = [reduce(np.add, arrays[k : k + 2]) for k in range(0, len(arrays), 2)]
    return arrays[0]


def _list_pairs(sizes: Sequence[tuple[int, float, float]]) -> list[tuple[int, int]]:
    """List neighbouring shards, each in one pair at most, that repeat rows and fit into one."""
    pairs, first = [], 0
    while first + 1 < len(sizes):
        two = sizes[first : first + 2]
        small = sum(size for size, _, _ in two) <= shard.SHARD_ROWS
        if small and all(size <= MERGED_SHARE * given for size, _, given in two):
            pairs.append((first, first + 1))
            first += 1
        first += 1
    return pairs
