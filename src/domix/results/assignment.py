"""The most probable component of each row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domix.core.intervention import Intervention
from domix.util.arrays import Bools, Floats, Objects

TIE_TOLERANCE = 1e-9
"""Relative difference below which two posterior probabilities are equal, but for rounding."""


class Assignment(NamedTuple):
    """The most probable component of every row.

    Attributes
    ----------
    interventions : ndarray of object, shape (rows,)
        Its ``Intervention``, or None where no component can produce the row.
    probabilities : ndarray of float64, shape (rows,)
        Its posterior probability; NaN where no component can produce the row.

    Examples
    --------
    >>> from domix import Mixture, Network, disentangle, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = Mixture(net, {do(): 0.2, do(A="low"): 0.8}).sample(2000, rng=0)
    >>> interventions, probabilities = disentangle(net, rows).assign([[0], [1]])
    >>> interventions
    array([do(A='low'), do()], dtype=object)
    """

    interventions: Objects
    probabilities: Floats


def assign_rows(interventions: Sequence[Intervention], posterior: Floats) -> Assignment:
    """Find the most probable intervention of each row; of equally probable ones, the first.

    Parameters
    ----------
    interventions : sequence of Intervention
    posterior : ndarray of float64, shape (rows, interventions)
        NaN in rows that none can produce.
    """
    possible: Bools = np.asarray(np.isfinite(posterior).all(axis=1))
    finite = np.where(possible[:, None], posterior, 0.0)
    ties = finite >= (1 - TIE_TOLERANCE) * finite.max(axis=1, keepdims=True)
    best = ties.argmax(axis=1)
    choices = np.empty(len(interventions) + 1, dtype=object)
    choices[:-1] = interventions
    return Assignment(
        choices[np.where(possible, best, len(interventions))],
        posterior[np.arange(len(best)), best],
    )
