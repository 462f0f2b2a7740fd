"""Maximum likelihood for the lifts of one variable: their weights and, where learnt, its table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from domix._kernels import _lift
from domix._kernels._em_structures import LiftGroups, LiftPairs, PrefixLists
from domix.em.squarem import Ended, normalized_logs, squarem
from domix.options.search import EmLimits, SearchOptions
from domix.util.arrays import Bools, Floats, Ints
from domix.util.numerics import TINY, dot


@dataclass(frozen=True, eq=False)
class Lift:
    """The lifts of one variable: what all fits of them have in common.

    Prefix ``s`` has ``states + 1`` lifts: ``s * (states + 1)`` does not set the variable,
    ``s * (states + 1) + 1 + v`` sets it to state ``v``.

    Attributes
    ----------
    lists : PrefixLists
        The prefixes that may have produced each group of data rows.
    entry : ndarray of int64, shape (groups,)
        The entry of the variable's table that the rows of a group read.
    counts : ndarray, shape (groups,)
    labelled : ndarray, shape (lifts,)
        Further data rows, whose lift is known.
    theta : ndarray, shape (entries,)
        The variable's table to start from.
    prior : ndarray, shape (entries,), or None
        Prior counts of the table; None if it is known.
    states : int
    options : SearchOptions
    """

    lists: PrefixLists
    entry: Ints
    counts: Floats
    labelled: Floats
    theta: Floats
    prior: Floats | None
    states: int
    options: SearchOptions

    @cached_property
    def groups(self) -> LiftGroups:
        """The groups as the kernels take them."""
        return LiftGroups(self.lists, self.entry, self.counts, self.states, len(self.theta))

    @cached_property
    def total(self) -> float:
        """Number of data rows."""
        return float(self.counts.sum() + self.labelled.sum())

    @cached_property
    def pairs(self) -> LiftPairs:
        """The distinct pairs of a table entry and a prefix among the groups."""
        prefix = np.asarray(self.lists.prefix)
        prefixes = int(prefix.max(initial=0)) + 1
        entry = np.repeat(self.entry, np.diff(self.lists.ptr))
        keys, place = number_distinct(entry * prefixes + prefix)
        pair_entry, pair_prefix = np.divmod(keys, prefixes)
        indices = (x.astype(np.int32) for x in (place, pair_entry, pair_prefix))
        return LiftPairs(self.groups, *indices)


@dataclass(frozen=True, eq=False)
class LiftFit:
    """Weights of all lifts of one variable, its table, and the profile log-likelihood.

    Attributes
    ----------
    weights : ndarray, shape (lifts,)
    theta : ndarray, shape (entries,)
    objective : float
        In nats.
    ended : Ended
        Why the fit ended.
    """

    weights: Floats
    theta: Floats
    objective: float
    ended: Ended

    def restricted(self, kept: Bools, min_weight: float = 0.0) -> LiftFit:
        """Keep some lifts, each with at least a weight, without a refit."""
        weights = np.where(kept, np.maximum(self.weights, min_weight), 0.0)
        return LiftFit(weights / weights.sum(), self.theta, self.objective, Ended.LIMIT)


class _LiftEm:
    """The EM map of one lift: the weights of its lifts and, unless it is known, the table."""

    def __init__(self, lift: Lift, theta: Floats) -> None:
        self._lift, self._theta, self.total = lift, theta, lift.total
        self._labelled_lifts = np.flatnonzero(lift.labelled)
        self.row_starts = np.arange(0, len(theta), lift.states)
        self.table_counts: Floats | None = None
        if lift.prior is not None:
            self.table_counts = lift.prior + np.bincount(lift.entry, lift.counts, len(theta))

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        lift, labelled = self._lift, self._labelled_lifts
        theta = self._theta if lift.prior is None else np.exp(log_theta)
        expected_counts, entry_counts = lift.labelled.copy(), np.zeros(len(theta))
        objective = _lift.em_step(
            lift.pairs,
            lift.options.impossible_row_cost,
            weights,
            theta,
            expected_counts,
            entry_counts,
        )
        if len(labelled):
            log_weights = np.log(np.maximum(weights[labelled], TINY))
            objective += dot(lift.labelled[labelled], log_weights)
        total = expected_counts.sum()
        if total > 0:
            weights = expected_counts / total
        if lift.prior is None:
            return objective, weights, log_theta
        objective += dot(lift.prior, log_theta)
        counts = lift.prior + entry_counts
        return objective, weights, normalized_logs(self.row_starts, counts, log_theta)


def fit_lift(
    lift: Lift, weights: Floats, theta: Floats, limits: EmLimits, *, enough: float = math.inf
) -> LiftFit:
    """Fit the lifts whose weight is not zero, and the table unless it is known.

    Parameters
    ----------
    lift : Lift
    weights, theta : ndarray
        Where to start.
    limits : EmLimits
    enough : float
        Stop as soon as the objective reaches this, and as soon as it clearly will not.
    """
    log_theta = np.zeros(0) if lift.prior is None else np.log(theta)
    em = _LiftEm(lift, theta)
    maximum = squarem(em, weights, log_theta, lift.options, limits, enough=enough)
    theta = theta if lift.prior is None else np.exp(maximum.log_theta)
    return LiftFit(maximum.weights, theta, maximum.objective, maximum.ended)


SORTED_FROM = 16
"""Keys are sorted when their range is this many times their number, else looked up in an array."""


def number_distinct(keys: Ints) -> tuple[Ints, Ints]:
    """Return the distinct keys in order, and the index of each key among them."""
    size = int(keys.max(initial=-1)) + 1
    if size > SORTED_FROM * len(keys):
        distinct, index = np.unique(keys, return_inverse=True)
        return distinct, index
    present = np.zeros(size, dtype=bool)
    present[keys] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[keys]
