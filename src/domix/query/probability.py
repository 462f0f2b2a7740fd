"""Joint probabilities of whole rows, under one intervention or under many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from itertools import groupby
from typing import SupportsIndex

import numpy as np
import numpy.typing as npt

from domix._kernels import _joint, _posterior
from domix._kernels._structures import Chunk
from domix.core.codes import CodeRangeError
from domix.core.soft.targets import AnyTarget, draws_of, pairs_of, resolve
from domix.core.tables import Layout, Tables
from domix.engine.rows import over_rows
from domix.query.flat import flat_layout
from domix.query.merged import chunk_of_network, chunks
from domix.util.arrays import Codes, Floats, Indices, Objects


def entry_indices(layout: Layout, codes: Codes) -> Indices:
    """Find the flat index of the table entry that each row reads for each variable.

    Returns
    -------
    ndarray of int32, shape (rows, variables)
    """
    out = np.empty(codes.shape, dtype=np.int32)
    _joint.entry_indices(codes, flat_layout(layout), out)
    return out


def log_prob(
    tables: Tables,
    codes: Codes,
    target: AnyTarget = (),
    threads: SupportsIndex | None = 1,
    dtype: npt.DTypeLike = np.float64,
) -> Floats:
    """Compute log P(row | do(target)), shape (rows,), -inf where impossible.

    ``codes`` may have any strides, and are checked. The result does not depend on ``threads``.

    Raises
    ------
    CodeRangeError
        A code is out of range.
    """
    out = np.empty((len(codes), 1), dtype)
    tables, pairs = resolve(tables, target)
    if pairs:
        [(_, chunk)] = chunks(tables, [pairs], np.zeros(1))
    else:
        chunk = chunk_of_network(tables)

    def fill_part(rows: slice) -> None:
        sums = out[rows] if out.dtype == np.float64 else np.empty(out[rows].shape)
        _fill(tables.log_values, codes[rows], chunk, sums)
        if sums.base is None:
            out[rows] = sums

    over_rows(fill_part, len(codes), tables.layout.n, threads)
    return out[:, 0]


def log_prob_targets(
    tables: Tables, codes: Codes, targets: Sequence[AnyTarget], threads: SupportsIndex | None = 1
) -> Floats:
    """Compute log P(row | do(target)) for several targets, shape (rows, targets).

    As :func:`log_prob`; terms that no target changes are summed once for up to sixteen of them.
    """
    out = np.empty((len(codes), len(targets)))

    def fill_part(which: slice, log_values: Floats, chunk: Chunk, rows: slice) -> None:
        _fill(log_values, codes[rows], chunk, out[rows, which])

    _over_chunks(fill_part, tables, targets, np.zeros(len(targets)), len(codes), threads)
    return out


def mixture_log_prob(
    tables: Tables,
    codes: Codes,
    targets: Sequence[AnyTarget],
    weights: npt.ArrayLike,
    threads: SupportsIndex | None = 1,
    dtype: npt.DTypeLike = np.float64,
) -> Floats:
    """Compute the log-density of a mixture, shape (rows,); else as :func:`log_prob`."""
    density = np.full(len(codes), -np.inf)

    def fill_part(which: slice, log_values: Floats, chunk: Chunk, rows: slice) -> None:
        joint = np.empty((rows.stop - rows.start, which.stop - which.start))
        _fill(log_values, codes[rows], chunk, joint)
        _posterior.add(joint, density[rows])

    _over_chunks(fill_part, tables, targets, _logs(weights), len(codes), threads)
    return density.astype(dtype, copy=False)


def posterior(
    tables: Tables,
    codes: Codes,
    targets: Sequence[AnyTarget],
    weights: npt.ArrayLike,
    threads: SupportsIndex | None = 1,
) -> Floats:
    """Compute P(target | row), shape (rows, targets), NaN where no target can produce the row."""
    density = np.full(len(codes), -np.inf)
    out = np.empty((len(codes), len(targets)))

    def fill_part(which: slice, log_values: Floats, chunk: Chunk, rows: slice) -> None:
        _fill(log_values, codes[rows], chunk, out[rows, which])
        _posterior.add(out[rows, which], density[rows])
        if which.stop == len(targets):
            _posterior.posterior(out[rows], density[rows])

    _over_chunks(fill_part, tables, targets, _logs(weights), len(codes), threads)
    return out


def _over_chunks(
    fill_part: Callable[[slice, Floats, Chunk, slice], None],
    tables: Tables,
    targets: Sequence[AnyTarget],
    start: Floats,
    rows: int,
    threads: SupportsIndex | None,
) -> None:
    """Call ``fill_part`` for each chunk of targets, in order, and each slice of rows.

    Its arguments are the targets of the chunk, the logarithms of the tables that they share, the
    chunk, and the rows.
    """
    first = 0
    # Hard targets share the tables of P, as do soft ones that draw alike.
    for _, run in groupby(targets, key=draws_of):
        same = list(run)
        shared, _ = resolve(tables, same[0])
        pairs = list(map(pairs_of, same))
        for part, chunk in chunks(shared, pairs, start[first : first + len(same)]):
            which = slice(first + part.start, first + part.stop)
            # Bytes of a row and twice those of its sums: a slice and its sums stay in cache.
            width = tables.layout.n + 16 * (which.stop - which.start)
            over_rows(partial(fill_part, which, shared.log_values, chunk), rows, width, threads)
            # The next chunk's tables are built after this one's memory is free.
            del chunk
        first += len(same)


def _logs(weights: npt.ArrayLike) -> Floats:
    with np.errstate(divide="ignore"):
        return np.log(np.asarray(weights, dtype=np.float64))


def _fill(log_values: Floats, codes: Codes, chunk: Chunk, out: Floats) -> None:
    if not _joint.log_prob(codes, log_values, chunk, out):
        raise CodeRangeError


def exact_prob(tables: Tables, codes: Codes, target: AnyTarget = ()) -> Objects:
    """Compute P(row | do(target)) as fractions, shape (rows,)."""
    tables, pairs = resolve(tables, target)
    layout = tables.layout
    fixed = dict(pairs)
    out = np.empty(len(codes), dtype=object)
    for r, row in enumerate(codes.tolist()):
        value = Fraction(int(all(row[i] == v for i, v in pairs)))
        for i in range(layout.n):
            if value == 0:
                break
            if i not in fixed:
                value *= tables.values[layout.entry(i, row)]
        out[r] = value
    return out
