"""One column of labels to codes; each distinct label is compared with the states only once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Space, listing
from domix.data.marks import MISSING_TEXTS, MissingMarks, describe_doubt
from domix.data.plausibility.continuous import describe_continuum
from domix.errors import DataError
from domix.util.arrays import Bools, Codes

ColumnCodes = npt.NDArray[np.int16]
Numbers = npt.NDArray[np.integer]

MISSING, UNKNOWN = -1, -2
"""Codes for a missing value, and for a label that is not a state."""

MOST_NUMBERS = 2**16
"""Numbers of labels that a table has entries for."""

PROBED_ROWS = 2**12
"""First rows of a column of text, which usually show all its labels."""


def fill_codes(
    codes: Codes,
    space: Space,
    frames: Iterable[Any],
    marks: MissingMarks,
    argument: str,
    first_row: int = 0,
) -> Bools | None:
    """Encode data frames which together have a column of labels for each variable.

    Parameters
    ----------
    codes : ndarray of uint8, shape (rows, variables)
        Filled in; 0 where an entry is missing.
    space : Space
    frames : iterable of DataFrame
        Of narwhals; each has all rows.
    marks : MissingMarks
    argument : str
        What holds the rows, for messages.
    first_row : int
        The number of the first row, for messages.

    Returns
    -------
    ndarray of bool, shape (rows, variables), or None
        The entries that are missing; None if there are none.
    """
    absent = None
    for frame in frames:
        there = set(frame.columns)
        for i, name in enumerate(space.names):
            if name not in there:
                continue
            column = column_codes(space, i, frame[name], marks, argument, first_row)
            if column.min(initial=0) == MISSING:
                absent = np.zeros(codes.shape, dtype=bool) if absent is None else absent
                absent[:, i] = column == MISSING
                column = np.maximum(column, 0)
            codes[:, i] = column
    return absent


def column_codes(
    space: Space,
    variable: int,
    column: Any,
    marks: MissingMarks,
    argument: str,
    first_row: int = 0,
) -> ColumnCodes:
    """Return the code of each label, or MISSING, shape (rows,).

    Raises
    ------
    DataError
        A label is not a state; the message names the row, ``first_row`` being the first one.
    """
    encode_label = partial(_label_code, space, variable, marks)
    if _is_plain(column):
        labels, codes = _encode_plain(column, encode_label)
    else:
        labels, codes = _encode_objects(column, encode_label)
    unknown = codes == UNKNOWN
    if unknown.any():
        row = int(np.argmax(unknown))
        label = labels[row]
        shown = repr(label.item() if isinstance(label, np.generic) else label)
        others = int(unknown.sum()) - 1
        continuum = describe_continuum(distinct_labels(column))
        raise DataError(
            f"row {first_row + row} (counting from 0), column {space.names[variable]!r}: {shown} "
            f"is not a state; the states are {listing(space.states[variable])}"
            + (f" (and {others} more in this column)" if others else "")
            + describe_doubt([label], "encode the rows with")
            + (f"; the column {continuum}" if continuum else ""),
            argument=argument,
        )
    return codes


def _is_plain(column: Any) -> bool:
    """Whether narwhals can replace the column's values; others are compared one by one."""
    import narwhals as nw

    if column.dtype in (nw.Int128, nw.UInt128):  # polars makes no column of a list of these
        return False
    plain = (nw.String, nw.Categorical, nw.Enum, nw.Boolean)
    return bool(column.dtype in plain or column.dtype.is_integer() or column.dtype.is_float())


def _encode_plain(column: Any, encode_label: Callable[[object], int]) -> tuple[Any, ColumnCodes]:
    import narwhals as nw

    numbered = _number_texts(column) or _number_labels(column)
    if numbered is not None:
        numbers, labels = numbered
        codes = np.full(len(labels), MISSING, np.int16)
        codes[:] = [MISSING if label is None else encode_label(label) for label in labels]
        return column, np.take(codes, numbers)
    if column.dtype.is_float():
        column = column + 0.0  # Arrow tells -0.0 from 0.0, which are one label
    if column.dtype == nw.String and column.implementation.is_pandas_like():
        # pandas replaces categories ten times as fast as text.
        column = column.cast(nw.Categorical)
    known = {label: encode_label(label) for label in distinct_labels(column)}
    if not known:
        return column, np.full(len(column), MISSING, np.int16)
    replaced = column.replace_strict(
        list(known), list(known.values()), default=MISSING, return_dtype=nw.Int16
    )
    return column, replaced.to_numpy()


