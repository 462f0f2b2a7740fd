"""Arrays of codes, checked against the states of their variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import numpy as np

from domix.core.space import MAX_CARD, Space, listing
from domix.errors import DataError
from domix.util.arrays import Codes, Ints


def check_codes(space: Space, data: object, argument: str = "data") -> Codes:
    """Return integers or booleans as codes, shape (rows, variables), C order.

    An array that has this form already is returned as it is.

    Raises
    ------
    DataError
        The data are not 2-D or not integers, the number of columns is wrong, or a code is out of
        range.

    Examples
    --------
    >>> check_codes(Space({"A": ["low", "high"]}), [[0], [2]])
    Traceback (most recent call last):
        ...
    domix.errors.DataError: data: row 1 (counting from 0), variable 'A': code 2 is out of range; \
the codes are 0 to 1 (labels go in a data frame)
    """
    return code_array(data, space.names, argument, space.cards)


def has_code_layout(data: object, space: Space) -> TypeGuard[Codes]:
    """Whether an object is an array with the type and shape of codes; the range is not checked.

    A subclass of ndarray may give its elements another meaning, as masked arrays do.
    """
    return type(data) is np.ndarray and (data.dtype, data.shape[1:]) == (np.uint8, (len(space),))


def code_array(
    data: object, names: Sequence[str], argument: str = "data", cards: Ints | None = None
) -> Codes:
    """Do as :func:`check_codes`, with any code from 0 to 255 if ``cards`` is None."""
    try:
        # Of anything else NumPy would take the length and ask for one element after another, which
        # takes minutes for an AnnData object and makes no array.
        known = isinstance(data, Sequence) or hasattr(data, "__array__")
        array = np.asarray(data if known else None)
    except (ValueError, TypeError):
        array = np.asarray(None)
    if array.dtype.kind == "f":
        raise DataError(
            f"codes must be integers, not {array.dtype}; convert an array of whole numbers with "
            ".astype(int), and put labels in a data frame; for measurements see Discretizer",
            argument=argument,
        )
    if array.dtype.kind not in "biu" or np.ma.is_masked(data):
        raise DataError(
            "must be a data frame of labels (pandas, polars, pyarrow, ...) or a 2-D array of "
            f"integer codes, one column for each variable, not {describe_rows(data)}",
            argument=argument,
        )
    if array.ndim != 2 or array.shape[1] != len(names):
        raise DataError(
            f"codes must have shape (rows, {len(names)}), one column for each of {listing(names)}; "
            f"the shape is {array.shape}",
            argument=argument,
        )
    limits = np.full(len(names), MAX_CARD) if cards is None else cards
    high = array.max(axis=0, initial=0) >= limits
    low = array.min(axis=0, initial=0) < 0 if array.dtype.kind == "i" else np.zeros_like(high)
    if high.any() or low.any():
        bad = (array < 0) | (array >= limits)
        row = int(np.argmax(bad.any(axis=1)))
        i = int(np.argmax(bad[row]))
        raise DataError(
            f"row {row} (counting from 0), variable {names[i]!r}: code {array[row, i]} is out of "
            f"range; the codes are 0 to {limits[i] - 1} (labels go in a data frame)",
            argument=argument,
        )
    return np.ascontiguousarray(array, dtype=np.uint8)


def describe_rows(data: object) -> str:
    """Describe what was given in the place of a data frame, for messages."""
    if np.ma.is_masked(data):
        return "an array with masked values"
    if isinstance(data, np.ndarray):
        return f"an array of dtype {data.dtype}"
    if isinstance(data, (list, tuple)):
        return "a list that holds something else or whose rows differ in length"
    if type(data).__module__.partition(".")[0] == "anndata":
        return "AnnData; domix.anndata.to_frame makes a frame of its genes and annotations"
    return type(data).__name__
