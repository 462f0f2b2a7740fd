"""What is known of the tables of one estimation, and the rows as fits read them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from domix._kernels import _ambiguity
from domix._kernels._em_structures import DataRows
from domix.core.background import BackgroundKnowledge
from domix.core.tables import Tables, Target, normalize_tables
from domix.data.rows import resample_counts
from domix.options.search import SearchOptions
from domix.util.arrays import Floats, Indices, Ints


class Setting(NamedTuple):
    """What is known of tables and targets before any data row is read.

    Attributes
    ----------
    tables : Tables
    observed : ndarray of float64, shape (entries,), or None
        Observational counts; None if the tables are known.
    pseudocount : float
    knowledge : BackgroundKnowledge
    options : SearchOptions
    """

    tables: Tables
    observed: Floats | None
    pseudocount: float
    knowledge: BackgroundKnowledge
    options: SearchOptions


class BaseProblem(ABC):
    """The tables of a problem, and what all its data rows together say of them.

    Attributes
    ----------
    setting : Setting
    layout : Layout
    total : float
        Sum of the counts and of the labelled rows.
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
        Rows with known labels are not among the data rows: here they are counts of their targets,
        and they are observations of the tables that these targets do not set.
    """

    types: tuple[type, ...] = ()

    def __init__(self, setting: Setting, entry_counts: Floats, rows: float) -> None:
        tables, observed, pseudocount, knowledge, options = setting
        layout = tables.layout
        self.setting = setting
        self.layout, self.options, self.knowledge = layout, options, knowledge
        self.total = rows + sum(knowledge.labelled.values())
        self.entry_counts = entry_counts
        self.prior: Floats | None = None
        if observed is None:
            self.theta = np.array(tables.values)
        else:
            largest = options.max_prior_count / layout.cards[layout.node_of_entry]
            smallest = options.min_prior_count
            self.prior = observed + np.maximum(np.minimum(pseudocount, largest), smallest)
            self.theta = normalize_tables(layout, self.prior)
        self.entry_totals = entry_counts if self.prior is None else entry_counts + self.prior

    def mark(self) -> object:
        """Return nothing; see :class:`~domix.work.journal.Stateful`."""
        return None

    def changes(self, mark: object) -> object:  # noqa: ARG002
        """Return what fits to come depend on: nothing, unless a class says otherwise."""
        return None

    def apply(self, changes: object) -> None:  # noqa: B027
        """Make changes that were recorded."""

    @property
    def learn(self) -> bool:
        """Whether the tables are learnt."""
        return self.prior is not None

    @property
    def log_theta(self) -> Floats:
        """Logarithms of ``theta``, 0 where it is 0."""
        return np.log(np.where(self.theta > 0, self.theta, 1.0))

    @property
    def observed_rows(self) -> float:
        """Observations of each table on the mean: control rows, and what other mixtures show."""
        observed = self.setting.observed
        return 0.0 if observed is None else float(observed.sum()) / self.layout.n

    def _observing(self, more: Floats) -> Setting:
        assert self.setting.observed is not None
        return self.setting._replace(observed=self.setting.observed + more)

    def _resampled(self, drawn: Sequence[float], rng: np.random.Generator) -> Setting:
        """Return the setting of a bootstrap sample, with ``drawn`` labels, in their order.

        Observations are drawn again within each row of a CPT.
        """
        observed, layout = self.setting.observed, self.layout
        labelled = dict(zip(self.knowledge.labelled, drawn, strict=True))
        if observed is not None:
            observed = observed.copy()
            for node in range(layout.n):
                part, k = layout.entries_of(node), int(layout.cards[node])
                observed[part] = resample_counts(observed[part].reshape(-1, k), rng).ravel()
        knowledge = replace(self.knowledge, labelled=labelled)
        return self.setting._replace(observed=observed, knowledge=knowledge)

    @property
    @abstractmethod
    def distinct_rows(self) -> int:
        """Number of distinct data rows."""

    @property
    def is_large(self) -> bool:
        """Whether there are so many distinct rows that a search starts with a sample."""
        return self.distinct_rows >= self.options.sample_factor * self.options.sample_rows

    @abstractmethod
    def merged(self, targets: Iterable[Target]) -> RowProblem:
        """Return a problem in which fits of any of the targets and of do() are the same.

        It may hold one row for many that none of them tells apart.
        """


class OnProblem:
    """What steps change nothing of but the state of its problem.

    Attributes
    ----------
    problem : BaseProblem
    """

    problem: BaseProblem
    types = ()

    def mark(self) -> object:
        """Return that of the problem; see :class:`~domix.work.journal.Stateful`."""
        return self.problem.mark()

    def changes(self, mark: object) -> object:
        """Return those of the problem."""
        return self.problem.changes(mark)

    def apply(self, changes: object) -> None:
        """Make changes that were recorded."""
        self.problem.apply(changes)


class RowProblem(BaseProblem):
    """A problem whose rows are held in memory, as fits read them.

    Attributes
    ----------
    counts : ndarray, shape (rows,)
    data_rows : DataRows
        The rows as the kernels take them.
    """

    counts: Floats
    data_rows: DataRows

    def __init__(self, setting: Setting, entry_counts: Floats, rows: float) -> None:
        super().__init__(setting, entry_counts, rows)
        self._rows: dict[Target, Indices] = {}
        self._ratios: dict[Target, Floats] = {}
        self._ratios_at: Floats | None = None

    @property
    def distinct_rows(self) -> int:
        """Number of distinct data rows."""
        return len(self.counts)

    def merged(self, targets: Iterable[Target]) -> RowProblem:  # noqa: ARG002
        """Return a problem in which fits of any of the targets and of do() are the same."""
        return self

    def columns_of(self, target: Target) -> Ints:
        """Return the columns of ``data_rows`` that hold the variables of a target."""
        return np.array([variable for variable, _ in target], dtype=np.int64)

    def rows_of(self, target: Target) -> Indices:
        """Find the data rows that a target can produce: their indices in order."""
        rows = self._rows.get(target)
        if rows is None:
            if len(self._rows) >= self.options.cached_targets:
                self._rows.clear()
            rows = self._rows[target] = self._find_rows(target)
        return rows

    @abstractmethod
    def _find_rows(self, target: Target) -> Indices:
        """Find the data rows that a target can produce."""

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
        columns = self.columns_of(target)
        _ambiguity.log_ratios(self.data_rows, rows, columns, log_theta, out)
        return out
