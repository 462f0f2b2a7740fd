"""Lift everything again in other topological orders, the targets found so far protected.

A target that is not separable early in one order may be so in another; what was found already
explains its rows from the start and leaves the others in plain sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from domix.core.graph import topological_order
from domix.core.tables import Layout, Target
from domix.estimation.em.data import Problem
from domix.estimation.em.lift import (
    LARGEST_STATE,
    Groups,
    LiftFit,
    State,
    allowed_start,
    fit_lift,
    lifted,
    prune_quickly,
)
from domix.estimation.em.mixture import Fit
from domix.estimation.options import EmLimits
from domix.estimation.selection.local_search import Search
from domix.estimation.selection.moves.baseline import Baseline
from domix.estimation.selection.moves.move import Move, Proposal

__all__ = ["fresh_targets", "orders", "suspected_targets"]

Floats = npt.NDArray[np.float64]

# Nats before any refit below which a lift goes, and expected rows.
LEAST_COST = 1.5
FEWEST_ROWS = 0.3
# How much of the starting weight stays with what was found.
TRUST = 0.9
# Share of the least critical value that a new target must promise, and how many are tried at once.
TRY = 0.3
AT_ONCE = 20


def orders(layout: Layout, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """The network's own topological order, then random ones."""
    yield layout.order
    while True:
        yield topological_order(layout.parents, rng.permutation(layout.n).tolist())


def fresh_targets(search: Search, order: Sequence[int]) -> Proposal | None:
    """The present support with the targets that another order finds and that promise to pay."""
    now = search.fit
    least = min(search.criterion.critical_value(t, now.support) for t in now.support)
    return _joined(search, "reorder", _lift_all(search.problem, now, order), TRY * least)


def suspected_targets(search: Search) -> Proposal | None:
    """The present support with those suspected targets that promise anything."""
    return _joined(search, "suspected", search.problem.knowledge.suspected, 0.0)


def _joined(
    search: Search, kind: str, targets: Sequence[Target], least_gain: float
) -> Proposal | None:
    now = search.fit
    baseline = Baseline(search.problem, now)
    moves = []
    for target in targets:
        if target in now.support or not baseline.allows(target):
            continue
        gain, share, donor = max(
            (*baseline.best_transfer(donor, target), donor) for donor in range(len(now.support))
        )
        if gain > least_gain:
            moves.append(Move(gain, donor, target, share))
    moves.sort(key=lambda move: (-move.gain, move.target))
    return baseline.with_moves(kind, moves[:AT_ONCE]) if moves else None


def _lift_all(problem: Problem, now: Fit, order: Sequence[int]) -> list[Target]:
    layout = problem.layout
    weights = dict(zip(now.support, now.weights.tolist(), strict=True))
    included = dict.fromkeys(problem.knowledge.included, 1.0)
    state = State(len(problem.codes))
    done: set[int] = set()
    for node in order:
        done.add(node)
        k, part = int(layout.cards[node]), layout.entries_of(node)
        if k == 1:
            continue
        cell = problem.entries[:, node].astype(np.int64) - part.start
        settled = lifted(state.prefixes, problem.knowledge.labelled, node, k, done)
        groups, group_of_row = state.groups(cell, part.stop - part.start, problem.counts, settled)
        known = lifted(state.prefixes, weights, node, k, done)
        protected = known + lifted(state.prefixes, included, node, k, done) > 0
        fitted = _lift_node(problem, groups, state, now.log_theta, node, known, protected)
        state.advance(node, k, groups, group_of_row, fitted)
    return state.prefixes


def _lift_node(
    problem: Problem,
    groups: Groups,
    state: State,
    log_theta: Floats,
    node: int,
    known: Floats,
    protected: npt.NDArray[np.bool_],
) -> LiftFit:
    """Lift one variable; ``known`` is the weight of what was found, by lift."""
    k, knowledge = int(problem.layout.cards[node]), problem.knowledge
    part = problem.layout.entries_of(node)
    theta = np.where(problem.theta[part] > 0, np.exp(log_theta[part]), 0.0)
    prior = None if problem.prior is None else problem.prior[part]
    used = np.asarray(protected.reshape(-1, k + 1)[:, 1:].any(axis=0))
    in_question = knowledge.lifts(state.prefixes, node, k)
    best: LiftFit | None = None
    for excluded in knowledge.excludable(node, k):
        if used[excluded]:
            continue
        alone = allowed_start(state.weights, k, excluded, 0.8, in_question)
        start = (1 - TRUST) * alone + TRUST * known
        trial = fit_lift(
            groups, k, start / start.sum(), theta, prior, problem.options, EmLimits(0.1, 60)
        )
        if best is None or trial.objective > best.objective:
            best = trial
    assert best is not None  # a support leaves every variable a value free
    fitted = prune_quickly(
        groups,
        k,
        best,
        prior,
        problem.options,
        least_cost=LEAST_COST,
        fewest_rows=FEWEST_ROWS,
        protected=protected,
    )
    alive = fitted.weights > 0
    if alive.sum() > LARGEST_STATE:
        ranked = np.argsort(-(fitted.weights + protected), kind="stable")[:LARGEST_STATE]
        kept = np.zeros_like(fitted.weights)
        kept[ranked] = fitted.weights[ranked]
        fitted = LiftFit(kept / kept.sum(), fitted.theta, fitted.objective, fitted.ended)
    return fit_lift(
        groups, k, fitted.weights, fitted.theta, prior, problem.options, EmLimits(1e-2, 100)
    )
