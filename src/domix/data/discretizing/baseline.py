"""Baselines of batches: measurements as they would be in a typical batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from warnings import warn

import numpy as np

from domix.core.space import listing
from domix.data.marks import is_missing
from domix.errors import DataError, DomixWarning
from domix.util.arrays import Floats, Ints

LEAST_CONTROLS = 20
"""Fewest control rows of a batch from which baselines are taken without a warning."""


@dataclass(frozen=True)
class Baseline:
    """What turns a batch's values into those of a typical batch: value times factor plus offset."""

    factor: float
    offset: float


@dataclass(frozen=True, eq=False)
class Batches:
    """The batch of each row.

    Attributes
    ----------
    names : tuple of str
    numbers : ndarray of int64, shape (rows,)
        The index in ``names`` of each row's batch.
    """

    names: tuple[str, ...]
    numbers: Ints

    def members(self, batch: int) -> Ints:
        """Return the rows of a batch."""
        return np.flatnonzero(self.numbers == batch)


def read_batches(column: Any, name: str, argument: str) -> Batches:
    """Read the column that names each row's batch; a batch is known by the text of its label.

    Raises
    ------
    DataError
        A row has no batch.
    """
    positions: dict[str, int] = {}
    numbers = np.empty(len(column), dtype=np.int64)
    for row, label in enumerate(column.to_list()):
        if is_missing(label):
            raise DataError(
                f"row {row} (counting from 0), column {name!r}: the row has no batch; give it one, "
                "or leave the row out",
                argument=argument,
            )
        whole = isinstance(label, float) and label.is_integer()
        text = str(int(label) if whole else label)
        numbers[row] = positions.setdefault(text, len(positions))
    return Batches(tuple(positions), numbers)


def fit_baselines(values: Floats, batches: Batches, *, ratios: bool) -> dict[str, Baseline]:
    """Return the baseline of each batch that has a value, from its control rows.

    With m the median and s the interquartile range of a batch, and M and S the medians of both over
    the batches, a value x becomes (x - m) S / s + M; or x S / s for ratios, where s is the mean. A
    batch without spread, or with a mean of 0, keeps its scale.
    """
    names, centers, scales = [], [], []
    for batch, name in enumerate(batches.names):
        present = values[batches.members(batch)]
        present = present[~np.isnan(present)]
        if not len(present):
            continue
        names.append(name)
        if ratios:
            centers.append(0.0)
            scales.append(float(present.mean()))
        else:
            lower, middle, upper = np.quantile(present, [0.25, 0.5, 0.75])
            centers.append(float(middle))
            scales.append(float(upper - lower))
    center = float(np.median(centers))
    spread = [scale for scale in scales if scale > 0]
    typical = float(np.median(spread)) if spread else 1.0
    baselines = {}
    for name, own_center, own_scale in zip(names, centers, scales, strict=True):
        factor = typical / own_scale if own_scale > 0 else 1.0
        baselines[name] = Baseline(factor, center - own_center * factor)
    return baselines


def warn_of_few_controls(measured: Mapping[str, Floats], batches: Batches, by: str) -> None:
    """Warn of batches whose baselines are those of few control rows.

    Warns
    -----
    DomixWarning
        A batch has values of a column in fewer than 20 control rows.
    """
    few = [
        (name, batch, int(n))
        for name, values in measured.items()
        for batch, n in zip(
            batches.names,
            np.bincount(batches.numbers[~np.isnan(values)], minlength=len(batches.names)),
            strict=True,
        )
        if 0 < n < LEAST_CONTROLS
    ]
    if few:
        name, batch, n = min(few, key=lambda found: found[2])
        more = f" (as in {len(few) - 1} other cases of a batch and a column)" if few[1:] else ""
        warn(
            f"column {by!r}: {n} control rows of {batch!r} have a value of {name!r}{more}, and "
            f"scales from fewer than {LEAST_CONTROLS} are uncertain; add control rows of the batch,"
            " or leave it out",
            DomixWarning,
            stacklevel=4,
        )


def apply_baselines(
    values: Floats,
    name: str,
    batches: Batches,
    baselines: Mapping[str, Baseline],
    by: str,
    argument: str,
) -> Floats:
    """Return the values of a column as they would be in a typical batch.

    Raises
    ------
    DataError
        A row has a value, and its batch no baseline.
    """
    known = np.array([batch in baselines for batch in batches.names])
    refused = ~known[batches.numbers] & ~np.isnan(values)
    if refused.any():
        row = int(np.argmax(refused))
        raise DataError(
            f"row {row} (counting from 0), column {by!r}: no control row is of "
            f"{batches.names[batches.numbers[row]]!r} and has a value of {name!r}, and the "
            "baseline is not known; add such control rows, or leave the rows of the batch out "
            f"(control rows have {listing(baselines)})",
            argument=argument,
        )
    own = [baselines.get(batch, Baseline(1.0, 0.0)) for batch in batches.names]
    factors = np.array([baseline.factor for baseline in own])
    offsets = np.array([baseline.offset for baseline in own])
    adjusted: Floats = values * factors[batches.numbers] + offsets[batches.numbers]
    return adjusted
