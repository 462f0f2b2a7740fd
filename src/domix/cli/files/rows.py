"""Data rows from a file: codes of the variables, and columns with labels and groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from domix.core.space import listing
from domix.data.files import read_frame
from domix.data.frame import encode
from domix.errors import DataError
from domix.model.network import Network
from domix.util.arrays import Bools, Codes


@dataclass(frozen=True, eq=False)
class FileRows:
    """Rows of a file.

    Attributes
    ----------
    table : data frame
        The file as it was read.
    codes : ndarray of uint8, shape (rows, variables)
        The rows that were kept.
    kept : ndarray of bool, shape (rows of the file,), or None
        None if all rows were kept.
    labels, groups : list or None
        Entries of these columns for the rows that were kept; None without such a column.
    """

    table: Any
    codes: Codes
    kept: Bools | None
    labels: list[Any] | None
    groups: list[Any] | None


def read_rows(
    net: Network,
    path: Path,
    *,
    missing: str,
    extra: str,
    labels: str | None = None,
    groups: str | None = None,
) -> FileRows:
    """Read and encode rows; ``labels`` and ``groups`` name columns that are not variables.

    Raises
    ------
    DataError
        The rows do not fit the network, there are none, or there is no such column.
    """
    table = read_frame(path)
    rest, label_entries = _take_column(table, labels, net.variables, "--labels")
    rest, group_entries = _take_column(rest, groups, net.variables, "--groups")
    try:
        rows = encode(net.space, rest, missing=missing, extra=extra, argument=str(path))
    except DataError as error:
        error.argument, error.source = None, str(path)
        raise
    if not len(rows.codes):
        if len(table):
            raise DataError("every row misses a value; fill them in", source=str(path))
        raise DataError("there are no rows, only column names", source=str(path))
    label_entries, group_entries = (
        _select(entries, rows.kept) for entries in (label_entries, group_entries)
    )
    return FileRows(table, rows.codes, rows.kept, label_entries, group_entries)


def _take_column(
    table: Any, name: str | None, variables: Sequence[str], option: str
) -> tuple[Any, list[Any] | None]:
    """Split a column off; its entries are None if ``name`` is."""
    if name is None:
        return table, None
    if name in variables:
        raise DataError(
            f"{name!r} is a variable of the network; name another column", argument=option
        )
    if name not in table.columns:
        raise DataError(
            f"there is no column {name!r}; the columns are {listing(table.columns)}",
            argument=option,
        )
    return table.drop(name), table[name].to_list()


def _select(entries: list[Any] | None, kept: Bools | None) -> list[Any] | None:
    if entries is None or kept is None:
        return entries
    return [entries[row] for row in np.flatnonzero(kept).tolist()]
