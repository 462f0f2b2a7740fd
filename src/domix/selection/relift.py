"""Lift one variable again, on all data rows, under each excluded state in turn.

A wrong excluded state costs much likelihood and cannot be corrected one target at a time, because
every target that would set the variable to it is refused. Taking the variable out of all targets at
once and lifting it again corrects it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domix._kernels._em_structures import PrefixLists
from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.lift import Lift, fit_lift
from domix.em.mixture import Fit, Support
from domix.selection.prefixes import (
    build_lift,
    lift_target,
    prune_quickly,
    start_weights,
    weights_by_lift,
)
from domix.util.arrays import Floats, Indices


@dataclass(frozen=True, eq=False)
class Relift:
    """Targets after a variable was lifted again, to start a joint fit from."""

    objective: float
    targets: list[Target]
    weights: Floats
    log_theta: Floats


def relift(problem: Problem, fitted: Fit, variable: int) -> list[Relift]:
    """Lift a variable again: one proposal per excluded state, the best first."""
    layout, knowledge, options = problem.layout, problem.knowledge, problem.options
    part = layout.entries_of(variable)
    stripped: dict[Target, float] = {}
    for target, weight in zip(fitted.support, fitted.weights.tolist(), strict=True):
        prefix = tuple(pair for pair in target if pair[0] != variable)
        stripped[prefix] = stripped.get(prefix, 0.0) + weight
    prefixes, weights = list(stripped), np.array(list(stripped.values()))
    lift = _lift_rows(problem, prefixes, fitted.log_theta, variable)
    included = dict.fromkeys(knowledge.included, 1.0)
    protected = weights_by_lift(problem, included, prefixes, variable, range(layout.n)) > 0
    proposals = []
    for excluded in knowledge.excludable(variable, lift.states):
        share = options.relift_unset_share
        start = start_weights(problem, prefixes, weights, variable, excluded, share)
        lift_fit = prune_quickly(
            lift,
            fit_lift(lift, start, lift.theta, options.relift_fit),
            min_cost=options.relift_min_cost,
            min_rows=options.relift_min_rows,
            protected=protected,
        )
        populated = lift_fit.weights > options.relift_min_rows / problem.total
        kept = np.flatnonzero(populated | protected)
        log_theta = fitted.log_theta.copy()
        if problem.learn:
            log_theta[part] = np.log(lift_fit.theta)
        lifts = [divmod(z, lift.states + 1) for z in kept.tolist()]
        targets = [lift_target(prefixes[s], variable, choice) for s, choice in lifts]
        proposals.append(Relift(lift_fit.objective, targets, lift_fit.weights[kept], log_theta))
    return sorted(proposals, key=lambda proposal: -proposal.objective)


def _lift_rows(problem: Problem, prefixes: list[Target], log_theta: Floats, variable: int) -> Lift:
    """Build the lift of a variable with every distinct data row as a group of its own.

    A prefix can produce a row whose entry for the variable is zero if the variable is set there.
    Which lifts set it is open, so these rows are among those of the prefix.
    """
    part, k = problem.layout.entries_of(variable), int(problem.layout.cards[variable])
    reach: dict[Target, Indices] = {}
    components = []
    for c, prefix in enumerate(prefixes):
        rows = problem.rows_of(prefix)
        if not problem.learn:
            set_to = [problem.rows_of(lift_target(prefix, variable, 1 + v)) for v in range(k)]
            rows = np.unique(np.concatenate([rows, *set_to]))
        reach[prefix] = rows
        components.append(np.full(len(rows), c, dtype=np.int32))
    support, component = Support(problem, prefixes, reach), np.concatenate(components)
    logs = support.log_ratios(log_theta)
    value = np.exp(logs - support.row_maxima(logs)[support.rows])
    order = np.argsort(support.rows, kind="stable")
    lengths = np.bincount(support.rows, minlength=len(problem.counts))
    return build_lift(
        problem,
        prefixes,
        variable,
        range(problem.layout.n),
        PrefixLists(np.concatenate([[0], np.cumsum(lengths)]), component[order], value[order]),
        problem.entries[:, variable].astype(np.int64) - part.start,
        problem.counts,
    )
