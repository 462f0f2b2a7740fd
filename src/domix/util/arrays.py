"""Array types by what they hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.uint8]
"""States as integers, from 0 in the order of a variable's states."""
Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int32]
"""Places in other arrays, where there can be many of them."""
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[Any]
"""Fractions, or float64 where numbers are not exact."""
