"""Joint probabilities of whole rows, under one intervention or under many."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, SupportsIndex
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from domix._kernels import _joint, _targets
from domix.core.tables import Layout, Tables, Target
from domix.query.merged import merged
from domix.query.threads import over_rows

__all__ = [
    "CodeRangeError",
    "cells",
    "exact_prob",
    "fixed_codes",
    "log_posterior",
    "log_prob",
    "log_prob_targets",
]

Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


# For tables with zeros: their finite entries, and where their zeros are.
_apart: WeakKeyDictionary[Tables, tuple[Tables, Tables]] = WeakKeyDictionary()


class CodeRangeError(Exception):
    """A code is not below the number of its variable's states."""


def fixed_codes(n: int, target: Target) -> npt.NDArray[np.int64]:
    """Shape (n,): the code that a target sets, or -1 where it is silent."""
    fixed = np.full(n, -1, dtype=np.int64)
    for variable, value in target:
        fixed[variable] = value
    return fixed


def _layout_arrays(layout: Layout) -> tuple[Ints, Ints, Ints, Ints]:
    return layout.offsets, layout.parent_ptr, layout.parent_index, layout.parent_stride


def _scratch(n: int) -> npt.NDArray[np.uint8]:
    return np.empty(_joint.scratch_bytes(n), dtype=np.uint8)


def cells(layout: Layout, codes: Codes) -> npt.NDArray[np.int32]:
    """Shape (rows, n): the flat cell that each row reads for each variable."""
    out = np.empty(codes.shape, dtype=np.int32)
    _joint.cells(codes, *_layout_arrays(layout), _scratch(layout.n), out)
    return out


def log_prob(
    tables: Tables, codes: Codes, target: Target = (), threads: SupportsIndex | None = 1
) -> Floats:
    """Shape (rows,): log P(row | do(target)), -inf where impossible.

    ``codes`` may have any strides, and are checked. The result does not depend on ``threads``.

    Raises
    ------
    CodeRangeError
        A code is out of range.
    """
    layout = tables.layout
    out = np.empty(len(codes))
    plan = merged(tables, target)

    def part(rows: slice) -> bool:
        return _joint.log_prob(
            codes[rows],
            layout.cards,
            *_layout_arrays(layout),
            tables.log_values,
            plan.wide,
            plan.group_ptr,
            plan.group_variable,
            plan.group_shift,
            plan.table_ptr,
            plan.tables,
            _scratch(layout.n),
            out[rows],
        )

    if not all(over_rows(part, len(codes), layout.n, threads)):
        raise CodeRangeError
    return out


def _finite_and_zeros(tables: Tables, codes: Codes) -> tuple[Floats, Floats]:
    """Of each row, the sum of the logarithms that are finite, and how many are not."""
    if tables not in _apart:
        values = tables.values.astype(np.float64)
        # The logarithms of these are 0 for a zero, and 1 for a zero and 0 for all else.
        ones, marks = np.where(values > 0, values, 1.0), np.where(values > 0, 1.0, np.e)
        _apart[tables] = Tables(tables.layout, ones), Tables(tables.layout, marks)
    finite, count = _apart[tables]
    return log_prob(finite, codes), log_prob(count, codes)


def log_prob_targets(
    tables: Tables, codes: Codes, targets: Sequence[Target], threads: SupportsIndex | None = 1
) -> Floats:
    """Shape (rows, targets): log P(row | do(target)) for several targets at once.

    As :func:`log_prob`, whose sum over all variables is shared by the targets.
    """
    layout = tables.layout
    out = np.empty((len(codes), len(targets)))
    # One value more than there may be, so that the kernel has an address to take of no pairs.
    flat = np.array([*(p for t in targets for p in t), (0, 0)], np.int64)
    ptr = np.cumsum([0, *map(len, targets)], dtype=np.int64)
    some = np.unique(flat[:-1, 0])
    slot = np.zeros(layout.n + 1, np.int64)
    slot[some] = np.arange(len(some))

    def fill(codes: Codes, total: Floats, zeros: Floats, out: Floats) -> None:
        _targets.log_prob_targets(
            codes,
            *_layout_arrays(layout),
            tables.log_values,
            total,
            zeros.astype(np.int32),
            some,
            slot,
            ptr,
            np.ascontiguousarray(flat[:, 0]),
            np.ascontiguousarray(flat[:, 1]),
            _scratch(layout.n),
            np.empty((max(len(some), 1), _joint.BLOCK)),
            out,
        )

    def part(rows: slice) -> None:
        total = log_prob(tables, codes[rows])
        fill(codes[rows], total, np.zeros(len(total)), out[rows])
        # A target may set just the variables whose entries are zero: -inf cannot be taken out.
        impossible = np.flatnonzero(np.isneginf(total))
        if len(impossible):
            again = np.empty((len(impossible), len(targets)))
            rare = codes[rows][impossible]
            fill(rare, *_finite_and_zeros(tables, rare), again)
            out[rows][impossible] = again

    over_rows(part, len(codes), layout.n + len(targets), threads)
    return out


def log_posterior(log_likelihoods: Floats, weights: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Mixture log-density (rows,) and log-posterior (rows, targets) from the targets' own.

    A row that no target can produce has density -inf and a posterior of NaN.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        joint = log_likelihoods + np.log(np.asarray(weights, dtype=np.float64))
        top = joint.max(axis=1, initial=-np.inf)
        shift = np.where(np.isfinite(top), top, 0.0)
        density = shift + np.log(np.exp(joint - shift[:, None]).sum(axis=1))
        return density, joint - density[:, None]


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
                value *= tables.values[layout.cell(i, row)]
        out[r] = value
    return out
