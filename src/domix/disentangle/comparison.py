"""Asking a function for whole configurations, to compare what was found with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from domix.core.joint import exact, is_probability
from domix.errors import DataError, NotAMixtureError
from domix.model.draws import Rng
from domix.model.mixture import Mixture

__all__ = ["compare_at_draws"]

MATCH = 1e-8
"""Floats: by what share two probabilities of one configuration may differ."""


def compare_at_draws(
    p_mix: Callable[[dict[str, Any]], Any], found: Mixture, draws: int, rng: Rng
) -> None:
    """Ask ``p_mix`` at configurations drawn from the mixture found.

    Where the mixture found gives more than ``p_mix``, it does so by their total variation distance
    in all; so that is at least how probably a draw shows the difference.

    Raises
    ------
    DataError
        An answer is no probability, or no fraction where the mixture found is exact.
    NotAMixtureError
        They differ; the configuration is named.
    """
    net = found.network
    rows = np.unique(found.sample(draws, rng), axis=0)
    for row, expected in zip(rows.tolist(), found.prob(rows), strict=True):
        where = net.space.assignment((i, row[i]) for i in net.tables.layout.order)
        answer = p_mix(where)
        if not is_probability(answer):
            raise DataError(f"p_mix({where}) is {answer!r}; a probability is at least 0")
        given = exact(answer) if found.is_exact else float(answer)
        if abs(given - expected) > (0 if found.is_exact else MATCH * expected):
            raise NotAMixtureError(
                "p_mix is no mixture of interventions that leave a state of each variable unused: "
                f"the only one that agrees with it on the cells of lifting has {expected}, not "
                f"{given}, at {where}"
            )
