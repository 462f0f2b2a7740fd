"""Data frames of labels to codes and back, for any eager frame that narwhals reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, TypeVar, Unpack

import numpy as np
import numpy.typing as npt

from domix.core.codes import CodeRangeError
from domix.core.space import Label, Space, listing
from domix.data.arrays import check_codes, code_array, has_code_layout
from domix.data.columns import fill_codes
from domix.data.completions import Completions, complete_rows
from domix.data.indices import INDEX_NAMES, check_columns, find_row_indices
from domix.data.marks import MissingMarks, MissingValues
from domix.data.missing import Encoded, RowOptions, handle_missing
from domix.data.plausibility.continuous import refuse_continua
from domix.data.states import (
    ColumnStates,
    FrameLabels,
    ShownLabels,
    check_alike,
    check_observed,
    merge_states,
)
from domix.errors import DataError, MissingExtraError
from domix.util.arrays import Codes

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

RowsLike: TypeAlias = "IntoFrame | npt.ArrayLike"
"""Data rows as users give them: a data frame of labels, or a 2-D array of codes."""

BACKENDS = ("polars", "pandas", "pyarrow")

UNMEASURED = "; leave what was not measured out of the graph, with edges past it"
"""What to do about variables of a graph that have no column."""

NumbersT = TypeVar("NumbersT", bound=npt.NDArray[Any])


def encode(
    space: Space,
    data: RowsLike,
    *,
    missing: str = "error",
    extra: str = "error",
    missing_values: MissingValues = None,
    argument: str = "data",
    summed: bool = False,
    stacklevel: int = 3,
) -> Encoded:
    """Return a data frame of labels, or an array of codes, as checked codes.

    Parameters
    ----------
    space : Space
        The variables and their states.
    data : data frame or array_like of int, shape (rows, variables)
        A data frame with a column of labels for each variable, in any order (pandas, polars,
        pyarrow or another that narwhals reads; a lazy one is collected), or codes in the order of
        ``space.names``, masked where they are missing. Labels match states as in :class:`Space`; in
        text, ``""``, NA, NaN, nan, null and N/A are missing values unless they are states.
    missing : {"error", "drop"}
        ``"drop"`` leaves out the rows with a missing value.
    summed : bool
        Whether the caller takes ``"marginalize"``, too, and sums out the entries that are missing.
    extra : {"error", "ignore"}
        ``"ignore"`` passes over columns that are not variables. Row indices are passed over with a
        warning: columns without a name, or with the one that pandas gives them, whose values are
        all different.
    missing_values : iterable of label, optional
        More marks of missing values, which are missing even where they are states.
    argument : str
        The argument that holds the data, for messages.
    stacklevel : int
        Of warnings, as :func:`warnings.warn` takes it: 3 is the caller of the caller.

    Raises
    ------
    DataError
        Columns or values are missing, there are extra columns, a label is not a state, or a code is
        out of range.

    Warns
    -----
    DomixWarning
        Rows were dropped, or a row index was passed over.

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
    domix.errors.DataError: data: row 1 (counting from 0), column 'B': 4 is not a state; the \
