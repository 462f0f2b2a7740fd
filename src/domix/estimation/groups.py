"""Mixtures over one network: each has targets and weights of its own, the tables are shared.

A block at a time: while one mixture is searched and fitted, the rows of the others count as
observations of the tables, with the expected counts of what their targets leave alone. With known
tables, or one mixture, the blocks are independent and one pass is all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.bootstrap import bootstrap_weights, percentiles
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Em, Fit, fit
from domix.estimation.search import extend, find
from domix.estimation.selection.backward import confirm
from domix.estimation.selection.criterion import SelectionCriterion
from domix.estimation.uncertainty import intervals, weight_covariance
from domix.util.progress import Report

__all__ = ["Found", "find_all"]

Floats = npt.NDArray[np.float64]

# Passes over all mixtures: with the search, until supports stand still, and then with fits alone,
# until fewer than so many expected counts change. The second search starts afresh, as the first
# does: there, whoever comes first has nothing but control rows.
SEARCHES = 4
FRESH = 2
FITS = 50
STILL = 0.1


@dataclass(frozen=True, eq=False)
class Found:
    """The answer for one mixture.

    Attributes
    ----------
    fit
    costs
        Nats that each target is worth.
    errors, limits
        Standard errors and 95 % intervals of the weights.
    best_gain, best_critical
        Of the best move that was not taken, and what it had to reach.
    kept
        Shape (table cells,): expected counts where variables were left alone, labelled rows not
        counted; nothing if the tables are known.
    """

    fit: Fit
    costs: list[float]
    errors: Floats
    limits: list[tuple[float, float]]
    best_gain: float
    best_critical: float
    kept: Floats


class _Block:
    """A mixture as the passes change it; ``seen`` is what it tells the others of the tables."""

    def __init__(self, problem: Problem, criterion: SelectionCriterion, labelled: Floats) -> None:
        self.criterion = criterion
        self.labelled = self.seen = labelled
        self.problem = self._alone = problem
        self.searches = 0
        self.fit = Fit(((),), np.ones(1), problem.log_theta, -np.inf)
        self.costs: list[float] = []
        self.best = (0.0, 0.0)

    @property
    def support(self) -> frozenset[Target]:
        return frozenset(self.fit.support)

    def inform(self, others: Sequence[Floats]) -> None:
        """Take what the other mixtures see for observations."""
        if others:
            self.problem = self._alone.observing(np.sum(others, axis=0))

    def look(self, fitted: Fit) -> float:
        """Take a fit over; how much of what the others see has changed."""
        before, self.fit = self.seen, fitted
        if not self.problem.learn:
            return 0.0
        self.seen = self.labelled + _kept(self.problem, fitted)
        return float(np.abs(self.seen - before).sum())


def find_all(
    problems: Sequence[Problem],
    criteria: Sequence[SelectionCriterion],
    labelled: Sequence[Floats],
    rng: np.random.Generator,
    report: Report,
    bootstrap: int = 0,
) -> list[Found]:
    """Search, fit and confirm every mixture.

    Parameters
    ----------
    problems
        Each with the observations that all share, and its own labelled rows.
    tests
        One for each.
    labelled
        For each, shape (table cells,): what its labelled rows tell of the tables.
    rng, report
    bootstrap
        Refits to resampled rows behind errors and limits; 0 takes the observed information.
    """
    blocks = [
        _Block(problem, criterion, own)
        for problem, criterion, own in zip(problems, criteria, labelled, strict=True)
    ]
    apart = len(blocks) == 1 or not problems[0].learn
    for _ in range(1 if apart else SEARCHES):
        supports = [block.support for block in blocks]
        for block in blocks:
            block.inform([] if apart else [other.seen for other in blocks if other is not block])
            block.look(_searched(block, rng, report))
        if supports == [block.support for block in blocks]:
            break
    report("standard errors", None)
    while True:
        supports = [block.support for block in blocks]
        if not apart:
            _settle(blocks)
        for block in blocks:
            fitted, block.costs = confirm(block.problem, block.criterion, block.fit)
            block.look(fitted)
        if apart or supports == [block.support for block in blocks]:
            return [_found(block, bootstrap, rng, report) for block in blocks]


def _searched(block: _Block, rng: np.random.Generator, report: Report) -> Fit:
    block.searches += 1
    if block.searches <= FRESH:
        search = find(block.problem, block.criterion, rng, report)
    else:
        search = extend(block.problem, block.criterion, block.fit, report)
    block.best = search.best_gain, search.best_critical
    return search.fit


def _settle(blocks: Sequence[_Block]) -> None:
    """Fit the blocks in turn until they stand still."""
    for _ in range(FITS):
        changed = 0.0
        for block in blocks:
            block.inform([other.seen for other in blocks if other is not block])
            now = block.fit
            changed += block.look(fit(block.problem, now.support, now.weights, now.log_theta))
        if changed < STILL:
            return


def _found(block: _Block, bootstrap: int, rng: np.random.Generator, report: Report) -> Found:
    if bootstrap:
        errors, limits = percentiles(
            bootstrap_weights(block.problem, block.fit, bootstrap, rng, report)
        )
    else:
        covariance = weight_covariance(block.problem, block.fit)
        errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        limits = intervals(block.fit.weights, errors)
    return Found(
        block.fit,
        block.costs,
        errors,
        limits,
        *block.best,
        kept=block.seen - block.labelled,
    )


def _kept(problem: Problem, fitted: Fit) -> Floats:
    em = Em(problem, fitted.support, fitted.log_theta)
    em.step(fitted.weights, fitted.log_theta)
    return np.maximum(problem.entry_counts - em.moved, 0.0)
