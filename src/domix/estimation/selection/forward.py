"""The forward pass: targets found by lifting one variable of the order after the other."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.em.data import Problem
from domix.estimation.em.lift import (
    HEAVY,
    LARGEST_STATE,
    Groups,
    LiftFit,
    State,
    allowed_start,
    fit_lift,
    lifted,
)
from domix.estimation.options import EmLimits
from domix.estimation.selection.criterion import SelectionCriterion, critical_value
from domix.util.progress import Report

__all__ = ["forward"]

Floats = npt.NDArray[np.float64]

LENIENT = 0.5
"""Share of the critical value below which a lift goes: what is not separable yet may be later."""

# Expected rows below which a lift is empty.
EMPTY = 0.3
# So that a lift which is kept is not lost where EM drove it to nothing.
LEAST_WEIGHT = 1e-9
# The first variables have few prefixes, but their lifts compete with those of all that follow.
FEWEST_COMPETITORS = 8


def forward(
    problem: Problem, criterion: SelectionCriterion, report: Report
) -> tuple[list[Target], Floats, Floats]:
    """Lift every variable in topological order: targets, weights, log theta."""
    layout, knowledge = problem.layout, problem.knowledge
    included = dict.fromkeys(knowledge.included, 1.0)
    state = State(len(problem.codes))
    log_theta = problem.log_theta.copy()
    for done, node in enumerate(layout.order):
        report("lifting", done / layout.n)
        before = layout.order[:done]
        k = int(layout.cards[node])
        if k == 1:
            continue
        part = layout.entries_of(node)
        prior = None if problem.prior is None else problem.prior[part]
        cell = problem.entries[:, node].astype(np.int64) - part.start
        settled = lifted(state.prefixes, knowledge.labelled, node, k, before)
        groups, group_of_row = state.groups(cell, part.stop - part.start, problem.counts, settled)
        # Whether anything was done at all is for the joint fit to say.
        protected = lifted(state.prefixes, included, node, k, before) > 0
        protected[0] = True
        competitors = layout.n * max(len(state.prefixes), FEWEST_COMPETITORS) * (k - 1)
        lenient = LENIENT * critical_value(math.log(competitors), math.log(criterion.alpha))
        fitted = _lift_variable(problem, groups, node, state, prior, lenient, protected)
        if prior is not None:
            log_theta[part] = np.log(fitted.theta)
        state.advance(node, k, groups, group_of_row, fitted)
    return state.prefixes, state.weights, log_theta


def _lift_variable(
    problem: Problem,
    groups: Groups,
    node: int,
    state: State,
    prior: Floats | None,
    lenient: float,
    protected: npt.NDArray[np.bool_],
) -> LiftFit:
    """Best excluded value, then prune."""
    k, knowledge = int(problem.layout.cards[node]), problem.knowledge
    in_question = knowledge.lifts(state.prefixes, node, k)
    trials = [
        fit_lift(
            groups,
            k,
            allowed_start(state.weights, k, excluded, 0.8, in_question),
            problem.theta[problem.layout.entries_of(node)],
            prior,
            problem.options,
            EmLimits(0.05, 100),
        )
        for excluded in knowledge.excludable(node, k)
    ]
    best = _best(trials)
    now = fit_lift(groups, k, best.weights, best.theta, prior, problem.options, EmLimits(1e-3, 300))
    alive = (now.weights > EMPTY / problem.total) | protected
    now = LiftFit(_only(now.weights, alive), now.theta, now.objective, now.ended)
    now, costs = _prune(problem, groups, k, now, prior, lenient, protected)
    live = np.flatnonzero(now.weights > 0)
    if len(live) > LARGEST_STATE:
        dearest = sorted(live.tolist(), key=lambda z: (-costs.get(z, math.inf), z))
        alive = protected.copy()
        alive[dearest[:LARGEST_STATE]] = True
        now = LiftFit(_only(now.weights, alive), now.theta, now.objective, now.ended)
    return fit_lift(groups, k, now.weights, now.theta, prior, problem.options, EmLimits(1e-3, 300))


def _best(trials: list[LiftFit]) -> LiftFit:
    """By likelihood, not by the least total weight: at a root the likelihood is flat along the
    table, and there the ratios decide.
    """
    return max(trials, key=lambda trial: trial.objective)


def _only(weights: Floats, alive: npt.NDArray[np.bool_]) -> Floats:
    left = np.where(alive, np.maximum(weights, LEAST_WEIGHT), 0.0)
    return np.asarray(left / left.sum())


def _prune(
    problem: Problem,
    groups: Groups,
    k: int,
    now: LiftFit,
    prior: Floats | None,
    lenient: float,
    protected: npt.NDArray[np.bool_],
) -> tuple[LiftFit, dict[int, float]]:
    """Drop the smallest lift while that costs less than ``lenient`` nats, the rest refitted."""
    costs = dict.fromkeys(np.flatnonzero(protected).tolist(), math.inf)
    while True:
        open_ = [
            z for z in np.flatnonzero((now.weights > 0) & (now.weights < HEAVY)) if z not in costs
        ]
        if not open_ or (now.weights > 0).sum() == 1:
            return now, costs
        smallest = int(min(open_, key=lambda z: now.weights[z]))
        start = _handed_to_siblings(now.weights, smallest, k)
        trial = fit_lift(
            groups,
            k,
            start,
            now.theta,
            prior,
            problem.options,
            EmLimits(1e-2, 60),
            enough=now.objective - lenient,
        )
        if trial.objective >= now.objective - lenient:
            refit = fit_lift(
                groups, k, trial.weights, trial.theta, prior, problem.options, EmLimits(1e-2, 30)
            )
            now = refit
        else:
            costs[smallest] = now.objective - trial.objective


def _handed_to_siblings(weights: Floats, dropped: int, k: int) -> Floats:
    out = weights.copy()
    out[dropped] = 0.0
    first = dropped // (k + 1) * (k + 1)
    siblings = first + np.flatnonzero(out[first : first + k + 1] > 0)
    if len(siblings):
        out[siblings] += weights[dropped] / len(siblings)
    return np.asarray(out / out.sum())
