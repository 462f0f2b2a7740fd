"""Lift all variables again in other topological orders, the targets of the present fit protected.

A target that cannot be separated early in one order may be separable in another. The targets of the
present fit explain their data rows from the start, so that the others stand out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from domix.core.graph import topological_order
from domix.core.tables import Layout, Target
from domix.em.data import Problem
from domix.em.lift import Lift, LiftFit, fit_lift
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended
from domix.selection.baseline.sharded import begin
from domix.selection.lift_gains import predict_gains
from domix.selection.local_search import Search
from domix.selection.moves.move import Move, Proposal
from domix.selection.prefixes import PrefixState, best_fit, largest, prune_quickly
from domix.util.arrays import Bools, Floats
from domix.work.steps import recorded


def orders(layout: Layout, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """Generate topological orders: the network's own first, then random ones."""
    yield layout.order
    while True:
        yield topological_order(layout.parents, rng.permutation(layout.n).tolist())


def fresh_targets(search: Search, order: Sequence[int]) -> Proposal | None:
    """Propose the present support with promising targets that lifting in another order finds."""
    support = search.fit.support
    critical = min(search.criterion.critical_value(target, support) for target in support)
    min_gain = search.problem.options.fresh_gain * critical
    return _propose(search, "reorder", _lift_all(search.problem, search.fit, order), min_gain)


def suspected_targets(search: Search) -> Proposal | None:
    """Propose the present support with those suspected targets that gain anything."""
    return _propose(search, "suspected", search.problem.knowledge.suspected, 0.0)


@recorded(Proposal)
def _propose(
    search: Search, kind: str, targets: Sequence[Target], min_gain: float
) -> Proposal | None:
    """Add the targets with the largest gains, each with weight from its best donor."""
    support = search.fit.support
    baseline = begin(search.problem, search.fit)
    donors = range(len(support))
    new = [target for target in targets if target not in support and baseline.allows(target)]
    pairs = [(donor, target) for target in new for donor in donors]
    transfers = iter(baseline.best_transfers(pairs))
    moves = []
    for target in new:
        gain, share, donor = max((*next(transfers), donor) for donor in donors)
        if gain > min_gain:
            moves.append(Move(gain, donor, target, share))
    moves.sort(key=lambda move: (-move.gain, move.target))
    most = search.problem.options.max_fresh_targets
    return baseline.with_moves(kind, moves[:most]) if moves else None


@recorded()
def _lift_all(rows: AnyProblem, fitted: Fit, order: Sequence[int]) -> list[Target]:
    """Lift all variables in an order, from the weights and tables of a fit.

    In a wide network with many rows, a variable keeps its present lifts if no other would gain
    anything.
    """
    problem = rows.gathered(rows.options.lifted_rows)
    screened = rows.is_large and problem.codes.size >= rows.options.screened_values
    weights = dict(zip(fitted.support, fitted.weights.tolist(), strict=True))
    included = dict.fromkeys(problem.knowledge.included, 1.0)
    state = PrefixState(problem)
    for node in order:
        if problem.layout.cards[node] == 1:
            continue
        lift = state.split(node)
        known = state.by_lift(weights, node)
        protected = known + state.by_lift(included, node) > 0
        part = problem.layout.entries_of(node)
        theta = np.where(lift.theta > 0, np.exp(fitted.log_theta[part]), 0.0)
        lift_fit = _present_lifts(lift, node, state, theta, known) if screened else None
        if lift_fit is None:
            lift_fit = _lift_variable(problem, lift, node, state, theta, known, protected)
        state.advance(node, lift, lift_fit)
    return state.prefixes


def _present_lifts(
    lift: Lift, node: int, state: PrefixState, theta: Floats, known: Floats
) -> LiftFit | None:
    """Keep the weights of prefixes and the table if no fresh lift would gain anything.

    A fit of all lifts under each excluded state takes a hundred passes over the rows and ends in
    the same, for nearly all variables of a wide network.
    """
    by_prefix = known.reshape(-1, lift.states + 1).copy()
    by_prefix[by_prefix.sum(axis=1) == 0, 0] = 1.0
    by_prefix *= (state.weights / by_prefix.sum(axis=1))[:, None]
    weights = by_prefix.ravel()
    gains = predict_gains(lift, weights, theta)
    fresh = (weights == 0) & state.possible(node)
    if (gains[fresh] >= lift.options.screened_lift_gain).any():
        return None
    return LiftFit(weights, theta, math.nan, Ended.LIMIT)


@recorded(LiftFit, Ended)
def _lift_variable(
    problem: Problem,
    lift: Lift,
    node: int,
    state: PrefixState,
    theta: Floats,
    known: Floats,
    protected: Bools,
) -> LiftFit:
    """Fit all lifts under the best excluded state, then drop those of small cost.

    ``known`` is the weight of the present targets, by lift. Where too many lifts are left, those of
    the largest weight are kept.
    """
    options = problem.options
    used = np.asarray(protected.reshape(-1, lift.states + 1)[:, 1:].any(axis=0))
    starts = []
    for excluded in problem.knowledge.excludable(node, lift.states):
        if not used[excluded]:
            fresh = state.start(node, excluded)
            start = (1 - options.present_share) * fresh + options.present_share * known
            starts.append(start / start.sum())
    fitted = prune_quickly(
        lift,
        best_fit(lift, starts, theta, options.reorder_excluded_state_fit),
        min_cost=options.reorder_min_cost,
        min_rows=options.reorder_min_rows,
        protected=protected,
    )
    if (fitted.weights > 0).sum() > options.max_prefixes:
        fitted = fitted.restricted(largest(fitted.weights + protected, options.max_prefixes))
    return fit_lift(lift, fitted.weights, fitted.theta, options.reorder_fit)
