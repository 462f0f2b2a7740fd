"""Problems with more distinct rows than a step should read again and again.

Fits run on classes of rows that their targets do not tell apart. What else is needed of all rows
are sums over shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from domix._kernels._em_structures import DataRows
from domix.core.tables import Target
from domix.data.rows import DistinctRows, resample_counts
from domix.em.base import BaseProblem, RowProblem, Setting
from domix.em.data import Problem
from domix.engine.parts import Engine, Parts
from domix.shards.build import shard_distinct
from domix.shards.partition import Classes, Refinement, rows_by_target
from domix.shards.rows import ShardedRows
from domix.util.arrays import Bools, Floats, Indices, Ints

MOST_REFINED = 6
"""Targets by which classes are refined; with more of them, all rows are divided again."""

MOST_HELD = 8
"""Refined classes that are held for further fits of the same targets."""


class MergedProblem(RowProblem):
    """One row for each class of rows that some targets do not tell apart.

    Parameters
    ----------
    setting : Setting
    classes : Classes
    entry_counts : ndarray, shape (entries,)
    rows : float
        Sum of the counts of all data rows.
    """

    def __init__(
        self, setting: Setting, classes: Classes, entry_counts: Floats, rows: float
    ) -> None:
        super().__init__(setting, entry_counts, rows)
        self.counts = classes.counts
        # No kernel that fits read codes.
        codes = np.zeros(classes.entries.shape, np.uint8)
        self.data_rows = DataRows(codes, classes.entries, classes.counts, self.layout.size)
        self._classes = classes

    def columns_of(self, target: Target) -> Ints:
        """Return the columns of ``data_rows`` that hold the variables of a target."""
        columns = self._classes.column_of
        return np.array([columns[variable] for variable, _ in target], dtype=np.int64)

    def _find_rows(self, target: Target) -> Indices:
        return self._by_target[target]

    @cached_property
    def _by_target(self) -> dict[Target, Indices]:
        return rows_by_target(self._classes)


@dataclass(eq=False)
class _Memory:
    """What was computed of the rows for one layout; problems that differ in observations share it.

    Attributes
    ----------
    targets : tuple of Target or None
        Those by which all rows are divided: what fits read, and so their rounding, depends on them.
    base : Classes or None
        The classes of these targets; None until they are needed.
    numbers : Parts of ndarray of int32, or None
        The class of each row.
    refined : dict
        The classes by the targets that refine ``base``.
    gathered : DistinctRows or None
    """

    targets: tuple[Target, ...] | None = None
    base: Classes | None = None
    numbers: Parts[Indices] | None = None
    refined: dict[frozenset[Target], Classes] = field(default_factory=dict)
    gathered: tuple[int, DistinctRows] | None = None

    def divide_by(self, targets: tuple[Target, ...]) -> None:
        """Forget the classes of other targets."""
        self.targets, self.base, self.numbers = targets, None, None
        self.refined.clear()


class ShardedProblem(BaseProblem):
    """Data rows in shards, and what is known about tables and targets.

    Parameters
    ----------
    setting : Setting
    rows : ShardedRows
    """

    def __init__(
        self,
        setting: Setting,
        rows: ShardedRows,
        entry_counts: Floats | None = None,
        memory: _Memory | None = None,
    ) -> None:
        layout = setting.tables.layout
        if entry_counts is None:
            entry_counts = rows.count_entries(layout)
        super().__init__(setting, entry_counts, rows.total)
        self.rows = rows
        self._memory = _Memory() if memory is None else memory

    def changes(self, mark: object) -> object:  # noqa: ARG002
        """Return the targets by which all rows are divided."""
        return self._memory.targets

    def apply(self, changes: Any) -> None:
        """Divide all rows by targets when that is needed."""
        if changes != self._memory.targets:
            self._memory.divide_by(changes)

    @property
    def distinct_rows(self) -> int:
        """Number of distinct data rows, summed over the shards."""
        return self.rows.distinct_rows

    def observing(self, more: Floats) -> ShardedProblem:
        """Return the same problem with more observations, shape (entries,); tables are learnt."""
        return ShardedProblem(self._observing(more), self.rows, self.entry_counts, self._memory)

    def with_rows(self, rows: DistinctRows) -> AnyProblem:
        """Return the same problem with other data rows."""
        return build_problem(self.setting, rows, self.rows.engine)

    def thinned(self, share: float, rng: np.random.Generator) -> Problem:
        """Return the same problem on a random sample of the data rows, in memory."""
        rows = self.rows.thin(share, rng, self.layout.cards)
        setting = self.setting._replace(knowledge=self.knowledge.thinned(share))
        return _in_memory(setting, rows)

    def gathered(self, most: int) -> Problem:
        """Return the same problem in memory: on a sample if it has more than ``most`` rows."""
        share = min(1.0, most / self.distinct_rows)
        if self._memory.gathered is None or self._memory.gathered[0] != most:
            rng = np.random.default_rng(0)
            self._memory.gathered = most, self.rows.thin(share, rng, self.layout.cards)
        knowledge = self.knowledge if share == 1 else self.knowledge.thinned(share)
        return _in_memory(self.setting._replace(knowledge=knowledge), self._memory.gathered[1])

    def resampled(self, rng: np.random.Generator) -> ShardedProblem:
        """Return the same problem on a bootstrap sample.

        As many rows are drawn from the data rows, labelled ones included, and observations again
        within each row of a CPT.
        """
        labels = self.knowledge.labels_of(list(self.knowledge.labelled))
        total, *drawn = resample_counts(np.append(self.rows.total, labels), rng).tolist()
        return ShardedProblem(self._resampled(drawn, rng), self.rows.resample(total, rng))

    def merged(self, targets: Iterable[Target]) -> MergedProblem:
        """Return a problem in which fits of any of the targets and of do() are the same."""
        wanted = dict.fromkeys([(), *targets])
        return MergedProblem(
            self.setting, self._find_classes(wanted), self.entry_counts, self.rows.total
        )

    def classes_of(self, targets: Iterable[Target]) -> Classes:
        """Divide all rows by targets and do()."""
        wanted, memory = dict.fromkeys([(), *targets]), self._memory
        if memory.targets is None or set(memory.targets) != set(wanted):
            memory.divide_by(tuple(wanted))
        return self._base

    @property
    def numbers(self) -> Parts[Indices]:
        """The class of each row, of those that :meth:`classes_of` returned last."""
        assert self._memory.numbers is not None
        return self._memory.numbers

    def refine_by_each(
        self, base: Classes, numbers: Parts[Indices], targets: Sequence[Target]
    ) -> list[Refinement]:
        """Divide classes further by each of some targets, in one pass over the rows.

        The classes may be older than those of the present: a fit of many targets divides all rows
        again.
        """
        return self.rows.refine_by_each(base, numbers, self.layout, targets, self._zeros)

    @property
    def _base(self) -> Classes:
        memory = self._memory
        if memory.base is None:
            targets = memory.targets or ()
            memory.base, memory.numbers = self.rows.divide(self.layout, targets, self._zeros)
        return memory.base

    def _find_classes(self, wanted: Iterable[Target]) -> Classes:
        memory, targets = self._memory, list(wanted)
        known = memory.targets or ()
        new = sorted(target for target in targets if target not in known)
        if memory.targets is None or len(new) > MOST_REFINED:
            return self.classes_of(targets)
        base = self._base
        if not new:
            return base
        key = frozenset(new)
        if key not in memory.refined:
            if len(memory.refined) >= MOST_HELD:
                memory.refined.clear()
            memory.refined[key] = self.rows.refine(
                base, self.numbers, self.layout, new, self._zeros
            )
        return memory.refined[key]

    @cached_property
    def _zeros(self) -> Bools | None:
        zeros = self.theta == 0
        return zeros if zeros.any() else None


AnyProblem = Problem | ShardedProblem
"""All rows, in memory or in shards."""


def build_problem(setting: Setting, rows: DistinctRows | ShardedRows, engine: Engine) -> AnyProblem:
    """Build the problem of some rows: in shards if there are many distinct ones."""
    options, cards = setting.options, setting.tables.layout.cards
    large = options.sample_factor * options.sample_rows
    if isinstance(rows, ShardedRows):
        if rows.distinct_rows >= large:
            return ShardedProblem(setting, rows)
        rows = rows.thin(1.0, np.random.default_rng(0), cards)
    if len(rows.codes) >= large:
        return ShardedProblem(setting, shard_distinct(engine, rows))
    return _in_memory(setting, rows)


def _in_memory(setting: Setting, rows: DistinctRows) -> Problem:
    tables, observed, pseudocount, knowledge, options = setting
    return Problem(tables, rows, observed, pseudocount, knowledge, options)
