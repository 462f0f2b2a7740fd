"""The data rows of one mixture in memory, as they were given and as the estimator reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.soft.targets import AnyTarget
from domix.core.tables import Tables, Target
from domix.data.completions import complete
from domix.data.rows import DistinctRows, distinct
from domix.engine.parts import Engine
from domix.model.learn import count_entries
from domix.model.row_labels import RowLabels
from domix.query.probability import log_prob, mixture_log_prob
from domix.shards.build import shard_codes
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS
from domix.util.arrays import Bools, Codes, Floats, Ints
from domix.util.numerics import dot

Weights: TypeAlias = Mapping[Target, float] | Mapping[AnyTarget, float]
"""The components of a mixture."""


@dataclass(frozen=True, eq=False)
class MixtureRows:
    """The data rows of one mixture.

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    counts : ndarray of float64, shape (rows,), or None
        How often each row occurred; None is once.
    labels : RowLabels
    background : BackgroundKnowledge
    absent : ndarray of bool, shape (rows, variables), or None
        Entries to be summed out; None if there are none.
    given : MixtureRows or None
        What these rows complete; None if they are as they were given.
    """

    codes: Codes
    counts: Floats | None
    labels: RowLabels
    background: BackgroundKnowledge
    absent: Bools | None = None
    given: MixtureRows | None = None
    _merged: list[DistinctRows | ShardedRows] = field(default_factory=list)

    @property
    def is_incomplete(self) -> bool:
        """Whether entries are to be summed out."""
        return self.absent is not None

    @property
    def is_completed(self) -> bool:
        """Whether these rows are completions of others."""
        return self.given is not None

    @property
    def total(self) -> float:
        """The number of rows, as they were given."""
        return float((self.given or self).weights.sum())

    @property
    def labelled_total(self) -> float:
        """The number of rows with a label, as they were given."""
        rows = self.given or self
        return float(rows.weights[rows.labels.known].sum())

    @property
    def weights(self) -> Floats:
        """How often each row occurred, shape (rows,)."""
        return np.ones(len(self.codes)) if self.counts is None else self.counts

    def unlabelled(self, cards: Ints, engine: Engine) -> DistinctRows | ShardedRows:
        """Merge equal rows that have no label; labelled rows enter a problem as counts only.

        Many rows come in shards, which the engine holds.
        """
        if not self._merged:
            codes, counts, kept = self.codes, self.counts, ~self.labels.known
            if counts is not None:
                # Rows of count 0 are refused where no other row is left.
                kept &= counts > 0
            if not kept.all():
                codes, counts = codes[kept], None if counts is None else counts[kept]
            if len(codes) <= SHARD_ROWS:
                self._merged.append(distinct(codes, cards, counts))
            else:
                self._merged.append(shard_codes(engine, codes, cards, counts))
        return self._merged[0]

    def list_labelled(self) -> Iterator[tuple[Target, Codes, Floats]]:
        """Yield each target of labels with its rows, and how often each occurred."""
        for target, members in self.labels.by_target():
            yield target, self.codes[members], self.weights[members]

    def count_labelled(self, tables: Tables) -> Floats:
        """Count table entries in labelled rows, but for what is set there.

        Shape (table entries,).
        """
        layout = tables.layout
        totals = np.zeros(layout.size)
        for target, codes, weights in self.list_labelled():
            counts = count_entries(layout, codes, weights)
            for variable, _ in target:
                counts[layout.entries_of(variable)] = 0.0
            totals += counts
        return totals

    def log_likelihoods(self, tables: Tables, weights: Weights) -> Floats:
        """Compute log P_mix of each row; of a labelled row, log of weight times P(row | target).

        Shape (rows,).
        """
        completions = None
        codes, row_of = self.codes, np.arange(len(self.codes))
        if self.absent is not None:
            completions = complete(self.codes, self.absent, tables.layout.cards)
            codes, row_of = completions.codes, completions.rows
        logs = mixture_log_prob(tables, codes, list(weights), list(weights.values()))
        for target, members in self.labels.by_target():
            labelled = np.flatnonzero(np.isin(row_of, members))
            with np.errstate(divide="ignore"):
                # Rows of count 0 can leave their target without weight.
                log_weight = np.log(weights[target])
            logs[labelled] = log_weight + log_prob(tables, codes[labelled], target)
        return logs if completions is None else completions.sum_logs(logs)

    def explain(self, tables: Tables, weights: Weights) -> tuple[float, tuple[int, ...]]:
        """Return the log-likelihood of the possible rows, and the numbers of the others.

        Both are of the rows as they were given.
        """
        rows = self.given or self
        logs = rows.log_likelihoods(tables, weights)
        possible = np.isfinite(logs)
        numbers = rows.labels.row_numbers[~possible & (rows.weights > 0)]
        return dot(logs[possible], rows.weights[possible]), tuple(numbers.tolist())

    def gather(self, most: int, cards: Ints) -> MixtureRows:  # noqa: ARG002
        """Return the rows in memory; rows in shards return a sample of about ``most``."""
        return self

    def gathered_share(self, most: int) -> float:  # noqa: ARG002
        """Return the share of the rows that :meth:`gather` returns."""
        return 1.0

    def halve(self, rng: np.random.Generator) -> tuple[MixtureRows, MixtureRows]:
        """Split the rows at random."""
        first, second = halve_rows(len(self.codes), self.counts, rng)
        return self._part(*first), self._part(*second)

    def select(self, part: Ints) -> MixtureRows:
        """Return some of the rows."""
        return self._part(part, None if self.counts is None else self.counts[part])

    def _part(self, part: Ints, counts: Floats | None) -> MixtureRows:
        labels = self.labels.select(part)
        weights = np.ones(len(part)) if counts is None else counts
        background = replace(self.background, labelled=labels.totals(weights))
        return MixtureRows(self.codes[part], counts, labels, background)


Half = tuple[Ints, Floats | None]


def halve_rows(rows: int, counts: Floats | None, rng: np.random.Generator) -> tuple[Half, Half]:
    """Split rows at random; of a row that occurred several times, each occurrence.

    Returns
    -------
    first, second : tuple of (ndarray of int64, ndarray of float64 or None)
        The rows of each half, and how often they occur in it.
    """
    if counts is None:
        chosen = np.zeros(rows, dtype=bool)
        chosen[rng.permutation(rows)[: rows // 2]] = True
        return (np.flatnonzero(chosen), None), (np.flatnonzero(~chosen), None)
    whole = np.floor(counts)
    taken = rng.binomial(whole.astype(np.int64), 0.5).astype(np.float64)
    taken += (counts - whole) * (rng.random(len(whole)) < 0.5)
    everything = np.arange(len(whole))
    return (everything, taken), (everything, counts - taken)
