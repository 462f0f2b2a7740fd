"""What a lift that no present target makes could gain, from one pass over the data rows."""

from __future__ import annotations

import numpy as np

from domix.em.lift import Lift
from domix.util.arrays import Floats
from domix.util.numerics import TINY


def predict_gains(lift: Lift, weights: Floats, theta: Floats) -> Floats:
    r"""Predict what each lift would gain in nats, if others kept the ratios of their weights.

    Let :math:`r_x` be the likelihood of a data row under the lift, relative to that under all lifts
    at their weights, of which there are :math:`N`. With :math:`G = \sum_x r_x` and
    :math:`R = \sum_x r_x^2 / G`, the gain would be
    :math:`N \, \mathrm{KL}(G / (N R) \,\|\, 1 / R)` if each ratio were :math:`R` or 0. To second
    order this is the score test; unlike it, it also holds for few rows of large ratios.

    Parameters
    ----------
    lift : Lift
    weights : ndarray, shape (lifts,)
    theta : ndarray, shape (entries,)

    Returns
    -------
    ndarray, shape (lifts,)
        0 for a lift that would gain at a smaller weight only. All are infinite where there is a row
        that no lift with weight can have produced.
    """
    pairs, k = lift.pairs, lift.states
    prefix, state = np.asarray(pairs.prefix), np.asarray(pairs.entry) % k
    place, value = np.asarray(pairs.place), np.asarray(lift.lists.value)
    by_prefix = weights.reshape(-1, k + 1)
    unset = theta[np.asarray(pairs.entry)]
    rate = by_prefix[prefix, 0] * unset + by_prefix[prefix, 1 + state]
    starts = np.asarray(lift.lists.ptr)
    lengths = np.diff(starts)
    density = np.add.reduceat(value * rate[place], starts[:-1])
    if density.min() <= TINY:
        return np.full(len(weights), np.inf)
    ratio = value / np.repeat(density, lengths)
    counts = np.repeat(lift.counts, lengths)
    sums = []
    for power in (1, 2):
        load = np.bincount(place, counts * ratio**power, len(unset))
        sum_ = np.bincount(prefix * (k + 1) + 1 + state, load, len(weights))
        sums.append(sum_ + np.bincount(prefix * (k + 1), load * unset**power, len(weights)))
    first, second = sums
    out = np.zeros(len(weights))
    gaining = np.flatnonzero(first > lift.total)
    largest = np.maximum(second[gaining] / first[gaining], 1.0)
    share, expected = first[gaining] / (lift.total * largest), 1 / largest
    out[gaining] = share * np.log(share / expected)
    below = np.flatnonzero(share < 1)
    rest = 1 - share[below]
    out[gaining[below]] += rest * np.log(rest / (1 - expected[below]))
    return lift.total * out
