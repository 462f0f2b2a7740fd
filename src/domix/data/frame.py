"""Data frames of labels to codes and back, for any eager frame that narwhals reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, TypeGuard
from warnings import warn

import numpy as np
import numpy.typing as npt

from domix.core.space import MAX_CARD, Label, Space, listing
from domix.data.columns import MISSING, column_codes, sorted_labels
from domix.errors import DataError, DomixWarning, MissingExtraError

__all__ = [
    "Encoded",
    "are_bytes",
    "check_codes",
    "code_array",
    "decode",
    "distinct_labels",
    "encode",
    "from_columns",
    "is_frame",
]

BACKENDS = ("polars", "pandas", "pyarrow")


@dataclass(frozen=True, eq=False)
class Encoded:
    """Rows as codes, and what was left out.

    Attributes
    ----------
    codes
        Shape (rows, n) uint8, C order.
    kept
        None if every row was kept, else a bool for each row that was given.
    dropped
        How many values were missing, for each variable that missed any.
    """

    codes: npt.NDArray[np.uint8]
    kept: npt.NDArray[np.bool_] | None
    dropped: dict[str, int]


def encode(
    space: Space, data: Any, *, missing: str = "error", extra: str = "error", what: str = "data"
) -> Encoded:
    """A data frame of labels, or an array of codes, as checked codes.

    Parameters
    ----------
    space
        The variables and their states.
    data
        A data frame with a column of labels for each variable, in any order (pandas, polars,
        pyarrow or another that narwhals reads; a lazy one is collected), or a 2-D array of integer
        codes in the order of ``space.names``. Labels find their states as in :class:`Space`; in
        text, ``""``, NA, NaN, nan, null and N/A are missing values unless they are states.
    missing
        ``"error"``, or ``"drop"`` to leave out the rows in which a value is missing.
    extra
        ``"error"``, or ``"ignore"`` to pass over the columns that are no variables.
    what
        What the data are called in messages.

    Raises
    ------
    DataError
        Columns or values are missing or too many, a label is no state, or a code is out of range.

    Warns
    -----
    DomixWarning
        Rows were dropped.

    Examples
    --------
    >>> import polars
    >>> space = Space({"A": ["low", "high"], "B": ["1", "2", "3"]})
    >>> encode(space, polars.DataFrame({"B": [1, 3], "A": ["high", "low"]})).codes
    array([[1, 0],
           [0, 2]], dtype=uint8)
    >>> encode(space, polars.DataFrame({"B": [1, 4], "A": ["high", "low"]}))
    Traceback (most recent call last):
        ...
    domix.errors.DataError: data: row 1 (counting from 0), column 'B': 4 is no state; the states \
