"""Gains of changes of a support, for `domix._kernels._moves`."""

from __future__ import annotations

import numpy as np

from reference.ambiguity import components_of


def single_changes(data, theta, log_theta, log_density, targets, log_weights, slot_ptr, moments):
    """Compute whole densities of each changed target, one change at a time."""
    codes, entries = np.asarray(data.codes), np.asarray(data.entries)
    counts = np.asarray(data.counts)

    def share(target, log_weight):
        sets = target >= 0
        possible = ((codes == target) | ~sets).all(axis=1)
        possible &= ((theta[entries] > 0) | sets).all(axis=1)
        logs = log_weight - log_density - (log_theta[entries] * sets).sum(axis=1)
        with np.errstate(over="ignore"):
            return np.where(possible, np.exp(logs), 0.0)

    for c, target in enumerate(targets):
        own = share(target, log_weights[c])
        for i in range(len(target)):
            for slot in range(slot_ptr[i], slot_ptr[i + 1]):
                changed = target.copy()
                changed[i] = -1 if slot == slot_ptr[i + 1] - 1 else slot - slot_ptr[i]
                # A change that is none gains nothing for what is lost.
                none = changed[i] == target[i]
                change = (0.0 if none else share(changed, log_weights[c])) - own
                moments[:, c, slot] += counts @ change, counts @ change**2


def own_counts(pairs, expected, out):
    """Count the entries of one component at a time."""
    entries, rows = np.asarray(pairs.data.entries), np.asarray(pairs.rows)
    component = components_of(pairs)
    for c in range(pairs.components):
        mine = component == c
        weights = np.repeat(expected[mine], entries.shape[1])
        out[c] += np.bincount(entries[rows[mine]].ravel(), weights, out.shape[1])


def best_transfer(change, counts):
    """Take Newton steps within a bracket, as the kernel does, a pass of NumPy for each sum."""
    low, high, d = 0.0, 1.0, 0.5
    if not counts @ change > 0:
        return 0.0, 0.0
    for _ in range(40):
        q = change / np.maximum(1 + d * change, 1e-12)
        slope, curve = counts @ q, -(counts @ q**2)
        low, high = (d, high) if slope > 0 else (low, d)
        after = d - slope / curve if curve < 0 else (low + high) / 2
        if not low < after < high:
            after = (low + high) / 2
        if abs(after - d) < 1e-4 * d:
            break
        d = after
    return float(counts @ np.log(np.maximum(1 + d * change, 1e-12))), d
