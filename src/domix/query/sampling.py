"""Rows drawn from a network under an intervention."""

from __future__ import annotations

from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from domix._kernels import _sample
from domix.core.codes import target_codes
from domix.core.tables import Tables, Target
from domix.engine import over_rows

__all__ = ["sample"]

# Uniforms are drawn this many at a time, to stay in cache: the stream is the same.
BLOCK = 1 << 15


# Their streams can be entered anywhere, and each uniform takes one step of them.
JUMPING = (np.random.PCG64, np.random.PCG64DXSM)


def sample(
    tables: Tables,
    rows: int,
    target: Target,
    rng: np.random.Generator,
    threads: SupportsIndex | None = 1,
) -> npt.NDArray[np.uint8]:
    """Shape (rows, n) uint8: codes drawn from P(. | do(target)).

    Neither the rows nor the state in which ``rng`` is left depends on ``threads``; a generator
    that cannot jump ahead has one thread.
    """
    layout = tables.layout
    out = np.empty((rows, layout.n), dtype=np.uint8)
    bits = rng.bit_generator
    if type(bits) not in JUMPING:
        _draw(tables, target, rng, out)
        return out

    def part(some: slice) -> None:
        ahead = type(bits)()
        _move(ahead, bits.state, some.start * layout.n)
        _draw(tables, target, np.random.Generator(ahead), out[some])

    over_rows(part, rows, layout.n, threads)
    _move(bits, bits.state, rows * layout.n)
    return out


def _move(bits: Any, state: Any, steps: int) -> None:
    """Put a generator ``steps`` after ``state``."""
    bits.state = state
    bits.advance(steps)
    # Drawing uniforms leaves half a number that is waiting alone; jumping drops it.
    bits.state = {**state, "state": bits.state["state"]}


def _draw(
    tables: Tables, target: Target, rng: np.random.Generator, out: npt.NDArray[np.uint8]
) -> None:
    layout = tables.layout
    order = np.array(layout.order, dtype=np.int64)
    [fixed] = target_codes([target], layout.n)
    uniforms = np.empty((max(1, BLOCK // max(layout.n, 1)), layout.n))
    scratch = np.empty(max(layout.n, 1) * _sample.ROWS, dtype=np.uint8)
    for first in range(0, len(out), len(uniforms)):
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
