"""Results and mixtures that the tests of figures draw."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from domix import Mixture, Network, do
from domix.results.component import Component
from domix.results.result import Disentanglement

STATES = ("low", "mid", "high")


def result_of(mixture):
    parts = zip(mixture.interventions, mixture.weights, strict=True)
    components = sorted((Component(t, w) for t, w in parts), key=lambda c: -c.weight)
    return Disentanglement(mixture.network, tuple(components), "population")


def random_mixture(seed, variables=12, targets=8, soft=False, name="ENSG00000141{:03}"):
    """Chains of three variables with three states; no target uses the last one."""
    draw, rng = random.Random(seed), np.random.default_rng(seed)
    names = [name.format(i) for i in range(variables)]
    parents = {v: [names[i - 1]] if i % 3 else [] for i, v in enumerate(names)}
    tables = {v: rng.dirichlet([3, 3, 3], 3 if parents[v] else None) for v in names}
    network = Network(parents, dict.fromkeys(names, STATES), tables)
    chosen = {do(): None}
    while len(chosen) < targets:
        values: list[Any] = [*STATES[:2], *[{"low": 0.75, "mid": 0.25}] * soft]
        some = draw.sample(names, draw.choice((1, 1, 2, 3)))
        chosen[do({v: draw.choice(values) for v in some})] = None
    weights = rng.dirichlet([5] * len(chosen))
    return Mixture(network, list(zip(chosen, weights.tolist(), strict=True)))
