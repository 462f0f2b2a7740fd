"""The forward pass: targets found by lifting prefixes, one variable of the order at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _lift
from domix.core.tables import Target
from domix.disentangle.problem import IMPOSSIBLE, Problem
from domix.disentangle.progress import Report
from domix.disentangle.significance import Significance, critical_value

__all__ = ["Groups", "LiftFit", "allowed_start", "fit_lift", "forward", "lift_target"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LENIENT = 0.5
"""Share of the critical value below which a lift goes: what is not separable yet may be later."""

LARGEST_STATE = 60
NEGLIGIBLE = 1e-12
PRECISION = 1e6
EMPTY = 0.3
HEAVY = 0.1
FEWEST_COMPETITORS = 8


@dataclass(frozen=True, eq=False)
class Groups:
    """Rows that one lift cannot tell apart, each with the prefixes that may have produced them.

    Attributes
    ----------
    entry_ptr, prefix, value
        Compressed lists of prefixes and their likelihoods, relative within the list.
    cell
        Which cell of the variable's own table the rows read.
    counts
    """

    entry_ptr: Ints
    prefix: npt.NDArray[np.int32]
    value: Floats
    cell: Ints
    counts: Floats


@dataclass(frozen=True, eq=False)
class LiftFit:
    """Weights of all lifts of one variable, its table, and the profile log-likelihood.

    ``weights`` has shape (prefixes * (k + 1),): see the kernel for the numbering.
    """

    weights: Floats
    theta: Floats
    objective: float


def lift_target(prefix: Target, variable: int, choice: int) -> Target:
    """A prefix lifted: choice 0 leaves the variable alone, 1 + v sets it to v."""
    if choice == 0:
        return prefix
    return tuple(sorted((*prefix, (variable, choice - 1))))


def allowed_start(weights: Floats, k: int, excluded: int, stay: float) -> Floats:
    """Starting weights (prefixes * (k + 1),): ``stay`` of each prefix alone, the rest spread."""
    share = np.full(k + 1, (1 - stay) / (k - 1))
    share[0], share[1 + excluded] = stay, 0.0
    start = np.outer(weights, share).ravel()
    return np.asarray(start / start.sum())


def fit_lift(
    groups: Groups,
    k: int,
    weights: Floats,
    theta: Floats,
    prior: Floats | None,
    *,
    steps: int,
    tol: float,
    enough: float = math.inf,
) -> LiftFit:
    """EM on the lifts whose weight is not zero, and on the table unless it is known."""
    objective = -math.inf
    fitted = LiftFit(weights, theta, objective)
    for step in range(steps):
        mass = np.zeros(len(weights))
        stayed = np.zeros(len(theta))
        reached = _lift.em_step(
            groups.entry_ptr,
            groups.prefix,
            groups.value,
            groups.cell,
            groups.counts,
            k,
            IMPOSSIBLE,
            weights,
            theta,
            mass,
            stayed,
        )
        if prior is not None:
            reached += float(prior @ np.log(theta))
        gain, objective = reached - objective, reached
        fitted = LiftFit(weights, theta, objective)
        if objective >= enough or (gain < tol and step > 2):
            break
        explained = mass.sum()
        if explained <= 0:
            break
        weights = mass / explained
        if prior is not None:
            counts = (prior + stayed).reshape(-1, k)
            theta = (counts / counts.sum(axis=1, keepdims=True)).ravel()
    return fitted


class _State:
    """Which prefixes may have produced each row, after the variables lifted so far."""

    def __init__(self, rows: int) -> None:
        self.prefixes: list[Target] = [()]
        self.weights = np.ones(1)
        self.group_of_row = np.zeros(rows, dtype=np.int64)
        self.entry_ptr = np.array([0, 1], dtype=np.int64)
        self.prefix = np.zeros(1, dtype=np.int32)
        self.value = np.ones(1)

    def _gather(self, chosen: Ints) -> tuple[Ints, npt.NDArray[np.int32], Floats]:
        lengths = np.diff(self.entry_ptr)[chosen]
        ptr = np.concatenate([[0], np.cumsum(lengths)])
        prefix = np.empty(int(ptr[-1]), dtype=np.int32)
        value = np.empty(int(ptr[-1]))
        _lift.gather(self.entry_ptr, self.prefix, self.value, chosen, ptr, prefix, value)
        return ptr, prefix, value

    def groups(self, cell: Ints, cells: int, counts: Floats) -> tuple[Groups, Ints]:
        """Rows by (state, cell of the next variable), and which group each row is in."""
        keys, group_of_row = np.unique(self.group_of_row * cells + cell, return_inverse=True)
        totals: Floats = np.bincount(group_of_row, weights=counts).astype(np.float64)
        ptr, prefix, value = self._gather(keys // cells)
        return Groups(ptr, prefix, value, keys % cells, totals), group_of_row

    def advance(
        self, variable: int, k: int, groups: Groups, group_of_row: Ints, fitted: LiftFit
    ) -> None:
        """Take over the lifts that have weight, and merge groups that have become alike."""
        kept = np.flatnonzero(fitted.weights > 0)
        new_index = np.full(len(fitted.weights), -1, dtype=np.int64)
        new_index[kept] = np.arange(len(kept))
        self.entry_ptr = np.empty_like(groups.entry_ptr)
        self.prefix = np.empty(2 * len(groups.prefix), dtype=np.int32)
        self.value = np.empty(2 * len(groups.prefix))
        _lift.advance(
            groups.entry_ptr,
            groups.prefix,
            groups.value,
            groups.cell,
            k,
            fitted.weights,
            fitted.theta,
            new_index,
            NEGLIGIBLE,
            self.entry_ptr,
            self.prefix,
            self.value,
        )
        marks = np.empty(len(groups.counts), dtype=np.uint64)
        _lift.fingerprints(self.entry_ptr, self.prefix, self.value, PRECISION, marks)
        _, first, merged = np.unique(marks, return_index=True, return_inverse=True)
        self.entry_ptr, self.prefix, self.value = self._gather(first)
        self.group_of_row = merged[group_of_row]
        self.prefixes = [
            lift_target(self.prefixes[z // (k + 1)], variable, z % (k + 1)) for z in kept.tolist()
        ]
        self.weights = fitted.weights[kept]


def forward(
    problem: Problem, test: Significance, report: Report
) -> tuple[list[Target], Floats, Floats]:
    """Lift every variable in topological order: targets, weights, log theta."""
    layout = problem.layout
    state = _State(len(problem.codes))
    log_theta = problem.log_theta.copy()
    for done, node in enumerate(layout.order):
        report("lifting", done / layout.n)
        k = int(layout.cards[node])
        if k == 1:
            continue
        part = layout.cells_of(node)
        prior = None if problem.prior is None else problem.prior[part]
        cell = problem.cells[:, node].astype(np.int64) - part.start
        groups, group_of_row = state.groups(cell, part.stop - part.start, problem.counts)
        competitors = layout.n * max(len(state.prefixes), FEWEST_COMPETITORS) * (k - 1)
        lenient = LENIENT * critical_value(math.log(competitors), test.alpha)
        fitted = _lift_variable(problem, groups, k, state.weights, part, prior, lenient)
        if prior is not None:
            log_theta[part] = np.log(fitted.theta)
        state.advance(node, k, groups, group_of_row, fitted)
    return state.prefixes, state.weights, log_theta


def _lift_variable(
    problem: Problem,
    groups: Groups,
    k: int,
    weights: Floats,
    part: slice,
    prior: Floats | None,
    lenient: float,
) -> LiftFit:
    """Best excluded value, then prune."""
    best: LiftFit | None = None
    for excluded in range(k):
        start = allowed_start(weights, k, excluded, 0.8)
        trial = fit_lift(groups, k, start, problem.theta[part], prior, steps=100, tol=0.05)
        if best is None or trial.objective > best.objective:
            best = trial
    assert best is not None
    now = fit_lift(groups, k, best.weights, best.theta, prior, steps=300, tol=1e-3)
    alive = now.weights > EMPTY / problem.total
    now = LiftFit(_only(now.weights, alive), now.theta, now.objective)
    now, costs = _prune(groups, k, now, prior, lenient)
    live = np.flatnonzero(now.weights > 0)
    if len(live) > LARGEST_STATE:
        dearest = sorted(live.tolist(), key=lambda z: (-costs.get(z, math.inf), z))
        alive = np.zeros(len(now.weights), dtype=bool)
        alive[dearest[:LARGEST_STATE]] = True
        now = LiftFit(_only(now.weights, alive), now.theta, now.objective)
    return fit_lift(groups, k, now.weights, now.theta, prior, steps=300, tol=1e-3)


def _only(weights: Floats, alive: npt.NDArray[np.bool_]) -> Floats:
    left = weights * alive
    return np.asarray(left / left.sum())


def _prune(
    groups: Groups, k: int, now: LiftFit, prior: Floats | None, lenient: float
) -> tuple[LiftFit, dict[int, float]]:
    """Drop the smallest lift while that costs less than ``lenient`` nats, the rest refitted."""
    costs: dict[int, float] = {}
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
            steps=60,
            tol=1e-2,
            enough=now.objective - lenient,
        )
        if trial.objective >= now.objective - lenient:
            refit = fit_lift(groups, k, trial.weights, trial.theta, prior, steps=30, tol=1e-2)
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
