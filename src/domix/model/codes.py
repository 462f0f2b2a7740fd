"""Questions about rows whose answer comes with a check of the codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from domix.core.space import Space
from domix.data.frame import are_bytes, encode
from domix.errors import DataError
from domix.query.probability import CodeRangeError

__all__ = ["float_kind", "of_codes"]

T = TypeVar("T")


def of_codes(space: Space, data: Any, question: Callable[[npt.NDArray[np.uint8]], T]) -> T:
    """The answer on rows as in :meth:`Network.encode`, without another pass to check them.

    Raises
    ------
    DataError
        As there: which code of which row is out of range.
    """
    if not are_bytes(data, space):
        return question(encode(space, data).codes)
    try:
        return question(data)
    except CodeRangeError:
        # The check that comes with the answer does not say where.
        encode(space, data)
        raise


def float_kind(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """The kind of number that a user asks for: float64 or float32.

    Raises
    ------
    DataError
        Another one.
    """
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        kind = None
    if kind not in (np.float64, np.float32):
        raise DataError(f"dtype must be numpy.float64 or numpy.float32, not {dtype!r}")
    return kind
