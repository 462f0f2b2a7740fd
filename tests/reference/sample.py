"""Ancestral sampling, one variable at a time."""

from __future__ import annotations

import numpy as np


def sample(tables, uniforms, target=()):
    """Invert the cumulative tables, one variable at a time over all rows."""
    layout = tables.layout
    fixed = dict(target)
    out = np.zeros(uniforms.shape, dtype=np.uint8)
    for node in layout.order:
        if node in fixed:
            out[:, node] = fixed[node]
            continue
        table = tables.node(node).reshape(-1, int(layout.cards[node]))
        row = np.zeros(len(out), dtype=np.int64)
        for p in layout.parents[node]:
            row = row * layout.cards[p] + out[:, p]
        running = np.cumsum(table, axis=1)
        last = table.shape[1] - 1 - np.argmax(table[:, ::-1] > 0, axis=1)
        drawn = (uniforms[:, node, None] >= running[row]).sum(axis=1)
        out[:, node] = np.minimum(drawn, last[row])
    return out
