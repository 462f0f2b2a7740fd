"""Which targets come back on halves of the rows, where control rows contradict the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domix.core.tables import Target
from domix.problems.groups import Estimate, retest_mixtures
from domix.problems.inputs import Inputs, MixtureRows
from domix.util.arrays import Bools, Floats, Ints
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
    chosen = _half_of(len(inputs.control_codes), rng)
    parts = [_split_rows(rows, rng) for rows in inputs.rows]

    def half(first: bool) -> Inputs:
        assert inputs.control_codes is not None
        return replace(
            inputs,
            rows=tuple(part[not first] for part in parts),
            control_codes=inputs.control_codes[chosen if first else ~chosen],
            bootstrap=0,
        )

    return half(True), half(False)


def _half_of(rows: int, rng: np.random.Generator) -> Bools:
    chosen = np.zeros(rows, dtype=bool)
    chosen[rng.permutation(rows)[: rows // 2]] = True
    return chosen


def _split_rows(rows: MixtureRows, rng: np.random.Generator) -> tuple[MixtureRows, MixtureRows]:
    """Split the rows of a mixture; of a row that occurred several times, each occurrence."""
    if rows.counts is None:
        chosen = _half_of(len(rows.codes), rng)
        return _part(rows, np.flatnonzero(chosen), None), _part(rows, np.flatnonzero(~chosen), None)
    whole = np.floor(rows.counts)
    taken = rng.binomial(whole.astype(np.int64), 0.5).astype(np.float64)
    taken += (rows.counts - whole) * (rng.random(len(whole)) < 0.5)
    everything = np.arange(len(whole))
    return _part(rows, everything, taken), _part(rows, everything, rows.counts - taken)


def _part(rows: MixtureRows, part: Ints, counts: Floats | None) -> MixtureRows:
    labels = rows.labels.select(part)
    weights = np.ones(len(part)) if counts is None else counts
    background = replace(rows.background, labelled=labels.totals(weights))
    return MixtureRows(rows.codes[part], counts, labels, background)
