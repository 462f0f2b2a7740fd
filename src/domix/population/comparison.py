"""Comparison of a function with the mixture found, at configurations drawn from that mixture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from domix.core.intervention import Intervention
from domix.core.joint import exact, is_probability
from domix.core.tables import Target
from domix.errors import DataError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.population.arithmetic import Number
from domix.population.prefixes import Source
from domix.util.checks import Rng, generator
from domix.util.rational import brief

RELATIVE_ERROR = 1e-8
"""With floats, the largest relative difference between equal probabilities of a configuration."""


class ComparedSource:
    """A function's source that also compares at configurations drawn from the mixture found.

    For each mixture of complete targets, ``draws`` configurations are drawn. Those to which the
    mixture gives more probability than the function have together at least the total variation
    distance of the two: with that probability a draw detects a difference.
    """

    conclusive = False

    def __init__(
        self, net: Network, source: Source, function: Callable[[Any], Any], draws: int, rng: Rng
    ) -> None:
        self.equality, self.comparisons = source.equality, draws
        self.start, self.extend = source.start, source.extend
        self.probabilities = source.probabilities
        self._net, self._float_net = net, net.to_float()
        self._function = function
        self._rng = generator(rng)

    def difference(self, position: int, weights: Mapping[Target, Number]) -> Target | None:
        """Return a drawn configuration at which the mixture differs from the function, if any."""
        space, order = self._net.space, self._net.tables.layout.order
        if position < len(order):
            return None
        total = sum(weights.values())
        parts = [(Intervention(space.assignment(t)), w / total) for t, w in weights.items()]
        mixture = Mixture(self._net, parts)
        sampler = Mixture(self._float_net, [(target, float(w)) for target, w in parts])
        tolerance = 0 if mixture.is_exact else RELATIVE_ERROR
        for row in np.unique(sampler.sample(self.comparisons, self._rng), axis=0):
            (expected,) = mixture.prob(row[None, :])
            place = space.assignment((i, int(row[i])) for i in order)
            answer = self._function(place)
            if not is_probability(answer):
                raise DataError(
                    f"p_mix({place}) is {brief(answer)}; a probability is between 0 and 1"
                )
            given = exact(answer, f"p_mix({place})") if mixture.is_exact else float(answer)
            if abs(given - expected) > tolerance * expected:
                return tuple(enumerate(row.tolist()))
        return None
