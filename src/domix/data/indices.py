"""Columns that are variables, and those that are row indices, which programs add unasked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from warnings import warn

from domix.core.space import listing
from domix.errors import DataError, DomixWarning

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


def check_columns(
    names: Sequence[str], data: Any, extra: str, argument: str, stacklevel: int, hint: str = ""
) -> None:
    """Check that a frame has a column for each variable, and no others unless they are ignored.

    Parameters
    ----------
    names : sequence of str
        The variables.
    data : data frame
    extra, argument, stacklevel
        As in :func:`domix.data.frame.encode`.
    hint : str
        For messages of variables without a column.

    Raises
    ------
    DataError
        Columns are missing, or there are others.

    Warns
    -----
    DomixWarning
        A row index is passed over.
    """
    import narwhals as nw

    frame: Any = nw.from_native(data)
    columns = list(frame.collect_schema().names())
    absent = [name for name in names if name not in set(columns)]
    others = [name for name in columns if name not in set(names)]
    if absent:
        unmatched = f"the columns that are not variables are {listing(others)}"
        if len(absent) == len(names):
            hint = "; the first line of a file must hold the names"
        raise DataError(
            f"no column for {listing(absent)}; "
            f"{unmatched if others else 'every other variable has one'}{hint}",
            argument=argument,
        )
    if others and extra == "error":
        indices = find_row_indices(frame, others)
        others = [name for name in others if name not in indices]
        for name in indices:
            warn(
                f"{argument}: passed over the column {name!r}, a row index",
                DomixWarning,
                stacklevel=stacklevel + 1,
            )
    if others and extra == "error":
        nameless = " (a column has no name, and its values repeat: it is not a row index)"
        raise DataError(
            f"columns that are not variables: {listing(others)}{nameless * ('' in others)}; drop "
            'them, or pass extra="ignore"',
            argument=argument,
        )


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
