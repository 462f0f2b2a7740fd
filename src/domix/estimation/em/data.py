"""The rows and tables of one estimation, in the form that every step reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from domix._kernels import _rows, _settle
from domix.core.tables import Tables, Target
from domix.data.rows import DistinctRows, redrawn, thinned
from domix.estimation.background import BackgroundKnowledge
from domix.estimation.options import SearchOptions
from domix.query.probability import cells

__all__ = ["IMPOSSIBLE", "Problem"]

Floats = npt.NDArray[np.float64]
Index = npt.NDArray[np.int32]

IMPOSSIBLE = 50.0
"""Nats that a row costs which no component can produce. Finite, so that a search can compare
supports that all leave some row out."""

PRIOR_MASS = 0.1
"""Most prior mass of a table row while targets are searched and tested.

A pseudocount charges a nearly deterministic row for what never happens; a target that sets the
variable takes its rows off the table and escapes the charge, which is no evidence for the target.
With a pseudocount of 1 per cell that alone made interventions out of nothing.
"""

LEAST_PRIOR = 1e-6
"""Per cell, so that no learnt table gets a zero that the search could not undo."""

REMEMBERED = 20_000
REMEMBERED_RATIOS = 256


class Problem:
    """Distinct rows with counts, the cells they read, and what is known of the tables.

    Attributes
    ----------
    layout
    codes
        Shape (u, n), uint8: distinct rows.
    counts, total
        Shape (u,), and their sum with that of the rows that have labels.
    cells
        Shape (u, n), int32: the table cell that a row reads for each variable.
    cell_counts
        Shape (table cells,): the counts of the mixture's rows.
    prior
        Shape (table cells,): observational counts plus at most ``PRIOR_MASS`` per table row if the
        tables are learnt, else None: known tables stay as they are.
    cell_totals
        Shape (table cells,): counts and prior together, which the tables' logarithms are weighted
        with.
    theta
        Shape (table cells,): the tables to start from.
    options
        The numbers that tune the search.
    knowledge
        What is known of the targets. Rows with known labels are not among ``codes``: they are
        counts of their targets here, and observations of the tables that these leave alone.
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
        self.options = SearchOptions() if options is None else options
        self._made_of = tables, rows, observed, pseudocount
        self.knowledge = BackgroundKnowledge() if knowledge is None else knowledge
        self.layout = layout
        self.codes = rows.codes
        self.counts = rows.counts
        self.total = float(rows.counts.sum()) + sum(self.knowledge.labelled.values())
        self.cells = cells(layout, rows.codes)
        self.entry_counts = np.zeros(layout.size)
        _rows.weigh_cells(self.cells, rows.counts, self.entry_counts)
        self.prior: Floats | None = None
        if observed is None:
            self.theta = np.array(tables.values)
        else:
            most = PRIOR_MASS / layout.cards[layout.node_of_entry]
            self.prior = observed + np.maximum(np.minimum(pseudocount, most), LEAST_PRIOR)
            sums = np.add.reduceat(self.prior, layout.row_starts)
            self.theta = self.prior / sums[layout.row_of_entry]
        self.entry_totals = self.entry_counts
        if self.prior is not None:
            self.entry_totals = self.entry_counts + self.prior
        # A row's likelihoods leave its zero entries out; a target must set all of them to reach it.
        self._zeros = (self.theta[self.cells] == 0).sum(axis=1)
        self._any_zero = bool(self._zeros.any())
        self._rows: dict[Target, Index] = {}
        self._ratios: dict[Target, Floats] = {}
        self._ratios_at: Floats | None = None

    def thinned(self, share: float, rng: np.random.Generator) -> Problem:
        """The same on a sample of the rows."""
        tables, rows, observed, pseudocount = self._made_of
        knowledge = self.knowledge.thinned(share)
        return Problem(
            tables, thinned(rows, share, rng), observed, pseudocount, knowledge, self.options
        )

    def observing(self, more: Floats) -> Problem:
        """The same with as many more observations, by table cell; the tables are learnt."""
        tables, rows, observed, pseudocount = self._made_of
        assert observed is not None
        return Problem(tables, rows, observed + more, pseudocount, self.knowledge, self.options)

    def resampled(self, rng: np.random.Generator) -> Problem:
        """The same on as many rows drawn from the rows, labelled ones among them, and observations
        drawn again within each table row."""
        tables, rows, observed, pseudocount = self._made_of
        labels = list(self.knowledge.labelled)
        drawn = redrawn(np.append(rows.counts, self.knowledge.labels_of(labels)), rng)
        kept = np.flatnonzero(drawn[: len(rows.counts)])
        again = DistinctRows(rows.codes[kept], drawn[kept], kept)
        labelled = dict(zip(labels, drawn[len(rows.counts) :].tolist(), strict=True))
        if observed is not None:
            observed = observed.copy()
            for node in range(self.layout.n):
                part, k = self.layout.entries_of(node), int(self.layout.cards[node])
                observed[part] = redrawn(observed[part].reshape(-1, k), rng).ravel()
        knowledge = replace(self.knowledge, labelled=labelled)
        return Problem(tables, again, observed, pseudocount, knowledge, self.options)

    @property
    def learn(self) -> bool:
        """Whether the tables are profiled."""
        return self.prior is not None

    @property
    def log_theta(self) -> Floats:
        """Logarithms of ``theta``, 0 where it is 0."""
        return np.log(np.where(self.theta > 0, self.theta, 1.0))

    def rows_of(self, target: Target) -> Index:
        """The rows that a target can produce, rising."""
        found = self._rows.get(target)
        if found is None:
            if len(self._rows) >= REMEMBERED:
                self._rows.clear()
            found = self._rows[target] = self._find_rows(target)
        return found

    def log_ratios(self, target: Target, log_theta: Floats, rows: Index | None = None) -> Floats:
        """Shape (rows,): log P_t(x)/P(x) in the rows that a target can produce, or in others.

        The former are remembered for the tables that were last asked about, as the array that they
        are: nobody changes the logarithms of a fit.
        """
        if rows is not None:
            return self._find_ratios(target, log_theta, rows)
        if self._ratios_at is not log_theta or len(self._ratios) >= REMEMBERED_RATIOS:
            self._ratios, self._ratios_at = {}, log_theta
        found = self._ratios.get(target)
        if found is None:
            found = self._find_ratios(target, log_theta, self.rows_of(target))
            self._ratios[target] = found
        return found

    def _find_ratios(self, target: Target, log_theta: Floats, rows: Index) -> Floats:
        out = np.empty(len(rows))
        variables = np.array([variable for variable, _ in target], dtype=np.int64)
        _settle.log_ratios(rows, variables, self.cells, log_theta, out)
        return out

    def _find_rows(self, target: Target) -> Index:
        fits = np.ones(len(self.codes), dtype=bool)
        for variable, value in target:
            fits &= self.codes[:, variable] == value
        if self._any_zero:
            left = self._zeros.copy()
            for variable, _ in target:
                left -= self.theta[self.cells[:, variable]] == 0
            fits &= left == 0
        return np.flatnonzero(fits).astype(np.int32)
