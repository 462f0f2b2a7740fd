"""Numerical functions: sums that do not depend on threads, tails of distributions."""

from __future__ import annotations

import math

import numpy as np

from domix.util.arrays import Floats

TINY = 1e-300
"""Smallest number whose logarithm is taken, in place of that of 0: no weight is as small."""


def dot(*factors: Floats) -> float:
    """Return the sum of the products of vectors of equal length.

    Unlike ``numpy.dot`` it uses one thread: the order of the additions is always the same, and no
    thread waits for another on a busy machine.

    Examples
    --------
    >>> import numpy as np
    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    11.0
    """
    terms = ",".join("i" * len(factors))
    return float(np.einsum(f"{terms}->", *factors))


def chi_square_tail(x: float, df: int) -> float:
    r"""Return P(X > x) for X chi-square distributed with ``df`` degrees of freedom.

    With :math:`h = x/2` it is :math:`e^{-h} \sum_{j=0}^{df/2-1} h^j / j!` for even ``df``, and
    :math:`\mathrm{erfc}(\sqrt h) + e^{-h} \sum_{j=0}^{(df-3)/2} h^{j+1/2} / \Gamma(j + 3/2)` for
    odd ``df``.

    Examples
    --------
    >>> round(chi_square_tail(3.841, 1), 4), round(chi_square_tail(5.991, 2), 4)
    (0.05, 0.05)
    """
    if x <= 0:
        return 1.0
    half = 0.5 * x
    odd = df % 2
    # Each term is computed by logarithms, because powers overflow before they are divided.
    total = math.erfc(math.sqrt(half)) if odd else 0.0
    for step in range(df // 2):
        j = step + 0.5 * odd
        total += math.exp(j * math.log(half) - half - math.lgamma(j + 1.0))
    return min(total, 1.0)
