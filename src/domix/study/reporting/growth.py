"""The growth of time with rows and variables: exponents fitted to the table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from domix.study.records import Key, Record
from domix.study.reporting.table import Line

LEAST_POINTS = 3
"""An exponent is fitted to at least this many cells."""


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """Fit the slope of log time against log size by least squares.

    Examples
    --------
    >>> exponent([1, 2, 4], [3, 12, 48])
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def describe_growth(
    lines: Sequence[Line],
    records: Mapping[Key, Record],
    block: str,
    metric: str = "cpu_seconds",
) -> str:
    """Describe, in a line per method, how its mean time grows with rows and with variables.

    Growth with rows is fitted at each number of variables that was measured with enough numbers of
    rows, and vice versa. In brackets are the least and the largest exponent of single instances.
    """
    sentences = []
    for method in dict.fromkeys(line.method for line in lines):
        own = [line for line in lines if line.method == method and metric in line.figures]
        parts = []
        for size, fixed, fixed_name in (("rows", "n", "variables"), ("n", "rows", "rows")):
            for series in list_series(own, fixed):
                sizes = [getattr(line.cell, size) for line in series]
                mean = exponent(sizes, [line.figures[metric].mean for line in series])
                size_name = "rows" if size == "rows" else "variables"
                place = f"{getattr(series[0].cell, fixed):,} {fixed_name}"
                each = [exponent(sizes, times) for times in _times(series, records, block, metric)]
                spread = f"{min(each):.2f} to {max(each):.2f}; " if len(each) > 1 else ""
                parts.append(f"{size_name}^{mean:.2f} ({spread}at {place})")
        if parts:
            sentences.append(f"{method}: processor time grows as {', '.join(parts)}")
    return "\n".join(sentences)


def _times(
    series: Sequence[Line], records: Mapping[Key, Record], block: str, metric: str
) -> list[list[float]]:
    """Return the times of each instance that has all of them, in the order of the series."""
    keys = [
        [Key(str(line.cell), block, instance, line.method) for line in series]
        for instance in range(max(line.instances for line in series))
    ]
    return [
        [getattr(records[key].cost, metric) for key in own]
        for own in keys
        if all(key in records and not records[key].failed for key in own)
    ]


def list_series(lines: Sequence[Line], fixed: str, least: int = LEAST_POINTS) -> list[list[Line]]:
    """List the lines that share one attribute of their cells, if at least ``least`` do."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(getattr(line.cell, fixed), []).append(line)
    return [series for series in groups.values() if len(series) >= least]
