"""The rows and tables of one estimation, in the form that every step reads."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from domix._kernels import _classes, _rows
from domix._kernels._em_structures import DataRows
from domix.core.background import BackgroundKnowledge
from domix.core.tables import Tables, Target
from domix.data.rows import DistinctRows, resample_counts, thin_rows
from domix.em.base import RowProblem, Setting
from domix.options.search import SearchOptions
from domix.query.probability import entry_indices
from domix.util.arrays import Codes, Floats, Indices


class Problem(RowProblem):
    """Data rows, the table entries that they read, and what is known about tables and targets.

    Attributes
    ----------
    rows : DistinctRows
    codes : ndarray of uint8, shape (rows, variables)
        Those of ``rows``.
    counts : ndarray, shape (rows,)
    entries : ndarray of int32, shape (rows, variables)
        The table entry that a data row reads for each variable.
    data_rows : DataRows
        The last three, as the kernels take them.
    """

    def __init__(
        self,
        tables: Tables,
        rows: DistinctRows,
        observed: Floats | None,
        pseudocount: float = 1.0,
        knowledge: BackgroundKnowledge | None = None,
        options: SearchOptions | None = None,
    ) -> None:
        layout = tables.layout
        self.rows = rows
        self.codes = rows.codes
        self.counts = rows.counts
        self.entries = entry_indices(layout, rows.codes)
        entry_counts = np.zeros(layout.size)
        _rows.weigh_entries(self.entries, rows.counts, entry_counts)
        setting = Setting(
            tables,
            observed,
            pseudocount,
            BackgroundKnowledge() if knowledge is None else knowledge,
            SearchOptions() if options is None else options,
        )
        super().__init__(setting, entry_counts, float(rows.counts.sum()))
        self.data_rows = DataRows(rows.codes, self.entries, rows.counts, layout.size)
        # Likelihoods of a data row leave out its entries of zero: a target can produce the row only
        # if it sets all their variables.
        self._zeros = (self.theta[self.entries] == 0).sum(axis=1)
        self._any_zero = bool(self._zeros.any())

    def thinned(self, share: float, rng: np.random.Generator) -> Problem:
        """Return the same problem on a random sample of the data rows."""
        setting = self.setting._replace(knowledge=self.knowledge.thinned(share))
        return _build(setting, thin_rows(self.rows, share, rng))

    def observing(self, more: Floats) -> Problem:
        """Return the same problem with more observations, shape (entries,); tables are learnt."""
        return _build(self._observing(more), self.rows)

    def with_rows(self, rows: DistinctRows) -> Problem:
        """Return the same problem with other data rows."""
        return _build(self.setting, rows)

    def resampled(self, rng: np.random.Generator) -> Problem:
        """Return the same problem on a bootstrap sample.

        As many rows are drawn from the data rows, labelled ones included, and observations again
        within each row of a CPT.
        """
        labels = self.knowledge.labels_of(list(self.knowledge.labelled))
        drawn = resample_counts(np.append(self.counts, labels), rng)
        kept = np.flatnonzero(drawn[: len(self.counts)])
        rows = DistinctRows(self.codes[kept], drawn[kept], kept)
        return _build(self._resampled(drawn[len(self.counts) :].tolist(), rng), rows)

    def gathered(self, most: int) -> Problem:  # noqa: ARG002
        """Return a problem in memory with at most ``most`` distinct rows: this one."""
        return self

    def match(self, target: Target) -> Indices:
        """Find the data rows that have the values of a target: their indices in order."""
        rows = np.empty(len(self.codes), np.int32)
        values = np.array([value for _, value in target], np.uint8)
        found = _classes.match(self._columns, self.columns_of(target), values, rows)
        # A view would hold room for all rows as long as it is cached.
        return rows[:found].copy()

    def _find_rows(self, target: Target) -> Indices:
        rows = self.match(target)
        if not self._any_zero:
            return rows
        zeros_left = self._zeros[rows]
        for variable, _ in target:
            zeros_left -= self.theta[self.entries[rows, variable]] == 0
        return np.asarray(rows[zeros_left == 0])

    @cached_property
    def _columns(self) -> Codes:
        """The codes by variable: a column of many that lie row by row is slow to compare."""
        return np.ascontiguousarray(self.codes.T)


def _build(setting: Setting, rows: DistinctRows) -> Problem:
    tables, observed, pseudocount, knowledge, options = setting
    return Problem(tables, rows, observed, pseudocount, knowledge, options)
