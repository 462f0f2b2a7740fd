"""Questions about rows whose answer comes with a check of the codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from domix.core.space import Space
from domix.data.frame import are_bytes, encode
from domix.query.probability import CodeRangeError

__all__ = ["of_codes"]

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
