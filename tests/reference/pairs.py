"""Gains of targets of two variables, for `domix._kernels._pairs`."""

from __future__ import annotations

import numpy as np


def pair_changes(data, theta, log_density, variables, first_slot, inverse, moments):
    """Compute the density of one pair of variables at a time, in all rows."""
    codes, entries = np.asarray(data.codes), np.asarray(data.entries)
    counts, n = np.asarray(data.counts), np.asarray(data.codes).shape[1]
    values = theta[entries]
    for a, i in enumerate(variables):
        for b in range(a + 1, len(variables)):
            j = variables[b]
            others = [k for k in range(n) if k not in (i, j)]
            possible = (values[:, others] > 0).all(axis=1)
            set_values = np.where(values > 0, values, 1.0)
            ratio = np.exp(-log_density) / (set_values[:, i] * set_values[:, j])
            ratio = np.where(possible, ratio, 0.0)
            slots = first_slot[a] + codes[:, i], first_slot[b] + codes[:, j]
            np.add.at(moments[0], slots, counts * ratio)
            np.add.at(moments[1], slots, counts * ratio**2)
    possible = np.flatnonzero(_reachable(values, variables))
    if len(possible):
        last = values[possible[-1], variables]
        inverse[:] = np.where(last > 0, 1.0 / np.where(last > 0, last, 1.0), -1.0)


def _reachable(values, variables):
    """Rows with at most two zeros, all of them entries of the variables."""
    zeros = (values == 0).sum(axis=1)
    return (zeros <= 2) & ((values[:, variables] == 0).sum(axis=1) == zeros)
