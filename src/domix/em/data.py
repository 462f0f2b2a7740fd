"""The rows and tables of one estimation, in the form that every step reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from domix._kernels import _ambiguity, _rows
from domix._kernels._em_structures import DataRows
from domix.core.background import BackgroundKnowledge
from domix.core.tables import Tables, Target, normalize_tables
from domix.data.rows import DistinctRows, resample_counts, thin_rows
from domix.options.search import SearchOptions
from domix.query.probability import entry_indices
from domix.util.arrays import Floats, Indices


class Problem:
    """Data rows, the table entries that they read, and what is known about tables and targets.

    Attributes
    ----------
    layout : Layout
    codes : ndarray of uint8, shape (rows, variables)
        Distinct data rows.
    counts : ndarray, shape (rows,)
    total : float
        Sum of the counts and of the labelled rows.
    entries : ndarray of int32, shape (rows, variables)
        The table entry that a data row reads for each variable.
    data_rows : DataRows
        The last three, as the kernels take them.
    entry_counts : ndarray, shape (entries,)
        Counts of the data rows that read each table entry.
    prior : ndarray, shape (entries,), or None
        Observational counts plus at most ``options.max_prior_count`` per row of a CPT. None if the
        tables are known; they are fixed then.
    entry_totals : ndarray, shape (entries,)
        ``entry_counts`` and ``prior`` together.
    theta : ndarray, shape (entries,)
        The tables to start from.
    options : SearchOptions
    knowledge : BackgroundKnowledge
        Rows with known labels are not among ``codes``: here they are counts of their targets, and
        they are observations of the tables that these targets do not set.
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
        self.entries = entry_indices(layout, rows.codes)
        self.entry_counts = np.zeros(layout.size)
        _rows.weigh_entries(self.entries, rows.counts, self.entry_counts)
        self.prior: Floats | None = None
        if observed is None:
            self.theta = np.array(tables.values)
        else:
            largest = self.options.max_prior_count / layout.cards[layout.node_of_entry]
            smallest = self.options.min_prior_count
            self.prior = observed + np.maximum(np.minimum(pseudocount, largest), smallest)
            self.theta = normalize_tables(layout, self.prior)
        self.entry_totals = self.entry_counts
        if self.prior is not None:
            self.entry_totals = self.entry_counts + self.prior
        self.data_rows = DataRows(rows.codes, self.entries, rows.counts, layout.size)
        # Likelihoods of a data row leave out its entries of zero: a target can produce the row only
        # if it sets all their variables.
        self._zeros = (self.theta[self.entries] == 0).sum(axis=1)
        self._any_zero = bool(self._zeros.any())
        self._rows: dict[Target, Indices] = {}
        self._ratios: dict[Target, Floats] = {}
        self._ratios_at: Floats | None = None

    def thinned(self, share: float, rng: np.random.Generator) -> Problem:
        """Return the same problem on a random sample of the data rows."""
        tables, rows, observed, pseudocount = self._made_of
        knowledge = self.knowledge.thinned(share)
        return Problem(
            tables, thin_rows(rows, share, rng), observed, pseudocount, knowledge, self.options
        )

    @property
    def observed_rows(self) -> float:
        """Observations of each table on the mean: control rows, and what other mixtures show."""
        observed = self._made_of[2]
        return 0.0 if observed is None else float(observed.sum()) / self.layout.n

    def observing(self, more: Floats) -> Problem:
        """Return the same problem with more observations, shape (entries,); tables are learnt."""
        tables, rows, observed, pseudocount = self._made_of
        assert observed is not None
        return Problem(tables, rows, observed + more, pseudocount, self.knowledge, self.options)

    def with_rows(self, rows: DistinctRows) -> Problem:
        """Return the same problem with other data rows."""
        tables, _, observed, pseudocount = self._made_of
        return Problem(tables, rows, observed, pseudocount, self.knowledge, self.options)

    def resampled(self, rng: np.random.Generator) -> Problem:
        """Return the same problem on a bootstrap sample.

        As many rows are drawn from the data rows, labelled ones included, and observations again
        within each row of a CPT.
        """
        tables, rows, observed, pseudocount = self._made_of
        labels = list(self.knowledge.labelled)
        drawn = resample_counts(np.append(rows.counts, self.knowledge.labels_of(labels)), rng)
        kept = np.flatnonzero(drawn[: len(rows.counts)])
        drawn_rows = DistinctRows(rows.codes[kept], drawn[kept], kept)
        labelled = dict(zip(labels, drawn[len(rows.counts) :].tolist(), strict=True))
        if observed is not None:
            observed = observed.copy()
            for node in range(self.layout.n):
                part, k = self.layout.entries_of(node), int(self.layout.cards[node])
                observed[part] = resample_counts(observed[part].reshape(-1, k), rng).ravel()
        knowledge = replace(self.knowledge, labelled=labelled)
        return Problem(tables, drawn_rows, observed, pseudocount, knowledge, self.options)

    @property
    def learn(self) -> bool:
        """Whether the tables are learnt."""
        return self.prior is not None

    @property
    def log_theta(self) -> Floats:
        """Logarithms of ``theta``, 0 where it is 0."""
        return np.log(np.where(self.theta > 0, self.theta, 1.0))

    def rows_of(self, target: Target) -> Indices:
        """Find the data rows that a target can produce: their indices in order."""
        rows = self._rows.get(target)
        if rows is None:
            if len(self._rows) >= self.options.cached_targets:
                self._rows.clear()
            rows = self._rows[target] = self._find_rows(target)
        return rows

    def log_ratios(self, target: Target, log_theta: Floats, rows: Indices | None = None) -> Floats:
        """Compute log P_t(x)/P(x), shape (rows,), in the rows that a target can produce, or others.

        The former are cached for one array of tables, recognized by its identity: the logarithms of
        a fit are never changed in place.
        """
        if rows is not None:
            return self._compute_ratios(target, log_theta, rows)
        if self._ratios_at is not log_theta or len(self._ratios) >= self.options.cached_ratios:
            self._ratios, self._ratios_at = {}, log_theta
        ratios = self._ratios.get(target)
        if ratios is None:
            ratios = self._compute_ratios(target, log_theta, self.rows_of(target))
            self._ratios[target] = ratios
        return ratios

    def _compute_ratios(self, target: Target, log_theta: Floats, rows: Indices) -> Floats:
        out = np.empty(len(rows))
        variables = np.array([variable for variable, _ in target], dtype=np.int64)
        _ambiguity.log_ratios(self.data_rows, rows, variables, log_theta, out)
        return out

    def _find_rows(self, target: Target) -> Indices:
        possible = np.ones(len(self.codes), dtype=bool)
        for variable, value in target:
            possible &= self.codes[:, variable] == value
        if self._any_zero:
            zeros_left = self._zeros.copy()
            for variable, _ in target:
                zeros_left -= self.theta[self.entries[:, variable]] == 0
            possible &= zeros_left == 0
        return np.flatnonzero(possible).astype(np.int32)
