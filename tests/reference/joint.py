"""Rows that are read one variable at a time, for `domix.query.probability` and its tables."""

from __future__ import annotations

import numpy as np

BLOCK = 16_384
"""Rows that are read at once."""


def entry_indices(layout, codes):
    """Find the table entries that each row reads, one variable at a time."""
    out = np.empty(codes.shape, dtype=np.int32)
    wide = codes.astype(np.int64)
    for node in range(layout.n):
        at = layout.offsets[node] + wide[:, node]
        for e in range(layout.parent_ptr[node], layout.parent_ptr[node + 1]):
            at = at + layout.parent_stride[e] * wide[:, layout.parent_index[e]]
        out[:, node] = at
    return out


def log_prob(tables, codes, target=()):
    """Compute log P(row | do(target)) in blocks of rows."""
    return log_prob_targets(tables, codes, [target])[:, 0]


def log_prob_targets(tables, codes, targets):
    """Compute the same for several targets; each logarithm is looked up once for all."""
    out = np.empty((len(codes), len(targets)))
    for first in range(0, len(codes), BLOCK):
        block = codes[first : first + BLOCK]
        logs = tables.log_values[entry_indices(tables.layout, block)]
        for t, target in enumerate(targets):
            fixed = dict(target)
            free = [i for i in range(tables.layout.n) if i not in fixed]
            sums = (logs[:, free] if fixed else logs).sum(axis=1)
            for i, v in target:
                sums[block[:, i] != v] = -np.inf
            out[first : first + BLOCK, t] = sums
    return out


def _log_shares(tables, codes, targets, weights):
    """Compute the logarithms of each target's share of a row's density, and of the density."""
    with np.errstate(divide="ignore"):
        joint = log_prob_targets(tables, codes, targets) + np.log(np.asarray(weights, dtype=float))
        top = joint.max(axis=1, initial=-np.inf)
        shift = np.where(np.isfinite(top), top, 0.0)
        return joint, shift + np.log(np.exp(joint - shift[:, None]).sum(axis=1))


def mixture_log_prob(tables, codes, targets, weights):
    """Compute the log-density of a mixture; the largest term of a row is taken out first."""
    return _log_shares(tables, codes, targets, weights)[1]


def posterior(tables, codes, targets, weights):
    """Compute P(target | row), shape (rows, targets); NaN where no target can produce the row."""
    joint, density = _log_shares(tables, codes, targets, weights)
    with np.errstate(invalid="ignore"):
        return np.exp(joint - density[:, None])


def merge(tables, nodes, places, target):
    """Compute one merged table, shape (2 ** bits,), from the codes that each index stands for."""
    layout, fixed = tables.layout, dict(target)
    bits = {i: max(1, (int(layout.cards[i]) - 1).bit_length()) for i in places}
    index = np.arange(1 << sum(bits.values()))
    codes = np.zeros((len(index), layout.n), dtype=np.uint8)
    for i, place in places.items():
        codes[:, i] = np.minimum(index >> place & ((1 << bits[i]) - 1), layout.cards[i] - 1)
    out = np.zeros(len(index))
    entries = entry_indices(layout, codes)
    for node in nodes:
        if node in fixed:
            out[codes[:, node] != fixed[node]] = -np.inf
        else:
            out += tables.log_values[entries[:, node]]
    return out
