"""Lift one variable again on whole rows, under each excluded value in turn.

A wrong excluded value costs much and blocks its own mend, because every target that would need the
value is refused; taking the variable out of all targets at once undoes that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.em.data import Problem
from domix.estimation.em.lift import (
    Groups,
    allowed_start,
    fit_lift,
    lift_target,
    lifted,
    prune_quickly,
)
from domix.estimation.em.mixture import Fit, Support
from domix.estimation.options import EmLimits

__all__ = ["Relift", "relift"]

Floats = npt.NDArray[np.float64]

FEWEST_ROWS = 0.5


@dataclass(frozen=True, eq=False)
class Relift:
    """Targets with the variable lifted anew, to start a joint fit from."""

    objective: float
    targets: list[Target]
    weights: Floats
    log_theta: Floats


def relift(problem: Problem, now: Fit, variable: int) -> list[Relift]:
    """One proposal per excluded value, the best first."""
    layout, knowledge = problem.layout, problem.knowledge
    k, part = int(layout.cards[variable]), layout.entries_of(variable)
    stripped: dict[Target, float] = {}
    for target, weight in zip(now.support, now.weights.tolist(), strict=True):
        rest = tuple(pair for pair in target if pair[0] != variable)
        stripped[rest] = stripped.get(rest, 0.0) + weight
    prefixes = list(stripped)
    weights = np.array(list(stripped.values()))
    prior = None if problem.prior is None else problem.prior[part]
    groups = _whole_rows(problem, prefixes, now.log_theta, variable)
    in_question = knowledge.lifts(prefixes, variable, k)
    included = dict.fromkeys(knowledge.included, 1.0)
    protected = lifted(prefixes, included, variable, k, range(layout.n)) > 0
    proposals = []
    for excluded in knowledge.excludable(variable, k):
        start = allowed_start(weights, k, excluded, 0.5, in_question)
        fitted = fit_lift(
            groups, k, start, problem.theta[part], prior, problem.options, EmLimits(0.1, 40)
        )
        fitted = prune_quickly(
            groups,
            k,
            fitted,
            prior,
            problem.options,
            least_cost=0.0,
            fewest_rows=FEWEST_ROWS,
            protected=protected,
        )
        kept = np.flatnonzero((fitted.weights > FEWEST_ROWS / problem.total) | protected)
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
    part, k = problem.layout.entries_of(variable), int(problem.layout.cards[variable])
    lists: dict[Target, npt.NDArray[np.int32]] = {}
    components = []
    for c, prefix in enumerate(prefixes):
        reached = problem.rows_of(prefix)
        if not problem.learn:
            set_to = [problem.rows_of(lift_target(prefix, variable, 1 + v)) for v in range(k)]
            reached = np.unique(np.concatenate([reached, *set_to]))
        lists[prefix] = reached
        components.append(np.full(len(reached), c, dtype=np.int32))
    support, component = Support(problem, prefixes, lists), np.concatenate(components)
    rows = support.rows
    logs = support.log_ratios(log_theta)
    value = np.exp(logs - support.row_maxima(logs)[rows])
    order = np.argsort(rows, kind="stable")
    ptr = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=len(problem.counts)))])
    return Groups(
        ptr,
        component[order],
        value[order],
        problem.entries[:, variable].astype(np.int64) - part.start,
        problem.counts,
        lifted(prefixes, problem.knowledge.labelled, variable, k, range(problem.layout.n)),
    )
