"""Which targets come back on halves of the rows, where control rows contradict the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domix.core.tables import Target
from domix.problems.groups import Estimate, retest_mixtures
from domix.problems.inputs import Inputs
from domix.util.progress import Report


def count_reproduced(
    inputs: Inputs,
    estimates: Sequence[Estimate],
    splits: int,
    rng: np.random.Generator,
    report: Report,
) -> list[Counter[Target]]:
    """Count, by mixture, on how many halves each target passes the test again.

    Parameters
    ----------
    inputs : Inputs
    estimates : sequence of Estimate
        Of all rows, without the contrast.
    splits : int
        How often control rows and mixture rows are split into halves, at random.
    rng : numpy.random.Generator
    report : callable
    """
    counts: list[Counter[Target]] = [Counter() for _ in estimates]
    for _ in range(splits):
        for half in _halves(inputs, rng):
            again = retest_mixtures(half.mixtures, estimates, rng, report)
            for counter, estimate in zip(counts, again, strict=True):
                counter.update(estimate.fit.support)
    return counts


def _halves(inputs: Inputs, rng: np.random.Generator) -> tuple[Inputs, Inputs]:
    """Split all rows at random."""
    assert inputs.control is not None
    controls = inputs.control.halve(rng)
    parts = [rows.halve(rng) for rows in inputs.rows]
    first, second = (
        replace(
            inputs, rows=tuple(part[half] for part in parts), control=controls[half], bootstrap=0
        )
        for half in (0, 1)
    )
    return first, second
