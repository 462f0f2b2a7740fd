"""A world with a latent variable that acts on two or three of the observed ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix.util.arrays import Codes, Ints
from domix.worlds.design import NOT_SET, Parents
from domix.worlds.exact import CPTs, draw_cpt, sample_cpts

CHILD_CONCENTRATION = 0.5
"""Of the CPT rows of the latent variable's children: low, so that it acts strongly."""
LATENT_CONCENTRATION = 4.0


@dataclass(frozen=True, eq=False)
class ConfounderWorld:
    """Rows from CPTs, without the column of the last variable, which is latent."""

    parents: Parents
    cpts: CPTs

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw rows of all variables and leave out the latent one."""
        settings = np.pad(settings, ((0, 0), (0, 1)), constant_values=NOT_SET)
        return np.ascontiguousarray(sample_cpts(self.parents, self.cpts, settings, rng)[:, :-1])


def draw_confounder_world(
    parents: Parents, cpts: CPTs, cards: Sequence[int], rng: np.random.Generator
) -> ConfounderWorld:
    """Draw the latent variable, its children and their CPTs; all others keep theirs."""
    n = len(parents)
    states = int(rng.integers(2, 3, endpoint=True))
    count = min(int(rng.integers(2, 3, endpoint=True)), n)
    children = set(rng.choice(n, size=count, replace=False).tolist())
    full, tables = [], []
    for v, own in enumerate(parents):
        if v in children:
            shape = [*(cards[p] for p in own), states]
            full.append((*own, n))
            tables.append(draw_cpt(shape, cards[v], CHILD_CONCENTRATION, rng))
        else:
            full.append(own)
            tables.append(cpts[v])
    latent = draw_cpt([], states, LATENT_CONCENTRATION, rng)
    return ConfounderWorld((*full, ()), (*tables, latent))
