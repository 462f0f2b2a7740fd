"""The forward pass: targets found by lifting one variable of the order after the other."""

from __future__ import annotations

import math

import numpy as np

from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.lift import Lift, LiftFit, fit_lift
from domix.em.squarem import Ended
from domix.selection.criterion import SelectionCriterion, critical_value
from domix.selection.prefixes import PrefixState, best_fit, largest
from domix.util.arrays import Bools, Floats
from domix.util.progress import Report
from domix.work.steps import recorded


def forward(
    problem: Problem, criterion: SelectionCriterion, report: Report
) -> tuple[list[Target], Floats, Floats]:
    """Lift every variable in topological order: targets, weights, log theta."""
    layout, options = problem.layout, problem.options
    included = dict.fromkeys(problem.knowledge.included, 1.0)
    state = PrefixState(problem)
    log_theta = problem.log_theta.copy()
    for done, node in enumerate(layout.order):
        report("lifting", done / layout.n)
        if layout.cards[node] == 1:
            continue
        lift = state.split(node)
        protected = state.by_lift(included, node) > 0
        # Whether do() has weight is left to the joint fit.
        protected[0] = True
        prefixes = max(len(state.prefixes), options.min_competing_prefixes)
        competitors = layout.n * prefixes * (lift.states - 1)
        critical = critical_value(math.log(competitors), math.log(criterion.alpha))
        max_cost = options.lift_critical_share * critical
        fitted = _lift_variable(problem, lift, node, state, max_cost, protected)
        if problem.learn:
            log_theta[layout.entries_of(node)] = np.log(fitted.theta)
        state.advance(node, lift, fitted)
    return state.prefixes, state.weights, log_theta


@recorded(LiftFit, Ended)
def _lift_variable(
    problem: Problem,
    lift: Lift,
    node: int,
    state: PrefixState,
    max_cost: float,
    protected: Bools,
) -> LiftFit:
    """Fit all lifts under the best excluded state, then drop those that cost at most ``max_cost``.

    Where too many are left, those of the largest drop cost are kept.
    """
    options = problem.options
    starts = [state.start(node, e) for e in problem.knowledge.excludable(node, lift.states)]
    best = best_fit(lift, starts, lift.theta, options.excluded_state_fit)
    fitted = fit_lift(lift, best.weights, best.theta, options.lift_fit)
    kept = (fitted.weights > options.empty_lift_rows / problem.total) | protected
    fitted = fitted.restricted(kept, options.kept_lift_weight)
    fitted, costs = _prune(lift, fitted, max_cost, protected)
    if (fitted.weights > 0).sum() > options.max_prefixes:
        kept = largest(costs, options.max_prefixes) | protected
        fitted = fitted.restricted(kept, options.kept_lift_weight)
    return fit_lift(lift, fitted.weights, fitted.theta, options.lift_fit)


def _prune(
    lift: Lift, fitted: LiftFit, max_cost: float, protected: Bools
) -> tuple[LiftFit, Floats]:
    """Drop the lightest lift while that costs at most ``max_cost`` nats, everything refitted.

    Returns the fit and the drop costs, shape (lifts,): infinite where a lift was not tried, and
    negative for one that was dropped.
    """
    options = lift.options
    costs = np.where(protected, np.inf, np.nan)
    while True:
        light = (fitted.weights > 0) & (fitted.weights < options.heavy_lift)
        candidates = np.flatnonzero(light & np.isnan(costs))
        if not len(candidates) or (fitted.weights > 0).sum() == 1:
            costs = np.where(np.isnan(costs), np.inf, costs)
            return fitted, np.where(fitted.weights > 0, costs, -np.inf)
        lightest = int(candidates[np.argmin(fitted.weights[candidates])])
        start = _drop(fitted.weights, lightest, lift.states)
        enough = fitted.objective - max_cost
        trial = fit_lift(lift, start, fitted.theta, options.lift_drop_test, enough=enough)
        if trial.objective >= enough:
            fitted = fit_lift(lift, trial.weights, trial.theta, options.lift_drop_refit)
        else:
            costs[lightest] = fitted.objective - trial.objective


def _drop(weights: Floats, lift: int, states: int) -> Floats:
    """Give the weight of a lift to the other lifts of its prefix, in equal parts."""
    out = weights.copy()
    out[lift] = 0.0
    first = lift // (states + 1) * (states + 1)
    siblings = first + np.flatnonzero(out[first : first + states + 1] > 0)
    if len(siblings):
        out[siblings] += weights[lift] / len(siblings)
    return np.asarray(out / out.sum())
