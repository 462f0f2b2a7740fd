"""The growth of time with rows and variables: exponents fitted to the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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


def describe_growth(lines: Sequence[Line], metric: str = "cpu_seconds") -> str:
    """Describe, in a line per method, how its mean time grows with rows and with variables.

    Growth with rows is fitted at the number of variables with the most cells, and vice versa.
    """
    sentences = []
    for method in dict.fromkeys(line.method for line in lines):
        own = [line for line in lines if line.method == method and metric in line.figures]
        parts = []
        for size, fixed, fixed_name in (("rows", "n", "variables"), ("n", "rows", "rows")):
            series = longest_series(own, fixed)
            if len(series) >= LEAST_POINTS:
                sizes = [getattr(line.cell, size) for line in series]
                times = [line.figures[metric].mean for line in series]
                size_name = "rows" if size == "rows" else "variables"
                place = f"{getattr(series[0].cell, fixed):,} {fixed_name}"
                parts.append(f"{size_name}^{exponent(sizes, times):.2f} (at {place})")
        if parts:
            sentences.append(f"{method}: processor time grows as {' and '.join(parts)}")
    return "\n".join(sentences)


def longest_series(lines: Sequence[Line], fixed: str) -> list[Line]:
    """Return the lines that share the most frequent value of one attribute of their cells."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(getattr(line.cell, fixed), []).append(line)
    return max(groups.values(), key=len, default=[])
