"""Columns of states, of the kind of the frame that they go into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from domix.util.arrays import Ints


def replace_columns(
    frame: Any, columns: Mapping[str, tuple[Ints, Sequence[str]]], without: Sequence[str]
) -> Any:
    """Return a narwhals frame as a native one, with columns of codes written as states in order.

    Parameters
    ----------
    frame : narwhals.DataFrame
    columns : mapping of str to (ndarray of int64, sequence of str)
        Codes, -1 for a missing value, and all states in order: levels of an ordered categorical of
        pandas, an Enum of polars, or an ordered dictionary of Arrow.
    without : sequence of str
        Columns to leave out.
    """
    kept = frame.drop([name for name in without if name in frame.columns])
    if frame.implementation.is_pyarrow():
        return _replace_in_arrow(kept.to_native(), columns)
    import narwhals as nw

    index = nw.maybe_get_index(kept)
    written = []
    for name, (codes, states) in columns.items():
        labels = np.array([*states, None], dtype=object)[codes].tolist()
        series = nw.new_series(
            name, labels, dtype=nw.Enum(list(states)), backend=frame.implementation
        )
        written.append(series if index is None else nw.maybe_set_index(series, index=index))
    return kept.with_columns(*written).to_native()


def _replace_in_arrow(table: Any, columns: Mapping[str, tuple[Ints, Sequence[str]]]) -> Any:
    import pyarrow as pa

    for name, (codes, states) in columns.items():
        indices = pa.array(codes, type=pa.int16(), mask=codes < 0)
        levels = pa.DictionaryArray.from_arrays(indices, pa.array(states), ordered=True)
        position = table.column_names.index(name)
        table = table.set_column(position, pa.field(name, levels.type), pa.chunked_array([levels]))
    return table
