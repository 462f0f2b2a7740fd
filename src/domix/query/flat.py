"""Layouts as the kernels take them.

They are not attributes of a layout: ``core``, which the certificate checker imports, has no
compiled code.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from domix._kernels._structures import FlatLayout
from domix.core.tables import Layout

_FLAT: WeakKeyDictionary[Layout, FlatLayout] = WeakKeyDictionary()


def flat_layout(layout: Layout) -> FlatLayout:
    """Return the arrays of a layout as the kernels take them, computed once for each layout."""
    flat = _FLAT.get(layout)
    if flat is None:
        flat = _FLAT[layout] = FlatLayout(
            layout.cards,
            layout.offsets,
            layout.parent_ptr,
            layout.parent_index,
            layout.parent_stride,
            np.array(layout.order, dtype=np.int64),
        )
    return flat
