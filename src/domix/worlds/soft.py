"""A world of soft interventions: a set variable takes its value most of the time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domix.util.arrays import Codes, Ints
from domix.worlds.design import World
from domix.worlds.flips import other_states

SUCCESS = (0.7, 0.9)
"""Least and largest probability that a set variable takes its value."""


@dataclass(frozen=True, eq=False)
class SoftWorld:
    """Rows of another world, where settings succeed independently with probability ``success``.

    Where one fails, the variable takes one of the other values.
    """

    inner: World
    cards: tuple[int, ...]
    success: float

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw which settings fail, then rows."""
        failed = (settings >= 0) & (rng.random(settings.shape) >= self.success)
        actual = np.where(failed, other_states(settings, self.cards, rng), settings)
        return self.inner.draw(actual, rng)
