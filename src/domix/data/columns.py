"""One column of labels to codes; each distinct label is compared with the states only once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np

from domix.core.space import Space, listing
from domix.data.marks import MISSING_TEXTS, MissingMarks, describe_doubt
from domix.data.plausibility.continuous import describe_continuum
from domix.errors import DataError
from domix.util.arrays import Ints

MISSING, UNKNOWN = -1, -2
"""Codes for a missing value, and for a label that is not a state."""


def column_codes(
    space: Space, variable: int, column: Any, marks: MissingMarks, argument: str
) -> Ints:
    """Return the code of each label, or MISSING, shape (rows,).

    Raises
    ------
    DataError
        A label is not a state; the message names the row.
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
            f"row {row} (counting from 0), column {space.names[variable]!r}: {shown} is not a "
            f"state; the states are {listing(space.states[variable])}"
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


def _encode_plain(column: Any, encode_label: Callable[[object], int]) -> tuple[Any, Ints]:
    import narwhals as nw

    if column.dtype.is_float():
        column = column + 0.0  # Arrow tells -0.0 from 0.0, which are one label
    if column.dtype == nw.String and column.implementation.is_pandas_like():
        # pandas replaces categories ten times as fast as text.
        column = column.cast(nw.Categorical)
    codes = {label: encode_label(label) for label in distinct_labels(column)}
    if not codes:
        return column, np.full(len(column), MISSING)
    replaced = column.replace_strict(
        list(codes), list(codes.values()), default=MISSING, return_dtype=nw.Int16
    )
    return column, replaced.to_numpy()


def _encode_objects(column: Any, encode_label: Callable[[object], int]) -> tuple[list[Any], Ints]:
    # True, 1 and 1.0 are one key in Python and may be different labels, hence the types.
    labels = column.to_list()
    codes = np.full(len(labels), MISSING)
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


def _label_code(space: Space, variable: int, marks: MissingMarks, label: object) -> int:
    if _is_nan(label) or marks.include(label):
        return MISSING
    code = space.match(variable, label)
    if code is None:
        code = MISSING if isinstance(label, str) and label in MISSING_TEXTS else UNKNOWN
    return code


def _is_nan(label: object) -> bool:
    return isinstance(label, (float, np.floating, Decimal)) and math.isnan(label)
