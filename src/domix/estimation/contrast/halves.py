"""Which targets come back on halves of the rows, where control rows contradict the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domix.core.tables import Target
from domix.problems.groups import Estimate, retest_mixtures
from domix.problems.inputs import Inputs
from domix.problems.mixture_rows import MixtureRows
from domix.util.arrays import Bools, Codes, Floats, Ints
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
    assert inputs.control_codes is not None
    controls = _halve(inputs.control_codes, inputs.control_counts, rng)
    parts = [_split_rows(rows, rng) for rows in inputs.rows]

    def half(first: bool) -> Inputs:
        assert inputs.control_codes is not None
        members, counts = controls[not first]
        return replace(
            inputs,
            rows=tuple(part[not first] for part in parts),
            control_codes=inputs.control_codes[members],
            control_counts=counts,
            bootstrap=0,
        )

    return half(True), half(False)


def _half_of(rows: int, rng: np.random.Generator) -> Bools:
    chosen = np.zeros(rows, dtype=bool)
    chosen[rng.permutation(rows)[: rows // 2]] = True
    return chosen


def _split_rows(rows: MixtureRows, rng: np.random.Generator) -> tuple[MixtureRows, MixtureRows]:
    """Split the rows of a mixture."""
    first, second = _halve(rows.codes, rows.counts, rng)
    return _part(rows, *first), _part(rows, *second)


def _halve(
    codes: Codes, counts: Floats | None, rng: np.random.Generator
) -> tuple[tuple[Ints, Floats | None], tuple[Ints, Floats | None]]:
    """Split rows, given their counts; of a row that occurred several times, each occurrence.

    Returns
    -------
    first, second : tuple of (ndarray of int64, ndarray of float64 or None)
        The rows of each half, and how often they occur in it.
    """
    if counts is None:
        chosen = _half_of(len(codes), rng)
        return (np.flatnonzero(chosen), None), (np.flatnonzero(~chosen), None)
    whole = np.floor(counts)
    taken = rng.binomial(whole.astype(np.int64), 0.5).astype(np.float64)
    taken += (counts - whole) * (rng.random(len(whole)) < 0.5)
    everything = np.arange(len(whole))
    return (everything, taken), (everything, counts - taken)


def _part(rows: MixtureRows, part: Ints, counts: Floats | None) -> MixtureRows:
    labels = rows.labels.select(part)
    weights = np.ones(len(part)) if counts is None else counts
    background = replace(rows.background, labelled=labels.totals(weights))
    return MixtureRows(rows.codes[part], counts, labels, background)
