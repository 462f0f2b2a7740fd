"""Components that give variables distributions of their own, in codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.util.arrays import Floats


@dataclass(frozen=True, eq=False)
class Setting:
    """What a component does with one variable.

    Attributes
    ----------
    variable : int
    allowed : tuple of int
        The values that it takes with positive probability, increasing; one if it is set outright.
    q : ndarray of float64, shape (values,)
        The probability of each value, 0 outside ``allowed``.
    shared : bool
        Whether the value fails at the rate that all shared settings have in common, to any other
        value alike.
    mode : int
        The most probable value; of a shared setting, the one that fails.
    """

    variable: int
    allowed: tuple[int, ...]
    q: Floats
    mode: int
    shared: bool = False

    def __post_init__(self) -> None:
        self.q.flags.writeable = False

    @classmethod
    def hard(cls, variable: int, value: int, k: int) -> Setting:
        """Set a variable of k values outright."""
        return cls(variable, (value,), np.eye(k)[value], value)

    @classmethod
    def free(cls, variable: int, q: npt.ArrayLike, allowed: Sequence[int]) -> Setting:
        """Give a variable any distribution on the allowed values, in proportion to ``q``."""
        values = tuple(sorted(allowed))
        given, own = np.asarray(q, dtype=np.float64), np.zeros(len(np.asarray(q)))
        own[list(values)] = given[list(values)]
        total = own.sum()
        if not total > 0:
            own[list(values)] = 1 / len(values)
            total = 1.0
        return cls(variable, values, own / total, int(np.argmax(own)))

    @classmethod
    def failing(cls, variable: int, value: int, k: int, rate: float) -> Setting:
        """Set a variable of k values to one that fails at the shared rate."""
        q = np.full(k, rate / max(k - 1, 1))
        q[value] = 1.0 - rate
        return cls(variable, tuple(range(k)), q, value, shared=True)

    @property
    def is_hard(self) -> bool:
        """Whether the variable is set outright."""
        return len(self.allowed) == 1

    @property
    def is_free(self) -> bool:
        """Whether the setting has probabilities of its own."""
        return not self.is_hard and not self.shared


@dataclass(frozen=True, eq=False)
class SoftComponent:
    """One component: its settings by increasing variable.

    Attributes
    ----------
    settings : tuple of Setting
    readout : bool
        Whether children of the variables follow the modes: other values are misread ones.
    """

    settings: tuple[Setting, ...]
    readout: bool = False

    @classmethod
    def hard(cls, target: Target, cards: Sequence[int]) -> SoftComponent:
        """Return the component of a target that is set outright."""
        return cls(tuple(Setting.hard(v, value, cards[v]) for v, value in target))

    @property
    def target(self) -> Target:
        """The variables with their most probable values."""
        return tuple((s.variable, s.mode) for s in self.settings)

    @property
    def variables(self) -> tuple[int, ...]:
        """The variables that are set."""
        return tuple(s.variable for s in self.settings)

    @property
    def is_hard(self) -> bool:
        """Whether every variable is set outright."""
        return all(s.is_hard for s in self.settings)

    @property
    def is_shared(self) -> bool:
        """Whether any setting fails at the shared rate."""
        return any(s.shared for s in self.settings)

    def without(self, variable: int) -> SoftComponent:
        """Leave a variable alone."""
        return replace(self, settings=tuple(s for s in self.settings if s.variable != variable))

    def having(self, setting: Setting) -> SoftComponent:
        """Take over a setting, whatever was done with its variable before."""
        others = [s for s in self.settings if s.variable != setting.variable]
        ordered = sorted([*others, setting], key=lambda s: s.variable)
        return replace(self, settings=tuple(ordered))

    def setting_of(self, variable: int) -> Setting | None:
        """Return what is done with a variable, if anything."""
        return next((s for s in self.settings if s.variable == variable), None)
