"""Frames for the rows of other data: of the same kind, with the same index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from domix.data.frame import RowsLike, choose_backend, is_frame
from domix.util.arrays import Floats


def frame_alike(
    data: RowsLike, texts: Mapping[str, Sequence[str | None]], numbers: Mapping[str, Floats]
) -> Any:
    """Return a data frame with one row for each row of data.

    Parameters
    ----------
    data : data frame or array_like of int, shape (rows, variables)
        The frame is of its package, in memory, and has its index if it is of pandas; for codes, it
        is of the first package that is installed.
    texts : mapping of str to sequence of str or None
        Columns of text, of length (rows,).
    numbers : mapping of str to ndarray of float64, shape (rows,)
        Columns of numbers, behind those of text; NaN is null.

    Raises
    ------
    MissingExtraError
        The data are codes, and no package for frames is installed.

    Examples
    --------
    >>> import numpy, pandas
    >>> data = pandas.DataFrame({"A": ["low", "high"]}, index=["r1", "r2"])
    >>> frame_alike(data, {"label": ["x", "y"]}, {"p": numpy.array([0.5, 0.25])})
       label     p
    r1     x  0.50
    r2     y  0.25
    """
    import narwhals as nw

    backend, index = _find_kind(data)
    series = {
        **{name: nw.new_series(name, v, nw.String, backend=backend) for name, v in texts.items()},
        **{
            name: nw.new_series(name, v, nw.Float64, backend=backend).fill_nan(None)
            for name, v in numbers.items()
        },
    }
    # Native series, because narwhals 2.29 asks for pyarrow when it is given its own.
    columns = {name: column.to_native() for name, column in series.items()}
    frame = nw.from_dict(columns, backend=backend).to_native()
    if index is not None:
        frame.index = index
    return frame


def _find_kind(data: RowsLike) -> tuple[Any, Any]:
    """Return the package of the data, as narwhals names it, and their index or None."""
    import narwhals as nw

    if not is_frame(data):
        return choose_backend(None), None
    frame: Any = nw.from_native(data)
    if isinstance(frame, nw.LazyFrame):
        return frame.head(0).collect().implementation, None
    return frame.implementation, nw.maybe_get_index(frame)
