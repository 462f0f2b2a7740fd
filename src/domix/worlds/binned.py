"""Worlds of continuous variables that are cut into bins of equal probability.

A variable is a function of its parents' values plus standard normal noise. Cuts are the quantiles
of controls: terciles for three states. An intervention that sets a state draws the continuous
value from the controls' values in that bin, row by row, so that the state is as it was set, and
effects vary within a bin as they do in controls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.graph import topological_order
from domix.util.arrays import Codes, Floats, Ints
from domix.worlds.design import Parents

REFERENCE_ROWS = 2**15
"""Rows of controls that cuts, and the values within bins, are taken from."""
COEFFICIENTS = (0.4, 1.2)
"""Least and largest absolute coefficient of a linear equation."""
UNITS = 4
"""Number of tanh units in a nonlinear equation."""


Equation = Callable[[Floats], Floats]
"""From the values of a variable's parents, shape (rows, parents), to the variable's mean."""


def draw_linear(parents: int, rng: np.random.Generator) -> Equation:
    """Draw a linear function, with coefficients of both signs."""
    signs = rng.choice([-1.0, 1.0], size=parents)
    coefficients = signs * rng.uniform(*COEFFICIENTS, size=parents)
    return lambda values: values @ coefficients


def draw_tanh_sum(parents: int, rng: np.random.Generator) -> Equation:
    """Draw a sum of tanh units, which is smooth and bounded; without parents it is 0."""
    units = UNITS if parents else 0
    heights, offsets = rng.normal(size=(2, units))
    slopes = rng.normal(size=(parents, units))
    return lambda values: np.tanh(values @ slopes + offsets) @ heights


@dataclass(frozen=True, eq=False)
class BinnedWorld:
    """Equations, and the controls' values that define the bins.

    Each column of ``reference``, shape (REFERENCE_ROWS, variables), is sorted; ``bounds`` has the
    first row of each bin of each variable, and at last the number of rows.
    """

    parents: Parents
    equations: tuple[Equation, ...]
    reference: Floats
    bounds: tuple[Ints, ...]

    def draw(self, settings: Ints, rng: np.random.Generator) -> Codes:
        """Draw rows and cut them into bins."""
        set_values = np.full(settings.shape, np.nan)
        for v, bounds in enumerate(self.bounds):
            is_set = settings[:, v] >= 0
            states = settings[is_set, v]
            set_values[is_set, v] = self.reference[
                rng.integers(bounds[states], bounds[states + 1]), v
            ]
        values = _simulate(self.parents, self.equations, set_values, rng)
        codes = np.empty(values.shape, dtype=np.uint8)
        for v, bounds in enumerate(self.bounds):
            # The least value of a bin is the first reference value in it.
            cuts = self.reference[bounds[1:-1], v]
            codes[:, v] = np.searchsorted(cuts, values[:, v], side="right")
        return codes


def _simulate(
    parents: Parents, equations: Sequence[Equation], set_values: Floats, rng: np.random.Generator
) -> Floats:
    """Draw continuous values, shape (rows, variables); ``set_values`` is nan where none is set."""
    values = np.zeros(set_values.shape)
    for v in topological_order(parents):
        drawn = equations[v](values[:, list(parents[v])]) + rng.normal(size=len(values))
        values[:, v] = np.where(np.isnan(set_values[:, v]), drawn, set_values[:, v])
    return values


def build_binned_world(
    parents: Parents,
    equations: Sequence[Equation],
    cards: Sequence[int],
    rng: np.random.Generator,
) -> BinnedWorld:
    """Draw the reference rows, and cut each variable into as many bins as it has states."""
    nothing = np.full((REFERENCE_ROWS, len(parents)), np.nan)
    reference = np.sort(_simulate(parents, equations, nothing, rng), axis=0)
    bounds = tuple(np.arange(k + 1) * REFERENCE_ROWS // k for k in cards)
    return BinnedWorld(parents, tuple(equations), reference, bounds)