states are '1', '2', '3'
    """
    _check_option("missing", missing, ("error", "drop", *(("marginalize",) if summed else ())))
    _check_option("extra", extra, ("error", "ignore"))
    marks = MissingMarks(missing_values)
    if is_frame(data):
        frame = _collect(space.names, data, extra, argument, stacklevel)
        codes = np.empty((len(frame), len(space)), dtype=np.uint8)
        absent = fill_codes(codes, space, [frame], marks, argument)
    elif np.ma.is_masked(data):
        absent = np.ma.getmaskarray(np.ma.asarray(data))
        codes = check_codes(space, np.ma.asarray(data).filled(0), argument)
    else:
        return Encoded(check_codes(space, data, argument), None, {})
    if absent is None or not absent.any():
        return Encoded(codes, None, {})
    return handle_missing(codes, absent, space.names, missing, argument, stacklevel + 1)


def apply_to_codes(
    function: Callable[[Codes], NumbersT],
    space: Space,
    data: RowsLike,
    **options: Unpack[RowOptions],
) -> tuple[NumbersT, Encoded, Completions | None]:
    """Apply a function that checks codes itself to data, without checking the codes before.

    Returns
    -------
    numbers : ndarray
        What the function returns, for each row that was kept, or for each completion.
    rows : Encoded
    completions : Completions or None
        What rows that miss values are completed to; None where none is to be summed out.

    Raises
    ------
    DataError
        As from :func:`encode`.
    """
    if not has_code_layout(data, space):
        rows = encode(space, data, summed=True, stacklevel=4, **options)
        completions = complete_rows(rows, space.cards)
        return function(rows.codes if completions is None else completions.codes), rows, completions
    try:
        return function(data), Encoded(data, None, {}), None
    except CodeRangeError:
        # The check inside the function does not know the row: encode raises with its number.
        encode(space, data)
        raise


def decode(space: Space, codes: npt.ArrayLike, backend: str | None = None) -> Any:
    """Return codes as a data frame with a column of labels for each variable.

    A variable whose labels differ in type becomes a column of text (of floats, if they are all
    numbers); :func:`encode` reads it back to the same codes.

    Parameters
    ----------
    space : Space
    codes : array_like of int, shape (rows, variables)
        In the order of ``space.names``.
    backend : {"polars", "pandas", "pyarrow"}, optional
        By default the first that is installed.

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
    native: Any = choose_backend(backend)
    # Native series, because narwhals 2.29 asks for pyarrow when it is given its own.
    columns = {
        name: nw.new_series(name, to_one_type(space.states[i]), backend=native)[
            array[:, i].astype(np.int64)
        ].to_native()
        for i, name in enumerate(space.names)
    }
    return nw.maybe_reset_index(nw.from_dict(columns, backend=native)).to_native()


def from_columns(columns: Mapping[str, Sequence[Any]], backend: str | None = None) -> Any:
    """Return a data frame of columns of labels and numbers; ``backend`` as in :func:`decode`."""
    import narwhals as nw

    native: Any = choose_backend(backend)
    typed = {name: to_one_type(values) for name, values in columns.items()}
    return nw.from_dict(typed, backend=native).to_native()


def is_frame(data: object) -> TypeGuard[IntoFrame]:
    """Whether ``data`` is a data frame, eager or lazy; if not, it should be codes."""
    # Arrays and lists are the usual alternative and need no import of narwhals.
    if isinstance(data, (np.ndarray, list, tuple)):
        return False
    import narwhals as nw

    try:
        native: Any = data
        return isinstance(nw.from_native(native, pass_through=True), (nw.DataFrame, nw.LazyFrame))
    except nw.exceptions.DuplicateError as error:
        text = " ".join(str(error).split())
        raise DataError(f"the data frame has columns of the same name: {text}") from None


def column_names(data: IntoFrame, argument: str = "data") -> list[str]:
    """Return the names of a data frame's columns that can be variables, in their order.

    Raises
    ------
    DataError
        A column has no name and is not a row index.

    Examples
    --------
    >>> import polars
    >>> column_names(polars.DataFrame({"": ["1", "2"], "B": [1, 1], "A": ["high", "low"]}))
    ['B', 'A']
    """
    import narwhals as nw

    frame: Any = nw.from_native(data)
    columns = list(frame.collect_schema().names())
    indices = find_row_indices(frame, columns)
    names = [name for name in columns if name not in indices]
    nameless = next((name for name in INDEX_NAMES if name in names), None)
    if nameless is not None:
        called = f", so that pandas calls it {nameless!r}," * bool(nameless)
        raise DataError(
            f"a column has no name{called} and is not a row index, because its values repeat or "
            "are missing; name it, or leave it out",
            argument=argument,
        )
    return names


