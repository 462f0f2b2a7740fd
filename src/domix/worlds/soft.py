"""Worlds of soft interventions: a set variable takes its value most of the time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from domix.util.arrays import Codes, Floats, Ints
from domix.worlds.design import Design, World
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


class Form(StrEnum):
    """The distributions that soft targets give their variables."""

    ZERO = "zero"
    """Dirichlet(1, ..., 1) on all values but one, which no target gives the variable."""
    FULL = "full"
    """Dirichlet(1, ..., 1) on all values, drawn again until one has at least half."""
    MIXED = "mixed"
    """Every other target is hard; the others are as in ``FULL``, but for their modes: these are the
    values of the design, so that hard targets leave every variable a value that none uses."""


LEAST_MODE = 0.5
"""Probability that the most frequent value has in ``Form.FULL``."""


@dataclass(frozen=True, eq=False)
class SoftDesign(Design):
    """A design whose targets hold the most probable value of each variable.

    Attributes
    ----------
    distributions : tuple of tuple of ndarray
        By target and by its variables: the probability of each value.
    """

    distributions: tuple[tuple[Floats, ...], ...]

    def draw_settings(self, origin: Ints, rng: np.random.Generator) -> Ints:
        """Draw the values that each row's target sets, shape (rows, variables)."""
        values = self.settings(origin)
        for t, (target, own) in enumerate(zip(self.targets, self.distributions, strict=True)):
            rows = np.flatnonzero(origin == t)
            for (variable, _), q in zip(target, own, strict=True):
                values[rows, variable] = rng.choice(len(q), p=q, size=len(rows))
        return values


def soften(design: Design, form: Form, rng: np.random.Generator) -> SoftDesign:
    """Draw distributions for the targets of a design, until no two have the same modes."""
    used = {(v, value) for target in design.targets for v, value in target}
    while True:
        distributions = []
        for number, target in enumerate(design.targets):
            hard = form is Form.MIXED and number % 2 == 1
            own = []
            for variable, value in target:
                k = design.cards[variable]
                open_ = [a for a in range(k) if (variable, a) in used] if form is Form.ZERO else []
                spare = [a for a in range(k) if a not in open_]
                allowed = [a for a in range(k) if a != spare[0]] if open_ else list(range(k))
                q = np.eye(k)[value] if hard else _draw(k, allowed, form, rng)
                if form is Form.MIXED:
                    mode = int(np.argmax(q))
                    q[[mode, value]] = q[[value, mode]]
                own.append(q)
            distributions.append(tuple(own))
        targets = tuple(
            tuple((v, int(np.argmax(q))) for (v, _), q in zip(target, own, strict=True))
            for target, own in zip(design.targets, distributions, strict=True)
        )
        if len(set(targets)) == len(targets):
            plain = replace(design, targets=targets)
            return SoftDesign(**vars(plain), distributions=tuple(distributions))


def _draw(k: int, allowed: list[int], form: Form, rng: np.random.Generator) -> Floats:
    least = 0.0 if form is Form.ZERO else LEAST_MODE
    while True:
        q = np.zeros(k)
        q[allowed] = rng.dirichlet(np.ones(len(allowed)))
        if q.max() >= least:
            return q
