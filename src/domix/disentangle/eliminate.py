"""Drop targets that do not pay for their place, cheapest first, everything refitted."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from domix.core.sums import dot
from domix.core.tables import Target
from domix.disentangle.joint import Em, Fit, fit
from domix.disentangle.problem import Problem
from domix.disentangle.significance import Significance

__all__ = ["Worths", "eliminate", "negligible", "safe_targets", "without"]

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
LEAST_SHARE = 1e-12
# Share of what one target has to cost that those which go at once may cost together. With less of
# a margin they take along some that would stay if others went first.
AT_ONCE = 1 / 3

Worths = dict[Target, tuple[float, float]]
"""Nats beyond the critical value, and the weight at which that was."""


def without(
    problem: Problem,
    full: Fit,
    index: int,
    *,
    tol: float = 0.02,
    steps: int = 60,
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
        tol=tol,
        steps=steps,
        enough=enough,
        least=least,
        reach=reach,
    )


def eliminate(
    problem: Problem,
    test: Significance,
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
    weight has changed since. The fit with nothing dropped is returned if it is not ``hopeful``.

    Where do() came in for a target that was dropped, it is not tested itself: the next elimination
    or :func:`~domix.disentangle.inference.confirm` does that.
    """
    remembered = {} if remembered is None else remembered
    stays = problem.knowledge.stays
    targets, weights = problem.knowledge.complete(targets, weights, LEAST_WEIGHT)
    now = fit(problem, targets, weights, log_theta, tol=1e-2, steps=400)
    filled = [
        a
        for a, target in enumerate(now.support)
        if now.weights[a] > EMPTY / problem.total or stays(target)
    ]
    if 0 < len(filled) < len(now.support):
        now = _only(problem, now, filled, steps=200)
    while hopeful is None or hopeful(now):
        doubtful = [
            a
            for a, target in enumerate(now.support)
            if not stays(target) and _last_worth(remembered, target, float(now.weights[a])) < SAFE
        ]
        gone = negligible(problem, test, now, doubtful)
        if len(gone) < 2:
            break
        now = _only(problem, now, [a for a in range(len(now.support)) if a not in gone], steps=100)
    else:
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
                score, smaller[target] = _surplus(problem, test, now, target)
                remembered[target] = score, weight
            if score > 0 or (heap and heap[0][0] < score):
                heapq.heappush(heap, (score, version, target))
                continue
        elif score > 0:
            break
        rest = smaller[target]
        now = fit(problem, rest.support, rest.weights, rest.log_theta, tol=1e-2, steps=100)
        if hopeful is not None and not hopeful(now):
            return now
        version += 1
        smaller.clear()
    return fit(problem, now.support, now.weights, now.log_theta, tol=1e-3, steps=400)


def _only(problem: Problem, now: Fit, kept: Sequence[int], steps: int) -> Fit:
    """The fit with some components alone."""
    targets = [now.support[a] for a in kept]
    return fit(problem, targets, now.weights[list(kept)], now.log_theta, tol=1e-2, steps=steps)


def negligible(problem: Problem, test: Significance, now: Fit, candidates: list[int]) -> set[int]:
    """Those that can go at once.

    Together they cost, before any refit, much less than any of them would have to cost by itself,
    with the others there or gone: so they would also go one by one.
    """
    em = Em(problem, now.support, now.log_theta)
    em.step(now.weights, now.log_theta)
    posterior = em.posterior()
    shares: dict[int, Floats] = {}
    for c in candidates:
        if em.settled[c] == 0:
            part = slice(em.ptr[c], em.ptr[c + 1])
            there = np.bincount(em.rows[part], posterior[part], minlength=len(problem.counts))
            shares[c] = np.asarray(there, dtype=np.float64)

    def loss(gone: list[int], share: Floats) -> float:
        left = np.log1p(-np.minimum(share, 1.0 - LEAST_SHARE))
        mass = math.log1p(-min(float(now.weights[gone].sum()), 1.0 - LEAST_SHARE))
        return problem.total * mass - dot(problem.counts, left)

    def has_to_cost(gone: list[int]) -> float:
        kept = [t for c, t in enumerate(now.support) if c not in gone]
        targets = [now.support[c] for c in gone]
        with_others = min(test.critical(t, now.support) for t in targets)
        return min(with_others, *(test.critical(t, [*kept, t]) for t in targets))

    alone = {c: loss([c], share) for c, share in shares.items()}
    gone: list[int] = []
    together = np.zeros(len(problem.counts))
    for c in sorted(alone, key=lambda c: (alone[c], c)):
        together += shares[c]
        if len(gone) == len(now.support) - 1:
            break
        if loss([*gone, c], together) > AT_ONCE * has_to_cost([*gone, c]):
            break
        gone.append(c)
    return set(gone)


def safe_targets(now: Fit, remembered: Worths) -> list[Target]:
    """Those that were worth so much more than they had to be that elimination keeps them."""
    weights = zip(now.support, now.weights.tolist(), strict=True)
    return [t for t, weight in weights if _last_worth(remembered, t, weight) >= SAFE]


def _last_worth(remembered: Worths, target: Target, weight: float) -> float:
    score, then = remembered.get(target, (weight - UNKNOWN, weight))
    return score if abs(weight - then) <= SAME_WEIGHT * then else weight - UNKNOWN


def _surplus(problem: Problem, test: Significance, now: Fit, target: Target) -> tuple[float, Fit]:
    """What a target is worth beyond its critical value, and the fit without it."""
    index = now.support.index(target)
    critical = test.critical(target, now.support)
    rest = without(problem, now, index, enough=now.objective - critical)
    if rest.objective >= now.objective - critical:
        # It will go; converge a little, so that the cheapest of those goes first.
        rest = fit(problem, rest.support, rest.weights, rest.log_theta, tol=0.05, steps=40)
    return (now.objective - rest.objective) - critical, rest
