"""Indices of rows: columns that other programs write without being asked, and those of pandas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domix.errors import DataError

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


def check_index(data: Any, entries: Any, argument: str) -> None:
    """Refuse entries, one for each data row, that pandas gives another index than the rows.

    Only two indices of the same length are compared.

    Raises
    ------
    DataError
        The indices differ, so that the entries would count for rows of other labels.

    Examples
    --------
    >>> import pandas
    >>> rows = pandas.DataFrame({"A": [0, 1]}, index=["x1", "x2"])
    >>> check_index(rows, pandas.Series([3, 5], index=["x2", "x1"]), "counts")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: counts: the index is not that of the rows: its entry 0 (counting from \
0) is of 'x2', and that row is 'x1'; give counts.loc[rows.index], or counts.to_numpy() if their \
order is that of the rows
    """
    import narwhals as nw

    native = nw.to_native(data, pass_through=True)
    own: Any = getattr(native, "index", None)
    given: Any = getattr(entries, "index", None)
    # Lists and tuples have a method of this name.
    if not (hasattr(own, "equals") and hasattr(given, "equals")) or len(own) != len(given):
        return
    if own.equals(given):
        return
    row = next((i for i, pair in enumerate(zip(own, given, strict=True)) if pair[0] != pair[1]), 0)
    raise DataError(
        f"the index is not that of the rows: its entry {row} (counting from 0) is of "
        f"{given[row]!r}, and that row is {own[row]!r}; give {argument}.loc[rows.index], or "
        f"{argument}.to_numpy() if their order is that of the rows",
        argument=argument,
    )
