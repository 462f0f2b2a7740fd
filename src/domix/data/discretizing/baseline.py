"""Baselines of batches: measurements as they would be in a typical batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from domix.core.space import listing
from domix.data.marks import is_missing
from domix.errors import DataError
from domix.util.arrays import Floats, Ints


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
    """Return the baseline of each batch, from its control rows.

    With m the median and s the interquartile range of a batch, and M and S the medians of both over
    the batches, a value x becomes (x - m) S / s + M; or x S / s for ratios, where s is the mean. A
    batch without spread, or with a mean of 0, keeps its scale.
    """
    centers, scales = [], []
    for batch in range(len(batches.names)):
        present = values[batches.members(batch)]
        present = present[~np.isnan(present)]
        if not len(present):
            centers.append(np.nan)
            scales.append(np.nan)
        elif ratios:
            centers.append(0.0)
            scales.append(float(present.mean()))
        else:
            lower, middle, upper = np.quantile(present, [0.25, 0.5, 0.75])
            centers.append(float(middle))
            scales.append(float(upper - lower))
    center, scale = _typical(centers), _typical([s for s in scales if s > 0])
    baselines = {}
    for name, own_center, own_scale in zip(batches.names, centers, scales, strict=True):
        factor = scale / own_scale if own_scale > 0 else 1.0
        offset = 0.0 if np.isnan(own_center) else center - own_center * factor
        baselines[name] = Baseline(float(factor), float(offset))
    return baselines


def apply_baselines(
    values: Floats, batches: Batches, baselines: Mapping[str, Baseline], by: str, argument: str
) -> Floats:
    """Return the values as they would be in a typical batch.

    Raises
    ------
    DataError
        A batch has no baseline.
    """
    unknown = [name for name in batches.names if name not in baselines]
    if unknown:
        row = int(batches.members(batches.names.index(unknown[0]))[0])
        raise DataError(
            f"row {row} (counting from 0), column {by!r}: no control row is of {unknown[0]!r}, and "
            "its baseline is not known; add control rows of it, or leave its rows out (control "
            f"rows have {listing(baselines)})",
            argument=argument,
        )
    own = [baselines[name] for name in batches.names]
    factors = np.array([baseline.factor for baseline in own])
    offsets = np.array([baseline.offset for baseline in own])
    adjusted: Floats = values * factors[batches.numbers] + offsets[batches.numbers]
    return adjusted


def _typical(numbers: list[float]) -> float:
    """Return the median of numbers, without NaN; 1 if there is none."""
    present = [number for number in numbers if not np.isnan(number)]
    return float(np.median(present)) if present else 1.0