are '1', '2', '3'
    """
    _check_option("missing", missing, ("error", "drop"))
    _check_option("extra", extra, ("error", "ignore"))
    if not is_frame(data):
        return Encoded(check_codes(space, data, what), None, {})
    frame = _collected(space.names, data, extra, what)
    codes = np.empty((len(frame), len(space)), dtype=np.uint8)
    kept = np.ones(len(frame), dtype=bool)
    dropped = {}
    for i, name in enumerate(space.names):
        column = column_codes(space, i, frame[name], what)
        if column.min(initial=0) < 0:
            gone = column == MISSING
            dropped[name] = int(gone.sum())
            kept &= ~gone
        codes[:, i] = column
    if not dropped:
        return Encoded(codes, None, {})
    missed = _listing_counts(dropped)
    if missing == "error":
        raise DataError(
            f"{what}: missing values, by column: {missed}; fill them in, or leave out the rows "
            'that hold any: net.encode(..., missing="drop"), or --missing drop'
        )
    warn(
        f"{what}: dropped {int((~kept).sum())} of {len(kept)} rows for missing values, by column: "
        f"{missed}",
        DomixWarning,
        stacklevel=3,
    )
    return Encoded(codes[kept], kept, dropped)


def decode(space: Space, codes: npt.ArrayLike, backend: str | None = None) -> Any:
    """Codes as a data frame with a column of labels for each variable.

    A variable whose labels differ in type becomes a column of text (of floats, if they are all
    numbers); :func:`encode` reads it back to the same codes.

    Parameters
    ----------
    codes
        Shape (rows, n), in the order of ``space.names``.
    backend
        ``"polars"``, ``"pandas"`` or ``"pyarrow"``; None takes the first that is installed.

    Raises
    ------
    DataError
        A code is out of range, or the backend is unknown or not installed.
    MissingExtraError
        None of the three is installed.

    Examples
    --------
    >>> decode(Space({"A": ["low", "high"]}), [[1], [0]], "polars")["A"].to_list()
    ['high', 'low']
    """
    import narwhals as nw

    array = check_codes(space, codes, "codes")
    native: Any = _backend(backend)
    # Native series, because narwhals 2.29 asks for pyarrow when it is given its own.
    columns = {
        name: nw.new_series(name, _one_type(space.states[i]), backend=native)[
            array[:, i].astype(np.int64)
        ].to_native()
        for i, name in enumerate(space.names)
    }
    return nw.maybe_reset_index(nw.from_dict(columns, backend=native)).to_native()


def from_columns(columns: Mapping[str, Sequence[Any]], backend: str | None = None) -> Any:
    """A data frame from columns of labels and numbers; ``backend`` as in :func:`decode`."""
    import narwhals as nw

    native: Any = _backend(backend)
    typed = {name: _one_type(values) for name, values in columns.items()}
    return nw.from_dict(typed, backend=native).to_native()


def is_frame(data: object) -> bool:
    """Whether ``data`` is a data frame, eager or lazy; if not, it should be codes."""
    # Arrays and lists are the common other case and need no import of narwhals.
    if isinstance(data, (np.ndarray, list, tuple)):
        return False
    import narwhals as nw

    try:
        return isinstance(nw.from_native(data, pass_through=True), (nw.DataFrame, nw.LazyFrame))
    except nw.exceptions.DuplicateError as error:
        text = " ".join(str(error).split())
        raise DataError(f"the data frame has columns of the same name: {text}") from None


def check_codes(space: Space, data: Any, what: str = "data") -> npt.NDArray[np.uint8]:
    """Shape (rows, n) uint8, C order: integers or booleans checked against the states.

    An array that is already so is returned as it is.

    Raises
    ------
    DataError
        Not 2-D, not integers, a wrong number of columns, or a code out of range.

    Examples
    --------
    >>> check_codes(Space({"A": ["low", "high"]}), [[0], [2]])
    Traceback (most recent call last):
        ...
    domix.errors.DataError: data: row 1 (counting from 0), variable 'A': code 2 is out of range; \
