"""The fewest rows and control rows, or the smallest weight, that reach a power."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from domix.design.chances import Chances, compute_chances
from domix.design.contrasts import Contrasts
from domix.options.claims import ClaimOptions
from domix.util.progress import report_progress

MOST_ROWS = 10**9
"""More rows than a study collects: what these do not show, no number does."""

PRECISION = 1 / 256
"""Relative precision of rows and weights: the formula itself is less precise."""

OCTAVES = range(-6, 5)
"""Control rows over rows that are tried for the smallest total, as logarithms to base 2."""

FINER = (-0.75, -0.5, -0.25, 0.25, 0.5, 0.75)
"""Octaves that are tried around the best of these."""

LEAST_WEIGHT = 1e-6
"""Smallest weight that is tried."""


@dataclass(frozen=True, eq=False)
class Design:
    """Rows and control rows for a target.

    Attributes
    ----------
    contrasts : Contrasts
        With the weight of the target.
    rows : int or None
        None if no number is enough.
    controls : int or None
        None if the tables are known, or if no number is enough.
    """

    contrasts: Contrasts
    rows: int | None
    controls: int | None

    @property
    def most(self) -> tuple[int, int | None]:
        """Rows and control rows, as many as can be where no number is enough."""
        controls = MOST_ROWS if self.controls is None else self.controls
        rows = MOST_ROWS if self.rows is None else self.rows
        return rows, controls if self.contrasts.learnt else None

    @property
    def is_enough(self) -> bool:
        """Whether there are numbers that are enough."""
        return self.rows is not None and (self.controls is not None or not self.contrasts.learnt)

    @cached_property
    def chances(self) -> Chances:
        """The probabilities with these rows, or with as many as can be."""
        return compute_chances(self.contrasts, *self.most)


def solve(design: Design, weight_asked: bool, controls_asked: bool, goal: float) -> Design:
    """Find what is asked for: the weight, control rows, rows that are None, or nothing.

    Where no weight is enough, it is the largest possible.
    """
    contrasts, rows, controls = design.contrasts, design.rows, design.controls
    if weight_asked:
        assert rows is not None
        return replace(design, contrasts=_find_weight(contrasts, rows, controls, goal))
    if controls_asked:
        if rows is None:
            return Design(contrasts, *_find_both(contrasts, goal))
        return replace(design, controls=find_controls(contrasts, rows, goal))
    return (
        design if rows is not None else replace(design, rows=find_rows(contrasts, controls, goal))
    )


def find_rows(contrasts: Contrasts, controls: int | None, goal: float) -> int | None:
    """Return the fewest rows for a number of control rows; None if no number is enough."""
    return _find_least(lambda n: compute_chances(contrasts, n, controls).reported >= goal)


def find_controls(contrasts: Contrasts, rows: int, goal: float) -> int | None:
    """Return the fewest control rows for a number of rows; None if no number is enough."""
    return _find_least(lambda m: compute_chances(contrasts, rows, m).reported >= goal)


def _find_both(contrasts: Contrasts, goal: float) -> tuple[int | None, int | None]:
    """Return the rows and control rows with the smallest total; None if none are enough.

    There are at least as many of both as the level of the test was measured with.
    """
    options = ClaimOptions()
    least_rows = max(options.least_rows, options.least_rows_per_target * len(contrasts.support))
    pairs: dict[float, tuple[int, int]] = {}

    def try_ratio(octave: float) -> None:
        def match(rows: int) -> int:
            return max(math.ceil(rows * math.exp2(octave)), options.least_controls)

        rows = _find_least(
            lambda n: compute_chances(contrasts, n, match(n)).reported >= goal, least_rows
        )
        if rows is not None:
            pairs[octave] = (rows, match(rows))

    tries = len(OCTAVES) + len(FINER)
    for number, octave in enumerate(OCTAVES):
        report_progress("ratios of control rows to rows", number / tries)
        try_ratio(octave)
    if not pairs:
        return None, None
    best = min(pairs, key=lambda octave: sum(pairs[octave]))
    for number, step in enumerate(FINER, start=len(OCTAVES)):
        report_progress("ratios of control rows to rows", number / tries)
        try_ratio(best + step)
    return min(pairs.values(), key=sum)


def _find_weight(contrasts: Contrasts, rows: int, controls: int | None, goal: float) -> Contrasts:
    """Return the comparisons with the smallest weight that is seen, or with the largest of all."""

    def is_seen(weight: float) -> bool:
        return compute_chances(contrasts.reweigh(weight), rows, controls).reported >= goal

    low, high = LEAST_WEIGHT, contrasts.free
    if is_seen(high):
        while high / low > 1.0 + PRECISION:
            middle = math.sqrt(low * high)
            low, high = (low, middle) if is_seen(middle) else (middle, high)
    return contrasts.reweigh(high)


def _find_least(is_enough: Callable[[int], bool], least: int = 1) -> int | None:
    """Return the fewest that are enough, from ``least`` on, within the precision; None if none are.

    They are doubled until they are enough, because more need not be: comparisons with rivals change
    their correlation with the ratio of rows to control rows.
    """
    low, high = least - 1, least
    while not is_enough(high):
        if high == MOST_ROWS:
            return None
        low, high = high, min(2 * high, MOST_ROWS)
    while high - low > max(1.0, PRECISION * high):
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
