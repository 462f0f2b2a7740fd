"""What is claimed of the targets of each mixture, computed from its final estimate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domix.core.tables import Target
from domix.em.data import Problem
from domix.estimation.claims.undetected import (
    Interval,
    Neighbour,
    are_neighbours,
    fit_neighbours,
    hulls,
)
from domix.estimation.claims.unseen_share import find_unseen_share
from domix.estimation.groups import Estimate, MixtureProblem
from domix.options.claims import ClaimOptions


@dataclass(frozen=True, eq=False)
class Claims:
    """Claims of one mixture; lists have an entry for each target of the support.

    Attributes
    ----------
    intervals : list of Interval
        Those of the estimate; of the only target, down to what could have gone unseen.
    hulls : list of Interval
        Hulls of the intervals over the fits with one more target.
    undetected : list of tuple of (Target, float)
        Targets beside it that are not reported, and their gains in nats.
    unseen : tuple of (float, Target) or None
        The largest share that could have gone unseen beside the only target, and its target.
    """

    intervals: list[Interval]
    hulls: list[Interval]
    undetected: list[tuple[tuple[Target, float], ...]]
    unseen: tuple[float, Target] | None


def examine(
    mixtures: Sequence[MixtureProblem],
    estimates: Sequence[Estimate],
    passed_over: Sequence[Collection[Target]],
) -> tuple[list[Claims], list[Estimate]]:
    """Compute the claims of every mixture.

    A neighbour that passes the test is the best move that the search left.

    Parameters
    ----------
    mixtures : sequence of MixtureProblem
    estimates : sequence of Estimate
    passed_over : sequence of collection of Target
        By mixture, targets that are known not to be missing.

    Returns
    -------
    claims : list of Claims
    estimates : list of Estimate
        With that move.
    """
    options = ClaimOptions()
    counts = [
        estimate.table_counts + mixture.labelled_counts
        for mixture, estimate in zip(mixtures, estimates, strict=True)
    ]
    claims, checked = [], []
    for number, (mixture, estimate) in enumerate(zip(mixtures, estimates, strict=True)):
        problem, fitted = mixture.problem, estimate.fit
        if problem.learn and len(mixtures) > 1:
            problem = problem.observing(np.sum(counts[:number] + counts[number + 1 :], axis=0))
        neighbours = fit_neighbours(problem, fitted, passed_over[number], options)
        claims.append(_claim(problem, mixture, estimate, neighbours, options))
        checked.append(_with_best_move(mixture, estimate, neighbours))
    return claims, checked


def _claim(
    problem: Problem,
    mixture: MixtureProblem,
    estimate: Estimate,
    neighbours: Sequence[Neighbour],
    options: ClaimOptions,
) -> Claims:
    support, intervals, unseen = estimate.fit.support, estimate.intervals, None
    if len(support) == 1:
        share, other = find_unseen_share(problem, mixture.criterion, support[0], options)
        intervals = [(1.0 - share, 1.0)]
        unseen = None if other is None else (share, other)
    undetected = [
        tuple(
            (neighbour.target, neighbour.gain)
            for neighbour in neighbours
            if neighbour.gain >= options.flagged_gain and are_neighbours(target, neighbour.target)
        )
        for target in support
    ]
    return Claims(intervals, hulls(problem, support, intervals, neighbours), undetected, unseen)


def _with_best_move(
    mixture: MixtureProblem, estimate: Estimate, neighbours: Sequence[Neighbour]
) -> Estimate:
    for neighbour in neighbours:
        critical = mixture.criterion.critical_value(neighbour.target, neighbour.fit.support)
        if neighbour.gain > max(critical, estimate.best_gain):
            return replace(estimate, best_gain=neighbour.gain, best_critical=critical)
    return estimate
