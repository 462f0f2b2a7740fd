"""Drop targets that do not pay for their place, cheapest first, everything refitted."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Fit, fit
from domix.estimation.options import EmLimits
from domix.estimation.selection.criterion import SelectionCriterion

__all__ = ["Worths", "confirm", "eliminate", "safe_targets", "without"]

Floats = npt.NDArray[np.float64]

# Expected rows below which a component is empty.
EMPTY = 0.2
# To start an included target from where the search had lost it.
LEAST_WEIGHT = 1e-6
# More than any target is worth.
UNKNOWN = 1e9
# A target that was worth this much more than it had to be stays, unless its weight has changed.
SAFE = 20.0
SAME_WEIGHT = 0.05
# Nats beyond its critical value from which on a target's p-value is 0.
CERTAIN = 750.0

Worths = dict[Target, tuple[float, float]]
"""Nats beyond the critical value, and the weight at which that was."""


def without(
    problem: Problem,
    full: Fit,
    index: int,
    limits: EmLimits | None = None,
    *,
    enough: float = math.inf,
    least: float = -math.inf,
) -> Fit:
    """The fit that is left when a component is dropped.

    do() is always among the alternatives in the rows that the dropped target could produce: that
    nothing was done is never out of the question, and a row that no other component could produce
    would make any target look indispensable.
    """
    kept = [a for a in range(len(full.support)) if a != index]
    targets = [full.support[a] for a in kept]
    # One EM step hands the dropped mass to whatever explains its rows.
    weights = full.weights[kept] + 1e-7
    reach: dict[Target, npt.NDArray[np.int32]] = {}
    if () not in full.support:
        targets.append(())
        weights = np.append(weights, full.weights[index])
        dropped = problem.rows_of(full.support[index])
        reach[()] = np.intersect1d(dropped, problem.rows_of(()), assume_unique=True)
    return fit(
        problem,
        targets,
        weights,
        full.log_theta,
        problem.options.drop_test if limits is None else limits,
        enough=enough,
        least=least,
        reach=reach,
    )


def eliminate(
    problem: Problem,
    criterion: SelectionCriterion,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    log_theta: Floats,
    remembered: Worths | None = None,
    hopeful: Callable[[Fit], bool] | None = None,
) -> Fit:
    """Fit a support and drop every target whose loss is below its critical value.

    Included targets are there and stay. What a target was last worth is ``remembered``, here or in
    another support. That is stale; but a loss only matters at the top of the heap, so only what
    comes up there is evaluated again, and even that only if it was near its critical value or its
    weight has changed since. What is left is returned as it is once it is not ``hopeful``.

    Where do() came in for a target that was dropped, it is not tested itself: the next elimination
    or :func:`confirm` does that.
    """
    remembered = {} if remembered is None else remembered
    stays = problem.knowledge.stays
    targets, weights = problem.knowledge.complete(targets, weights, LEAST_WEIGHT)
    now = fit(problem, targets, weights, log_theta, EmLimits(1e-2, 400))
    filled = [
        a
        for a, target in enumerate(now.support)
        if now.weights[a] > EMPTY / problem.total or stays(target)
    ]
    if 0 < len(filled) < len(now.support):
        now = fit(
            problem,
            [now.support[a] for a in filled],
            now.weights[filled],
            now.log_theta,
            EmLimits(1e-2, 200),
        )
    if hopeful is not None and not hopeful(now):
        return now
    version = 0
    # Until a score is known, the lightest component comes up first.
    heap = [
        (_last_worth(remembered, t, w), -1, t)
        for t, w in zip(now.support, now.weights.tolist(), strict=True)
        if not stays(t)
    ]
    heapq.heapify(heap)
    smaller: dict[Target, Fit] = {}
    while heap and now.support != ((),):
        score, evaluated, target = heapq.heappop(heap)
        if evaluated != version:
            weight = float(now.weights[now.support.index(target)])
            score = _last_worth(remembered, target, weight)
            if score < SAFE:
                score, smaller[target] = _surplus(problem, criterion, now, target)
                remembered[target] = score, weight
            if score > 0 or (heap and heap[0][0] < score):
                heapq.heappush(heap, (score, version, target))
                continue
        elif score > 0:
            break
        rest = smaller[target]
        now = fit(problem, rest.support, rest.weights, rest.log_theta, EmLimits(1e-2, 100))
        if hopeful is not None and not hopeful(now):
            return now
        version += 1
        smaller.clear()
    return fit(problem, now.support, now.weights, now.log_theta, EmLimits(1e-3, 400))


def confirm(problem: Problem, criterion: SelectionCriterion, now: Fit) -> tuple[Fit, list[float]]:
    """Cost in nats of dropping each target, fully refitted; what fails the test then goes.

    The search stops drop tests early, so the last word is said here, but for costs so large that
    their p-value is 0. An included target stays; one with labelled rows cannot be dropped at any
    cost.
    """
    knowledge = problem.knowledge
    while True:
        m = len(now.support)
        if now.support == ((),):
            return now, [math.inf]
        least = [now.objective - criterion.critical(t, now.support) - CERTAIN for t in now.support]
        rests = [without(problem, now, c, EmLimits(1e-3, 500), least=least[c]) for c in range(m)]
        costs = [
            math.inf if labelled > 0 else max(now.objective - rest.objective, 0.0)
            for rest, labelled in zip(rests, knowledge.labels_of(now.support), strict=True)
        ]
        surplus = [
            math.inf if knowledge.stays(t) else cost - criterion.critical(t, now.support)
            for cost, t in zip(costs, now.support, strict=True)
        ]
        worst = min(range(m), key=surplus.__getitem__)
        if surplus[worst] >= 0:
            return now, costs
        rest = rests[worst]
        now = eliminate(problem, criterion, rest.support, rest.weights, rest.log_theta)


def safe_targets(now: Fit, remembered: Worths) -> list[Target]:
    """Those that were worth so much more than they had to be that elimination keeps them."""
    weights = zip(now.support, now.weights.tolist(), strict=True)
    return [t for t, weight in weights if _last_worth(remembered, t, weight) >= SAFE]


def _last_worth(remembered: Worths, target: Target, weight: float) -> float:
    score, then = remembered.get(target, (weight - UNKNOWN, weight))
    return score if abs(weight - then) <= SAME_WEIGHT * then else weight - UNKNOWN


def _surplus(
    problem: Problem, criterion: SelectionCriterion, now: Fit, target: Target
) -> tuple[float, Fit]:
    """What a target is worth beyond its critical value, and the fit without it."""
    index = now.support.index(target)
    critical = criterion.critical(target, now.support)
    rest = without(problem, now, index, enough=now.objective - critical)
    if rest.objective >= now.objective - critical:
        # It will go; converge a little, so that the cheapest of those goes first.
        rest = fit(problem, rest.support, rest.weights, rest.log_theta, EmLimits(0.05, 40))
    return (now.objective - rest.objective) - critical, rest
