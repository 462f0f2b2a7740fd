"""Parts as blocks of bytes: what holds and sends parts need not know what they are."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any


def pack(value: Any) -> list[memoryview]:
    """Return the pickle of a value, then its arrays as they lie in memory, without a copy.

    Arrays that do not lie in one piece are copied into the pickle.

    Examples
    --------
    >>> import numpy as np
    >>> blocks = pack(("codes", np.zeros((2, 3))))
    >>> [len(block) for block in blocks[1:]]
    [48]
    >>> unpack(blocks)[1].shape
    (2, 3)
    """
    arrays: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(value, protocol=5, buffer_callback=arrays.append)
    return [memoryview(rest), *(array.raw() for array in arrays)]


def unpack(blocks: Sequence[memoryview]) -> Any:
    """Return the value that was packed; its arrays lie in the blocks, in their order of memory."""
    return pickle.loads(blocks[0], buffers=blocks[1:])


def packed_size(value: Any) -> int:
    """Return the bytes of a value.

    Examples
    --------
    >>> import numpy as np
    >>> 8000 < packed_size(np.zeros(1000)) < 8500
    True
    """
    return sum(map(len, pack(value)))
