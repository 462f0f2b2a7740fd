r"""One lift in closed form: how the weight of a prefix divides over the values of one variable.

Notation: s is a prefix with weight :math:`\mu_s`, v its configuration, V the variable that is
lifted, l a value of V, and

.. math::

    a_l = P(l \mid v), \qquad m_l = P_{mix}(v, l) / P_s(v).

Subtracting what the other prefixes u that can produce v contribute leaves

.. math::

    r_l = m_l - \sum_{u \ne s} \frac{P_u(v)}{P_s(v)} (\pi_u a_l + \pi_{u \cup l})
        = \pi_s a_l + \pi_{s \cup l},

where :math:`\pi_s` is the weight of the targets that begin with s and leave V unset, and
:math:`\pi_{s \cup l}` that of the targets that set V = l. Exclusion adds that some
:math:`\pi_{s \cup l}` is 0, so that

.. math::

    \pi_s = \min_{l: a_l > 0} r_l / a_l, \qquad \pi_{s \cup l} = r_l - \pi_s a_l.

References
----------
Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021, Section 4
(Equation 5 and Lemma 4.1), with every term divided by :math:`P_s(v)`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from domix.core.tables import Target
from domix.population.arithmetic import Arithmetic, Number, Ratios
from domix.population.prefixes import Level, LiftWeights, Prefix, Terms


class Solution(NamedTuple):
    r"""The weights :math:`\pi_s` and :math:`\pi_{s \cup l}`, for every l, over one denominator."""

    unset: Number
    sets: Sequence[Number]
    denominator: Number


def solve(numbers: Arithmetic, a: Ratios, r: Ratios, tolerance: Number) -> Solution:
    r"""Solve :math:`r_l = \pi_s a_l + \pi_{s \cup l}` with the smallest set weight equal to 0.

    .. math::

        \pi_s = \min_{l: a_l > 0} r_l / a_l, \qquad \pi_{s \cup l} = \max(r_l - \pi_s a_l, 0)

    If several l attain the minimum, within ``tolerance`` on the set weights, the one with the
    largest :math:`a_l` is the divisor: with floats it magnifies the error of r least. The maximum
    matters for rounding errors, and where :math:`a_l = 0`.

    Examples
    --------
    >>> from domix.population.arithmetic import INTEGERS
    >>> solve(INTEGERS, Ratios([1, 3], 4), Ratios([1, 1], 2), 0)
    Solution(unset=2, sets=[1, 0], denominator=3)
    """
    possible = [value for value, p in enumerate(a.numerators) if p > 0]
    for value in sorted(possible, key=lambda v: a.numerators[v], reverse=True):
        p, left = a.numerators[value], r.numerators[value]
        denominator = p * r.denominator
        sets = [other * p - left * q for other, q in zip(r.numerators, a.numerators, strict=True)]
        if all(sets[v] >= -tolerance * denominator for v in possible):
            break
    clipped = [max(weight, 0) for weight in sets]
    (unset, *clipped), denominator = numbers.reduced([left * a.denominator, *clipped], denominator)
    return Solution(unset, clipped, denominator)


@dataclass(frozen=True)
class Lift:
    """One lift: everything it read, and its solution. Public numbers are fractions or floats.

    Attributes
    ----------
    numbers : Arithmetic
    variable : int
    lifted : Prefix
        The prefix, with its weight, its configuration and the other prefixes that can produce it.
    row, probabilities, left : Ratios
        The numbers a, m and r of the module's formulas.
    solution : Solution
        All 0 where the lift is not feasible.
    feasible : bool
        Whether no entry of r is negative.
    free : tuple of int
        The values with weight 0 that the configuration may take next.
    impossible : tuple of int
        The other values with weight 0: they have probability 0 in the configuration. A lift with
        such a value is *weak*: it is right only if the true weight of a free value is 0 as well.
    """

    numbers: Arithmetic
    variable: int
    lifted: Prefix
    row: Ratios
    probabilities: Ratios
    left: Ratios
    solution: Solution
    feasible: bool
    free: tuple[int, ...] = ()
    impossible: tuple[int, ...] = ()

    @property
    def prefix(self) -> Target:
        """The prefix s."""
        return self.lifted.target

    @property
    def configuration(self) -> tuple[int, ...]:
        """The configuration v, a value for every position before the variable's."""
        return self.lifted.configuration

    @property
    def weight(self) -> Any:
        """The weight of the prefix."""
        return self.numbers.value(self.lifted.weight, self.lifted.denominator)

    @cached_property
    def others(self) -> dict[int, Any]:
        """Index of another prefix u of this position, to P_u(v) / P_s(v)."""
        scale = self.lifted.scale
        return {u: self.numbers.value(term, scale) for u, term in self.lifted.others.items()}

    @cached_property
    def a(self) -> tuple[Any, ...]:
        """P(l | v) for every value l."""
        return self._values(*self.row)

    @cached_property
    def m(self) -> tuple[Any, ...]:
        """P_mix(v, l) / P_s(v) for every value l."""
        return self._values(*self.probabilities)

    @cached_property
    def r(self) -> tuple[Any, ...]:
        """The part of m that the other prefixes leave."""
        return self._values(*self.left)

    @property
    def unset(self) -> Any:
        """The weight that leaves the variable unset."""
        return self.numbers.value(self.solution.unset, self.solution.denominator)

    @cached_property
    def sets(self) -> tuple[Any, ...]:
        """The weight that sets the variable to l, for every value l."""
        return self._values(self.solution.sets, self.solution.denominator)

    def _values(self, numerators: Sequence[Number], denominator: Number) -> tuple[Any, ...]:
        return tuple(self.numbers.value(numerator, denominator) for numerator in numerators)


