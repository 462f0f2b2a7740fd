"""Columns of measurements as numbers, and which columns are measurements."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from domix.core.space import as_float
from domix.data.columns import distinct_labels
from domix.data.marks import DOUBTFUL, MissingMarks, describe_doubt, is_missing
from domix.errors import DataError
from domix.util.arrays import Floats, Ints

MOST_CODES = 10
"""Most distinct numbers of a column that is taken as discrete."""

ROWS_PER_CODE = 5
"""Rows that a discrete column has for each of its numbers, at least, if some are not whole."""


def is_numeric(column: Any, name: str, marks: MissingMarks, argument: str) -> bool:
    """Whether a column holds numbers, or text that denotes numbers, as files of text do.

    Raises
    ------
    DataError
        Measurements stand beside marks of missing values that the user has not named, or beside a
        few other texts, such as "<0.1".
    """
    import narwhals as nw

    if column.dtype.is_numeric():
        return True
    if column.dtype not in (nw.String, nw.Object):
        return False
    labels = [x for x in distinct_labels(column) if not (is_missing(x) or marks.include(x))]
    numbers = {label: as_float(label) for label in labels}
    others = [label for label, number in numbers.items() if number is None]
    if 0 < len(others) < len(labels) and not marks.are_named and DOUBTFUL.issuperset(others):
        raise DataError(f"column {name!r}{describe_doubt(others)}", argument=argument)
    known = np.array([number for number in numbers.values() if number is not None])
    if 0 < len(others) < len(known) and not is_discrete(known):
        row = next(i for i, label in enumerate(column.to_list()) if label in others)
        raise DataError(
            f"row {row} (counting from 0), column {name!r}: {column[row]!r} is not a number, as "
            f"{len(known):,} of its {len(labels):,} different values are; write a number or leave "
            'it empty, or, if they are labels, keep the column with strategy={"COLUMN": "keep"}',
            argument=argument,
        )
    return bool(labels) and not others


def is_discrete(values: Floats, most: int = MOST_CODES) -> bool:
    """Whether the numbers of a column look like codes or levels and not like measurements.

    ``most`` is the largest number of different ones. A constant column does not: what other rows
    have there is above it or below.

    Examples
    --------
    >>> is_discrete(np.array([0.0, 1.0, 2.0, 1.0])), is_discrete(np.array([0.1, 0.7, 0.2, 0.4]))
    (True, False)
    """
    present = values[~np.isnan(values)]
    distinct = np.unique(present)
    if not 2 <= len(distinct) <= most:
        return False
    whole = bool((distinct == np.floor(distinct)).all())
    return whole or len(present) >= ROWS_PER_CODE * len(distinct)


def read_numbers(column: Any, name: str, marks: MissingMarks, argument: str) -> Floats:
    """Return a column of numbers as floats, shape (rows,); missing values are NaN.

    Raises
    ------
    DataError
        A value is not a number; its row is named.
    """
    import narwhals as nw

    if column.dtype.is_numeric() and not marks.are_named:
        filled = column.cast(nw.Float64).fill_null(math.nan)
        return np.array(filled.to_numpy(), dtype=np.float64)
    numbers: dict[Any, float] = {}
    values = np.empty(len(column))
    for row, label in enumerate(column.to_list()):
        if label not in numbers:
            missing = is_missing(label) or marks.include(label)
            number = math.nan if missing else as_float(label)
            if number is None:
                raise DataError(
                    f"row {row} (counting from 0), column {name!r}: {label!r} is not a number, as "
                    f"the values of control rows are{describe_doubt([label])}",
                    argument=argument,
                )
            numbers[label] = number
        values[row] = numbers[label]
    return values


def label_codes(column: Any, marks: MissingMarks) -> Ints:
    """Return the labels of a discrete column, numbered as they occur; -1 is a missing value."""
    numbers: dict[str, int] = {}
    codes = np.empty(len(column), dtype=np.int64)
    for row, label in enumerate(column.to_list()):
        missing = is_missing(label) or marks.include(label)
        codes[row] = -1 if missing else numbers.setdefault(str(label), len(numbers))
    return codes


def refuse_infinities(values: Floats, name: str, argument: str) -> None:
    """Refuse numbers from which no quantile can be taken.

    Raises
    ------
    DataError
        There is an infinite value; its row is named.
    """
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise DataError(
            f"row {row} (counting from 0), column {name!r}: {values[row]} in a control row; make "
            "it a missing value, or leave the row out",
            argument=argument,
        )
