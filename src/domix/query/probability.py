"""Joint probabilities of whole rows, under one intervention or under many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from domix._kernels import _joint, _posterior
from domix.core.codes import CodeRangeError
from domix.core.tables import Layout, Tables, Target
from domix.engine import over_rows
from domix.query.merged import Chunk, chunks, layout_arrays, plain

__all__ = [
    "cells",
    "exact_prob",
    "log_prob",
    "log_prob_targets",
    "mixture_log_prob",
    "posterior",
]

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _scratch(n: int) -> npt.NDArray[np.uint8]:
    return np.empty(_joint.scratch_bytes(n), dtype=np.uint8)


def cells(layout: Layout, codes: Codes) -> npt.NDArray[np.int32]:
    """Shape (rows, n): the flat cell that each row reads for each variable."""
    out = np.empty(codes.shape, dtype=np.int32)
    _joint.cells(codes, *layout_arrays(layout), _scratch(layout.n), out)
    return out


def log_prob(
    tables: Tables,
    codes: Codes,
    target: Target = (),
    threads: SupportsIndex | None = 1,
    dtype: npt.DTypeLike = np.float64,
) -> Floats:
    """Shape (rows,): log P(row | do(target)), -inf where impossible.

    ``codes`` may have any strides, and are checked. The result does not depend on ``threads``.

    Raises
    ------
    CodeRangeError
        A code is out of range.
    """
    out = np.empty((len(codes), 1), dtype)
    [(_, chunk)] = chunks(tables, [target], np.zeros(1)) if target else [(..., plain(tables))]

    def part(rows: slice) -> None:
        here = out[rows] if out.dtype == np.float64 else np.empty(out[rows].shape)
        _fill(tables, codes[rows], chunk, here)
        if here.base is None:
            out[rows] = here

    over_rows(part, len(codes), tables.layout.n, threads)
    return out[:, 0]


def log_prob_targets(
    tables: Tables, codes: Codes, targets: Sequence[Target], threads: SupportsIndex | None = 1
) -> Floats:
    """Shape (rows, targets): log P(row | do(target)) for several targets at once.

    As :func:`log_prob`; what no target changes is summed once for up to sixteen of them.
    """
    out = np.empty((len(codes), len(targets)))

    def part(which: slice, chunk: Chunk, rows: slice) -> None:
        _fill(tables, codes[rows], chunk, out[rows, which])

    _side_by_side(part, tables, targets, np.zeros(len(targets)), len(codes), threads)
    return out


def mixture_log_prob(
    tables: Tables,
    codes: Codes,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    threads: SupportsIndex | None = 1,
    dtype: npt.DTypeLike = np.float64,
) -> Floats:
    """Shape (rows,): log of the sum of weights times P(row | do(target)); else as log_prob."""
    density = np.full(len(codes), -np.inf)

    def part(which: slice, chunk: Chunk, rows: slice) -> None:
        joint = np.empty((rows.stop - rows.start, which.stop - which.start))
        _fill(tables, codes[rows], chunk, joint)
        _posterior.add(joint, density[rows])

    _side_by_side(part, tables, targets, _logs(weights), len(codes), threads)
    return density.astype(dtype, copy=False)


def posterior(
    tables: Tables,
    codes: Codes,
    targets: Sequence[Target],
    weights: npt.ArrayLike,
    threads: SupportsIndex | None = 1,
) -> Floats:
    """Shape (rows, targets): P(target | row), NaN where no target can produce the row."""
    density = np.full(len(codes), -np.inf)
    out = np.empty((len(codes), len(targets)))

    def part(which: slice, chunk: Chunk, rows: slice) -> None:
        _fill(tables, codes[rows], chunk, out[rows, which])
        _posterior.add(out[rows, which], density[rows])
        if which.stop == len(targets):
            _posterior.posterior(out[rows], density[rows])

    _side_by_side(part, tables, targets, _logs(weights), len(codes), threads)
    return out


def _side_by_side(
    part: Callable[[slice, Chunk, slice], None],
    tables: Tables,
    targets: Sequence[Target],
    start: Floats,
    rows: int,
    threads: SupportsIndex | None,
) -> None:
    """``part`` of some targets, what they read, and some rows, until all had their turn."""
    for which, chunk in chunks(tables, targets, start):
        # Bytes of a row and twice those of its sums, so that a slice and its sums stay in cache.
        width = tables.layout.n + 16 * (which.stop - which.start)
        over_rows(partial(part, which, chunk), rows, width, threads)
        # The tables of the next ones are made without these.
        del chunk


def _logs(weights: npt.ArrayLike) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(weights, dtype=np.float64))


def _fill(tables: Tables, codes: Codes, chunk: Chunk, out: Floats) -> None:
    layout = tables.layout
    base, step = chunk.base, _joint.step(layout.n)
    fine = _joint.log_prob(
        codes,
        layout.cards,
        *layout_arrays(layout),
        tables.log_values,
        *(base.ptr, base.variable, base.shift),
        chunk.groups,
        base.table_ptr,
        base.tables,
        chunk.wide,
        *(chunk.set_groups, chunk.set_table_ptr),
        chunk.set_tables,
        *(chunk.set_wide, chunk.kept),
        chunk.start,
        _scratch(layout.n),
        np.empty((max(4, len(chunk.set_groups)), step), np.uint8),
        np.empty((1 + len(chunk.set_wide), step)),
        out,
    )
    if not fine:
        raise CodeRangeError


def exact_prob(tables: Tables, codes: Codes, target: Target = ()) -> npt.NDArray[Any]:
    """Shape (rows,), object: P(row | do(target)) as fractions."""
    layout = tables.layout
    fixed = dict(target)
    out = np.empty(len(codes), dtype=object)
    for r, row in enumerate(codes.tolist()):
        value = Fraction(int(all(row[i] == v for i, v in target)))
        for i in range(layout.n):
            if value == 0:
                break
            if i not in fixed:
                value *= tables.values[layout.entry(i, row)]
        out[r] = value
    return out