def lift_prefix(
    numbers: Arithmetic,
    variable: int,
    prefix: Prefix,
    row: Ratios,
    probabilities: Ratios,
    earlier: Level,
    tolerance: Number,
) -> Lift:
    """Lift one prefix, given a (``row``), m (``probabilities``) and the lifts of earlier prefixes.

    Weights up to ``tolerance`` count as 0, and so do entries of r down to its negative.
    """
    left = remainder(probabilities, earlier, prefix, row)
    if min(left.numerators) < -tolerance * left.denominator:
        none = Solution(0, (0,) * len(row.numerators), 1)
        return Lift(numbers, variable, prefix, row, probabilities, left, none, feasible=False)
    left = left._replace(numerators=[max(part, 0) for part in left.numerators])
    solution = solve(numbers, row, left, tolerance)
    negligible = tolerance * solution.denominator
    unused = [value for value, weight in enumerate(solution.sets) if weight <= negligible]
    # If no target leaves the variable unset, no configuration takes an unused value.
    any_value = solution.unset <= negligible
    free = tuple(value for value in unused if any_value or row.numerators[value] > 0)
    impossible = tuple(value for value in unused if value not in free)
    inputs = numbers, variable, prefix, row, probabilities, left
    return Lift(*inputs, solution, feasible=True, free=free, impossible=impossible)


def remainder(probabilities: Ratios, earlier: Level, prefix: Prefix, row: Ratios) -> Ratios:
    """Return r: what the other prefixes that can produce the configuration leave of m."""
    explained = sum_lifts(earlier.lifts, prefix.others, row)
    unit = prefix.scale * earlier.denominator * row.denominator
    left = [
        m * unit - p * probabilities.denominator
        for m, p in zip(probabilities.numerators, explained, strict=True)
    ]
    return Ratios(left, probabilities.denominator * unit)


def sum_lifts(lifts: Sequence[LiftWeights], terms: Terms, row: Ratios) -> list[Number]:
    r"""Return :math:`\sum_u P_u(v) (\pi_u a_l + \pi_{u \cup l})` for every value l.

    The sum is over the prefixes u in ``terms``. It is in the unit of the terms, over the product of
    the denominators of the lifts and of the row a.
    """
    unset: Number = 0
    totals: list[Number] = [0] * len(row.numerators)
    for u, term in terms.items():
        lift = lifts[u]
        if lift.unset:
            unset += term * lift.unset
        for value, weight in lift.sets.items():
            totals[value] += term * weight
    return [
        total * row.denominator + unset * p for total, p in zip(totals, row.numerators, strict=True)
    ]
