"""Rows drawn from a network under an intervention."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from domix._kernels import _sample
from domix.core.tables import Tables, Target
from domix.query.probability import fixed_codes

__all__ = ["sample"]

# Uniforms are drawn this many at a time, to stay in cache: the stream is the same.
BLOCK = 1 << 15


def _cumulative(tables: Tables) -> npt.NDArray[np.float64]:
    """Running sums within each table row, exactly 1 from the last possible value on."""
    layout = tables.layout
    values = tables.values.astype(np.float64)
    out = np.empty_like(values)
    for node in range(layout.n):
        part = layout.cells_of(node)
        table = values[part].reshape(-1, int(layout.cards[node]))
        running = np.cumsum(table, axis=1)
        still = np.cumsum(table[:, ::-1] > 0, axis=1)[:, ::-1]
        later = np.zeros_like(still)
        later[:, :-1] = still[:, 1:]
        running[later == 0] = 1.0
        out[part] = running.ravel()
    return out


def sample(
    tables: Tables, rows: int, target: Target, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Shape (rows, n) uint8: codes drawn from P(. | do(target))."""
    layout = tables.layout
    out = np.empty((rows, layout.n), dtype=np.uint8)
    cumulative = _cumulative(tables)
    order = np.array(layout.order, dtype=np.int64)
    fixed = fixed_codes(layout.n, target)
    uniforms = np.empty((max(1, BLOCK // max(layout.n, 1)), layout.n))
    for first in range(0, rows, len(uniforms)):
        part = out[first : first + len(uniforms)]
        _sample.sample(
            rng.random(out=uniforms[: len(part)]),
            order,
            layout.cards,
            layout.offsets,
            layout.parent_ptr,
            layout.parent_index,
            layout.parent_stride,
            cumulative,
            fixed,
            part,
        )
    return out