def _number_texts(column: Any) -> tuple[Numbers, list[str | None]] | None:
    """Give numbers to the labels of a column of text; None unless polars does it.

    Returns
    -------
    numbers : ndarray of int, shape (rows,)
    labels : list
        The label of each number; None for nulls.
    """
    import narwhals as nw

    if column.dtype != nw.String or not column.implementation.is_polars():
        return None
    import polars as pl

    texts = column.to_native()
    labels, rest = texts.clear(), texts.head(PROBED_ROWS)
    while True:
        # A cast to known categories takes half the time of finding them.
        labels = labels.append(rest.unique().drop_nulls())
        categories = texts.cast(pl.Enum(labels), strict=False)
        if categories.null_count() == texts.null_count():
            break
        rest = texts.filter(categories.is_null() & texts.is_not_null())
    numbers = categories.to_physical()
    if numbers.null_count():
        numbers = numbers.cast(pl.UInt32).fill_null(len(labels))
    return numbers.to_numpy(), [*labels, None]


def _number_labels(column: Any) -> tuple[Numbers, list[Any]] | None:
    """Do the same for small whole numbers, and for categories if they are of polars."""
    import narwhals as nw

    nulls = column.null_count()
    if nulls == len(column):
        return None
    if column.dtype.is_integer():
        low, high = int(column.min()), int(column.max())
        if high - low >= MOST_NUMBERS:
            return None
        numbers = (column.fill_null(low) if nulls else column).to_numpy()
        if numbers.dtype.kind not in "iu":
            return None
        if low:
            numbers = (numbers.astype(np.int32) if numbers.itemsize < 4 else numbers) - low
    elif column.dtype in (nw.Categorical, nw.Enum) and column.implementation.is_polars():
        numbers = column.to_native().to_physical().fill_null(0).to_numpy()
        if numbers.max() >= MOST_NUMBERS:
            return None
    else:
        return None
    unused = int(numbers.max()) + 1
    if nulls:
        numbers = np.where(column.is_null().to_numpy().astype(bool), unused, numbers)
    row_of = np.full(unused + 1, -1, np.int32)
    row_of[numbers] = np.arange(len(numbers), dtype=np.int32)
    row_of[unused] = -1
    present = np.flatnonzero(row_of >= 0).tolist()
    labels: list[Any] = [None] * (unused + 1)
    for number, label in zip(present, column[row_of[present].tolist()].to_list(), strict=True):
        labels[number] = label
    return numbers, labels


def _encode_objects(
    column: Any, encode_label: Callable[[object], int]
) -> tuple[list[Any], ColumnCodes]:
    # True, 1 and 1.0 are one key in Python and may be different labels, hence the types.
    labels = column.to_list()
    codes = np.full(len(labels), MISSING, np.int16)
    known: dict[Any, int] = {}
    for row in np.flatnonzero(~column.is_null().to_numpy().astype(bool)).tolist():
        label = labels[row]
        try:
            code = known.get((type(label), label))
        except TypeError:
            code = UNKNOWN
        if code is None:
            code = known[type(label), label] = encode_label(label)
        codes[row] = code
    return labels, codes


def distinct_labels(column: Any) -> list[Any]:
    """Return the values that occur, without nulls and NaN."""
    if _is_plain(column):
        labels: Iterable[Any] = column.drop_nulls().unique().to_list()
    else:
        nulls = column.is_null().to_list()
        pairs = zip(column.to_list(), nulls, strict=True)
        labels = {str(label): label for label, null in pairs if not null}.values()
    return [label for label in labels if not _is_nan(label)]


def count_labels(column: Any) -> list[tuple[Any, int]]:
    """Return the values that occur, without nulls and NaN, each with the number of its rows."""
    if _is_plain(column):
        counted = column.drop_nulls().alias("label").value_counts(name="number")
        pairs: Iterable[tuple[Any, int]] = zip(
            counted["label"].to_list(), counted["number"].to_list(), strict=True
        )
    else:
        labels = {str(label): label for label in distinct_labels(column)}
        numbers = Counter(map(str, column.to_list()))
        pairs = ((label, numbers[text]) for text, label in labels.items())
    return [(label, number) for label, number in pairs if not _is_nan(label)]


def _label_code(space: Space, variable: int, marks: MissingMarks, label: object) -> int:
    if _is_nan(label) or marks.include(label):
        return MISSING
    code = space.match(variable, label)
    if code is None:
        code = MISSING if isinstance(label, str) and label in MISSING_TEXTS else UNKNOWN
    return code


def _is_nan(label: object) -> bool:
    return isinstance(label, (float, np.floating, Decimal)) and math.isnan(label)
