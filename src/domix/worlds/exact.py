"""The world of the model: a sampler that follows the CPTs from parents to children."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.graph import topological_order
from domix.util.arrays import Codes, Floats, Ints
from domix.worlds.design import CONCENTRATION, Parents

CPTs = tuple[Floats, ...]
"""The CPT of each variable, shape (states of each parent..., states)."""


@dataclass(frozen=True, eq=False)
class ExactWorld:
    """Rows from P(v | do(t)): CPTs of all variables but those that are set."""

    parents: Parents
    cpts: CPTs

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw rows."""
        return sample_cpts(self.parents, self.cpts, settings, rng)


def sample_cpts(parents: Parents, cpts: CPTs, settings: Ints, rng: np.random.Generator) -> Codes:
    """Draw one row for each row of ``settings``."""
    codes = np.zeros(settings.shape, dtype=np.uint8)
    for v in topological_order(parents):
        probabilities = cpts[v][tuple(codes[:, p] for p in parents[v])]
        bounds = probabilities.cumsum(axis=-1)[..., :-1]
        drawn = (rng.random((len(codes), 1)) >= bounds).sum(axis=1)
        codes[:, v] = np.where(settings[:, v] >= 0, settings[:, v], drawn)
    return codes


def draw_cpts(parents: Parents, cards: Sequence[int], rng: np.random.Generator) -> CPTs:
    """Draw CPTs with rows from a Dirichlet distribution."""
    return tuple(
        draw_cpt([cards[p] for p in own], cards[v], CONCENTRATION, rng)
        for v, own in enumerate(parents)
    )


def draw_cpt(
    parent_cards: Sequence[int], k: int, concentration: float, rng: np.random.Generator
) -> Floats:
    """Draw a CPT, shape (*parent_cards, k)."""
    return rng.dirichlet(np.full(k, concentration), size=tuple(parent_cards))
