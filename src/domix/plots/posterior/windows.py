"""Means of posterior probabilities over windows of rows that are sorted, or of times."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domix.util.arrays import Floats

MOST_WINDOWS, MOST_STEPS = 100, 600
"""Windows of times, and of sorted rows: steps that a figure can still show."""

ROWS_PER_WINDOW = 10
"""Rows that a window of times has on average, at least, where there are more times than windows."""

WIDEST = 1.5
"""Width of a window, in the usual distance of times, beyond which there is a gap beside it."""


@dataclass(frozen=True)
class Windows:
    """Means in windows.

    Attributes
    ----------
    edges : ndarray of float64, shape (windows + 1,)
        Where windows begin and end, rising.
    means : ndarray of float64, shape (windows, components)
        Mean posterior probabilities; NaN in a window without rows.
    rows : ndarray of float64, shape (windows,)
        How many rows each has.
    """

    edges: Floats
    means: Floats
    rows: Floats


def sort_rows(posterior: Floats, counts: Floats) -> tuple[Windows, list[float]]:
    """Sort rows by their most probable component, then by its falling probability.

    Parameters
    ----------
    posterior : ndarray of float64, shape (rows, components)
    counts : ndarray of float64, shape (rows,)
        How often each row occurred; positive.

    Returns
    -------
    windows : Windows
        Along the sorted rows, from 0.
    ends : list of float
        After how many rows the block of each component ends.

    Examples
    --------
    >>> posterior = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    >>> windows, ends = sort_rows(posterior, np.array([4.0, 1.0, 1.0]))
    >>> windows.means[:, 0].tolist(), windows.edges.tolist(), ends
    ([1.0, 0.5, 0.25], [0.0, 1.0, 2.0, 6.0], [2.0, 6.0])
    """
    rows, components = posterior.shape
    best = posterior.argmax(axis=1)
    order = np.lexsort((-posterior[np.arange(rows), best], best))
    cuts = np.linspace(0, rows, min(rows, MOST_STEPS) + 1).astype(np.int64)
    sums = np.add.reduceat((posterior * counts[:, None])[order], cuts[:-1], axis=0)
    edges = np.append(0.0, np.cumsum(counts[order]))[cuts]
    widths = np.diff(edges)
    ends = np.cumsum(np.bincount(best, counts, components)).tolist()
    return Windows(edges, sums / widths[:, None], widths), ends


def cut_times(posterior: Floats, times: Floats, counts: Floats) -> Windows:
    """Cut times into windows: one for each time, or of equal widths where there are many.

    Parameters
    ----------
    posterior : ndarray of float64, shape (rows, components)
    times : ndarray of float64, shape (rows,)
    counts : ndarray of float64, shape (rows,)
        How often each row occurred.

    Examples
    --------
    >>> posterior = np.array([[1.0], [0.5], [0.0]])
    >>> windows = cut_times(posterior, np.array([1.0, 1.0, 2.0]), np.ones(3))
    >>> windows.edges.tolist(), windows.means[:, 0].tolist()
    ([0.5, 1.5, 2.5], [0.75, 0.0])
    """
    distinct = np.unique(times)
    if len(distinct) <= MOST_WINDOWS:
        edges = _surround(distinct)
    else:
        count = min(MOST_WINDOWS, max(int(counts.sum()) // ROWS_PER_WINDOW, 1))
        edges = np.linspace(distinct[0], distinct[-1], count + 1)
    window = np.clip(np.searchsorted(edges, times, side="right") - 1, 0, len(edges) - 2)
    rows = np.bincount(window, counts, len(edges) - 1).astype(np.float64)
    sums = [np.bincount(window, counts * column, len(rows)) for column in posterior.T]
    with np.errstate(invalid="ignore"):
        return Windows(edges, np.stack(sums, axis=1) / rows[:, None], rows)


def _surround(times: Floats) -> Floats:
    """Return edges around each time, half-way to the next, or less far beside a gap.

    Examples
    --------
    >>> _surround(np.array([0.0, 1.0, 2.0, 8.0])).tolist()
    [-0.5, 0.5, 1.5, 2.5, 7.5, 8.5]
    """
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) else 1.0
    edges = [times[0] - usual / 2]
    for time, step in zip(times, steps, strict=False):
        near = step <= WIDEST * usual
        edges += [time + step / 2] if near else [time + usual / 2, time + step - usual / 2]
    return np.array([*edges, times[-1] + usual / 2])
