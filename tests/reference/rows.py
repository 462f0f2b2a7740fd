"""Distinct rows and counts of table entries by NumPy."""

from __future__ import annotations

import numpy as np

from reference.joint import BLOCK, entry_indices


def distinct(codes):
    """Find the distinct rows in order, their counts, and the index of each row among them."""
    found, inverse, counts = np.unique(codes, axis=0, return_inverse=True, return_counts=True)
    return found, counts, inverse.ravel()


def count_entries(layout, codes):
    """Count the rows that read each table entry."""
    out = np.zeros(layout.size)
    for first in range(0, len(codes), BLOCK):
        block = entry_indices(layout, codes[first : first + BLOCK])
        out += np.bincount(block.ravel(), minlength=layout.size)
    return out


def weigh_entries(entries, weights, out):
    """Add to ``out`` the weights of the rows that read each table entry."""
    out += np.bincount(entries.ravel(), np.repeat(weights, entries.shape[1]), len(out))
