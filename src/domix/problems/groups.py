"""Estimation of one or several mixtures over one network.

Each mixture has targets and weights of its own; the tables are shared. The joint likelihood is
maximized by block coordinate ascent: while one mixture is searched and fitted, the data rows of the
others count as observations of the tables, by their expected counts where a variable was not set.
With known tables, or with one mixture, the blocks are independent and one pass is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from domix.core.tables import Target
from domix.em.base import OnProblem
from domix.em.bootstrap import bootstrap_weights, percentile_intervals
from domix.em.mixture import Em, Fit, fit
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.em.uncertainty import log_odds_intervals, weight_covariance
from domix.selection.backward import confirm, eliminate, fit_without
from domix.selection.criterion import SelectionCriterion
from domix.selection.search import extend, find
from domix.util.arrays import Floats
from domix.util.progress import Report
from domix.work.steps import attempt, recorded, stopping

BOOTSTRAP = "bootstrap"
"""The stage that an interrupt leaves out; intervals are those of the observed information then."""


@dataclass(frozen=True, eq=False)
class MixtureProblem(OnProblem):
    """What is estimated of one mixture, and from what.

    Attributes
    ----------
    problem : Problem or ShardedProblem
        With the observations that all mixtures share, and the mixture's own labelled rows.
    criterion : SelectionCriterion
    labelled_counts : ndarray of float64, shape (table entries,)
        Counts of table entries in labelled rows whose variable was not set.
    """

    problem: AnyProblem
    criterion: SelectionCriterion
    labelled_counts: Floats


@dataclass(frozen=True, eq=False)
class Estimate:
    """The estimate of one mixture.

    Attributes
    ----------
    fit : Fit
        Support, weights and tables.
    drop_costs : list of float
        Nats that dropping each target would lose, all else refitted.
    std_errors : ndarray of float64, shape (components,)
    intervals : list of tuple of float
        95 % intervals of the weights.
    best_gain, best_critical : float
        Score gain, in nats, of the best move that was not made, and the critical value that it did
        not reach.
    table_counts : ndarray of float64, shape (table entries,)
        Expected counts of table entries in rows whose variable was not set, labelled rows left out;
        0 if the tables are known.
    converged : bool
        Whether no iteration limit ended the search or a fit that the estimate rests on.
    """

    fit: Fit
    drop_costs: list[float]
    std_errors: Floats
    intervals: list[tuple[float, float]]
    best_gain: float
    best_critical: float
    table_counts: Floats
    converged: bool


class Fitted(Protocol):
    """What tables and scores are computed from: an estimate, or a trial of one."""

    @property
    def fit(self) -> Fit:
        """Support, weights and tables."""

    @property
    def table_counts(self) -> Floats:
        """Expected counts of table entries in rows whose variable was not set."""


class Block:
    """One mixture during the passes; ``table_counts`` is what it tells the others of the tables."""

    types = Fit, Ended

    def __init__(self, mixture: MixtureProblem) -> None:
        self.criterion = mixture.criterion
        self.labelled_counts = self.table_counts = mixture.labelled_counts
        self.problem = self._own_problem = mixture.problem
        self.searches = 0
        self.fit = Fit(((),), np.ones(1), self.problem.log_theta, -np.inf, Ended.LIMIT)
        self.drop_costs: list[float] = []
        self.best_gain = self.best_critical = 0.0
        self.search_converged = False

    def mark(self) -> Any:
        """Return that of the problem; see :class:`~domix.work.journal.Stateful`."""
        return self.problem.mark()

    def changes(self, mark: Any) -> tuple[Any, ...]:
        """Return all that steps change, whether they did or not."""
        return (
            self.fit,
            self.drop_costs,
            self.table_counts,
            (self.best_gain, self.best_critical, self.search_converged, self.searches),
            self.problem.changes(mark),
        )

    def apply(self, changes: tuple[Any, ...]) -> None:
        """Make changes that were recorded."""
        self.fit, self.drop_costs, self.table_counts, found, problem = changes
        self.best_gain, self.best_critical, self.search_converged, self.searches = found
        self.problem.apply(problem)

    @property
    def support(self) -> frozenset[Target]:
        """The targets of the present fit."""
        return frozenset(self.fit.support)

    def start_from(self, estimate: Estimate) -> None:
        """Take over an estimate of the same mixture, of other tables perhaps, without its tests."""
        self.fit, self.search_converged = estimate.fit, estimate.converged
        self.best_gain, self.best_critical = estimate.best_gain, estimate.best_critical

    @recorded()
    def retest(self) -> None:
        """Drop the targets that fail the test."""
        start = self.fit
        self.take(
            eliminate(self.problem, self.criterion, start.support, start.weights, start.log_theta)
        )

    def observe(self, blocks: Sequence[Block]) -> None:
        """Count the rows of the other mixtures as observations of the tables."""
        counts = [other.table_counts for other in blocks if other is not self]
        self.problem = self._own_problem.observing(np.sum(counts, axis=0))

    @recorded()
    def search(self, rng: np.random.Generator, report: Report) -> None:
        """Search for the support: from the start at first, then from the present one."""
        self.searches += 1
        if self.searches <= self.problem.options.group_fresh_searches:
            search = find(self.problem, self.criterion, rng, report)
        else:
            thorough = not self.problem.is_large
            search = extend(self.problem, self.criterion, self.fit, report, thorough=thorough)
        self.best_gain, self.best_critical = search.best_gain, search.best_critical
        self.search_converged = search.converged
        self.take(search.fit)

    @recorded()
    def fit_support(self, start: Fit, support: Sequence[Target]) -> None:
        """Fit a support, from the weights that another fit gives its targets."""
        weights = dict(zip(start.support, start.weights.tolist(), strict=True))
        least = self.problem.options.added_start_weight
        begin = [max(weights.get(target, 0.0), least) for target in support]
        self.take(fit(self.problem, support, begin, start.log_theta))

    @recorded()
    def confirm(self) -> None:
        """Test every target with converged fits, and drop what fails."""
        confirmed, self.drop_costs = confirm(self.problem, self.criterion, self.fit)
        self.take(confirmed)

    @recorded()
    def drop_cost(self, index: int) -> float:
        """Return the nats that the support loses without a target."""
        limits = self.problem.options.final_drop_test
        reduced = fit_without(self.problem, self.fit, index, limits)
        return max(self.fit.objective - reduced.objective, 0.0)

    @recorded()
    def refit(self) -> float:
        """Fit the present support again; return the change of ``table_counts``."""
        start = self.fit
        return self.take(fit(self.problem, start.support, start.weights, start.log_theta))

    def take(self, fitted: Fit) -> float:
        """Take a fit over; return the change of ``table_counts``, summed over the entries."""
        self.fit = fitted
        if not self.problem.learn:
            return 0.0
        before = self.table_counts
        em = Em(self.problem.merged(fitted.support), fitted.support, fitted.log_theta)
        em.expect(fitted.weights)
        unset_counts = np.maximum(self.problem.entry_counts - em.intervened_counts, 0.0)
        self.table_counts = self.labelled_counts + unset_counts
        return float(np.abs(self.table_counts - before).sum())


def estimate_mixtures(
    mixtures: Sequence[MixtureProblem],
    rng: np.random.Generator,
    report: Report,
    bootstrap: int = 0,
    starts: Sequence[Fit] | None = None,
) -> list[Estimate]:
    """Search, fit and confirm every mixture.

    Parameters
    ----------
    mixtures : sequence of MixtureProblem
    rng : numpy.random.Generator
        For samples of rows and topological orders, and for the bootstrap.
    report : callable
        Takes the stage and the share of it that is done.
    bootstrap : int
        Refits to resampled rows behind standard errors and intervals; 0 takes the observed
        information.
    starts : sequence of Fit, optional
        Of each mixture, to search on from.
    """
    blocks = [Block(mixture) for mixture in mixtures]
    for block, start in zip(blocks, starts or (), strict=False):
        block.searches = block.problem.options.group_fresh_searches
        block.take(start)
    options = mixtures[0].problem.options
    converged = independent = are_independent(blocks)
    for _ in range(1 if independent else options.group_searches):
        supports = [block.support for block in blocks]
        for block in blocks:
            if not independent:
                block.observe(blocks)
            block.search(rng, report)
        if stopping():
            break
        if supports == [block.support for block in blocks]:
            converged = True
            break
    report("standard errors", None)
    converged &= _confirm_in_turn(blocks)
    return [_finish(block, converged, bootstrap, rng, report) for block in blocks]


def are_independent(blocks: Sequence[Block]) -> bool:
    """Whether no block says anything of the tables of another."""
    return len(blocks) == 1 or not blocks[0].problem.learn


def _confirm_in_turn(blocks: Sequence[Block]) -> bool:
    """Fit and test until all supports stay; return whether the tables converged."""
    converged, independent = True, are_independent(blocks)
    while True:
        supports = [block.support for block in blocks]
        if not independent:
            converged &= _fit_in_turn(blocks)
        for block in blocks:
            block.confirm()
        if independent or supports == [block.support for block in blocks]:
            return converged
        if stopping():
            return False


def retest_mixtures(
    mixtures: Sequence[MixtureProblem],
    estimates: Sequence[Estimate],
    rng: np.random.Generator,
    report: Report,
    bootstrap: int = 0,
) -> list[Estimate]:
    """Drop the targets of estimates that fail the test with other observations of the tables.

    Parameters
    ----------
    mixtures : sequence of MixtureProblem
        Of these observations.
    estimates : sequence of Estimate
        Of others, in the same order.
    rng, report, bootstrap
        As in :func:`estimate_mixtures`.
    """
    blocks = [Block(mixture) for mixture in mixtures]
    for block, estimate in zip(blocks, estimates, strict=True):
        block.start_from(estimate)
        block.retest()
    converged = _confirm_in_turn(blocks)
    return [_finish(block, converged, bootstrap, rng, report) for block in blocks]


def refit_mixtures(
    mixtures: Sequence[MixtureProblem],
    estimates: Sequence[Estimate],
    supports: Sequence[Sequence[Target]],
    rng: np.random.Generator,
    report: Report,
    bootstrap: int = 0,
) -> list[Estimate]:
    """Fit supports that are given, without a search.

    Drop costs are those of the estimates, and computed for other targets.

    Parameters
    ----------
    mixtures : sequence of MixtureProblem
    estimates : sequence of Estimate
        Where the fits start, and what the search of each mixture left.
    supports : sequence of sequence of Target
        By mixture.
    rng, report, bootstrap
        As in :func:`estimate_mixtures`.
    """
    blocks = [Block(mixture) for mixture in mixtures]
    for block, estimate, support in zip(blocks, estimates, supports, strict=True):
        block.start_from(estimate)
        block.fit_support(estimate.fit, support)
    converged = are_independent(blocks) or _fit_in_turn(blocks)
    for block, estimate in zip(blocks, estimates, strict=True):
        costs = dict(zip(estimate.fit.support, estimate.drop_costs, strict=True))
        block.drop_costs = [
            costs[target] if target in costs else block.drop_cost(c)
            for c, target in enumerate(block.fit.support)
        ]
    return [_finish(block, converged, bootstrap, rng, report) for block in blocks]


def _fit_in_turn(blocks: Sequence[Block]) -> bool:
    """Fit the blocks in turn until the tables change no more; return whether they stopped."""
    options = blocks[0].problem.options
    for _ in range(options.group_fits):
        change = 0.0
        for block in blocks:
            block.observe(blocks)
            change += block.refit()
        if change < options.group_change:
            return True
        if stopping():
            break
    return False


@recorded(Estimate, Fit, Ended)
def _finish(
    block: Block, converged: bool, bootstrap: int, rng: np.random.Generator, report: Report
) -> Estimate:
    """Add the uncertainty of the weights."""
    converged &= block.search_converged and block.fit.converged
    replicates: Floats | None = None
    if bootstrap:
        replicates = attempt(
            BOOTSTRAP,
            lambda: bootstrap_weights(block.problem, block.fit, bootstrap, rng, report),
            None,
        )
    if replicates is not None:
        std_errors, intervals = percentile_intervals(replicates)
    else:
        covariance, solved = weight_covariance(block.problem, block.fit)
        converged &= solved
        std_errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        intervals = log_odds_intervals(block.fit.weights, std_errors)
    return Estimate(
        block.fit,
        block.drop_costs,
        std_errors,
        intervals,
        block.best_gain,
        block.best_critical,
        block.table_counts - block.labelled_counts,
        converged,
    )
