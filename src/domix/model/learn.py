"""Counts and tables from observational rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from domix._kernels import _rows
from domix.core.space import Label, Space, listing
from domix.core.tables import Layout
from domix.data import frame as frames
from domix.errors import DataError
from domix.query.probability import cells

__all__ = [
    "acted_on",
    "count_entries",
    "count_left_alone",
    "observed_states",
    "posterior_mean_tables",
]

BLOCK = 65_536


def count_entries(
    layout: Layout,
    codes: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    """Shape (layout.size,): how many rows (or how much weight) read each cell."""
    if weights is None:
        counts = np.zeros(layout.size, dtype=np.int64)
        _rows.count_cells(
            codes,
            layout.offsets,
            layout.parent_ptr,
            layout.parent_index,
            layout.parent_stride,
            np.zeros((layout.n, _rows.TILE), np.int32),
            np.zeros((layout.n, _rows.TILE), np.int32),
            counts,
        )
        return counts.astype(np.float64)
    out = np.zeros(layout.size)
    for first in range(0, len(codes), BLOCK):
        part = slice(first, first + BLOCK)
        _rows.weigh_cells(cells(layout, codes[part]), weights[part], out)
    return out


def count_left_alone(
    layout: Layout, codes: npt.NDArray[np.uint8], acted_on: Sequence[frozenset[int]]
) -> npt.NDArray[np.float64]:
    """Shape (layout.size,): :func:`count_entries` without a row's variables in ``acted_on``."""
    out = count_entries(layout, codes)
    which = {group: number for number, group in enumerate(dict.fromkeys(acted_on))}
    number = np.array([which[group] for group in acted_on], dtype=np.int64)
    for group, own in which.items():
        if group:
            there = count_entries(layout, codes[number == own])
            for node in group:
                out[layout.entries_of(node)] -= there[layout.entries_of(node)]
    return out


def acted_on(
    space: Space, rows: frames.Encoded, intervened: Iterable[Iterable[str]]
) -> list[frozenset[int]]:
    """The variables that something was done to, as indices, for each row that was kept."""
    given = len(rows.codes) if rows.kept is None else len(rows.kept)
    if isinstance(intervened, str) or not isinstance(intervened, Iterable):
        raise DataError(f"intervened: one set of variables for each row, not {intervened!r}")
    intervened = list(intervened)
    if len(intervened) != given:
        raise DataError(
            f"intervened: one set of variables for each of the {given} rows is needed; there are "
            f"{len(intervened)}"
        )
    out = []
    for row, names in enumerate(intervened):
        place = f"intervened: row {row} (counting from 0)"
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise DataError(
                f"{place}: {names!r} is no set of variables; write {{'A'}}, or {{}} for none"
            )
        unknown = [name for name in names if name not in space.names]
        if unknown:
            raise DataError(f"{place}: no variable is called {listing(unknown)}")
        if rows.kept is None or rows.kept[row]:
            out.append(frozenset(space.names.index(name) for name in names))
    return out


def posterior_mean_tables(
    layout: Layout, counts: npt.NDArray[np.float64], pseudocount: float
) -> npt.NDArray[np.float64]:
    """Posterior-mean tables under a symmetric Dirichlet prior; a row without mass is uniform."""
    values = counts + pseudocount
    if layout.size == 0:
        return values
    sums = np.add.reduceat(values, layout.row_starts)[layout.row_of_entry]
    cards = layout.cards[layout.node_of_entry]
    return np.where(sums > 0, values / np.where(sums > 0, sums, 1.0), 1.0 / cards)


def observed_states(names: Sequence[str], data: Any) -> dict[str, tuple[Label, ...]]:
    """The labels that occur for each variable, sorted; for codes, 0 to the largest."""
    if frames.is_frame(data):
        return frames.distinct_labels(names, data)
    codes = frames.code_array(data, names)
    return {name: tuple(range(int(codes[:, i].max(initial=0)) + 1)) for i, name in enumerate(names)}
