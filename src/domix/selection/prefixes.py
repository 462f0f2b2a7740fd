"""Prefixes of targets: which may have produced each data row, as variables are lifted in turn.

A prefix is a target restricted to the variables lifted so far. Lifting a variable gives each prefix
one lift per state, which sets the variable to it, and one that does not set the variable.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from domix._kernels import _lift, _prefixes
from domix._kernels._em_structures import PrefixLists
from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.lift import Lift, LiftFit, fit_lift, number_distinct
from domix.options.search import EmLimits
from domix.util.arrays import Bools, Floats, Ints
from domix.util.numerics import TINY


def lift_target(prefix: Target, variable: int, choice: int) -> Target:
    """Return a lift of a prefix: choice 0 does not set the variable, 1 + v sets it to v."""
    if choice == 0:
        return prefix
    return tuple(sorted((*prefix, (variable, choice - 1))))


def weights_by_lift(
    problem: Problem,
    weights: Mapping[Target, float],
    prefixes: Sequence[Target],
    variable: int,
    lifted: Collection[int],
) -> Floats:
    """Add up the weights of targets by the lift of ``variable`` that they agree with.

    Parameters
    ----------
    problem : Problem
    weights : mapping of Target to float
    prefixes : sequence of Target
    variable : int
        The variable to lift.
    lifted : collection of int
        The variables that the prefixes have been lifted along.

    Returns
    -------
    ndarray, shape (lifts,)
    """
    k = int(problem.layout.cards[variable])
    index = {prefix: s for s, prefix in enumerate(prefixes)}
    out = np.zeros(len(index) * (k + 1))
    for target, weight in weights.items():
        prefix = tuple(pair for pair in target if pair[0] in lifted and pair[0] != variable)
        if prefix in index:
            state = dict(target).get(variable)
            out[index[prefix] * (k + 1) + (0 if state is None else 1 + state)] += weight
    return out


def build_lift(
    problem: Problem,
    prefixes: Sequence[Target],
    variable: int,
    lifted: Collection[int],
    lists: PrefixLists,
    entry: Ints,
    counts: Floats,
) -> Lift:
    """Build the lift of a variable from groups of data rows; see :class:`Lift`.

    ``lifted`` are the variables that the prefixes have been lifted along.
    """
    part = problem.layout.entries_of(variable)
    return Lift(
        lists,
        entry,
        counts,
        labelled=weights_by_lift(problem, problem.knowledge.labelled, prefixes, variable, lifted),
        theta=problem.theta[part],
        prior=None if problem.prior is None else problem.prior[part],
        states=int(problem.layout.cards[variable]),
        options=problem.options,
    )


def start_weights(
    problem: Problem,
    prefixes: Sequence[Target],
    weights: Floats,
    variable: int,
    excluded: int,
    unset_share: float,
) -> Floats:
    """Compute weights of lifts to start from, where no target uses one state of the variable.

    Of each prefix, ``unset_share`` stays with the lift that does not set the variable and the rest
    is spread over the states but the ``excluded`` one. What background knowledge rules out goes to
    the first lift too.

    Returns
    -------
    ndarray, shape (lifts,)
    """
    k = int(problem.layout.cards[variable])
    share = np.full(k + 1, (1 - unset_share) / (k - 1))
    share[0], share[1 + excluded] = unset_share, 0.0
    start = np.outer(weights, share)
    possible = problem.knowledge.lifts(prefixes, variable, k)
    start[:, 0] += np.where(possible, 0.0, start).sum(axis=1)
    start = np.where(possible, start, 0.0).ravel()
    return np.asarray(start / start.sum())


def best_fit(lift: Lift, starts: Iterable[Floats], theta: Floats, limits: EmLimits) -> LiftFit:
    """Fit a lift from several weights; return the fit with the largest likelihood.

    Not the one with the least total weight of targets: at a root the likelihood is flat along the
    table, and its ratios decide there.
    """
    fits = [fit_lift(lift, start, theta, limits) for start in starts]
    return max(fits, key=lambda fitted: fitted.objective)


def largest(values: Floats, most: int) -> Bools:
    """Mark the ``most`` largest values; of equal ones, the first."""
    marks = np.zeros(len(values), dtype=bool)
    marks[np.argsort(-values, kind="stable")[:most]] = True
    return marks


def prune_quickly(
    lift: Lift, fitted: LiftFit, *, min_cost: float, min_rows: float, protected: Bools
) -> LiftFit:
    """Drop, half of them at a time, the lifts whose drop cost before any refit is small.

    Parameters
    ----------
    lift : Lift
    fitted : LiftFit
    min_cost : float
        In nats: a lift of little weight that costs less is dropped.
    min_rows : float
        A lift with fewer expected data rows is dropped at any cost.
    protected : ndarray of bool, shape (lifts,)
        Lifts that are kept.
    """
    options, k = lift.options, lift.states
    for round_ in range(options.pruning_rounds):
        to_sibling, to_all = np.zeros((2, len(fitted.weights)))
        _lift.drop_costs(lift.groups, fitted.weights, fitted.theta, to_sibling, to_all)
        alive = fitted.weights > 0
        to_all[alive] += lift.total * np.log(np.maximum(1 - fitted.weights[alive], TINY))
        sets_nothing = np.arange(len(alive)) % (k + 1) == 0
        sibling_alive = np.repeat(alive[sets_nothing], k + 1)
        cost = np.where(sets_nothing | ~sibling_alive, to_all, np.minimum(to_sibling, to_all))
        empty = fitted.weights < min_rows / lift.total
        cheap = (cost < min_cost) & (fitted.weights < options.heavy_lift)
        dropped = np.flatnonzero(alive & (empty | cheap) & ~protected)
        if not len(dropped) or len(dropped) == alive.sum():
            break
        if round_ < options.pruning_rounds - 1:
            dropped = dropped[np.argsort(cost[dropped], kind="stable")][: (len(dropped) + 1) // 2]
        weights = fitted.weights.copy()
        weights[dropped] = 0.0
        for z in dropped.tolist():
            sibling = z // (k + 1) * (k + 1)
            if weights[sibling] > 0:
                weights[sibling] += fitted.weights[z]
        fitted = fit_lift(lift, weights / weights.sum(), fitted.theta, options.pruning_fit)
    return fitted


def _gather(lists: PrefixLists, chosen: Ints) -> PrefixLists:
    """Copy the chosen lists, in that order."""
    ptr = np.concatenate([[0], np.cumsum(np.diff(lists.ptr)[chosen])])
    out = PrefixLists(ptr, np.empty(int(ptr[-1]), np.int32), np.empty(int(ptr[-1])))
    _prefixes.gather(lists, chosen, out)
    return out


class PrefixState:
    """Which prefixes may have produced each data row, after the variables lifted so far.

    Attributes
    ----------
    prefixes : list of Target
    weights : ndarray, shape (prefixes,)
    """

    def __init__(self, problem: Problem) -> None:
        self.prefixes: list[Target] = [()]
        self.weights = np.ones(1)
        self._problem = problem
        self._lifted: set[int] = set()
        self._group_of_row = np.zeros(len(problem.codes), dtype=np.int64)
        self._lists = PrefixLists(np.array([0, 1]), np.zeros(1, np.int32), np.ones(1))

    def by_lift(self, weights: Mapping[Target, float], variable: int) -> Floats:
        """Add up the weights of targets by the lift that they agree with, shape (lifts,)."""
        return weights_by_lift(self._problem, weights, self.prefixes, variable, self._lifted)

    def possible(self, variable: int) -> Bools:
        """Return which lifts background knowledge allows, shape (lifts,)."""
        k = int(self._problem.layout.cards[variable])
        return self._problem.knowledge.lifts(self.prefixes, variable, k).ravel()

    def start(self, variable: int, excluded: int) -> Floats:
        """Weights of lifts to start from, shape (lifts,)."""
        share = self._problem.options.unset_share
        return start_weights(self._problem, self.prefixes, self.weights, variable, excluded, share)

    def split(self, variable: int) -> Lift:
        """Split the groups of data rows by the table entry of a variable, in order to lift it."""
        problem, part = self._problem, self._problem.layout.entries_of(variable)
        entries = part.stop - part.start
        entry = problem.entries[:, variable].astype(np.int64) - part.start
        keys, self._group_of_row = number_distinct(self._group_of_row * entries + entry)
        counts = np.bincount(self._group_of_row, problem.counts).astype(np.float64)
        self._lists = _gather(self._lists, keys // entries)
        return build_lift(
            problem, self.prefixes, variable, self._lifted, self._lists, keys % entries, counts
        )

    def advance(self, variable: int, lift: Lift, fitted: LiftFit) -> None:
        """Make the lifts that have weight the prefixes, and merge groups that have become alike."""
        options, k = self._problem.options, lift.states
        kept = np.flatnonzero(fitted.weights > 0)
        new_index = np.full(len(fitted.weights), -1, dtype=np.int64)
        new_index[kept] = np.arange(len(kept))
        elements = 2 * len(self._lists.prefix)
        ptr = np.empty(len(lift.counts) + 1, np.int64)
        lists = PrefixLists(ptr, np.empty(elements, np.int32), np.empty(elements))
        _lift.advance(
            lift.groups, fitted.weights, fitted.theta, new_index, options.negligible_prefix, lists
        )
        marks = np.empty(len(lift.counts), dtype=np.uint64)
        _prefixes.fingerprints(lists, options.merge_precision, marks)
        _, first, merged = np.unique(marks, return_index=True, return_inverse=True)
        self._lists = _gather(lists, first)
        self._group_of_row = merged[self._group_of_row]
        self._lifted.add(variable)
        self.prefixes = [
            lift_target(self.prefixes[z // (k + 1)], variable, z % (k + 1)) for z in kept.tolist()
        ]
        self.weights = fitted.weights[kept]
