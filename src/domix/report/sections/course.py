"""When each variable was set, where rows have times."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from domix.plots.posterior.times import read_times
from domix.report.blocks import Paragraph, Section, Table
from domix.report.material import Material, Rows
from domix.results.result import Disentanglement
from domix.util.arrays import Floats

CLEAR = 0.5
"""Posterior probability from which on a row counts as one in which a variable was set."""

MOST_PERIODS = 3
"""Periods of a variable that the table has, those of most rows."""


def describe_course(material: Material) -> Section | None:
    """Return the section; None without times, or where nothing was set."""
    rows = material.rows
    if rows is None or rows.time is None:
        return None
    body = _list_periods(material.result, rows, list(rows.time))
    if not body:
        return None
    return Section(
        "when",
        "When it was set",
        [
            Paragraph(
                "A period is a stretch of times. At each of them, some row has a probability above "
                "one half that the variable was set to the state, by any target. Only the "
                f"{MOST_PERIODS} periods of most rows are shown. Single rows may have the state by "
                "nature."
            ),
            Table(
                "What was set, from when until when",
                ["variable", "set to", "from", "until", "rows"],
                body,
                numbers=(4,),
            ),
        ],
    )


def _list_periods(result: Disentanglement, rows: Rows, times: list[Any]) -> list[list[str]]:
    numbers = read_times(times, len(times), "time").numbers
    timed = np.flatnonzero(np.isfinite(numbers))
    weights = 1.0 if rows.counts is None else rows.counts[timed]
    _, first, place = np.unique(numbers[timed], return_index=True, return_inverse=True)
    texts = [_text(times[row]) for row in timed[first]]
    body = []
    for (name, state), chance in _chances(result, rows).items():
        is_set = (chance[timed] > CLEAR) * weights
        counts = np.bincount(place, weights=is_set, minlength=len(texts))
        inside = np.flatnonzero(counts)
        periods = np.split(inside, np.flatnonzero(np.diff(inside) > 1) + 1) if len(inside) else []
        shown = sorted(periods, key=lambda period: -counts[period].sum())[:MOST_PERIODS]
        for period in sorted(shown, key=lambda period: period[0]):
            ends = [texts[period[0]], texts[period[-1]]]
            body.append([name, state, *ends, f"{counts[period].sum():,.0f}"])
        elsewhere = counts.sum() - sum(counts[period].sum() for period in shown)
        if elsewhere:
            body.append([name, state, "other times", "", f"{elsewhere:,.0f}"])
    return body


def _chances(result: Disentanglement, rows: Rows) -> dict[tuple[str, str], Floats]:
    """Return the probability, row by row, that a variable was set to a state; NaN is 0."""
    posterior = result.posterior(rows.codes, rows.labels, missing="marginalize")
    chances: dict[tuple[str, str], Floats] = {}
    for component, column in zip(result.components, np.nan_to_num(posterior.T), strict=True):
        for name, state in component.intervention.mode.items():
            key = name, str(state)
            chances[key] = chances.get(key, 0.0) + column.astype(np.float64)
    return chances


def _text(time: Any) -> str:
    """Return a time as text; of a date, without what separates it and empty fractions."""
    return re.sub(r"(?<=\d)T(?=\d\d:)", " ", re.sub(r"(?<=:\d\d)\.0+(?!\d)", "", str(time)))
