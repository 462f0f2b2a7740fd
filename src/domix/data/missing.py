"""What becomes of rows that miss values: the one rule, for every function that takes rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict, TypeVar
from warnings import warn

import numpy as np

from domix.data.marks import MissingValues
from domix.errors import DataError, DomixWarning
from domix.util.arrays import Bools, Codes, Ints

Missing = Literal["error", "drop"]
"""Missing values are refused, or their rows are left out."""

MissingSummed = Literal["error", "drop", "marginalize"]
"""Or they are summed out of the likelihood."""

Extra = Literal["error", "ignore"]
"""Columns that are not variables are refused, or passed over."""

T = TypeVar("T")


class RowOptions(TypedDict, total=False):
    """How rows are read: keyword arguments of :func:`domix.data.frame.encode`."""

    missing: MissingSummed
    extra: Extra
    missing_values: MissingValues


@dataclass(frozen=True, eq=False)
class Encoded:
    """Data rows as codes, and the rows that were dropped.

    Attributes
    ----------
    codes : ndarray of uint8, shape (rows, variables)
        In C order.
    kept : ndarray of bool, shape (rows given,), or None
        None if every row was kept.
    dropped : dict of str to int
        The number of missing values of each variable that has any, of rows that were dropped.
    absent : ndarray of bool, shape (rows, variables), or None
        The entries that are missing, and to be summed out; their codes are 0. None if there are
        none.
    """

    codes: Codes
    kept: Bools | None
    dropped: dict[str, int]
    absent: Bools | None = None

    @property
    def given(self) -> int:
        """The number of rows before any was dropped."""
        return len(self.codes) if self.kept is None else len(self.kept)

    @property
    def numbers(self) -> Ints:
        """The number of each row that was kept among those given, shape (rows,)."""
        return np.arange(self.given) if self.kept is None else np.flatnonzero(self.kept)

    def require_rows(self, argument: str | None = None, none: str = "there are no rows") -> None:
        """Raise DataError, with the text ``none`` if no row was given, where no row is left."""
        if not self.given:
            raise DataError(none, argument=argument)
        if not len(self.codes):
            raise DataError("every row misses a value; fill them in", argument=argument)

    def select(self, entries: Sequence[T]) -> list[T]:
        """Return what was given for the rows that were kept, such as their labels."""
        return [entries[row] for row in self.numbers.tolist()]

    def spread(self, values: Any, fill: Any = np.nan) -> Any:
        """Return values of the rows that were kept as values of all, ``fill`` in the others.

        Examples
        --------
        >>> rows = Encoded(np.zeros((1, 1), np.uint8), np.array([False, True]), {"A": 1})
        >>> rows.spread(np.array([0.25])).tolist()
        [nan, 0.25]
        """
        if self.kept is None:
            return values
        full = np.full((self.given, *values.shape[1:]), fill, dtype=values.dtype)
        full[self.kept] = values
        return full


def handle_missing(
    codes: Codes,
    absent: Bools,
    names: Sequence[str],
    missing: str,
    argument: str,
    stacklevel: int,
) -> Encoded:
    """Refuse or drop the rows that miss values, or mark what is to be summed out.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, variables)
    absent : ndarray of bool, shape (rows, variables)
        Which of them are missing: at least one.
    names : sequence of str
        The variables.
    missing : {"error", "drop", "marginalize"}
    argument, stacklevel
        As in :func:`domix.data.frame.encode`.
    """
    if missing == "marginalize":
        codes[absent] = 0
        return Encoded(codes, None, {}, absent)
    rows = drop_rows(codes, absent, names)
    if missing == "error":
        raise DataError(
            f"missing values, by column: {_list_counts(rows.dropped)}; fill them in, or leave out "
            'the rows that have any: missing="drop"',
            argument=argument,
        )
    warn_of_dropped(argument, len(rows.codes), rows.given, rows.dropped, stacklevel + 1)
    return rows


def drop_rows(codes: Codes, absent: Bools, names: Sequence[str]) -> Encoded:
    """Leave out the rows that miss a value; the parameters are those of :func:`handle_missing`."""
    numbers = dict(zip(names, absent.sum(axis=0).tolist(), strict=True))
    kept: Bools = np.asarray(~absent.any(axis=1))
    return Encoded(codes[kept], kept, {name: number for name, number in numbers.items() if number})


def warn_of_dropped(
    argument: str, kept: int, given: int, dropped: Mapping[str, int], stacklevel: int
) -> None:
    """Warn of rows that were left out, with the number of missing values of each variable."""
    warn(
        f"{argument}: dropped {given - kept} of {given} rows for missing values, by column: "
        f"{_list_counts(dropped)}",
        DomixWarning,
        stacklevel=stacklevel,
    )


def _list_counts(counts: Mapping[str, int], limit: int = 20) -> str:
    """Return counts by name as text, the largest first, at most ``limit`` of them."""
    by_size = sorted(counts.items(), key=lambda item: -item[1])
    shown = [f"{name!r} {count}" for name, count in by_size[:limit]]
    if len(counts) > limit:
        shown.append(f"... ({len(counts)} columns in all)")
    return ", ".join(shown)
