"""Lift one variable again on whole rows, under each excluded value in turn.

A wrong excluded value costs much and blocks its own mend, because every target that would need the
value is refused; taking the variable out of all targets at once undoes that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _lift
from domix.core.tables import Target
from domix.disentangle.joint import Fit, Support
from domix.disentangle.lift import (
    Groups,
    LiftFit,
    allowed_start,
    fit_lift,
    lift_target,
)
from domix.disentangle.problem import Problem

__all__ = ["Relift", "relift"]

Floats = npt.NDArray[np.float64]

# A lift that weighs less than this many rows, or would cost nothing to drop, goes.
FEWEST_ROWS = 0.5
HEAVY = 0.1
PRUNINGS = 3


@dataclass(frozen=True, eq=False)
class Relift:
    """Targets with the variable lifted anew, to start a joint fit from."""

    objective: float
    targets: list[Target]
    weights: Floats
    log_theta: Floats


def relift(problem: Problem, now: Fit, variable: int) -> list[Relift]:
    """One proposal per excluded value, the best first."""
    layout = problem.layout
    k, part = int(layout.cards[variable]), layout.cells_of(variable)
    stripped: dict[Target, float] = {}
    for target, weight in zip(now.support, now.weights.tolist(), strict=True):
        rest = tuple(pair for pair in target if pair[0] != variable)
        stripped[rest] = stripped.get(rest, 0.0) + weight
    prefixes = list(stripped)
    weights = np.array(list(stripped.values()))
    prior = None if problem.prior is None else problem.prior[part]
    groups = _whole_rows(problem, prefixes, now.log_theta, variable)
    proposals = []
    for excluded in range(k):
        start = allowed_start(weights, k, excluded, 0.5)
        fitted = fit_lift(groups, k, start, problem.theta[part], prior, steps=40, tol=0.1)
        fitted = _prune_quickly(problem, groups, k, fitted, prior)
        kept = np.flatnonzero(fitted.weights > FEWEST_ROWS / problem.total)
        log_theta = now.log_theta.copy()
        if prior is not None:
            log_theta[part] = np.log(fitted.theta)
        proposals.append(
            Relift(
                fitted.objective,
                [lift_target(prefixes[z // (k + 1)], variable, z % (k + 1)) for z in kept.tolist()],
                fitted.weights[kept],
                log_theta,
            )
        )
    return sorted(proposals, key=lambda p: -p.objective)


def _whole_rows(
    problem: Problem, prefixes: list[Target], log_theta: Floats, variable: int
) -> Groups:
    """Every distinct row as a group of its own.

    A prefix that leaves the variable alone still reaches a row whose entry for it is zero: lifting
    decides whether the variable is set there, so those rows are looked up with the variable set.
    """
    part = problem.layout.cells_of(variable)
    lists, components = [], []
    for c, prefix in enumerate(prefixes):
        reached = problem.rows_of(prefix)
        if not problem.learn:
            k = int(problem.layout.cards[variable])
            lifted = [problem.rows_of(lift_target(prefix, variable, 1 + v)) for v in range(k)]
            reached = np.unique(np.concatenate([reached, *lifted]))
        lists.append(reached)
        components.append(np.full(len(reached), c, dtype=np.int32))
    rows, component = np.concatenate(lists), np.concatenate(components)
    support = Support(problem, prefixes, lists)
    logs = support.log_ratios(log_theta)
    value = np.exp(logs - support.row_maxima(logs)[rows])
    order = np.argsort(rows, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(problem.counts)))])
    return Groups(
        ptr,
        component[order],
        value[order],
        problem.cells[:, variable].astype(np.int64) - part.start,
        problem.counts,
    )


def _prune_quickly(
    problem: Problem, groups: Groups, k: int, fitted: LiftFit, prior: Floats | None
) -> LiftFit:
    """Drop, half of them at a time, the lifts whose loss before any refit is nothing."""
    for round_ in range(PRUNINGS):
        to_sibling, to_all = np.zeros(len(fitted.weights)), np.zeros(len(fitted.weights))
        _lift.drop_costs(
            groups.entry_ptr,
            groups.prefix,
            groups.value,
            groups.cell,
            groups.counts,
            k,
            fitted.weights,
            fitted.theta,
            to_sibling,
            to_all,
        )
        alive = fitted.weights > 0
        to_all[alive] += problem.total * np.log(np.maximum(1 - fitted.weights[alive], 1e-12))
        sets_nothing = np.arange(len(alive)) % (k + 1) == 0
        sibling_alive = np.repeat(alive[sets_nothing], k + 1)
        cost = np.where(sets_nothing | ~sibling_alive, to_all, np.minimum(to_sibling, to_all))
        light = fitted.weights < FEWEST_ROWS / problem.total
        goes = np.flatnonzero(alive & (light | ((cost < 0) & (fitted.weights < HEAVY))))
        if not len(goes) or len(goes) == alive.sum():
            break
        if round_ < PRUNINGS - 1:
            goes = goes[np.argsort(cost[goes], kind="stable")][: (len(goes) + 1) // 2]
        weights = fitted.weights.copy()
        weights[goes] = 0.0
        for z in goes.tolist():
            sibling = z // (k + 1) * (k + 1)
            if weights[sibling] > 0:
                weights[sibling] += fitted.weights[z]
        fitted = fit_lift(
            groups, k, weights / weights.sum(), fitted.theta, prior, steps=15, tol=0.2
        )
    return fitted
