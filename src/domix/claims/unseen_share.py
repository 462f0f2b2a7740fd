r"""The share of another target that could have gone unseen beside the only one.

A support of one target s has weight 1 and no standard error. But a share pi of the rows may come
from a target t that the rows do not show. The bound is the largest pi, over the targets t one
variable away from s, at which the profile log-likelihood is within 1.35 nats of its maximum: the
upper 95 % limit of the weight of t.

Let i be the variable in which they differ, v the value that one of the two sets, and q its weight:
q = pi if t sets i, and 1 - pi if s does. Every other factor of P_s and P_t is the same, so that
only the CPT of i matters. With n_c and n'_c the counts of the data rows that have parents c and the
value v, or another value, and m_c and m'_c the same of control rows, the log-likelihood is

.. math::

   \sum_c n_c \log(q + (1 - q) \theta_c) + n'_c \log((1 - q) (1 - \theta_c))
          + m_c \log \theta_c + m'_c \log(1 - \theta_c),

where theta_c = P(v | c) is known, or else has its maximum at a root of a quadratic equation.

Not counted are look-alikes of s: a target t is one if the drop cost to be expected where all rows
come from it is below its critical value. Nor are targets that set i to another value than s does:
if there is a share of one, the rows show it at once.
"""

from __future__ import annotations

import numpy as np

from domix.core.exclusion import UsedValues
from domix.core.tables import Target
from domix.core.targets import with_value, without
from domix.em.base import BaseProblem
from domix.options.claims import ClaimOptions
from domix.selection.criterion import SelectionCriterion
from domix.util.arrays import Floats
from domix.util.numerics import TINY, dot

GRID = 64
"""Shares that are tried at once."""

REFINEMENTS = 2
"""Times that the interval between two of them is divided: to a thousandth of the share."""

LEAST_SHARE = 1e-8
"""Bounds are not told apart below this."""


class _Alternative:
    """A target one variable away from the only one, as a function of its share.

    Parameters
    ----------
    problem : Problem
    variable, value : int
        What one of the two targets sets and the other does not.
    frees : bool
        Whether the only target sets it. Then its rows say nothing of the CPT of the variable.
    labelled : float
        Rows that are known to come from the only target.
    """

    def __init__(
        self, problem: BaseProblem, variable: int, value: int, frees: bool, labelled: float
    ) -> None:
        entries, k = problem.layout.entries_of(variable), int(problem.layout.cards[variable])

        def split(values: Floats) -> tuple[Floats, Floats]:
            table = values[entries].reshape(-1, k)[read]
            return table[:, value], table.sum(axis=1) - table[:, value]

        read = problem.entry_counts[entries].reshape(-1, k).sum(axis=1) > 0
        self._frees, self._labelled = frees, labelled
        self._have, self._lack = split(problem.entry_counts)
        if frees:
            self._lack = np.zeros_like(self._lack)
        self._prior = None if problem.prior is None else split(problem.prior)
        self._theta = split(problem.theta)[0]
        self._impossible_row_cost = problem.options.impossible_row_cost

    def log_likelihood(self, shares: Floats) -> Floats:
        """Return the profile log-likelihood at shares of the alternative, shape (shares,)."""
        q = (1.0 - shares if self._frees else shares)[:, None]
        if self._prior is None:
            theta, logs = self._theta, np.zeros(1)
        else:
            m, others = self._prior
            theta = _maximize(q, self._have, m, others + self._lack)
            logs = m * np.log(theta) + others * np.log(np.maximum(1.0 - theta, TINY))
        have = np.log(np.maximum(q + (1.0 - q) * theta, TINY))
        lack = np.log(np.maximum((1.0 - q) * (1.0 - theta), TINY))
        sums = (logs + self._have * have + self._lack * lack).sum(axis=1)
        return np.asarray(sums + self._labelled * np.log(np.maximum(1.0 - shares, TINY)))

    def largest_cost(self) -> float:
        """Return the drop cost to be expected if all rows came from the alternative."""
        theta, rows = self._theta, self._have + self._lack
        if self._prior is not None:
            m, others = self._prior
            have = m if self._frees else m + self._have
            theta = have / (have + others + self._lack)
        if self._frees:
            return self._impossible_row_cost * dot(rows, 1.0 - theta)
        return -dot(rows, np.log(np.maximum(theta, TINY)))

    def upper_limit(self, drop: float) -> float:
        """Return the largest share whose log-likelihood is within ``drop`` of the maximum."""
        shares = np.concatenate([[0.0], np.geomspace(LEAST_SHARE, 1.0, GRID)])
        logs = self.log_likelihood(shares)
        least = logs.max() - drop
        for _ in range(REFINEMENTS):
            last = int(np.flatnonzero(logs >= least)[-1])
            if last == len(shares) - 1:
                return float(shares[last])
            shares = np.linspace(shares[last], shares[last + 1], GRID)
            logs = self.log_likelihood(shares)
        return float(shares[np.flatnonzero(logs >= least)[-1] + 1])


def _maximize(q: Floats, have: Floats, prior: Floats, others: Floats) -> Floats:
    """Return the theta where the log-likelihood of each row of the CPT is largest.

    It solves have (1 - q) / (q + (1 - q) theta) + prior / theta = others / (1 - theta).
    """
    a = (1.0 - q) * (have + prior + others)
    b = q * (prior + others) - (1.0 - q) * (have + prior)
    c = q * prior
    root = np.sqrt(b * b + 4.0 * a * c)
    # Of the two forms of the positive root, the one without cancellation.
    theta = np.where(
        b < 0, (root - b) / np.maximum(2.0 * a, TINY), 2.0 * c / np.maximum(root + b, TINY)
    )
    return np.clip(theta, TINY, 1.0)


def find_unseen_share(
    problem: BaseProblem, criterion: SelectionCriterion, target: Target, options: ClaimOptions
) -> tuple[float, Target | None]:
    """Return the largest share that could have gone unseen, and the target that could have it.

    The share is 0 and the target None where no other target is possible.
    """
    cards = problem.layout.cards.tolist()
    used, fixed = UsedValues(cards, [target]), dict(target)
    labelled = float(problem.knowledge.labels_of([target])[0])
    largest: tuple[float, Target | None] = (0.0, None)
    for variable, k in enumerate(cards):
        frees = variable in fixed
        for value in [fixed[variable]] if frees else range(k):
            other = without(target, variable) if frees else with_value(target, variable, value)
            if not (used.allows(other) and problem.knowledge.allows(other)):
                continue
            alternative = _Alternative(problem, variable, value, frees, labelled)
            if alternative.largest_cost() > criterion.critical_value(other, (target, other)):
                limit = alternative.upper_limit(options.bound_drop)
                largest = max(largest, (limit, other), key=lambda pair: pair[0])
    return largest
