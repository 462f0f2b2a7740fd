"""Columns of measurements where labels are expected."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from domix.core.space import MAX_CARD, as_float
from domix.errors import DataError

MOST_FRACTIONS = 20
"""Different numbers that are not whole, at most, of a column of labels."""


def describe_continuum(labels: Iterable[object]) -> str:
    """Say that labels look like measurements; the text is empty if they do not.

    They do if more than 20 are different numbers that are not whole, or more than 256 are numbers.

    Examples
    --------
    >>> describe_continuum([0.5 * i for i in range(50)])
    'looks continuous (50 different numbers); see Discretizer, or --discretize on the command line'
    >>> describe_continuum(range(50))
    ''
    """
    denoted = (as_float(label) for label in labels)
    numbers = {number for number in denoted if number is not None and math.isfinite(number)}
    fractions = sum(not number.is_integer() for number in numbers)
    if fractions <= MOST_FRACTIONS and len(numbers) <= MAX_CARD:
        return ""
    return (
        f"looks continuous ({len(numbers):,} different numbers); see Discretizer, or "
        "--discretize on the command line"
    )


def refuse_continua(shown: Mapping[str, Iterable[object]], argument: str) -> None:
    """Refuse the labels of columns that look like measurements.

    Raises
    ------
    DataError
        There is such a column.
    """
    for name, labels in shown.items():
        continuum = describe_continuum(labels)
        if continuum:
            raise DataError(f"column {name!r} {continuum}", argument=argument)
