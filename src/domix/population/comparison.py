"""Asking a function for whole configurations, to compare what lifting finds with it."""

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
from domix.population.lift import Source
from domix.util.arguments import Rng, generator
from domix.util.rational import brief

__all__ = ["Compared"]

RELATIVE_SLACK = 1e-8
"""Floats: by what share two probabilities of one configuration may differ."""


class Compared:
    """A function's source that also asks at configurations drawn from the mixture found.

    Where that mixture gives more than the function, it does so by their total variation distance in
    all; so that is at least how probably a draw shows that they differ.

    Parameters
    ----------
    net
    source
        Of the function, for everything else.
    ask
        The function.
    draws
        How many, from every mixture of whole targets that lifting comes to.
    rng
    """

    settles = False

    def __init__(
        self, net: Network, source: Source, ask: Callable[[Any], Any], draws: int, rng: Rng
    ) -> None:
        self.equality = f"{source.equality} and at {draws} configurations drawn"
        self.start, self.masses, self.follow = source.start, source.masses, source.follow
        self._net, self._rough = net, net.to_float()
        self._ask = ask
        self._draws = draws
        self._rng = generator(rng)

    def differs(self, position: int, found: Mapping[Target, Number]) -> Target | None:
        space, order = self._net.space, self._net.tables.layout.order
        if position < len(order):
            return None
        total = sum(found.values())
        parts = [(Intervention(space.assignment(t)), w / total) for t, w in found.items()]
        mixture = Mixture(self._net, parts)
        rough = Mixture(self._rough, [(target, float(w)) for target, w in parts])
        slack = 0 if mixture.is_exact else RELATIVE_SLACK
        for row in np.unique(rough.sample(self._draws, self._rng), axis=0):
            (expected,) = mixture.prob(row[None, :])
            where = space.assignment((i, int(row[i])) for i in order)
            answer = self._ask(where)
            if not is_probability(answer):
                raise DataError(
                    f"p_mix({where}) is {brief(answer)}; a probability is between 0 and 1"
                )
            given = exact(answer, f"p_mix({where})") if mixture.is_exact else float(answer)
            if abs(given - expected) > slack * expected:
                return tuple(enumerate(row.tolist()))
        return None
