"""Batches of labels to codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from domix.core.space import Space
from domix.data.columns import fill_codes
from domix.data.marks import MissingMarks
from domix.data.missing import Encoded, drop_rows
from domix.errors import DataError
from domix.streams.batch import Batch


def read_batch(batch: Batch, *, space: Space, missing: str, marks: MissingMarks) -> Encoded:
    """Return the rows of a batch as codes.

    Parameters
    ----------
    batch : Batch
    space : Space
        The variables and their states.
    missing : {"error", "drop"}
        ``"drop"`` leaves out the rows with a missing value.
    marks : MissingMarks
        What users name as missing.

    Raises
    ------
    DataError
        A label is not a state, or missing; the message names the file, the row, the column and the
        label.
    FormatError
        A file cannot be read.
    """
    import narwhals as nw

    codes = np.empty((sum(piece.rows for piece in batch), len(space)), np.uint8)
    absent = None
    start = 0
    for piece in batch:
        part = slice(start, start + piece.rows)
        with piece.place.named():
            frames = map(nw.from_native, piece.frames(space.names))
            own = fill_codes(codes[part], space, frames, marks, "", piece.first_row)
            if own is not None and missing == "error":
                row, variable = np.argwhere(own)[0].tolist()
                raise DataError(
                    f"row {piece.first_row + row} (counting from 0) has no value of "
                    f"{space.names[variable]!r}; fill in what is missing, or leave out such rows: "
                    'missing="drop"'
                )
        if own is not None:
            absent = np.zeros(codes.shape, dtype=bool) if absent is None else absent
            absent[part] = own
        start += piece.rows
    return Encoded(codes, None, {}) if absent is None else drop_rows(codes, absent, space.names)


def join_rows(parts: Sequence[Encoded], width: int) -> Encoded:
    """Return rows of ``width`` variables one after the other."""
    codes = np.concatenate([np.empty((0, width), np.uint8), *(part.codes for part in parts)])
    dropped = sum((Counter(part.dropped) for part in parts), Counter[str]())
    if all(part.kept is None for part in parts):
        return Encoded(codes, None, dict(dropped))
    kept = [np.ones(part.given, bool) if part.kept is None else part.kept for part in parts]
    return Encoded(codes, np.concatenate(kept), dict(dropped))
