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


def sample(
    tables: Tables, rows: int, target: Target, rng: np.random.Generator
) -> npt.NDArray[np.uint8]:
    """Shape (rows, n) uint8: codes drawn from P(. | do(target))."""
    layout = tables.layout
    out = np.empty((rows, layout.n), dtype=np.uint8)
    order = np.array(layout.order, dtype=np.int64)
    fixed = fixed_codes(layout.n, target)
    uniforms = np.empty((max(1, BLOCK // max(layout.n, 1)), layout.n))
    scratch = np.empty(max(layout.n, 1) * _sample.ROWS, dtype=np.uint8)
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
            tables.cumulative,
            fixed,
            scratch,
            part,
        )
    return out
