"""What is true in a world: the graph, the states, and the targets with their weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from domix.core.tables import Target
from domix.util.arrays import Codes, Floats, Ints

Parents = tuple[tuple[int, ...], ...]
"""The parents of each variable."""

NOT_SET = -1
"""Stands for the value of a variable that no intervention sets."""

LEAST_WEIGHT = 0.05
CONCENTRATION = 2.0
"""Of the Dirichlet distribution of what weights are above the least one."""


@dataclass(frozen=True, eq=False)
class Design:
    """The truth that estimates are compared with; the first target is do()."""

    parents: Parents
    cards: tuple[int, ...]
    targets: tuple[Target, ...]
    weights: Floats

    def settings(self, origin: Ints) -> Ints:
        """Return the values that each row's target sets, shape (rows, variables); see NOT_SET."""
        values = np.full((len(self.targets), len(self.cards)), NOT_SET)
        for t, target in enumerate(self.targets):
            for variable, value in target:
                values[t, variable] = value
        return values[origin]


class World(Protocol):
    """A simulator of rows."""

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw a row for each row of ``settings``; see :meth:`Design.settings`."""
        ...


def draw_weights(count: int, rng: np.random.Generator) -> Floats:
    """Draw weights of at least LEAST_WEIGHT."""
    shares = rng.dirichlet(np.full(count, CONCENTRATION))
    weights: Floats = LEAST_WEIGHT + (1 - count * LEAST_WEIGHT) * shares
    return weights


def no_settings(rows: int, variables: int) -> Ints:
    """Return the settings of rows without interventions."""
    return np.full((rows, variables), NOT_SET)


def freeze(parents: Iterable[Iterable[int]]) -> Parents:
    """Return a graph with sorted parents."""
    return tuple(tuple(sorted(own)) for own in parents)
