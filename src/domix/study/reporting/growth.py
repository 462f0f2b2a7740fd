"""How time grows: exponents fitted to the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix.study.reporting.table import Line

__all__ = ["exponent", "exponents"]

LEAST_POINTS = 3


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The slope of log time against log size, by least squares.

    Examples
    --------
    >>> exponent([1, 2, 4], [3, 12, 48])
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(times), 1)[0])


def exponents(lines: Sequence[Line], metric: str = "cpu_seconds") -> str:
    """A sentence per method: how its mean time grows with rows, and with variables.

    The rows are those of the number of variables with the most cells, and the other way round.
    """
    said = []
    for method in dict.fromkeys(line.method for line in lines):
        own = [line for line in lines if line.method == method and metric in line.figures]
        parts = []
        for what, fixed, name in (("rows", "n", "variables"), ("n", "rows", "rows")):
            series = longest_series(own, fixed)
            if len(series) >= LEAST_POINTS:
                sizes = [getattr(line.cell, what) for line in series]
                times = [line.figures[metric].mean for line in series]
                word = "rows" if what == "rows" else "variables"
                where = f"{getattr(series[0].cell, fixed):,} {name}"
                parts.append(f"{word}^{exponent(sizes, times):.2f} (at {where})")
        if parts:
            said.append(f"{method}: processor time grows as {' and '.join(parts)}")
    return "\n".join(said)


def longest_series(lines: Sequence[Line], fixed: str) -> list[Line]:
    """The lines of the most frequent value of one attribute of their cells."""
    groups: dict[int, list[Line]] = {}
    for line in lines:
        groups.setdefault(getattr(line.cell, fixed), []).append(line)
    return max(groups.values(), key=len, default=[])
