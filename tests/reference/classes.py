"""Classes of rows, for `domix._kernels._classes`."""

from __future__ import annotations

import numpy as np


def match(columns, variables, values, out):
    """Compare whole columns; a last row that does not match is written after the matches."""
    matches = (columns[variables] == values[:, None]).all(axis=0)
    rows = np.flatnonzero(matches)
    out[: len(rows)] = rows
    if len(matches) and not matches[-1]:
        out[len(rows)] = len(matches) - 1
    return len(rows)


def append_entries(columns, layout, rows, variables, keys):
    """Look up the entries of one variable at a time."""
    offsets = np.asarray(layout.__reduce__()[1][1])
    for i in variables:
        size = np.uint64(offsets[i + 1] - offsets[i])
        keys[:] = keys * size + _entries(columns[:, rows], layout, i).astype(np.uint64)


def add_expected_counts(columns, layout, counts, numbers, ptr, component, share, out):
    """Add the counts of one variable at a time, for all pairs of a row and a component."""
    lengths = np.diff(ptr)[numbers]
    rows = np.repeat(np.arange(len(numbers)), lengths)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    pairs = ptr[numbers[rows]] + within
    offsets = np.asarray(layout.__reduce__()[1][1])
    for i, first in enumerate(offsets[:-1]):
        entries = first + _entries(columns, layout, i)
        np.add.at(out, (component[pairs], entries[rows]), counts[rows] * share[pairs])


def _entries(columns, layout, i):
    """The entry of one table that each row reads, from 0."""
    cards, _, parent_ptr, parent_index, _, _ = map(np.asarray, layout.__reduce__()[1])
    entries = np.zeros(columns.shape[1], np.int64)
    for axis in (*parent_index[parent_ptr[i] : parent_ptr[i + 1]], i):
        entries = entries * cards[axis] + columns[axis]
    return entries
