"""Ambiguous data rows, dense over rows x components, for `domix._kernels._ambiguity`."""

from __future__ import annotations

import itertools

import numpy as np


def log_ratios(data, rows, variables, log_theta, out):
    """Look the logarithms up, all variables at once."""
    out[:] = -log_theta[np.asarray(data.entries)[rows][:, variables]].sum(axis=1)


def components_of(pairs):
    """List the component of each pair."""
    return np.repeat(np.arange(pairs.components), np.diff(pairs.ptr))


def variables_of(pairs):
    """List the variables that each component sets."""
    bounds = itertools.pairwise(np.asarray(pairs.variable_ptr).tolist())
    return [np.asarray(pairs.variables)[first:last] for first, last in bounds]


def separate(pairs, log_negligible, workspace, number, ambiguous, out_ptr, out_rows):
    """Separate rows by how many components remain in a dense table of ratios."""
    rows, component = np.asarray(pairs.rows), components_of(pairs)
    entries, counts = np.asarray(pairs.data.entries), np.asarray(pairs.data.counts)
    value = np.asarray(workspace.value)
    logs = np.full((len(counts), pairs.components), -np.inf)
    logs[rows, component] = value
    best = logs.max(axis=1, initial=-np.inf)
    left = np.isfinite(logs) & (logs > best[:, None] + log_negligible)
    number[:] = left.sum(axis=1)
    listed = np.flatnonzero(number > 1)
    ambiguous[: len(listed)] = listed
    kept = left[rows, component] & (number[rows] > 1)
    out_ptr[:] = np.append(0, np.cumsum(np.bincount(component[kept], minlength=pairs.components)))
    out_rows[: kept.sum()] = rows[kept]
    ratios = np.exp(value[kept] - best[rows[kept]])
    value[: len(ratios)] = ratios
    np.asarray(workspace.density)[:] = best
    intervened = np.asarray(workspace.intervened_counts)
    for c, variables in enumerate(variables_of(pairs)):
        alone = np.flatnonzero(left[:, c] & (number == 1))
        workspace.expected_counts[c] += counts[alone].sum()
        for i in variables if len(intervened) else ():
            np.add.at(intervened, entries[alone, i], counts[alone])
    return len(ratios), len(listed)


def mark_informed(pairs, row_of_entry, out):
    """Mark the rows of CPTs component by component."""
    entries, rows = np.asarray(pairs.data.entries), np.asarray(pairs.rows)
    component = components_of(pairs)
    for c, variables in enumerate(variables_of(pairs)):
        out[row_of_entry[entries[rows[component == c]][:, variables]]] = 1