def observed_states(
    names: Sequence[str],
    data: RowsLike | ShownLabels,
    others: Mapping[str, RowsLike | ShownLabels] = MappingProxyType({}),
    *,
    missing_values: MissingValues = None,
    argument: str = "data",
) -> dict[str, tuple[Label, ...]]:
    """Return the states of each variable that data declare or show; for codes, 0 to the largest.

    ``argument`` is that of ``data``; ``others`` holds more data frames, by their arguments.
    Declared levels keep their order, and are states even if no row has them; see
    :func:`column_states`. Other labels are sorted as numbers or intervals if all of them denote
    one, else as text; missing values are left out. Whole floats count as integers, because pandas
    makes floats of integers next to a missing value. Intervals and dates are states by their text.

    Raises
    ------
    DataError
        A variable has no column or no value, or measurements; two labels of a column that declares
        none denote the same number or truth value; or ``missing_values`` leaves a mark in doubt.

    Examples
    --------
    >>> import polars
    >>> observed_states(["A"], polars.DataFrame({"A": ["10", "9", "", "9"]}))
    {'A': ('9', '10')}
    >>> levels = polars.Enum(["low", "mid", "high"])
    >>> observed_states(["A"], polars.DataFrame({"A": ["high"]}, schema={"A": levels}))
    {'A': ('low', 'mid', 'high')}
    >>> observed_states(["A"], [[0], [2]])
    {'A': (0, 1, 2)}
    """
    if isinstance(data, ShownLabels) or is_frame(data):
        marks, given = MissingMarks(missing_values), {argument: data, **others}
        found: dict[str, list[ColumnStates]] = {name: [] for name in names}
        shown_rows = {key: _show_labels(names, rows, key) for key, rows in given.items()}
        for key, labels in shown_rows.items():
            columns = {name: labels.states(name, marks) for name in names}
            shown = {name: column.labels for name, column in columns.items() if not column.declared}
            marks.check_states(shown, key)
            refuse_continua(shown, key)
            check_alike(shown, key)
            for name, column in columns.items():
                found[name].append(column)
        states = {name: merge_states(name, columns) for name, columns in found.items()}
        check_observed(states, any(labels.rows for labels in shown_rows.values()), argument)
        return states
    filled: Any = np.ma.asarray(data).filled(0) if np.ma.is_masked(data) else data
    codes = code_array(filled, names)
    return {name: tuple(range(int(codes[:, i].max(initial=0)) + 1)) for i, name in enumerate(names)}


def _check_option(name: str, value: object, choices: Sequence[str]) -> None:
    if value not in choices:
        listed = f"{listing(choices[:-1])} or {choices[-1]!r}"
        raise DataError(f"must be {listed}, not {value!r}", argument=name)


def _collect(
    names: Sequence[str], data: Any, extra: str, argument: str, stacklevel: int, hint: str = ""
) -> Any:
    """Return the frame in memory, if its columns fit."""
    import narwhals as nw

    check_columns(names, data, extra, argument, stacklevel + 1, hint)
    frame: Any = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame):
        return frame.select(list(names)).collect()
    return frame


def _show_labels(names: Sequence[str], data: RowsLike | ShownLabels, argument: str) -> ShownLabels:
    if isinstance(data, ShownLabels):
        return data
    return FrameLabels(_collect(names, data, "ignore", argument, 3, UNMEASURED))


def choose_backend(backend: str | None) -> str:
    """Return the package of new frames: the one named, or the first that is installed."""
    if backend is None:
        installed = next((name for name in BACKENDS if find_spec(name)), None)
        if installed is None:
            raise MissingExtraError("a data frame", "polars", "app")
        return installed
    if backend not in BACKENDS:
        raise DataError(
            f"must be one of {listing(BACKENDS)} or None, not {backend!r}", argument="backend"
        )
    if not find_spec(backend):
        raise DataError(
            f"{backend} is not installed: python -m pip install {backend}", argument="backend"
        )
    return backend


def to_one_type(values: Sequence[Any]) -> list[Any]:
    """Return values as one type that a column can have: their own, else floats, else text."""
    kinds = {type(value) for value in values if value is not None}
    big = any(isinstance(v, int) and not -(2**63) <= v < 2**63 for v in values)
    if kinds == {int, float} and not big and all(v is None or float(v) == v for v in values):
        return [None if v is None else float(v) for v in values]
    if len(kinds) > 1 or big:
        return [None if v is None else str(v) for v in values]
    return list(values)
