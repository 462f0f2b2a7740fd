"""Lift everything again in other topological orders, the targets found so far protected.

A target that is not separable early in one order may be so in another; what was found already
explains its rows from the start and leaves the others in plain sight.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from domix.core.tables import Layout, Target
from domix.disentangle.backfit import Proposal, Search
from domix.disentangle.joint import Fit
from domix.disentangle.lift import (
    Groups,
    LiftFit,
    State,
    allowed_start,
    fit_lift,
    prune_quickly,
)
from domix.disentangle.moves import Move, Outlook
from domix.disentangle.problem import Problem

__all__ = ["fresh_targets", "orders"]

Floats = npt.NDArray[np.float64]

# Nats before any refit below which a lift goes, and expected rows.
LEAST_COST = 1.5
FEWEST_ROWS = 0.3
LARGEST_STATE = 60
# How much of the starting weight stays with what was found.
TRUST = 0.9
# Share of the least critical value that a new target must promise, and how many are tried at once.
TRY = 0.3
AT_ONCE = 20


def orders(layout: Layout, rng: np.random.Generator) -> Iterator[tuple[int, ...]]:
    """The network's own topological order, then random ones."""
    yield layout.order
    while True:
        yield _random_order(layout, rng)


def _random_order(layout: Layout, rng: np.random.Generator) -> tuple[int, ...]:
    rank = rng.permutation(layout.n)
    waiting = [len(parents) for parents in layout.parents]
    children: list[list[int]] = [[] for _ in waiting]
    for child, parents in enumerate(layout.parents):
        for p in parents:
            children[p].append(child)
    ready = [(int(rank[i]), i) for i, count in enumerate(waiting) if count == 0]
    heapq.heapify(ready)
    order = []
    while ready:
        _, node = heapq.heappop(ready)
        order.append(node)
        for child in children[node]:
            waiting[child] -= 1
            if waiting[child] == 0:
                heapq.heappush(ready, (int(rank[child]), child))
    return tuple(order)


def fresh_targets(search: Search, order: Sequence[int]) -> Proposal | None:
    """The present support with the targets that another order finds and that promise to pay."""
    problem, now = search.problem, search.fit
    allowed = search.used(now.support).allows
    outlook = Outlook(problem, now)
    least = min(search.test.critical(t, now.support) for t in now.support)
    moves = []
    for target in _lift_all(problem, now, order):
        if target in now.support or not allowed(target):
            continue
        gain, share, donor = max(
            (*outlook.transfer(donor, target), donor) for donor in range(len(now.support))
        )
        if gain > TRY * least:
            moves.append(Move(gain, donor, target, share))
    moves.sort(key=lambda move: (-move.gain, move.target))
    return search.with_moves("reorder", moves[:AT_ONCE]) if moves else None


def _lift_all(problem: Problem, now: Fit, order: Sequence[int]) -> list[Target]:
    layout = problem.layout
    state = State(len(problem.codes))
    done: set[int] = set()
    for node in order:
        done.add(node)
        k, part = int(layout.cards[node]), layout.cells_of(node)
        if k == 1:
            continue
        cell = problem.cells[:, node].astype(np.int64) - part.start
        groups, group_of_row = state.groups(cell, part.stop - part.start, problem.counts)
        known = _protected(state, now, done, node, k)
        fitted = _lift_node(problem, groups, k, state.weights, now.log_theta, node, known)
        state.advance(node, k, groups, group_of_row, fitted)
    return state.prefixes


def _protected(state: State, now: Fit, done: set[int], node: int, k: int) -> Floats:
    """Shape (lifts,): the weight of what was found, 0 elsewhere."""
    index = {prefix: s for s, prefix in enumerate(state.prefixes)}
    out = np.zeros(len(index) * (k + 1))
    for target, weight in zip(now.support, now.weights.tolist(), strict=True):
        prefix = tuple(pair for pair in target if pair[0] in done and pair[0] != node)
        if prefix in index:
            value = dict(target).get(node)
            out[index[prefix] * (k + 1) + (0 if value is None else 1 + value)] += weight
    return out


def _lift_node(
    problem: Problem,
    groups: Groups,
    k: int,
    weights: Floats,
    log_theta: Floats,
    node: int,
    known: Floats,
) -> LiftFit:
    part = problem.layout.cells_of(node)
    theta = np.where(problem.theta[part] > 0, np.exp(log_theta[part]), 0.0)
    prior = None if problem.prior is None else problem.prior[part]
    used = known.reshape(-1, k + 1)[:, 1:].any(axis=0)
    best: LiftFit | None = None
    for excluded in np.flatnonzero(~used).tolist():
        start = (1 - TRUST) * allowed_start(weights, k, excluded, 0.8) + TRUST * known
        trial = fit_lift(groups, k, start / start.sum(), theta, prior, steps=60, tol=0.1)
        if best is None or trial.objective > best.objective:
            best = trial
    assert best is not None  # a support leaves every variable a value free
    fitted = fit_lift(groups, k, best.weights, best.theta, prior, steps=150, tol=1e-2)
    protected = known > 0
    fitted = prune_quickly(
        groups,
        k,
        fitted,
        prior,
        least_cost=LEAST_COST,
        fewest_rows=FEWEST_ROWS,
        protected=protected,
    )
    alive = fitted.weights > 0
    if alive.sum() > LARGEST_STATE:
        ranked = np.argsort(-(fitted.weights + protected), kind="stable")[:LARGEST_STATE]
        kept = np.zeros_like(fitted.weights)
        kept[ranked] = fitted.weights[ranked]
        fitted = LiftFit(kept / kept.sum(), fitted.theta, fitted.objective)
    return fit_lift(groups, k, fitted.weights, fitted.theta, prior, steps=100, tol=1e-2)
