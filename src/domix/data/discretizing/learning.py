"""Cut points of all columns, from control rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from warnings import warn

import numpy as np

from domix.core.space import listing
from domix.data.discretizing.baseline import (
    Baseline,
    apply_baselines,
    fit_baselines,
    read_batches,
    warn_of_few_controls,
)
from domix.data.discretizing.cuts import COUNTS, METRICS, TAILS, Cuts, find_cuts
from domix.data.discretizing.fitted import Fitted, read_depth
from domix.data.discretizing.measurements import (
    is_discrete,
    is_numeric,
    read_numbers,
    refuse_infinities,
)
from domix.data.marks import MissingMarks
from domix.data.states import declares_levels
from domix.errors import DataError, DomixWarning
from domix.util.arrays import Floats
from domix.util.progress import report_progress

AUTO, KEEP = "auto", "keep"

LEAST_ZEROS = 0.05
"""Share of zeros, where no value is negative, from which values are taken as counts."""

Strategy = str | Mapping[str, str]
"""One for all columns, or by name."""


def learn_cuts(
    frame: Any,
    strategy: Strategy,
    bins: int | None,
    by: str | None,
    depth: str | None,
    marks: MissingMarks,
) -> Fitted:
    """Learn the cut points of each column that holds measurements; see :class:`Discretizer`."""
    asked: dict[str, list[str | None]] = {
        "strategy": list(strategy) if isinstance(strategy, Mapping) else [],
        "by": [by],
        "depth": [depth],
    }
    for argument, names in asked.items():
        absent = [name for name in names if name is not None and name not in frame.columns]
        if absent:
            raise DataError(
                f"there is no column {listing(absent)}; the columns are {listing(frame.columns)}",
                argument=argument,
            )
    if not len(frame):
        raise DataError("there are no rows", argument="control")
    batches = None if by is None else read_batches(frame[by], by, "control")
    typical_depth, factors = 1.0, np.ones(len(frame))
    if depth is not None:
        depths = read_depth(frame, depth, marks, "control")
        typical_depth = float(np.median(depths))
        factors = typical_depth / depths
    cuts: dict[str, Cuts] = {}
    constant: list[str] = []
    scaled: dict[str, Floats] = {}
    baselines: dict[str, dict[str, Baseline]] = {}
    for number, name in enumerate(frame.columns):
        report_progress("cut points of columns", number / len(frame.columns))
        measured = None
        if name not in (by, depth):
            measured = _read_measurements(frame[name], name, strategy, marks, depth is not None)
        if measured is None:
            continue
        values, chosen = measured
        if np.nanmin(values) == np.nanmax(values):
            constant.append(name)
        if chosen == COUNTS:
            values = values * factors
        if batches is not None:
            ratios = chosen in (COUNTS, METRICS) and np.nanmin(values) >= 0
            own = baselines[name] = fit_baselines(values, batches, ratios=bool(ratios))
            values = apply_baselines(values, name, batches, own, str(by), "control")
            scaled[name] = values
        cuts[name] = find_cuts(values[~np.isnan(values)], chosen, bins, name)
    if not cuts:
        raise DataError(
            "every column is discrete as it is; where one holds measurements, name it in strategy, "
            'such as {"IL6": "tails"}',
            argument="control",
        )
    if depth is not None and COUNTS not in {cut.strategy for cut in cuts.values()}:
        raise DataError(
            "no column is cut as counts, and others are not scaled; leave it out, or name columns "
            'in strategy, such as {"IL6": "counts"}',
            argument="depth",
        )
    if constant:
        warn(
            f"control: {listing(constant)} never change{'s' * (len(constant) == 1)}. That is right "
            "for errors that did not occur; leave out a sensor that does not work",
            DomixWarning,
            stacklevel=3,
        )
    if batches is not None:
        warn_of_few_controls(scaled, batches, str(by))
    return Fitted(cuts, by, baselines, depth, typical_depth)


def _read_measurements(
    column: Any, name: str, strategy: Strategy, marks: MissingMarks, has_depth: bool
) -> tuple[Floats, str] | None:
    """Return the numbers of a column and how they are cut; None if the column is discrete."""
    by_name = strategy if isinstance(strategy, Mapping) else {}
    choice = strategy if isinstance(strategy, str) else by_name.get(name, AUTO)
    if choice == KEEP:
        return None
    if declares_levels(column) or not is_numeric(column, name, marks, "control"):
        if by_name.get(name, AUTO) == AUTO:
            return None
        raise DataError(
            f"column {name!r} does not hold numbers and cannot be cut; leave it out",
            argument="strategy",
        )
    values = read_numbers(column, name, marks, "control")
    if choice == AUTO and has_depth and _are_whole(values):
        choice = COUNTS
    if choice == AUTO and is_discrete(values):
        return None
    if name not in by_name and is_discrete(values, most=2):
        return None
    refuse_infinities(values, name, "control")
    if np.isnan(values).all():
        raise DataError(
            f"column {name!r} has no value in any control row; leave the column out",
            argument="control",
        )
    if choice == AUTO:
        choice = COUNTS if _are_counts(values[~np.isnan(values)]) else TAILS
    return values, choice


def _are_whole(values: Floats) -> bool:
    """Whether all values are whole numbers of at least 0, as counts are."""
    present = values[~np.isnan(values)]
    return bool(((present >= 0) & (present == np.floor(present))).all())


def _are_counts(values: Floats) -> bool:
    """Whether zeros are too many for quantiles, among values of which none is negative."""
    zeros = float((values == 0).mean())
    return bool(values.min() >= 0) and LEAST_ZEROS <= zeros < 1
