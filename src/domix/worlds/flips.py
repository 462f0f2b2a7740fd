"""A world with measurement error: entries are replaced by another state at random."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domix.util.arrays import Codes, Ints
from domix.worlds.design import World


@dataclass(frozen=True, eq=False)
class FlippedWorld:
    """Rows of another world, in which each entry is replaced with probability ``rate``.

    The other states are equally likely.
    """

    inner: World
    cards: tuple[int, ...]
    rate: float

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw rows and replace entries."""
        codes = self.inner.draw(settings, rng)
        flipped = rng.random(codes.shape) < self.rate
        return np.where(flipped, other_states(codes, self.cards, rng), codes).astype(np.uint8)


def other_states(codes: Codes | Ints, cards: tuple[int, ...], rng: np.random.Generator) -> Ints:
    """Draw, for each entry, a uniform state that differs from it; of one state it is the same."""
    ks = np.array(cards)
    steps = rng.integers(1, np.maximum(ks, 2), size=codes.shape)
    others: Ints = (codes.astype(np.int64) + steps) % ks
    return others
