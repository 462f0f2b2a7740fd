"""One column of labels to codes, comparing each distinct label with the states only once."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space, listing
from domix.errors import DataError

__all__ = ["MISSING", "column_codes", "is_missing", "sorted_labels"]

# What stands for "no value" in a column of text, unless the variable has such a state.
MISSING_TEXTS = frozenset({"", "NA", "NaN", "nan", "null", "N/A"})

# What None, NaN, NaT and the NA of pandas, which refuses to be compared, have for text.
MISSING_OBJECTS = frozenset({"None", "nan", "NaT", "<NA>"})

# Verdicts on a label beside the codes 0 to 255.
MISSING, UNKNOWN = -1, -2


def column_codes(space: Space, variable: int, column: Any, what: str) -> npt.NDArray[np.int64]:
    """Shape (rows,): the code of each label, or MISSING."""
    if _is_plain(column):
        labels, codes = _coded(space, variable, column)
    else:
        labels, codes = _coded_objects(space, variable, column)
    unknown = codes == UNKNOWN
    if unknown.any():
        row = int(np.argmax(unknown))
        others = int(unknown.sum()) - 1
        raise DataError(
            f"{what}: row {row} (counting from 0), column {space.names[variable]!r}: "
            f"{_shown(labels[row])} is no state; the states are {listing(space.states[variable])}"
            + (f" (and {others} more in this column)" if others else "")
        )
    return codes


def is_missing(value: object) -> bool:
    """Whether an entry of a column that is no variable stands for "no value".

    Examples
    --------
    >>> [is_missing(value) for value in (None, float("nan"), " ", "NA", "none", 0)]
    [True, True, True, True, False, False]
    """
    if isinstance(value, str):
        return value.strip() in MISSING_TEXTS
    return str(value) in MISSING_OBJECTS


def sorted_labels(column: Any) -> tuple[Label, ...]:
    """The labels that occur, without missing values: as numbers if all denote some, else as text.

    Whole floats count as integers, because that is what a missing value makes of them in pandas.
    """
    labels = [label for label in _distinct(column) if str(label) not in MISSING_TEXTS]
    if all(isinstance(label, float) and label.is_integer() for label in labels):
        labels = [int(label) for label in labels]
    try:
        numbers = [float(label) for label in labels]
    except (TypeError, ValueError):
        numbers = []
    if not numbers or any(number != number for number in numbers):
        return tuple(sorted(labels, key=str))
    order = sorted(range(len(labels)), key=lambda i: (numbers[i], str(labels[i])))
    return tuple(labels[i] for i in order)


def _is_plain(column: Any) -> bool:
    """Whether narwhals can look the column's values up; the rest is compared one by one."""
    import narwhals as nw

    plain = (nw.String, nw.Categorical, nw.Enum, nw.Boolean)
    return bool(column.dtype in plain or column.dtype.is_integer() or column.dtype.is_float())


def _coded(space: Space, variable: int, column: Any) -> tuple[Any, npt.NDArray[np.int64]]:
    import narwhals as nw

    if column.dtype == nw.String and column.implementation.is_pandas_like():
        # Looking text up is ten times slower in pandas than looking categories up.
        column = column.cast(nw.Categorical)
    verdicts = {label: _verdict(space, variable, label) for label in _distinct(column)}
    if not verdicts:
        return column, np.full(len(column), MISSING)
    codes = column.replace_strict(
        list(verdicts), list(verdicts.values()), default=MISSING, return_dtype=nw.Int16
    )
    return column, codes.to_numpy()


def _coded_objects(
    space: Space, variable: int, column: Any
) -> tuple[list[Any], npt.NDArray[np.int64]]:
    # True, 1 and 1.0 are one key to Python and may be different labels, hence the types.
    labels = column.to_list()
    codes = np.full(len(labels), MISSING)
    verdicts: dict[Any, int] = {}
    for row in np.flatnonzero(~column.is_null().to_numpy().astype(bool)).tolist():
        label = labels[row]
        try:
            verdict = verdicts.get((type(label), label))
        except TypeError:
            verdict = UNKNOWN
        if verdict is None:
            verdict = verdicts[type(label), label] = _verdict(space, variable, label)
        codes[row] = verdict
    return labels, codes


def _distinct(column: Any) -> list[Any]:
    """The values that occur, without nulls and NaN."""
    if _is_plain(column):
        labels: Iterable[Any] = column.drop_nulls().unique().to_list()
    else:
        nulls = column.is_null().to_list()
        pairs = zip(column.to_list(), nulls, strict=True)
        labels = {str(label): label for label, null in pairs if not null}.values()
    return [label for label in labels if not _is_nan(label)]


def _verdict(space: Space, variable: int, label: object) -> int:
    if _is_nan(label):
        return MISSING
    code = space.match(variable, label)
    if code is None:
        code = MISSING if isinstance(label, str) and label in MISSING_TEXTS else UNKNOWN
    return code


def _shown(label: object) -> str:
    return repr(label.item() if isinstance(label, np.generic) else label)


def _is_nan(label: object) -> bool:
    return isinstance(label, (float, np.floating, Decimal)) and bool(label != label)
