"""Reference implementations of the kernel of soft components, component by component."""

from __future__ import annotations

import numpy as np


def parts_of(pairs):
    """Yield each component: its number, its pairs, their rows, and their factors by slot."""
    places, rows = np.asarray(pairs.places), np.asarray(pairs.rows)
    for c in range(pairs.components):
        part = slice(pairs.ptr[c], pairs.ptr[c + 1])
        slots = range(pairs.slot_ptr[c], pairs.slot_ptr[c + 1])
        factors = [pairs.starts[s] + places[rows[part], pairs.variables[s]] for s in slots]
        yield c, part, rows[part], factors


def log_ratios(pairs, log_factor, out):
    """Add up the logarithms of the factors of each pair."""
    for _, part, _, factors in parts_of(pairs):
        out[part] = sum((log_factor[f] for f in factors), np.zeros(part.stop - part.start))


def e_step(pairs, ratio, change, weights, impossible_row_cost, workspace):
    """Divide each row among its components in proportion to their likelihoods."""
    value, density = np.asarray(workspace.value), np.asarray(workspace.density)
    expected, read = np.asarray(workspace.expected_counts), np.asarray(workspace.intervened_counts)
    counts = np.asarray(pairs.counts)
    total = np.zeros(len(counts))
    for c, part, rows, factors in parts_of(pairs):
        value[part] = weights[c] * ratio[part]
        for f in factors:
            value[part] *= change[f]
        total += np.bincount(rows, value[part], len(counts))
    possible = total > 1e-290
    density[:] = 0.0
    read[:] = 0.0
    density[possible] = counts[possible] / total[possible]
    for c, part, rows, factors in parts_of(pairs):
        shares = value[part] * density[rows]
        expected[c] = shares.sum()
        for f in factors:
            np.add.at(read, f, shares)
    found = counts[possible] @ np.log(total[possible])
    return found - impossible_row_cost * counts[~possible].sum()
