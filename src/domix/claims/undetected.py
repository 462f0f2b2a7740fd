"""Targets beside the reported ones that may have gone undetected.

A weak target one variable away from a reported one may not pass the test. Its data rows are then
those of the reported target, whose weight includes its weight. So every such neighbour that
promises a gain is added, and everything is fitted again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Target
from domix.em.mixture import Fit, fit
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.em.uncertainty import log_odds_intervals, weight_covariance
from domix.options.claims import ClaimOptions
from domix.selection.baseline.sharded import begin
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.move import Move, Proposal, best_per_target
from domix.selection.moves.single_changes import rank_single_changes
from domix.work.steps import recorded

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A fit with one more target.

    Attributes
    ----------
    target : Target
    gain : float
        In nats.
    fit : Fit
    """

    target: Target
    gain: float
    fit: Fit


def are_neighbours(one: Target, other: Target) -> bool:
    """Whether two targets differ in one variable: set, not set, or set to another value.

    Examples
    --------
    >>> are_neighbours(((0, 1),), ()), are_neighbours(((0, 1),), ((0, 0),))
    (True, True)
    >>> are_neighbours(((0, 1),), ((1, 1),))
    False
    """
    return len({variable for variable, _ in set(one) ^ set(other)}) == 1


def fit_neighbours(
    problem: AnyProblem, fitted: Fit, passed_over: Collection[Target], options: ClaimOptions
) -> list[Neighbour]:
    """Fit the support with each of the most promising neighbours, and return those that gain.

    Background knowledge and exclusion are kept. A neighbour that gains less than
    ``options.hull_gain`` is left out.

    Parameters
    ----------
    problem : Problem or ShardedProblem
    fitted : Fit
    passed_over : collection of Target
        Targets that are not to be tried.
    options : ClaimOptions
    """
    baseline = begin(problem, fitted)

    def allowed(target: Target) -> bool:
        return baseline.allows(target) and target not in passed_over

    components, least = len(fitted.support), options.screened_gain
    moves: list[Move] = [
        *rank_single_changes(
            baseline, allowed, least, options.most_line_searches * components, pairs=False
        ),
        *rank_additions(baseline, allowed, least, options.most_fits * components),
    ]
    ranked = best_per_target(sorted(moves, key=lambda move: (-move.gain, move.target, move.donor)))
    neighbours, idle = [], 0
    for move in ranked[: options.most_fits * components]:
        if idle == options.idle_fits:
            break
        start = baseline.with_moves("neighbour", [move])
        larger = _fit_larger(problem, start, fitted.objective, options)
        idle += 1
        if larger is not None:
            idle = 0
            gain = larger.objective - fitted.objective
            neighbours.append(Neighbour(move.target, gain, larger))
    return sorted(neighbours, key=lambda neighbour: (-neighbour.gain, neighbour.target))


@recorded(Fit, Ended)
def _fit_larger(
    problem: AnyProblem, start: Proposal, objective: float, options: ClaimOptions
) -> Fit | None:
    """Fit a support with one more target; None if it gains too little over ``objective``."""
    least = objective + options.hull_gain
    found = fit(problem, start.targets, start.weights, start.log_theta, options.fit, least=least)
    return found if found.objective - objective >= options.hull_gain else None


def compute_hulls(
    problem: AnyProblem,
    support: Sequence[Target],
    intervals: Sequence[Interval],
    neighbours: Sequence[Neighbour],
) -> list[Interval]:
    """Compute, for each target, the hull of its intervals over the fits with one more target."""
    widest = dict(zip(support, intervals, strict=True))
    for neighbour in neighbours:
        covariance, _ = weight_covariance(problem, neighbour.fit)
        std_errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        others = log_odds_intervals(neighbour.fit.weights, std_errors)
        for target, (low, high) in zip(neighbour.fit.support, others, strict=True):
            if target in widest:
                least, most = widest[target]
                widest[target] = min(least, low), max(most, high)
    return [widest[target] for target in support]
