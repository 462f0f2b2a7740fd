"""Columns that number or name the rows, which other programs write without being asked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

INDEX_NAMES = ("", "Unnamed: 0", "__index_level_0__")
"""Names of row indices: in CSV of pandas and R, where pandas reads that, and in its Parquet."""


def find_row_indices(frame: Any, columns: Iterable[str]) -> list[str]:
    """Return those columns of a narwhals frame, eager or lazy, that are row indices.

    They have one of the usual names, and their values are all different and none is missing.
    """
    import narwhals as nw

    candidates = [name for name in columns if name in INDEX_NAMES]
    if not candidates:
        return []
    part = frame.select(candidates)
    if isinstance(part, nw.LazyFrame):
        part = part.collect()
    return [
        name
        for name in candidates
        if not part[name].null_count() and part[name].n_unique() == len(part)
    ]