the codes are 0 to 1 (labels go in a data frame)
    """
    return code_array(data, space.names, what, space.cards)


def are_bytes(data: object, space: Space) -> TypeGuard[npt.NDArray[np.uint8]]:
    """Whether ``data`` are codes of the right type and shape, of which only the range is unchecked.

    A subclass of arrays may mean something else by its elements, as masked ones do.
    """
    return type(data) is np.ndarray and (data.dtype, data.shape[1:]) == (np.uint8, (len(space),))


def code_array(
    data: Any,
    names: Sequence[str],
    what: str = "data",
    cards: npt.NDArray[np.int64] | None = None,
) -> npt.NDArray[np.uint8]:
    """As :func:`check_codes`, where ``cards`` None lets every code from 0 to 255 pass."""
    try:
        array = np.asarray(data)
    except (ValueError, TypeError):
        array = np.asarray(None)
    if array.dtype.kind == "f":
        raise DataError(
            f"{what}: codes must be integers, not {array.dtype}; convert an array of whole numbers "
            "with .astype(int), and put labels in a data frame"
        )
    if array.dtype.kind not in "biu" or np.ma.is_masked(data):
        raise DataError(
            f"{what} must be a data frame of labels (pandas, polars, pyarrow, ...) or a 2-D array "
            f"of integer codes, one column for each variable, not {_kind(data)}"
        )
    if array.ndim != 2 or array.shape[1] != len(names):
        raise DataError(
            f"{what}: codes must have shape (rows, {len(names)}), one column for each of "
            f"{listing(names)}; the shape is {array.shape}"
        )
    limits = np.full(len(names), MAX_CARD) if cards is None else cards
    high = array.max(axis=0, initial=0) >= limits
    low = array.min(axis=0, initial=0) < 0 if array.dtype.kind == "i" else np.zeros_like(high)
    if high.any() or low.any():
        bad = (array < 0) | (array >= limits)
        row = int(np.argmax(bad.any(axis=1)))
        i = int(np.argmax(bad[row]))
        raise DataError(
            f"{what}: row {row} (counting from 0), variable {names[i]!r}: code {array[row, i]} is "
            f"out of range; the codes are 0 to {limits[i] - 1} (labels go in a data frame)"
        )
    return np.ascontiguousarray(array, dtype=np.uint8)


def distinct_labels(names: Sequence[str], data: Any) -> dict[str, tuple[Label, ...]]:
    """The labels that occur in a frame for each name, sorted, without the missing values.

    They are sorted as numbers if all of them denote numbers, else as text. Whole floats count as
    integers, because that is what a missing value makes of integers in pandas.

    Examples
    --------
    >>> import polars
    >>> distinct_labels(["A"], polars.DataFrame({"A": ["10", "9", "", "9"]}))
    {'A': ('9', '10')}
    """
    frame = _collected(names, data, "ignore", "data")
    return {name: sorted_labels(frame[name]) for name in names}


def _check_option(name: str, value: object, choices: tuple[str, str]) -> None:
    if value not in choices:
        raise DataError(f"{name} must be {choices[0]!r} or {choices[1]!r}, not {value!r}")


def _listing_counts(counts: Mapping[str, int], limit: int = 20) -> str:
    """Counts by name, the largest first, cut where they would flood the message."""
    by_size = sorted(counts.items(), key=lambda item: -item[1])
    shown = [f"{name!r} {count}" for name, count in by_size[:limit]]
    if len(counts) > limit:
        shown.append(f"... ({len(counts)} columns in all)")
    return ", ".join(shown)


def _kind(data: object) -> str:
    if np.ma.is_masked(data):
        return "an array with masked values"
    if isinstance(data, np.ndarray):
        return f"an array of dtype {data.dtype}"
    if isinstance(data, (list, tuple)):
        return "a list that holds something else or whose rows differ in length"
    return type(data).__name__


def _collected(names: Sequence[str], data: Any, extra: str, what: str) -> Any:
    """The frame in memory, once its columns are known to fit the names."""
    import narwhals as nw

    frame: Any = nw.from_native(data)
    present = list(frame.collect_schema().names())
    absent = [name for name in names if name not in set(present)]
    if absent:
        hint = "; the first line of a file must hold the names" if len(absent) == len(names) else ""
        raise DataError(
            f"{what}: no column for {listing(absent)}; the columns are {listing(present)}{hint}"
        )
    surplus = [name for name in present if name not in set(names)]
    if surplus and extra == "error":
        raise DataError(
            f"{what}: columns that are no variables: {listing(surplus)}; drop them, or pass over "
            'them: net.encode(..., extra="ignore"), or --extra ignore'
        )
    if isinstance(frame, nw.LazyFrame):
        return frame.select(list(names)).collect()
    return frame


def _backend(backend: str | None) -> str:
    if backend is None:
        installed = next((name for name in BACKENDS if find_spec(name)), None)
        if installed is None:
            raise MissingExtraError("a data frame", "polars", "app")
        return installed
    if backend not in BACKENDS:
        raise DataError(f"backend must be one of {listing(BACKENDS)} or None, not {backend!r}")
    if not find_spec(backend):
        raise DataError(f"{backend} is not installed: python -m pip install {backend}")
    return backend


def _one_type(values: Sequence[Any]) -> list[Any]:
    """The values as one type that a column can have: their own, else floats, else text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float} and all(v is None or float(v) == v for v in values):
        return [None if v is None else float(v) for v in values]
    big = kinds == {int} and any(v is not None and not -(2**63) <= v < 2**63 for v in values)
    if len(kinds) > 1 or big:
        return [None if v is None else str(v) for v in values]
    return list(values)
