r"""The test of a target, and the penalty by which supports are compared.

*Hypothesis.* Target t of a support (a set of targets) has weight pi_t = 0, all other weights and
the learnt tables free.

*Statistic.* The drop cost: the log-likelihood of the support minus that of the support without t,
each maximized, in nats. Under the hypothesis the weight lies on the boundary of the parameter
space, so that twice the drop cost is asymptotically an equal mixture of a point mass at 0 and a
chi-square with one degree of freedom.

*Multiplicity.* A drop cost is compared with the critical value c that solves

.. math:: \tfrac12 P(\chi^2_1 > 2c) = \frac{\alpha}{3 K},

where K is the number of targets that compete for the place of t. For t setting r of n variables,
the i-th of which has :math:`k_i` values, in a support with m other targets, :math:`\log K` is the
smaller of

.. math::

   \log\binom{n}{r} + \sum_{i \in t} \log(k_i - 1) + \log(n + 1)
   \quad\text{(all targets of that size)},

   \log m + \log\binom{n}{d} + \sum_{i \in D} \log k_i + \log d(d + 1)
   \quad\text{(all that differ as much from some other target)},

where D are the d variables in which t differs from the nearest other target. Since there are two
counts, and look-alikes of a true target besides, each gets a third of alpha.

*Background knowledge* makes K smaller. n counts the variables that targets may set; k_i - 1 becomes
the number s_i of values that they may set, and k_i becomes s_i + 1; n + 1 becomes the number of
sizes.

*Targets named in advance* are a family of their own, with an alpha of its own: a suspected target
competes with the other suspected ones, so that K is their number and no share of alpha is set
aside. It passes if either test does. So the chance of any false target among the suspected ones
is at most alpha, and that of any other false target is at most alpha.

*Several mixtures* divide either alpha equally.

References
----------
H. Chernoff (1954), "On the distribution of the likelihood ratio", Annals of Mathematical Statistics
25, 573-578.
S. G. Self and K.-Y. Liang (1987), "Asymptotic properties of maximum likelihood estimators and
likelihood ratio tests under nonstandard conditions", Journal of the American Statistical
Association 82, 605-610.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domix.core.background import BackgroundKnowledge
from domix.core.tables import Target

SHARES = 3
"""Parts of alpha: two ways of counting, and look-alikes of a true target. A target that was named
has none of these."""

SMALLEST_LOG_TAIL = -690.0
"""Below its exponential, a tail probability is not a normal float."""


def critical_value(log_count: float, log_alpha: float) -> float:
    """Return the c, in nats, that solves P(chi2_1 > 2c) / 2 = alpha / K.

    Parameters
    ----------
    log_count : float
        log K.
    log_alpha : float

    Examples
    --------
    >>> round(critical_value(0.0, math.log(0.05)), 3)
    1.353
    """
    log_tail = log_alpha - log_count
    if log_tail >= math.log(0.5):
        return 0.0
    if log_tail > SMALLEST_LOG_TAIL:
        return 0.5 * NormalDist().inv_cdf(math.exp(log_tail)) ** 2
    # The leading terms of the normal tail, solved by fixed-point iteration.
    cost = -log_tail
    for _ in range(4):
        cost = -log_tail - 0.5 * math.log(4.0 * math.pi * cost)
    return cost


def _log_tail(cost: float) -> float:
    """Return log(P(chi2_1 > 2 cost) / 2)."""
    if cost < -SMALLEST_LOG_TAIL:
        return math.log(0.5 * math.erfc(math.sqrt(cost)))
    # The same leading terms.
    return -cost - 0.5 * math.log(4.0 * math.pi * cost)


def _log_binomial(n: int, r: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(r + 1) - math.lgamma(n - r + 1)


def _differing_variables(a: Target, b: Target) -> set[int]:
    return {variable for variable, _ in set(a) ^ set(b)}


class Correction(NamedTuple):
    """What a p-value is multiplied by: the targets that compete, and the parts of alpha.

    Attributes
    ----------
    log_count : float
        log K.
    shares : int
        Parts of alpha of which the target has one.
    """

    log_count: float
    shares: int

    @property
    def log_factor(self) -> float:
        """Logarithm of the factor."""
        return self.log_count + math.log(self.shares)


class SelectionCriterion:
    """The test and the penalty for a network with given cardinalities.

    Parameters
    ----------
    cards : array_like of int, shape (variables,)
        Number of values of each variable.
    alpha : float
        Probability, over all targets of all mixtures, of reporting any false one.
    knowledge : BackgroundKnowledge, optional
    families : int
        Mixtures in which targets are tested; each gets an equal part of ``alpha``.
    """

    def __init__(
        self,
        cards: npt.ArrayLike,
        alpha: float,
        knowledge: BackgroundKnowledge | None = None,
        families: int = 1,
    ) -> None:
        knowledge = BackgroundKnowledge() if knowledge is None else knowledge
        cardinalities = [int(k) for k in np.asarray(cards)]
        self.alpha = alpha
        self._log_alpha = math.log(alpha)
        self._shares, self._named_shares = SHARES * families, families
        self._log_alpha_share = self._log_alpha - math.log(self._shares)
        settable = knowledge.settable(cardinalities)
        open_ = [i for i, k in enumerate(cardinalities) if not knowledge.never_set(i, k)]
        self._n = max(len(open_), 1)
        self._sizes = self._n if knowledge.largest is None else min(self._n, knowledge.largest)
        self._log_choices = [math.log(count + 1) for count in settable]
        self._log_settable = [math.log(max(count, 1)) for count in settable]
        self._fewest_values = min(open_, key=settable.__getitem__, default=None)
        included = frozenset(knowledge.included)
        suspected = frozenset(knowledge.suspected) - included
        self._log_named = {
            t: math.log(len(group)) for group in (included, suspected) for t in group
        }

    def _count_by_size(self, target: Target) -> float:
        """Return log K, counting all targets of the same size."""
        values = math.fsum(self._log_settable[variable] for variable, _ in target)
        return _log_binomial(self._n, len(target)) + values + math.log(self._sizes + 1)

    def _count_by_difference(self, variables: set[int], others: int) -> float:
        """Return log K, counting the targets that differ as much from one of the others."""
        n, d = self._n, max(len(variables), 1)
        values = math.fsum(self._log_choices[variable] for variable in variables)
        return math.log(max(others, 1)) + _log_binomial(n, d) + values + math.log(d * (d + 1))

    def log_count(self, target: Target, support: Sequence[Target]) -> float:
        """Return log K for a target among the others of a support, named or not."""
        counts = [self._count_by_size(target)]
        others = [t for t in support if t != target]
        if others:
            nearest = min((_differing_variables(target, t) for t in others), key=len)
            counts.append(self._count_by_difference(nearest, len(others)))
        return min(counts)

    def correction(
        self, target: Target, support: Sequence[Target], by_size: bool = False
    ) -> Correction:
        """Return the smaller correction for multiplicity, as a target of its own list or of all.

        ``by_size`` counts all targets of the same size, whatever the others are.
        """
        log_count = self._count_by_size(target) if by_size else self.log_count(target, support)
        corrections = [Correction(log_count, self._shares)]
        if target in self._log_named:
            corrections.append(Correction(self._log_named[target], self._named_shares))
        return min(corrections, key=lambda correction: correction.log_factor)

    def critical_value(
        self, target: Target, support: Sequence[Target], by_size: bool = False
    ) -> float:
        """Return the drop cost, in nats, above which a target of a support is reported.

        By size, it does not depend on the support: the others may be false themselves.
        """
        return critical_value(self.correction(target, support, by_size).log_factor, self._log_alpha)

    def p_value(
        self, drop_cost: float, target: Target, support: Sequence[Target], by_size: bool = False
    ) -> float:
        """Return the adjusted p-value of a drop cost: at most alpha if and only if reported."""
        log_factor = self.correction(target, support, by_size).log_factor
        return math.exp(min(log_factor + _log_tail(max(drop_cost, 0.0)), 0.0))

    def least_critical_value(self, components: int) -> float:
        """Return the smallest critical value of a target one variable away from another."""
        variables = set() if self._fewest_values is None else {self._fewest_values}
        log_count = self._count_by_difference(variables, components - 1)
        return critical_value(log_count, self._log_alpha_share)

    def penalty(self, support: Sequence[Target]) -> float:
        """Return the penalty of a support in nats: the weight of a minimum spanning tree.

        Supports are compared by penalized log-likelihood. The nodes of the tree are the targets and
        a root. An edge from the root weighs the critical value of its target by size; any other
        edge weighs the critical value of the difference between its ends. A sum over nearest
        neighbours would let two targets justify each other at almost no penalty.
        """
        others = len(support) - 1
        near: dict[frozenset[int], float] = {}

        def edge(a: Target, b: Target) -> float:
            variables = _differing_variables(a, b)
            key = frozenset(variables)
            if key not in near:
                log_count = self._count_by_difference(variables, others)
                near[key] = critical_value(log_count, self._log_alpha_share)
            return near[key]

        # Prim's algorithm, from the root.
        best = [self.critical_value(target, (), by_size=True) for target in support]
        outside = set(range(len(support)))
        total = 0.0
        while outside:
            nearest = min(outside, key=lambda a: (best[a], a))
            outside.remove(nearest)
            total += best[nearest]
            for a in outside:
                best[a] = min(best[a], edge(support[nearest], support[a]))
        return total
