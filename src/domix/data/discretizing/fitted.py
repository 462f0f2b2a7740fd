"""What a discretizer has learnt, and the measurements of other rows on the same scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from domix.core.space import listing
from domix.data.discretizing.baseline import Baseline, apply_baselines, read_batches
from domix.data.discretizing.cuts import COUNTS, Cuts
from domix.data.discretizing.measurements import read_numbers
from domix.data.marks import MissingMarks
from domix.errors import DataError
from domix.util.arrays import Floats


@dataclass(frozen=True)
class Fitted:
    """What a discretizer has learnt from control rows.

    Attributes
    ----------
    cuts : dict of str to Cuts
        Of each column that is cut.
    by : str or None
        The column of the batch.
    baselines : dict of str to dict of str to Baseline
        Of each column that is cut, by batch; empty without batches.
    depth : str or None
        The column of the depth.
    typical_depth : float
        The control rows' median of it.
    """

    cuts: dict[str, Cuts]
    by: str | None
    baselines: dict[str, dict[str, Baseline]]
    depth: str | None
    typical_depth: float

    @property
    def used(self) -> list[str]:
        """The columns that are read and left out: those of the batch and the depth."""
        return [name for name in (self.by, self.depth) if name is not None]

    def measure(self, frame: Any, marks: MissingMarks, argument: str) -> dict[str, Floats]:
        """Return the measurements of each column that is cut, as in a typical batch and row.

        Raises
        ------
        DataError
            A column is missing, a value is not a number, or control rows have no such batch.
        """
        absent = [name for name in (*self.cuts, *self.used) if name not in frame.columns]
        if absent:
            raise DataError(
                f"no column for {listing(absent)}, which the control rows have; the columns are "
                f"{listing(frame.columns)}; if it is not a variable, fit without it, or with "
                'strategy={"COLUMN": "keep"}',
                argument=argument,
            )
        batches = None if self.by is None else read_batches(frame[self.by], self.by, argument)
        factors = None
        if self.depth is not None:
            factors = self.typical_depth / read_depth(frame, self.depth, marks, argument)
        measured = {}
        for name, cuts in self.cuts.items():
            raw = values = read_numbers(frame[name], name, marks, argument)
            if factors is not None and cuts.strategy == COUNTS:
                values = values * factors
            if batches is not None:
                own = self.baselines[name]
                values = apply_baselines(values, name, batches, own, str(self.by), argument)
            if cuts.strategy == COUNTS:  # what was counted is something, on any scale
                values = np.where(raw > 0, np.maximum(values, cuts.edges[0]), values)
            measured[name] = values
        return measured


def read_depth(frame: Any, name: str, marks: MissingMarks, argument: str) -> Floats:
    """Return the depth of each row, a positive number.

    Raises
    ------
    DataError
        A row has another value, or none.
    """
    depth = read_numbers(frame[name], name, marks, argument)
    positive = (depth > 0) & np.isfinite(depth)
    if not positive.all():
        row = int(np.argmin(positive))
        raise DataError(
            f"row {row} (counting from 0), column {name!r}: the depth is {depth[row]:g}, and must "
            "be a positive number; leave such rows out",
            argument=argument,
        )
    return depth
