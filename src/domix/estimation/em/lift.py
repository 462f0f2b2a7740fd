"""Lifting one variable: prefix targets, the rows they may have produced, the fit of all lifts."""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from domix._kernels import _lift
from domix.core.tables import Target
from domix.estimation.em.squarem import Ended, normalized_logs, squarem
from domix.estimation.options import EmLimits, SearchOptions
from domix.util.numerics import TINY, dot

__all__ = [
    "HEAVY",
    "LARGEST_STATE",
    "Groups",
    "LiftFit",
    "State",
    "allowed_start",
    "fit_lift",
    "lift_target",
    "lifted",
    "prune_quickly",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Places = npt.NDArray[np.int32]

# A lift whose posterior in a row is below this leaves the row's list.
NEGLIGIBLE = 1e-12
# Rows merge when their log-likelihoods agree to one part in this many.
PRECISION = 1e6
HEAVY = 0.1
"""A lift with more weight than this is never dropped before the joint fit."""

LARGEST_STATE = 60
"""Prefixes that are carried to the next variable at most, for every lift costs as many fits."""

# Keys are sorted, not looked up, when their range is this many times their number.
SPARSE = 16

# Rounds of quick pruning; all but the last drop half of what could go, for siblings share evidence.
PRUNINGS = 3


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
    settled
        Shape (lifts,): rows besides these whose lift is known.
    """

    entry_ptr: Ints
    prefix: Places
    value: Floats
    cell: Ints
    counts: Floats
    settled: Floats

    @cached_property
    def pairs(self) -> tuple[Places, Places, Places]:
        """Which pair of a cell and a prefix each entry is, and the cell and prefix of each pair."""
        most = int(self.prefix.max(initial=0)) + 1
        cell = np.repeat(self.cell, np.diff(self.entry_ptr))
        found, place = _renumbered(cell * most + self.prefix)
        cells, prefixes = np.divmod(found, most)
        return place.astype(np.int32), cells.astype(np.int32), prefixes.astype(np.int32)


@dataclass(frozen=True, eq=False)
class LiftFit:
    """Weights of all lifts of one variable, its table, and the profile log-likelihood.

    ``weights`` has shape (prefixes * (k + 1),): see the kernel for the numbering.
    """

    weights: Floats
    theta: Floats
    objective: float
    ended: Ended


def lift_target(prefix: Target, variable: int, choice: int) -> Target:
    """A prefix lifted: choice 0 leaves the variable alone, 1 + v sets it to v."""
    if choice == 0:
        return prefix
    return tuple(sorted((*prefix, (variable, choice - 1))))


def lifted(
    prefixes: Sequence[Target],
    weights: Mapping[Target, float],
    variable: int,
    k: int,
    before: Container[int],
) -> Floats:
    """Shape (lifts,): the weight of targets by the lift of ``variable`` that they agree with.

    ``before`` holds the variables that the prefixes are about.
    """
    index = {prefix: s for s, prefix in enumerate(prefixes)}
    out = np.zeros(len(index) * (k + 1))
    for target, weight in weights.items():
        prefix = tuple(pair for pair in target if pair[0] in before and pair[0] != variable)
        if prefix in index:
            value = dict(target).get(variable)
            out[index[prefix] * (k + 1) + (0 if value is None else 1 + value)] += weight
    return out


def allowed_start(
    weights: Floats, k: int, excluded: int, stay: float, in_question: npt.NDArray[np.bool_]
) -> Floats:
    """Starting weights (prefixes * (k + 1),): ``stay`` of each prefix alone, the rest spread.

    Lifts that are not ``in_question``, shape (prefixes, k + 1), leave their part to the first.
    """
    share = np.full(k + 1, (1 - stay) / (k - 1))
    share[0], share[1 + excluded] = stay, 0.0
    start = np.outer(weights, share)
    start[:, 0] += np.where(in_question, 0.0, start).sum(axis=1)
    start = np.where(in_question, start, 0.0).ravel()
    return np.asarray(start / start.sum())


class LiftEm:
    """The EM map of one lift: the weights of its lifts and, unless it is known, the table."""

    def __init__(
        self, groups: Groups, k: int, theta: Floats, prior: Floats | None, options: SearchOptions
    ) -> None:
        self._groups, self._k, self._theta, self._prior = groups, k, theta, prior
        self._impossible_row_cost = options.impossible_row_cost
        self.total = float(groups.counts.sum() + groups.settled.sum())
        self._known = np.flatnonzero(groups.settled)
        self.row_starts = np.arange(0, len(theta), k)
        self._pair, self._entries, self._prefixes = groups.pairs
        self._rate, self._load = np.empty(len(self._entries)), np.empty(len(self._entries))
        self.table_counts: Floats | None = None
        if prior is not None:
            self.table_counts = prior + np.bincount(groups.cell, groups.counts, len(prior))

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        groups = self._groups
        theta = self._theta if self._prior is None else np.exp(log_theta)
        expected_counts, entry_counts = groups.settled.copy(), np.zeros(len(theta))
        objective = _lift.em_step(
            groups.entry_ptr,
            self._pair,
            groups.value,
            groups.counts,
            self._entries,
            self._prefixes,
            self._k,
            self._impossible_row_cost,
            weights,
            theta,
            self._rate,
            self._load,
            expected_counts,
            entry_counts,
        )
        if len(self._known):
            known = np.maximum(weights[self._known], TINY)
            objective += dot(groups.settled[self._known], np.log(known))
        total = expected_counts.sum()
        if total > 0:
            weights = expected_counts / total
        if self._prior is None:
            return objective, weights, log_theta
        objective += dot(self._prior, log_theta)
        counts = self._prior + entry_counts
        return objective, weights, normalized_logs(self.row_starts, counts, log_theta)


def fit_lift(
    groups: Groups,
    k: int,
    weights: Floats,
    theta: Floats,
    prior: Floats | None,
    options: SearchOptions,
    limits: EmLimits,
    *,
    enough: float = math.inf,
) -> LiftFit:
    """Fit the lifts whose weight is not zero, and the table unless it is known."""
    log_theta = np.zeros(0) if prior is None else np.log(theta)
    em = LiftEm(groups, k, theta, prior, options)
    maximum = squarem(em, weights, log_theta, options, limits, enough=enough)
    theta = theta if prior is None else np.exp(maximum.log_theta)
    return LiftFit(maximum.weights, theta, maximum.objective, maximum.ended)


def _renumbered(keys: Ints) -> tuple[Ints, Ints]:
    """The distinct keys, rising, and the place of each key among them."""
    size = int(keys.max(initial=-1)) + 1
    if size > SPARSE * len(keys):
        found, place = np.unique(keys, return_inverse=True)
        return found, place
    there = np.zeros(size, dtype=bool)
    there[keys] = True
    return np.flatnonzero(there), (np.cumsum(there) - 1)[keys]


class State:
    """Which prefixes may have produced each row, after the variables lifted so far."""

    def __init__(self, rows: int) -> None:
        self.prefixes: list[Target] = [()]
        self.weights = np.ones(1)
        self.group_of_row = np.zeros(rows, dtype=np.int64)
        self.entry_ptr = np.array([0, 1], dtype=np.int64)
        self.prefix = np.zeros(1, dtype=np.int32)
        self.value = np.ones(1)

    def _gather(self, chosen: Ints) -> tuple[Ints, Places, Floats]:
        lengths = np.diff(self.entry_ptr)[chosen]
        ptr = np.concatenate([[0], np.cumsum(lengths)])
        prefix = np.empty(int(ptr[-1]), dtype=np.int32)
        value = np.empty(int(ptr[-1]))
        _lift.gather(self.entry_ptr, self.prefix, self.value, chosen, ptr, prefix, value)
        return ptr, prefix, value

    def groups(
        self, cell: Ints, cells: int, counts: Floats, settled: Floats
    ) -> tuple[Groups, Ints]:
        """Rows by (state, cell of the next variable), and which group each row is in."""
        keys, group_of_row = _renumbered(self.group_of_row * cells + cell)
        totals: Floats = np.bincount(group_of_row, weights=counts).astype(np.float64)
        ptr, prefix, value = self._gather(keys // cells)
        return Groups(ptr, prefix, value, keys % cells, totals, settled), group_of_row

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


def prune_quickly(
    groups: Groups,
    k: int,
    fitted: LiftFit,
    prior: Floats | None,
    options: SearchOptions,
    *,
    least_cost: float,
    fewest_rows: float,
    protected: npt.NDArray[np.bool_],
) -> LiftFit:
    """Drop, half of them at a time, the lifts whose loss before any refit is small.

    Parameters
    ----------
    groups, k, fitted, prior
    least_cost
        In nats; a light lift that costs less goes.
    fewest_rows
        A lift with fewer expected rows goes whatever it costs.
    protected
        Shape (lifts,): these stay.
    """
    total = float(groups.counts.sum() + groups.settled.sum())
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
        to_all[alive] += total * np.log(np.maximum(1 - fitted.weights[alive], 1e-12))
        sets_nothing = np.arange(len(alive)) % (k + 1) == 0
        sibling_alive = np.repeat(alive[sets_nothing], k + 1)
        cost = np.where(sets_nothing | ~sibling_alive, to_all, np.minimum(to_sibling, to_all))
        light = fitted.weights < fewest_rows / total
        goes_ = alive & (light | ((cost < least_cost) & (fitted.weights < HEAVY)))
        goes = np.flatnonzero(goes_ & ~protected)
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
            groups, k, weights / weights.sum(), fitted.theta, prior, options, EmLimits(0.2, 15)
        )
    return fitted
