"""Backward elimination: drop the targets that fail the test, the cheapest first, with all refits.

The drop cost of a target is the log-likelihood, in nats, that its support loses without it when
weights and learnt tables are fitted again. A target passes the test if its drop cost exceeds its
critical value (see :mod:`~domix.selection.criterion`); the difference is its excess.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.em.base import BaseProblem
from domix.em.mixture import Fit
from domix.em.mixture import fit as fit_support
from domix.em.squarem import Ended
from domix.options.search import EmLimits
from domix.selection.criterion import SelectionCriterion
from domix.util.arrays import Floats, Indices
from domix.work.steps import recorded

UNTESTED = -1e9
"""Nats below any excess: targets whose drop cost is not known are tested first."""

CERTAIN = 750.0
"""Nats of excess from which on a p-value is 0 as a float."""


class DropCost(NamedTuple):
    """The last known excess of a target's drop cost, in nats, and its weight at the time."""

    excess: float
    weight: float


DropCosts = dict[Target, DropCost]


def fit_without(
    problem: BaseProblem,
    fit: Fit,
    index: int,
    limits: EmLimits,
    *,
    enough: float = math.inf,
    least: float = -math.inf,
) -> Fit:
    """Fit the support without a component.

    do() always competes for the rows that the dropped target could produce: that nothing was
    intervened on is always possible, and a row that no other component can produce would keep any
    target.

    Parameters
    ----------
    problem : Problem
    fit : Fit
        With the component.
    index : int
        Of the component.
    limits : EmLimits
    enough, least : float
        See :func:`~domix.em.mixture.fit`.
    """
    rows = problem.merged(fit.support)
    kept = [c for c in range(len(fit.support)) if c != index]
    targets = [fit.support[c] for c in kept]
    # The first EM step gives the dropped weight to the components that can produce its rows.
    weights = fit.weights[kept] + problem.options.remaining_start_weight
    reach: dict[Target, Indices] = {}
    if () not in fit.support:
        targets.append(())
        weights = np.append(weights, fit.weights[index])
        dropped = rows.rows_of(fit.support[index])
        reach[()] = np.intersect1d(dropped, rows.rows_of(()), assume_unique=True)
    return fit_support(
        rows,
        targets,
        weights,
        fit.log_theta,
        limits,
        enough=enough,
        least=least,
        reach=reach,
    )


@recorded(Fit, Ended, DropCost)
def eliminate(
    problem: BaseProblem,
    criterion: SelectionCriterion,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    drop_costs: DropCosts | None = None,
    promising: Callable[[Fit], bool] | None = None,
) -> Fit:
    """Fit a support and drop every target that fails the test.

    Included targets are added where they are missing and are never dropped. If do() came in for a
    dropped target, it is not tested here; the next elimination or :func:`confirm` does that. Every
    pass of the loop tests a target or drops one, so that it ends.

    Parameters
    ----------
    problem : Problem
    criterion : SelectionCriterion
    targets, weights, log_theta
        The support, and where its fit starts.
    drop_costs : DropCosts, optional
        Known from this or another support; updated. They may be out of date. But only the smallest
        excess decides what happens next, so that only targets that come first in the queue are
        tested again, and only if they were not far above their critical value or if their weight
        has changed.
    promising : callable, optional
        Called with each fit; the first fit that is not promising is returned.
    """
    drop_costs = {} if drop_costs is None else drop_costs
    options, stays = problem.options, problem.knowledge.stays
    targets, weights = problem.knowledge.complete(targets, weights, options.added_start_weight)
    problem = problem.merged(targets)
    fit = fit_support(problem, targets, weights, log_theta, options.elimination_start)
    nonempty = [
        c
        for c, target in enumerate(fit.support)
        if fit.weights[c] * problem.total > options.min_expected_rows or stays(target)
    ]
    if 0 < len(nonempty) < len(fit.support):
        fit = fit_support(
            problem,
            [fit.support[c] for c in nonempty],
            fit.weights[nonempty],
            fit.log_theta,
            options.elimination_refit,
        )
    if promising is not None and not promising(fit):
        return fit
    # Excess, number of drops before it was computed (-1: in another support), target.
    queue = [
        (_recall_excess(problem, drop_costs, target, weight), -1, target)
        for target, weight in zip(fit.support, fit.weights.tolist(), strict=True)
        if not stays(target)
    ]
    heapq.heapify(queue)
    drops = 0
    reduced_fits: dict[Target, Fit] = {}
    while queue and fit.support != ((),):
        excess, drops_before, target = heapq.heappop(queue)
        if drops_before != drops:
            weight = float(fit.weights[fit.support.index(target)])
            excess = _recall_excess(problem, drop_costs, target, weight)
            if excess < options.safe_excess:
                excess, reduced_fits[target] = _test_target(problem, criterion, fit, target)
                drop_costs[target] = DropCost(excess, weight)
            if excess > 0 or (queue and queue[0][0] < excess):
                heapq.heappush(queue, (excess, drops, target))
                continue
        elif excess > 0:
            break
        fit = _continue_fit(problem, reduced_fits[target], options.elimination_drop)
        if promising is not None and not promising(fit):
            return fit
        drops += 1
        reduced_fits.clear()
    return _continue_fit(problem, fit, options.elimination_end)


