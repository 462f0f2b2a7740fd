"""What the responsibilities of a fit predict of its changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix._kernels import _moves
from domix.soft.components import SoftComponent
from domix.soft.em import SoftEm, SoftFit
from domix.soft.slots import SlotData
from domix.util.arrays import Floats, Indices
from domix.util.numerics import TINY

LEAST_REST = 1e-12
"""Smallest share of a row that the other components are left with."""

LARGEST_LOG = 300.0
"""Largest logarithm of a ratio of densities."""


class Reading:
    """The responsibilities of a fit, and losses and gains that they predict, all else fixed.

    Attributes
    ----------
    fit : SoftFit
    losses : ndarray, shape (components,)
        Nats that the log-likelihood loses without each component.
    impossible : float
        Count of the rows that no component can produce.
    """

    def __init__(self, data: SlotData, fitted: SoftFit) -> None:
        self.fit, self._data = fitted, data
        em = SoftEm(data, fitted.components, fitted.weights, fitted.log_theta, fitted.rate)
        em.step(fitted.weights, em.start)
        self.impossible = em.impossible_count()
        counts = data.problem.counts
        self._ptr, self._rows, self._expected = em.ptr, em.rows, em.expected_pairs()
        self._log_density, self._row_counts = em.log_density(), em.row_counts
        shares = self._expected / counts[em.rows]
        self._losses = -counts[em.rows] * np.log(np.maximum(1.0 - shares, LEAST_REST))
        parts = [self._losses[a:b].sum() for a, b in zip(em.ptr[:-1], em.ptr[1:], strict=True)]
        self.losses = np.array(parts)

    def _part(self, component: int) -> slice:
        return slice(int(self._ptr[component]), int(self._ptr[component + 1]))

    def rows_of(self, component: int) -> Indices:
        """Return the rows of a component."""
        return self._rows[self._part(component)]

    def value_counts(self, component: int, variable: int) -> Floats:
        """Return the expected counts of a component by the value of a variable."""
        part, k = self._part(component), self._data.cards[variable]
        codes = self._data.problem.codes[self._rows[part], variable]
        return np.bincount(codes, self._expected[part], k).astype(np.float64)

    def value_losses(self, component: int, variable: int) -> Floats:
        """Nats lost where a component no longer takes a value of a variable, by value."""
        part, k = self._part(component), self._data.cards[variable]
        codes = self._data.problem.codes[self._rows[part], variable]
        return np.bincount(codes, self._losses[part], k).astype(np.float64)

    def table_gain(
        self, component: int, variable: int, values: Sequence[int], *, taken: bool
    ) -> float:
        """Return the nats that the table of a variable gains without the rows of a component.

        They are the rows with some values of the variable; if not ``taken``, the gain is that with
        them. A learnt table is refitted.
        """
        data, part = self._data, self._part(component)
        entries = data.entries[variable]
        places = data.places[self._rows[part], variable]
        counts = np.bincount(places, self._expected[part], len(entries))
        counts = np.where(np.isin(data.values[variable], values), counts, 0.0)
        counts = -counts if taken else counts
        if not data.problem.learn:
            return float(counts @ self.fit.log_theta[entries])
        inside = data.problem.layout.entries_of(variable)
        before = self._row_counts[inside]
        after = before.copy()
        after[entries - inside.start] += counts
        k = data.cards[variable]
        return _log_likelihood(np.maximum(after, LEAST_REST), k) - _log_likelihood(before, k)

    def transfer_gain(self, component: int, changed: SoftComponent) -> tuple[float, float]:
        """Nats gained where part of a component's weight goes to another one, and the part."""
        data, fit = self._data, self.fit
        em = SoftEm(data, [changed], np.ones(1), fit.log_theta, fit.rate)
        rows = em.rows
        change = np.zeros(len(self._log_density))
        logs = em.log_ratios() + np.log(max(fit.weights[component], TINY))
        change[rows] = np.exp(np.minimum(logs - self._log_density[rows], LARGEST_LOG))
        own = self._part(component)
        counts = data.problem.counts
        change[self._rows[own]] -= self._expected[own] / counts[self._rows[own]]
        changed_rows = np.flatnonzero(change)
        gain, share = _moves.best_transfer(change[changed_rows], counts[changed_rows])
        return float(gain), float(share)


def _log_likelihood(counts: Floats, k: int) -> float:
    """Return the largest log-likelihood of a table of k values per row with these counts."""
    rows = counts.reshape(-1, k)
    return float((rows * np.log(rows / rows.sum(axis=1, keepdims=True))).sum())
