"""What could be known at best: weights if the targets were told, and which targets the rows show.

Plain EM on dense matrices. It shares nothing with the estimator, so it can judge it.
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
    """EM for the weights of some targets and, where the network was learnt, its tables."""

    def __init__(self, net: Network, codes: npt.NDArray[np.uint8]) -> None:
        rows = distinct(codes, net.space.cards)
        self.codes, self.counts = rows.codes, rows.counts
        self.layout = net.tables.layout
        self.cells = cells(self.layout, rows.codes).astype(np.int64)
        self.prior: Floats | None = None
        self.theta = net.to_float().tables.values
        if net.flat_counts is not None:
            pseudocount = 1.0 if net.pseudocount is None else net.pseudocount
            self.prior = np.maximum(net.flat_counts + pseudocount, LEAST_PRIOR)
            self.theta = self._normalised(self.prior)

    def _normalised(self, counts: Floats) -> Floats:
        sums = np.add.reduceat(counts, self.layout.row_starts)
        return counts / sums[self.layout.row_of_cell]

    def log_joint(self, targets: Sequence[Target], log_theta: Floats) -> Floats:
        """Shape (rows, targets): log P(row | do(target)), -inf where impossible."""
        terms = log_theta[self.cells]
        finite = np.where(np.isneginf(terms), 0.0, terms)
        zeros = np.isneginf(terms).astype(np.float64)
        free = np.ones((self.layout.n, len(targets)))
        out = np.zeros((len(self.codes), len(targets)))
        for t, target in enumerate(targets):
            for variable, value in target:
                free[variable, t] = 0.0
                out[self.codes[:, variable] != value, t] = -np.inf
        out += finite @ free
        out[zeros @ free > 0] = -np.inf
        return out

    def fit(
        self, targets: Sequence[Target], weights: Floats, theta: Floats, enough: float = math.inf
    ) -> tuple[float, Floats, Floats]:
        """(log-likelihood, weights, tables); stops at ``enough``, or once it is out of reach."""
        free = np.ones((len(targets), self.layout.n))
        for t, target in enumerate(targets):
            for variable, _ in target:
                free[t, variable] = 0.0
        reached = -math.inf
        logs = None
        for _ in range(STEPS):
            with np.errstate(divide="ignore"):
                log_theta = np.log(theta)
                if logs is None or self.prior is not None:
                    logs = self.log_joint(targets, log_theta)
                joint = logs + np.log(weights)
            top = joint.max(axis=1)
            if np.isneginf(top).any():
                return -math.inf, weights, theta
            scaled = np.exp(joint - top[:, None])
            density = scaled.sum(axis=1)
            total = float(self.counts @ (top + np.log(density)))
            if self.prior is not None:
                total += float(self.prior @ log_theta)
            gain, reached = total - reached, total
            lacking = enough - reached
            if gain < CONVERGED or lacking <= 0:
                break
            if math.isfinite(enough) and lacking > GAINS * gain + NATS:
                break
            posterior = scaled * (self.counts / density)[:, None]
            weights = posterior.sum(axis=0) / self.counts.sum()
            if self.prior is not None:
                kept = posterior @ free
                expected = self.prior + np.bincount(
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
    likelihood = _Likelihood(net, codes)
    start = np.full(len(targets), 1.0 / len(targets))
    _, weights, theta = likelihood.fit(targets, start, likelihood.theta)
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
    likelihood = _Likelihood(net, codes)
    targets = mixture.targets
    start = np.asarray(mixture.weights, dtype=np.float64)
    full, weights, theta = likelihood.fit(targets, start, likelihood.theta)
    seen = []
    for t in range(len(targets)):
        rest = [target for s, target in enumerate(targets) if s != t]
        if not rest:
            seen.append(True)
            continue
        left = np.delete(weights, t) + weights[t] / len(rest)
        reached = likelihood.fit(rest, left, theta, enough=full - threshold)[0]
        seen.append(full - reached >= threshold)
    return tuple(seen)
