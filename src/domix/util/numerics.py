"""Numerical functions: sums that do not depend on threads, tails of distributions."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

__all__ = ["TINY", "chi_square_tail", "dot"]

TINY = 1e-300
"""Smallest number whose logarithm is taken, in place of that of 0: no weight is as small."""


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


def chi_square_tail(x: float, df: int) -> float:
    """P(chi-square with ``df`` degrees of freedom > x): the finite sums for whole numbers.

    Examples
    --------
    >>> round(chi_square_tail(3.841, 1), 4), round(chi_square_tail(5.991, 2), 4)
    (0.05, 0.05)
    """
    if x <= 0:
        return 1.0
    half = 0.5 * x
    odd = df % 2
    # Terms half^j / gamma(j + 1) for whole j, or from one half up: each is made in logarithms,
    # because they grow past a double before the exponential brings them down.
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    for step in range(df // 2):
        j = step + 0.5 * odd
        total += math.exp(j * math.log(half) - half - math.lgamma(j + 1.0))
    return min(total, 1.0)
