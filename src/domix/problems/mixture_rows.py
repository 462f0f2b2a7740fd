"""The data rows of one mixture, as they were given and as the estimator reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.tables import Tables
from domix.data.rows import DistinctRows, distinct
from domix.engine.parts import Engine
from domix.model.learn import count_entries
from domix.model.row_labels import RowLabels
from domix.shards.build import shard_codes
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS
from domix.util.arrays import Bools, Codes, Floats, Ints


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

    def count_labelled(self, tables: Tables) -> Floats:
        """Count table entries in labelled rows, but for what is set there.

        Shape (table entries,).
        """
        layout = tables.layout
        totals = np.zeros(layout.size)
        for target, members in self.labels.by_target():
            counts = count_entries(layout, self.codes[members], self.weights[members])
            for variable, _ in target:
                counts[layout.entries_of(variable)] = 0.0
            totals += counts
        return totals
