"""The data rows of one mixture in shards: more than a step should read again and again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.tables import Tables, Target
from domix.engine.parts import Engine
from domix.model.row_labels import UNLABELLED, RowLabels
from domix.problems.mixture_rows import MixtureRows, Weights
from domix.query.probability import mixture_log_prob
from domix.shards import scores
from domix.shards.rows import ShardedRows
from domix.util.arrays import Bools, Codes, Floats, Ints


class RowFinder(Protocol):
    """The rows as they were given, in which single ones are found by their numbers."""

    def find(self, wanted: Callable[[Codes], Bools]) -> tuple[int, ...]:
        """Return the numbers of the rows that are wanted, in increasing order."""


@dataclass(frozen=True, eq=False)
class ShardedMixture:
    """The data rows of one mixture in shards; see :class:`MixtureRows` for what both do.

    Attributes
    ----------
    shards : ShardedRows
        The rows without a label.
    labelled : MixtureRows
        Those with one.
    background : BackgroundKnowledge
    finder : RowFinder or None
        Of the rows without a label; None of rows that were drawn from others.
    """

    shards: ShardedRows
    labelled: MixtureRows
    background: BackgroundKnowledge
    finder: RowFinder | None = field(default=None, compare=False)
    _gathered: dict[int, MixtureRows] = field(default_factory=dict)

    is_incomplete = is_completed = False

    @property
    def total(self) -> float:
        """The number of rows."""
        return self.shards.total + self.labelled.total

    @property
    def labelled_total(self) -> float:
        """The number of rows with a label."""
        return self.labelled.total

    def unlabelled(self, cards: Ints, engine: Engine | None = None) -> ShardedRows:  # noqa: ARG002
        """Return the rows that have no label."""
        return self.shards

    def list_labelled(self) -> Iterator[tuple[Target, Codes, Floats]]:
        """Yield each target of labels with its rows, and how often each occurred."""
        return self.labelled.list_labelled()

    def count_labelled(self, tables: Tables) -> Floats:
        """Count table entries in labelled rows, but for what is set there."""
        return self.labelled.count_labelled(tables)

    def explain(self, tables: Tables, weights: Weights) -> tuple[float, tuple[int, ...]]:
        """Return the log-likelihood of the possible rows, and the numbers of the others."""
        targets, shares = list(weights), list(weights.values())
        value, left_out = self.shards.add_up(
            scores.log_likelihood, tables=tables, targets=targets, weights=shares
        ).tolist()
        labelled, numbers = self.labelled.explain(tables, weights)
        if left_out and self.finder is not None:
            found = self.finder.find(
                lambda codes: np.isneginf(mixture_log_prob(tables, codes, targets, shares))
            )
            numbers = tuple(sorted([*numbers, *found]))
        return value + labelled, numbers

    def gather(self, most: int, cards: Ints) -> MixtureRows:
        """Return the rows in memory, equal ones merged: a sample if more than ``most`` differ."""
        if most not in self._gathered:
            rows = self.shards.sample(most, cards)
            labels = self.labelled.labels
            unknown = np.full(len(rows.codes), UNLABELLED)
            self._gathered[most] = MixtureRows(
                np.concatenate([rows.codes, self.labelled.codes]),
                np.concatenate([rows.counts, self.labelled.weights]),
                RowLabels(
                    labels.targets,
                    np.concatenate([unknown, labels.indices]),
                    np.concatenate([unknown, labels.row_numbers]),
                ),
                self.background,
            )
        return self._gathered[most]

    def gathered_share(self, most: int) -> float:
        """Return the share of the rows without a label that :meth:`gather` returns."""
        return self.shards.sampled_share(most)

    def halve(self, rng: np.random.Generator) -> tuple[ShardedMixture, ShardedMixture]:
        """Split the rows at random."""
        shards, labelled = self.shards.halve(rng), self.labelled.halve(rng)
        first, second = (
            ShardedMixture(
                rows, known, replace(self.background, labelled=known.background.labelled)
            )
            for rows, known in zip(shards, labelled, strict=True)
        )
        return first, second


AnyMixtureRows: TypeAlias = MixtureRows | ShardedMixture
"""The data rows of one mixture, in memory or in shards."""


@dataclass(frozen=True, eq=False)
class NumberedRows:
    """Rows in memory, with their numbers among those given; a :class:`RowFinder`."""

    codes: Codes
    numbers: Ints

    def find(self, wanted: Callable[[Codes], Bools]) -> tuple[int, ...]:
        """Return the numbers of the rows that are wanted."""
        return tuple(self.numbers[wanted(self.codes)].tolist())
