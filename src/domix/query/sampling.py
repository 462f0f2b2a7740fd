"""Rows drawn from a network under an intervention, or from a mixture of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any, SupportsIndex

import numpy as np

from domix._kernels import _sample
from domix.core.codes import target_codes
from domix.core.soft.targets import AnyTarget, resolve
from domix.core.tables import Tables, Target
from domix.engine.rows import over_rows
from domix.query.flat import flat_layout
from domix.util.arrays import Codes, Floats, Ints

BLOCK = 1 << 15
"""Uniform numbers drawn at once, so that they stay in cache; the stream is the same."""

JUMPING = (np.random.PCG64, np.random.PCG64DXSM)
"""Bit generators that can jump ahead, and take one step for each uniform number."""


def sample(
    tables: Tables,
    rows: int,
    target: AnyTarget,
    rng: np.random.Generator,
    threads: SupportsIndex | None = 1,
) -> Codes:
    """Draw rows from P(. | do(target)), shape (rows, n).

    Neither the rows nor the state in which ``rng`` is left depends on ``threads``; a generator
    that cannot jump ahead is used by one thread.
    """
    tables, pairs = resolve(tables, target)
    layout = tables.layout
    out = np.empty((rows, layout.n), dtype=np.uint8)
    bits = rng.bit_generator
    if type(bits) not in JUMPING:
        _draw(tables, pairs, rng, out)
        return out

    def draw_part(part: slice) -> None:
        ahead = type(bits)()
        _move(ahead, bits.state, part.start * layout.n)
        _draw(tables, pairs, np.random.Generator(ahead), out[part])

    over_rows(draw_part, rows, layout.n, threads)
    _move(bits, bits.state, rows * layout.n)
    return out


def sample_mixture(
    tables: Tables,
    rows: int,
    targets: Sequence[AnyTarget],
    weights: Floats,
    rng: np.random.Generator,
    threads: SupportsIndex | None,
    batch: int,
) -> Iterator[tuple[Codes, Ints]]:
    """Draw rows of a mixture; yield batches of them, each with the components of its rows.

    Neither the rows nor the state in which ``rng`` is left depends on ``batch``: ``rng`` draws the
    components of all rows, then all rows of each component. So the former are drawn twice, first to
    count them, and each component has a generator that begins where its rows do.
    """
    sizes = [min(batch, rows - first) for first in range(0, rows, batch)] or [0]
    shares = weights / weights.sum()

    def draw_components(size: int, source: np.random.Generator) -> Ints:
        return source.choice(len(shares), size=size, p=shares)

    again, counts = deepcopy(rng), np.zeros(len(shares), np.int64)
    for size in sizes:
        counts += np.bincount(draw_components(size, rng), minlength=len(shares))
    sources = []
    for count in counts.tolist():
        sources.append(deepcopy(rng))
        _skip(rng, count * tables.layout.n)
    for size in sizes:
        origin = draw_components(size, again)
        codes = np.empty((size, tables.layout.n), dtype=np.uint8)
        for c, (target, source) in enumerate(zip(targets, sources, strict=True)):
            rows_of = np.flatnonzero(origin == c)
            codes[rows_of] = sample(tables, len(rows_of), target, source, threads)
        yield codes, origin


def _skip(rng: np.random.Generator, count: int) -> None:
    """Move a generator to where it is after this many uniform numbers."""
    bits = rng.bit_generator
    if type(bits) in JUMPING:
        _move(bits, bits.state, count)
        return
    unused = np.empty(min(count, BLOCK))
    for first in range(0, count, BLOCK):
        rng.random(out=unused[: count - first])


def _move(bits: Any, state: Any, steps: int) -> None:
    """Move a bit generator to ``steps`` after ``state``."""
    bits.state = state
    bits.advance(steps)
    # A jump drops the unused half of a 64-bit number, which drawing uniform numbers keeps.
    bits.state = {**state, "state": bits.state["state"]}


def _draw(tables: Tables, target: Target, rng: np.random.Generator, out: Codes) -> None:
    layout = tables.layout
    [fixed] = target_codes([target], layout.n)
    uniforms = np.empty((max(1, BLOCK // max(layout.n, 1)), layout.n))
    scratch = np.empty((layout.n, _sample.BLOCK_ROWS), np.uint8)
    for first in range(0, len(out), len(uniforms)):
        part = out[first : first + len(uniforms)]
        drawn = rng.random(out=uniforms[: len(part)])
        _sample.sample(drawn, flat_layout(layout), tables.cumulative, fixed, scratch, part)
