"""Interventions planted on a network that is given."""

from __future__ import annotations

import numpy as np

from domix.core.intervention import Intervention, do
from domix.core.tables import Target
from domix.model.mixture import Mixture
from domix.model.network import Network

__all__ = ["plant"]


def plant(
    net: Network,
    rng: np.random.Generator,
    *,
    targets: int = 6,
    sizes: tuple[int, int] = (1, 3),
    untouched: float = 0.3,
    least: float = 0.05,
) -> Mixture:
    """A mixture of do() and random interventions that respects exclusion.

    One value of every variable, drawn uniformly, is set by no target; a target's size, variables
    and values are uniform among what is left. Variables with one state are never set.

    Parameters
    ----------
    net
    rng
    targets
        How many interventions beside do().
    sizes
        Least and largest number of variables a target sets.
    untouched
        Weight of do().
    least
        Every other weight is at least this; what is left is shared out by a Dirichlet(2).

    Examples
    --------
    >>> net = Network({"A": []}, {"A": ["low", "mid", "high"]}, {"A": [0.2, 0.3, 0.5]})
    >>> mix = plant(net, np.random.default_rng(0), targets=2, sizes=(1, 1))
    >>> [str(t) for t in mix.interventions]
    ['do()', 'do(A=low)', 'do(A=mid)']
    """
    cards = net.space.cards
    settable = np.flatnonzero(cards > 1)
    excluded = rng.integers(cards)
    found: set[Target] = set()
    while len(found) < targets:
        size = rng.integers(sizes[0], sizes[1], endpoint=True)
        variables = np.sort(rng.choice(settable, size=size, replace=False))
        # One of the other values: count up from the excluded one, round the corner.
        steps = rng.integers(1, cards[variables])
        values = (excluded[variables] + steps) % cards[variables]
        found.add(tuple(zip(variables.tolist(), values.tolist(), strict=True)))
    shares = rng.dirichlet(np.full(targets, 2.0))
    weights = least + (1 - untouched - targets * least) * shares
    components: dict[Intervention, float] = {do(): untouched}
    for target, weight in zip(sorted(found), weights.tolist(), strict=True):
        components[Intervention(net.space.assignment(target))] = weight
    return Mixture(net, components)
