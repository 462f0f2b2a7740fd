"""The one test of the estimator: is a target worth its place among those that could stand there?

The likelihood-ratio statistic of a weight at its boundary is half a chi-square with one degree of
freedom. It is corrected for the number K of targets that could have been reported instead, counted
in the cheaper of two ways: all targets of that size, or all that differ as much from some other
reported target. Since there are two ways, and look-alikes of a true target besides, each gets a
third of ``alpha``. What is known beforehand makes K smaller: values that no target uses are not
counted, and a target that was named competes with the others that were. Naming suspects is a way of
counting more, and ``alpha`` is shared by so many.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.background import BackgroundKnowledge

__all__ = ["SelectionCriterion", "critical_value"]

WAYS = 3


def _log_choose(n: int, r: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1)


def critical_value(log_count: float, log_alpha: float) -> float:
    """The c, in nats, that solves P(chi2_1 > 2c) / 2 = alpha / K.

    Examples
    --------
    >>> round(critical_value(0.0, math.log(0.05)), 3)
    1.353
    """
    log_tail = log_alpha - log_count
    if log_tail >= math.log(0.5):
        return 0.0
    if log_tail > -690.0:
        return 0.5 * NormalDist().inv_cdf(math.exp(log_tail)) ** 2
    # Leading terms of the normal tail: the tail itself no longer fits a double.
    cost = -log_tail
    for _ in range(4):
        cost = -log_tail - 0.5 * math.log(4.0 * math.pi * cost)
    return cost


def _log_tail(cost: float) -> float:
    """log(P(chi2_1 > 2 cost) / 2)."""
    if cost < 690.0:
        return math.log(0.5 * math.erfc(math.sqrt(cost)))
    # The inverse of the leading terms above.
    return -cost - 0.5 * math.log(4.0 * math.pi * cost)


def differing(a: Target, b: Target) -> set[int]:
    """Variables in which two targets differ."""
    return {variable for variable, _ in set(a) ^ set(b)}


class SelectionCriterion:
    """The test for a network with these cardinalities.

    Parameters
    ----------
    cards
        Number of values of each variable.
    alpha
        Family-wise chance of reporting any false target.
    knowledge
        What is known of the targets.
    families
        In how many mixtures targets are tested; each gets an equal part of ``alpha``.
    """

    def __init__(
        self,
        cards: npt.ArrayLike,
        alpha: float,
        knowledge: BackgroundKnowledge | None = None,
        families: int = 1,
    ) -> None:
        knowledge = BackgroundKnowledge() if knowledge is None else knowledge
        self.cards = [int(k) for k in np.asarray(cards)]
        self.alpha = alpha
        self._log_ways = math.log(WAYS + bool(knowledge.suspected)) + math.log(families)
        self._log_share = math.log(alpha) - self._log_ways
        settable = knowledge.settable(self.cards)
        open_ = [i for i, k in enumerate(self.cards) if not knowledge.never_set(i, k)]
        self._n = max(len(open_), 1)
        self._sizes = self._n if knowledge.largest is None else min(self._n, knowledge.largest)
        self._log_choices = [math.log(count + 1) for count in settable]
        self._log_settable = [math.log(max(count, 1)) for count in settable]
        self._narrowest = min(open_, key=settable.__getitem__, default=None)
        self._named = knowledge.named

    def _log_count_absolute(self, target: Target) -> float:
        if target in self._named:
            return math.log(len(self._named))
        ways = math.fsum(self._log_settable[variable] for variable, _ in target)
        return _log_choose(self._n, len(target)) + ways + math.log(self._sizes + 1)

    def _log_count_near(self, variables: set[int], others: int) -> float:
        n, d = self._n, max(len(variables), 1)
        ways = math.fsum(self._log_choices[variable] for variable in variables)
        return math.log(max(others, 1)) + _log_choose(n, d) + ways + math.log(d * (d + 1))

    def log_count(self, target: Target, support: Sequence[Target]) -> float:
        """log K: how many targets compete for this one's place beside the rest of ``support``."""
        counts = [self._log_count_absolute(target)]
        others = [s for s in support if s != target]
        if others:
            nearest = min((differing(target, s) for s in others), key=len)
            counts.append(self._log_count_near(nearest, len(others)))
        return min(counts)

    def critical(self, target: Target, support: Sequence[Target]) -> float:
        """How many nats a target must be worth to be reported beside the rest of ``support``."""
        return critical_value(self.log_count(target, support), self._log_share)

    def p_value(self, cost: float, target: Target, support: Sequence[Target]) -> float:
        """Adjusted p-value of a target that is worth ``cost`` nats: at most alpha iff reported."""
        log_p = self._log_ways + self.log_count(target, support) + _log_tail(max(cost, 0.0))
        return min(1.0, math.exp(min(log_p, 0.0)))

    def least_critical(self, components: int) -> float:
        """The critical value of a change in one variable: what a move must promise to be tried."""
        variables = set() if self._narrowest is None else {self._narrowest}
        return critical_value(self._log_count_near(variables, components - 1), self._log_share)

    def penalty(self, support: Sequence[Target]) -> float:
        """What a support costs, in nats, when supports are compared: a minimum spanning tree.

        An edge from the root is a target's absolute critical value, any other edge that of the
        distance between its ends. A sum over nearest neighbours would let two targets vouch for
        each other and cost almost nothing.
        """
        others = len(support) - 1
        near: dict[frozenset[int], float] = {}

        def edge(a: Target, b: Target) -> float:
            variables = differing(a, b)
            key = frozenset(variables)
            if key not in near:
                near[key] = critical_value(self._log_count_near(variables, others), self._log_share)
            return near[key]

        best = [critical_value(self._log_count_absolute(t), self._log_share) for t in support]
        left = set(range(len(support)))
        total = 0.0
        while left:
            nearest = min(left, key=lambda a: (best[a], a))
            left.remove(nearest)
            total += best[nearest]
            for a in left:
                best[a] = min(best[a], edge(support[nearest], support[a]))
        return total
