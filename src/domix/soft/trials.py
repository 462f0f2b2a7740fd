r"""The score of a list of soft components, and trials of other lists.

.. math:: \ell - \text{penalty(modes)} - \sum_v \left(\tfrac12 (m_v - 1) \log (\pi_v N) +
    \log\binom{k_v - 1}{m_v - 1}\right) - \tfrac12 \log N \;[\text{a shared rate}],

where :math:`\ell` is the maximized log-likelihood and the sum is over free settings with
:math:`m_v` allowed values out of :math:`k_v`, in components of weight :math:`\pi_v`, whose
:math:`\pi_v N` rows alone say what the probabilities are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domix.em.squarem import Ended
from domix.options.search import EmLimits
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import SoftFit, fit
from domix.soft.slots import SlotData
from domix.util.arrays import Floats
from domix.work.steps import recorded


class Scored(NamedTuple):
    """A fit with its score, in nats."""

    fit: SoftFit
    score: float


_recorded = recorded(Scored, SoftFit, SoftComponent, Setting, Ended)


class Trials:
    """Scores lists of components of one mixture, and tries others.

    Parameters
    ----------
    data : SlotData
    criterion : SelectionCriterion
    options : SoftOptions

    Attributes
    ----------
    fits : int
        How many fits were made.
    """

    def __init__(self, data: SlotData, criterion: SelectionCriterion, options: SoftOptions) -> None:
        self.data, self.criterion, self.options = data, criterion, options
        self.knowledge = data.problem.knowledge
        self.fits = 0

    types = ()

    def mark(self) -> None:
        """Return nothing; see :class:`~domix.work.journal.Stateful`."""

    def changes(self, mark: None) -> int:  # noqa: ARG002
        """Return how many fits were made."""
        return self.fits

    def apply(self, changes: int) -> None:
        """Make changes that were recorded."""
        self.fits = changes

    def penalty(self, components: Sequence[SoftComponent], weights: Floats) -> float:
        """Return the penalty of a list of components with these weights in nats."""
        total = self.criterion.penalty([component.target for component in components])
        for component, weight in zip(components, weights.tolist(), strict=True):
            total += sum(self.setting_price(setting, weight) for setting in component.settings)
        if any(component.is_shared for component in components):
            total += self.parameter_price(1.0)
        return total

    def parameter_price(self, weight: float) -> float:
        """Return what a probability that rows of this weight determine costs, in nats."""
        return 0.5 * math.log(max(weight * self.data.problem.total, 1.0))

    def setting_price(self, setting: Setting, weight: float) -> float:
        """Return what a setting's own probabilities cost in a component of this weight, in nats."""
        if not setting.is_free:
            return 0.0
        m, k = len(setting.allowed), len(setting.q)
        return (m - 1) * self.parameter_price(weight) + math.log(math.comb(k - 1, m - 1))

    def score(self, fitted: SoftFit) -> Scored:
        """Score a fit."""
        return Scored(fitted, fitted.objective - self.penalty(fitted.components, fitted.weights))

    def admits(self, components: Sequence[SoftComponent]) -> bool:
        """Whether background knowledge allows a list, and no two of it have the same modes."""
        targets = [component.target for component in components]
        if len(set(targets)) < len(targets):
            return False
        if not all(target in targets for target in self.knowledge.included):
            return False
        return all(map(self.knowledge.allows, targets))

    def stays(self, component: SoftComponent) -> bool:
        """Whether a component is an included target, which keeps its variables and values."""
        return self.knowledge.stays(component.target)

    def values(self, variable: int) -> tuple[int, ...]:
        """Return the values that a free setting may take."""
        excluded = self.knowledge.excluded.get(variable, frozenset())
        return tuple(a for a in range(self.data.cards[variable]) if a not in excluded)

    @_recorded
    def refit(self, fitted: SoftFit, limits: EmLimits) -> Scored:
        """Fit on."""
        return self._fit(fitted.components, fitted.weights, fitted.log_theta, fitted.rate, limits)

    @_recorded
    def begin(
        self,
        components: Sequence[SoftComponent],
        weights: npt.ArrayLike,
        log_theta: Floats,
        rate: float,
        limits: EmLimits,
        least: float = -math.inf,
    ) -> Scored:
        """Fit a list, whatever its score, but end where the objective clearly misses ``least``."""
        return self._fit(components, weights, log_theta, rate, limits, least)

    @_recorded
    def attempt(
        self,
        now: Scored,
        components: Sequence[SoftComponent],
        weights: npt.ArrayLike,
        limits: EmLimits | None = None,
    ) -> Scored | None:
        """Fit another list from the tables of a present one; None if the score does not rise."""
        if not self.admits(components):
            return None
        limits = self.options.trial_fit if limits is None else limits
        needed = now.score + self.options.least_gain
        start = now.fit
        rate = start.rate or self.options.start_rate
        weights = np.asarray(weights, dtype=np.float64)
        least = needed + self.penalty(components, weights)
        found = self._fit(components, weights, start.log_theta, rate, limits, least)
        return found if found.score > needed and self.stands(found) else None

    def stands(self, found: Scored) -> bool:
        """Whether a fitted list is allowed, and its modes are the most probable values."""
        return found.fit.rate < self.options.largest_rate and self.admits(found.fit.components)

    def _fit(
        self,
        components: Sequence[SoftComponent],
        weights: npt.ArrayLike,
        log_theta: Floats,
        rate: float,
        limits: EmLimits,
        least: float = -math.inf,
    ) -> Scored:
        self.fits += 1
        weights = np.asarray(weights, dtype=np.float64)
        return self.score(fit(self.data, components, weights, log_theta, rate, limits, least=least))
