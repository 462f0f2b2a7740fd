"""Sums of products that come out the same whatever the number of threads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["dot"]


def dot(*factors: npt.NDArray[np.float64]) -> float:
    """The sum of the products of vectors of one length.

    The usual product of vectors may be spread over threads, which then add up in another order and,
    on a busy machine, wait for each other for longer than the sum takes.

    Examples
    --------
    >>> import numpy as np
    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    terms = ",".join("i" * len(factors))
    return float(np.einsum(f"{terms}->", *factors))
