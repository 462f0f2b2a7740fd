"""Random interventions on a given network."""

from __future__ import annotations

import numpy as np

from domix.core.intervention import Intervention, do
from domix.core.tables import Target
from domix.model.mixture import Mixture
from domix.model.network import Network


def plant(
    net: Network,
    rng: np.random.Generator,
    *,
    targets: int = 6,
    sizes: tuple[int, int] = (1, 3),
    untouched: float = 0.3,
    least: float = 0.05,
) -> Mixture:
    """Draw a mixture of do() and random interventions that respects exclusion.

    One value of every variable, drawn uniformly, is set by no target. A target's size, its
    variables and their other values are uniform. Variables with one state are never set.

    Parameters
    ----------
    net : Network
        The network to intervene on.
    rng : numpy.random.Generator
    targets : int
        Number of interventions in addition to do().
    sizes : tuple of int
        Least and largest number of variables in a target.
    untouched : float
        Weight of do().
    least : float
        Least weight of the other targets. Their remaining weight is Dirichlet(2).

    Returns
    -------
    Mixture
        The intervention do() comes first, then the targets in order.

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
    drawn: set[Target] = set()
    while len(drawn) < targets:
        size = rng.integers(sizes[0], sizes[1], endpoint=True)
        variables = np.sort(rng.choice(settable, size=size, replace=False))
        # One of the other values: a step up from the excluded one, modulo the number of states.
        steps = rng.integers(1, cards[variables])
        values = (excluded[variables] + steps) % cards[variables]
        drawn.add(tuple(zip(variables.tolist(), values.tolist(), strict=True)))
    shares = rng.dirichlet(np.full(targets, 2.0))
    weights = least + (1 - untouched - targets * least) * shares
    components: dict[Intervention, float] = {do(): untouched}
    for target, weight in zip(sorted(drawn), weights.tolist(), strict=True):
        components[Intervention(net.space.assignment(target))] = weight
    return Mixture(net, components)
