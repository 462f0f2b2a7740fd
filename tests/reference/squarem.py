"""Squared steps, for `domix._kernels._squarem`."""

from __future__ import annotations

import numpy as np


def step_length(p0, p1, p2, total, l0, l1, l2, table_counts):
    """Compare the two differences of three points, in the metric of the expected counts."""
    metrics = [total / (p0 + 1e-6), table_counts]
    points = list(zip(((p0, p1, p2), (l0, l1, l2)), metrics, strict=True))
    speed = sum(((x[1] - x[0]) ** 2 * w).sum() for x, w in points)
    bend = sum(((x[2] - 2 * x[1] + x[0]) ** 2 * w).sum() for x, w in points)
    if speed < 1e-12:
        return -1.0
    return np.sqrt(speed / bend) if bend > 0 else np.inf


def extrapolate(first, second, third, step, out):
    """Evaluate the parabola through three points."""
    r = second - first
    out[:] = first + 2 * step * r + step * step * (third - second - r)