def safe_targets(problem: BaseProblem, fit: Fit, drop_costs: DropCosts) -> list[Target]:
    """Return the targets of a fit whose known excess is so large that elimination keeps them."""
    return [
        target
        for target, weight in zip(fit.support, fit.weights.tolist(), strict=True)
        if _recall_excess(problem, drop_costs, target, weight) >= problem.options.safe_excess
    ]


def confirm(
    problem: BaseProblem, criterion: SelectionCriterion, fit: Fit
) -> tuple[Fit, list[float]]:
    """Test every target with converged fits, and drop the worst until all pass.

    The search stops its drop tests early; these are the tests that are reported. Fits stop early
    only where the p-value is 0 anyway. A drop makes do() or a smaller support of what is left, so
    that the loop ends.

    Returns
    -------
    fit : Fit
    drop_costs : list of float
        In nats, by target; infinite where rows are labelled with the target.
    """
    knowledge, limits = problem.knowledge, problem.options.final_drop_test
    problem = problem.merged(fit.support)
    while fit.support != ((),):
        critical = [criterion.critical_value(t, fit.support) for t in fit.support]
        reduced_fits = [
            fit_without(problem, fit, c, limits, least=fit.objective - value - CERTAIN)
            for c, value in enumerate(critical)
        ]
        drop_costs = [
            math.inf if labelled > 0 else max(fit.objective - reduced.objective, 0.0)
            for reduced, labelled in zip(
                reduced_fits, knowledge.labels_of(fit.support), strict=True
            )
        ]
        excess = [
            math.inf if knowledge.stays(target) else cost - value
            for cost, value, target in zip(drop_costs, critical, fit.support, strict=True)
        ]
        worst = min(range(len(excess)), key=excess.__getitem__)
        if excess[worst] >= 0:
            return fit, drop_costs
        reduced = reduced_fits[worst]
        fit = eliminate(problem, criterion, reduced.support, reduced.weights, reduced.log_theta)
    return fit, [math.inf]


def _continue_fit(problem: BaseProblem, fit: Fit, limits: EmLimits) -> Fit:
    return fit_support(problem, fit.support, fit.weights, fit.log_theta, limits)


def _recall_excess(
    problem: BaseProblem, drop_costs: DropCosts, target: Target, weight: float
) -> float:
    """Return the known excess if the weight is still about the same.

    Else return a value below any excess, the lower the lighter the target, so that the lightest
    target is tested first.
    """
    known = drop_costs.get(target)
    change = problem.options.safe_weight_change
    if known is None or abs(weight - known.weight) > change * known.weight:
        return weight + UNTESTED
    return known.excess


def _test_target(
    problem: BaseProblem, criterion: SelectionCriterion, fit: Fit, target: Target
) -> tuple[float, Fit]:
    """Return the excess of a target's drop cost, and the fit without it."""
    critical, options = criterion.critical_value(target, fit.support), problem.options
    enough = fit.objective - critical
    reduced = fit_without(problem, fit, fit.support.index(target), options.drop_test, enough=enough)
    if reduced.objective >= enough:
        # The target fails. A fit that stopped there would not tell which target is the cheapest.
        reduced = _continue_fit(problem, reduced, options.drop_ranking)
    return (fit.objective - reduced.objective) - critical, reduced
