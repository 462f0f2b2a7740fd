"""Rows without interventions, as they were given and as the estimator reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

import numpy as np

from domix.core.tables import Layout
from domix.data.rows import DistinctRows, distinct
from domix.model.learn import count_entries
from domix.problems.mixture_rows import halve_rows
from domix.shards.rows import ShardedRows
from domix.util.arrays import Bools, Codes, Floats, Ints


@dataclass(frozen=True, eq=False)
class ControlRows:
    """Control rows in memory.

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    cards : ndarray of int64, shape (variables,)
    counts : ndarray of float64, shape (rows,), or None
        How often each row occurred; None is once.
    absent : ndarray of bool, shape (rows, variables), or None
        Entries to be summed out; None if there are none.
    """

    codes: Codes
    cards: Ints
    counts: Floats | None = None
    absent: Bools | None = None

    @property
    def is_incomplete(self) -> bool:
        """Whether entries are to be summed out."""
        return self.absent is not None

    @property
    def is_completed(self) -> bool:
        """Whether these rows are completions of others."""
        return self.counts is not None

    @property
    def number(self) -> int:
        """How many rows there are."""
        return len(self.codes) if self.counts is None else round(float(self.counts.sum()))

    @cached_property
    def merged(self) -> DistinctRows:
        """The rows, equal ones merged."""
        return distinct(self.codes, self.cards, self.counts)

    def gather(self, most: int) -> DistinctRows:  # noqa: ARG002
        """Return the merged rows in memory; rows in shards return a sample of about ``most``."""
        return self.merged

    def gathered_share(self, most: int) -> float:  # noqa: ARG002
        """Return the share of the rows that :meth:`gather` returns."""
        return 1.0

    def count_entries(self, layout: Layout) -> Floats:
        """Count the rows that read each table entry."""
        return count_entries(layout, self.codes, self.counts)

    def halve(self, rng: np.random.Generator) -> tuple[ControlRows, ControlRows]:
        """Split the rows at random."""
        first, second = (
            ControlRows(self.codes[rows], self.cards, counts)
            for rows, counts in halve_rows(len(self.codes), self.counts, rng)
        )
        return first, second


@dataclass(frozen=True, eq=False)
class ShardedControls:
    """Control rows in shards; see :class:`ControlRows` for what both do."""

    merged: ShardedRows
    cards: Ints
    _gathered: dict[int, DistinctRows] = field(default_factory=dict)

    is_incomplete = is_completed = False

    @property
    def number(self) -> int:
        """How many rows there are."""
        return round(self.merged.total)

    def gather(self, most: int) -> DistinctRows:
        """Return the rows in memory, equal ones merged: a sample if more than ``most`` differ."""
        if most not in self._gathered:
            self._gathered[most] = self.merged.sample(most, self.cards)
        return self._gathered[most]

    def gathered_share(self, most: int) -> float:
        """Return the share of the rows that :meth:`gather` returns."""
        return self.merged.sampled_share(most)

    def count_entries(self, layout: Layout) -> Floats:
        """Count the rows that read each table entry."""
        return self.merged.count_entries(layout)

    def halve(self, rng: np.random.Generator) -> tuple[ShardedControls, ShardedControls]:
        """Split the rows at random."""
        first, second = (ShardedControls(rows, self.cards) for rows in self.merged.halve(rng))
        return first, second


AnyControlRows: TypeAlias = ControlRows | ShardedControls
"""Rows without interventions, in memory or in shards."""
