"""What could be known at best: weights if the targets were told, and which targets the rows show.

Plain EM on dense matrices, after rows with the same posterior were merged. It shares nothing with
the estimator, so it can judge it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.data.rows import distinct
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.query.probability import cells

__all__ = ["detectable", "oracle_mixture", "oracle_weights"]

Floats = npt.NDArray[np.float64]

STEPS = 5000
CONVERGED = 1e-4
LEAST_PRIOR = 1e-6
"""Per cell of learnt tables, so that none holds a zero that no row could undo."""
# A dropped target's cost only falls; it stays above the threshold once what would have to be made
# up exceeds this many times the last gain, and a little.
GAINS = 100.0
NATS = 5.0


class _Likelihood:
    """EM for the weights of some targets and, where the network was learnt, its tables.

    Rows that agree with the same targets have the same posterior, whatever the tables, if they
    read the same cells of the variables that some of these targets set and others do not. They are
    one group; what they read elsewhere is counted once and for all.
    """

    def __init__(
        self, net: Network, codes: npt.NDArray[np.uint8], targets: Sequence[Target]
    ) -> None:
        self.layout = net.tables.layout
        self.free = np.ones((len(targets), self.layout.n))
        for t, target in enumerate(targets):
            self.free[t, [variable for variable, _ in target]] = 0.0
        self.prior: Floats | None = None
        self.theta = net.to_float().tables.values
        if net.flat_counts is not None:
            pseudocount = 1.0 if net.pseudocount is None else net.pseudocount
            self.prior = np.maximum(net.flat_counts + pseudocount, LEAST_PRIOR)
            self.theta = self._normalised(self.prior)
        self._group(net, codes, targets)

    def _group(self, net: Network, codes: npt.NDArray[np.uint8], targets: Sequence[Target]) -> None:
        n, cards = self.layout.n, net.space.cards
        rows = distinct(codes, cards)
        agrees = np.ones((len(rows.codes), len(targets)), dtype=np.uint8)
        for t, target in enumerate(targets):
            for variable, value in target:
                agrees[:, t] &= rows.codes[:, variable] == value
        # How many of the targets that a row agrees with leave each variable alone.
        kept = agrees.astype(np.float32) @ self.free.astype(np.float32)
        differs = (kept > 0) & (kept < agrees.sum(axis=1, keepdims=True))
        always = (kept > 0) & ~differs
        self.counted = np.zeros(self.layout.size)
        read = cells(self.layout, rows.codes)
        for i in range(n):
            where = always[:, i]
            self.counted += np.bincount(
                read[where, i], weights=rows.counts[where], minlength=self.layout.size
            )
        needed = differs.copy()
        for i, parents in enumerate(self.layout.parents):
            needed[:, list(parents)] |= differs[:, [i]]
        groups = distinct(
            np.hstack([np.where(needed, rows.codes, 0), agrees]).astype(np.uint8),
            [*cards.tolist(), *[2] * len(targets)],
            rows.counts,
        )
        first = np.zeros(len(groups.codes), dtype=np.int64)
        first[groups.inverse] = np.arange(len(rows.codes))
        self.counts = groups.counts
        self.differs = differs[first]
        self.disagrees = groups.codes[:, n:] == 0
        representatives = np.ascontiguousarray(groups.codes[:, :n])
        self.cells = cells(self.layout, representatives).astype(np.int64)

    def _normalised(self, counts: Floats) -> Floats:
        sums = np.add.reduceat(counts, self.layout.row_starts)
        return counts / sums[self.layout.row_of_entry]

    def _log_joint(self, log_theta: Floats) -> Floats:
        """Shape (groups, targets): log P(row | do(target)) but for the cells counted for good."""
        terms = np.where(self.differs, log_theta[self.cells], 0.0)
        impossible = np.isneginf(terms)
        out: Floats = np.where(impossible, 0.0, terms) @ self.free.T
        out[self.disagrees | (impossible @ self.free.T > 0)] = -np.inf
        return out

    def fit(
        self, weights: Floats, theta: Floats, enough: float = math.inf
    ) -> tuple[float, Floats, Floats]:
        """(log-likelihood, weights, tables); stops at ``enough``, or once it is out of reach.

        A weight of 0 leaves its target out.
        """
        total_count = self.counts.sum()
        counted = self.counted if self.prior is None else self.counted + self.prior
        there = counted > 0
        reached = -math.inf
        logs = None
        for _ in range(STEPS):
            with np.errstate(divide="ignore"):
                log_theta = np.log(theta)
                if logs is None or self.prior is not None:
                    logs = self._log_joint(log_theta)
                joint = logs + np.log(weights)
            top = joint.max(axis=1)
            if np.isneginf(top).any():
                return -math.inf, weights, theta
            scaled = np.exp(joint - top[:, None])
            density = scaled.sum(axis=1)
            total = float(self.counts @ (top + np.log(density)))
            total += float(counted[there] @ log_theta[there])
            gain, reached = total - reached, total
            lacking = enough - reached
            if gain < CONVERGED or lacking <= 0:
                break
            if math.isfinite(enough) and lacking > GAINS * gain + NATS:
                break
            posterior = scaled * (self.counts / density)[:, None]
            weights = posterior.sum(axis=0) / total_count
            if self.prior is not None:
                kept = np.where(self.differs, posterior @ self.free, 0.0)
                expected = counted + np.bincount(
                    self.cells.ravel(), weights=kept.ravel(), minlength=self.layout.size
                )
                theta = self._normalised(expected)
        return reached, weights, theta


def oracle_mixture(
    net: Network, codes: npt.NDArray[np.uint8], targets: Sequence[Target]
) -> Mixture:
    """Maximum-likelihood weights of targets that are told.

    The tables are re-estimated along with them if ``net.counts`` is there, and are the mixture's.
    """
    likelihood = _Likelihood(net, codes, targets)
    start = np.full(len(targets), 1.0 / len(targets))
    _, weights, theta = likelihood.fit(start, likelihood.theta)
    fitted = net.to_float().with_values(theta)
    pairs = zip(map(net.space.assignment, targets), weights.tolist(), strict=True)
    return Mixture(fitted, list(pairs))


def oracle_weights(net: Network, codes: npt.NDArray[np.uint8], targets: Sequence[Target]) -> Floats:
    """Its weights, shape (targets,), in the order of ``targets``."""
    weights: Floats = oracle_mixture(net, codes, targets).weights
    return weights


def detectable(
    net: Network, codes: npt.NDArray[np.uint8], mixture: Mixture, threshold: float = 12.0
) -> tuple[bool, ...]:
    """For each true target, whether the rows show it.

    Dropping it, with every other true target kept and everything refitted, costs at least
    ``threshold`` nats of log-likelihood.
    """
    likelihood = _Likelihood(net, codes, mixture.targets)
    start = np.asarray(mixture.weights, dtype=np.float64)
    full, weights, theta = likelihood.fit(start, likelihood.theta)
    if len(start) == 1:
        return (True,)
    seen = []
    for t in range(len(start)):
        left = weights + weights[t] / (len(start) - 1)
        left[t] = 0.0
        reached = likelihood.fit(left, theta, enough=full - threshold)[0]
        seen.append(full - reached >= threshold)
    return tuple(seen)
