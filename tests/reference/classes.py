"""Classes of rows, for `domix._kernels._classes`."""

from __future__ import annotations

import numpy as np


def match(columns, variables, values, out):
    """Compare one row at a time; the place after the last match is scratch."""
    found = 0
    for r in range(columns.shape[1]):
        out[found] = r
        found += bool((columns[variables, r] == values).all())
    return found


def append_entries(columns, layout, rows, variables, keys):
    """Look up the entries of one row at a time."""
    cards, offsets, parent_ptr, parent_index, _, _ = map(np.asarray, layout.__reduce__()[1])
    for e, row in enumerate(rows):
        for i in variables:
            parents = parent_index[parent_ptr[i] : parent_ptr[i + 1]]
            entry = 0
            for axis in (*parents, i):
                entry = entry * int(cards[axis]) + int(columns[axis, row])
            keys[e] = keys[e] * np.uint64(offsets[i + 1] - offsets[i]) + np.uint64(entry)


def add_expected_counts(columns, layout, counts, numbers, ptr, component, share, out):
    """Share out one row at a time."""
    offsets = np.asarray(layout.__reduce__()[1][1])
    n = len(offsets) - 1
    for r, number in enumerate(numbers):
        for i in range(n):
            entry = np.zeros(1, np.uint64)
            append_entries(columns, layout, [r], [i], entry)
            for e in range(ptr[number], ptr[number + 1]):
                out[component[e], offsets[i] + int(entry[0])] += counts[r] * share[e]
