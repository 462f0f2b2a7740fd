"""The oracle: the best fit for known targets, and which of these targets are detectable.

It is EM on dense matrices, and shares nothing with the estimator, so that it can judge it. Only
counting distinct rows and finding the CPT entries of a row come from rooms that both use.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from domix.core.tables import Target, normalize_tables
from domix.data.rows import distinct
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.query.probability import entry_indices
from domix.util.arrays import Codes, Floats

MAX_STEPS = 5000
TOLERANCE = 1e-4
"""EM has converged when a step gains fewer nats."""
LEAST_PRIOR = 1e-6
"""Least prior count of an entry of learnt tables: EM can never raise an entry from 0."""
UNREACHABLE_STEPS, UNREACHABLE_NATS = 100.0, 5.0
"""EM stops early if what is missing is more than this many times the last gain, plus these nats."""


class _Likelihood:
    """EM for the weights of known targets and, if the network was learnt, its tables.

    Rows are grouped. Let a row *agree* with a target if it has every value that the target sets.
    A variable is *open* in a row if some of the targets that the row agrees with set it, and
    others do not. Rows that agree with the same targets and read the same CPT entries of their
    open variables have the same responsibilities, whatever the tables. The entries that a row
    reads for variables that none of its targets set are counted once, before EM starts.
    """

    def __init__(self, net: Network, codes: Codes, targets: Sequence[Target]) -> None:
        self.layout = net.tables.layout
        self.not_set = np.ones((len(targets), self.layout.n))
        for t, target in enumerate(targets):
            self.not_set[t, [variable for variable, _ in target]] = 0.0
        self.prior: Floats | None = None
        self.theta = net.to_float().tables.values
        if net.flat_counts is not None:
            pseudocount = 1.0 if net.pseudocount is None else net.pseudocount
            self.prior = np.maximum(net.flat_counts + pseudocount, LEAST_PRIOR)
            self.theta = normalize_tables(self.layout, self.prior)
        self._group_rows(net, codes, targets)

    def _group_rows(self, net: Network, codes: Codes, targets: Sequence[Target]) -> None:
        n, cards = self.layout.n, net.space.cards
        rows = distinct(codes, cards)
        agrees = np.ones((len(rows.codes), len(targets)), dtype=np.uint8)
        for t, target in enumerate(targets):
            for variable, value in target:
                agrees[:, t] &= rows.codes[:, variable] == value
        # Shape (rows, n): how many of the targets that a row agrees with do not set the variable.
        not_set = agrees.astype(np.float32) @ self.not_set.astype(np.float32)
        is_open = (not_set > 0) & (not_set < agrees.sum(axis=1, keepdims=True))
        never_set = (not_set > 0) & ~is_open
        self.fixed_counts = np.zeros(self.layout.size)
        entries = entry_indices(self.layout, rows.codes)
        for i in range(n):
            where = never_set[:, i]
            self.fixed_counts += np.bincount(
                entries[where, i], weights=rows.counts[where], minlength=self.layout.size
            )
        needed = is_open.copy()
        for i, parents in enumerate(self.layout.parents):
            needed[:, list(parents)] |= is_open[:, [i]]
        groups = distinct(
            np.hstack([np.where(needed, rows.codes, 0), agrees]).astype(np.uint8),
            [*cards.tolist(), *[2] * len(targets)],
            rows.counts,
        )
        representatives = np.zeros(len(groups.codes), dtype=np.int64)
        representatives[groups.inverse] = np.arange(len(rows.codes))
        self.counts = groups.counts
        self.is_open = is_open[representatives]
        self.disagrees = groups.codes[:, n:] == 0
        group_codes = np.ascontiguousarray(groups.codes[:, :n])
        self.entries = entry_indices(self.layout, group_codes).astype(np.int64)

    def _log_joint(self, log_theta: Floats) -> Floats:
        """Compute log P(row | do(target)) over open variables, shape (groups, targets)."""
        terms = np.where(self.is_open, log_theta[self.entries], 0.0)
        impossible = np.isneginf(terms)
        log_joint: Floats = np.where(impossible, 0.0, terms) @ self.not_set.T
        log_joint[self.disagrees | (impossible @ self.not_set.T > 0)] = -np.inf
        return log_joint

    def fit(
        self, weights: Floats, theta: Floats, goal: float = math.inf
    ) -> tuple[float, Floats, Floats]:
        """Run EM from these weights and tables.

        Targets of weight 0 keep it. EM stops when it has converged, when the log-likelihood has
        reached ``goal``, or when it will clearly not reach it.

        Returns
        -------
        tuple
            (log-likelihood, weights, tables).
        """
        total_count = self.counts.sum()
        counts = self.fixed_counts if self.prior is None else self.fixed_counts + self.prior
        counted = counts > 0
        log_likelihood = -math.inf
        log_joint = None
        for _ in range(MAX_STEPS):
            with np.errstate(divide="ignore"):
                log_theta = np.log(theta)
                if log_joint is None or self.prior is not None:
                    log_joint = self._log_joint(log_theta)
                weighted = log_joint + np.log(weights)
            largest = weighted.max(axis=1)
            if np.isneginf(largest).any():
                return -math.inf, weights, theta
            scaled = np.exp(weighted - largest[:, None])
            density = scaled.sum(axis=1)
            total = float(self.counts @ (largest + np.log(density)))
            total += float(counts[counted] @ log_theta[counted])
            gain, log_likelihood = total - log_likelihood, total
            missing = goal - log_likelihood
            if gain < TOLERANCE or missing <= 0:
                break
            if math.isfinite(goal) and missing > UNREACHABLE_STEPS * gain + UNREACHABLE_NATS:
                break
            responsibilities = scaled * (self.counts / density)[:, None]
            weights = responsibilities.sum(axis=0) / total_count
            if self.prior is not None:
                # Shape (groups, n): expected number of rows in which the variable is not set.
                expected = np.where(self.is_open, responsibilities @ self.not_set, 0.0)
                theta = normalize_tables(
                    self.layout,
                    counts
                    + np.bincount(
                        self.entries.ravel(),
                        weights=expected.ravel(),
                        minlength=self.layout.size,
                    ),
                )
        return log_likelihood, weights, theta


def oracle_mixture(net: Network, codes: Codes, targets: Sequence[Target]) -> Mixture:
    """Fit the maximum-likelihood mixture for known targets.

    Parameters
    ----------
    net : Network
        Its tables are kept if ``net.counts`` is None. Otherwise they are estimated again together
        with the weights.
    codes : ndarray of uint8, shape (rows, variables)
        Rows of the mixture.
    targets : sequence of tuple of (int, int)
        The true targets, as (variable, state) codes.

    Returns
    -------
    Mixture
        With the fitted weights and tables, components in the order of ``targets``.

    Examples
    --------
    >>> from domix import Network
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = np.array([[0], [0], [0], [1]], dtype=np.uint8)
    >>> oracle_mixture(net, rows, [(), ((0, 0),)]).weights.round(2)
    array([0.5, 0.5])
    """
    likelihood = _Likelihood(net, codes, targets)
    start = np.full(len(targets), 1.0 / len(targets))
    _, weights, theta = likelihood.fit(start, likelihood.theta)
    fitted = net.to_float().with_values(theta)
    pairs = zip(map(net.space.assignment, targets), weights.tolist(), strict=True)
    return Mixture(fitted, list(pairs))


def oracle_weights(net: Network, codes: Codes, targets: Sequence[Target]) -> Floats:
    """Fit the maximum-likelihood weights of known targets.

    Parameters
    ----------
    net : Network
        See :func:`oracle_mixture`.
    codes : ndarray of uint8, shape (rows, variables)
        Rows of the mixture.
    targets : sequence of tuple of (int, int)
        The true targets, as (variable, state) codes.

    Returns
    -------
    ndarray of float64, shape (targets,)

    Examples
    --------
    >>> from domix import Network
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = np.array([[0], [0], [0], [1]], dtype=np.uint8)
    >>> oracle_weights(net, rows, [(), ((0, 0),)]).round(2)
    array([0.5, 0.5])
    """
    weights: Floats = oracle_mixture(net, codes, targets).weights
    return weights


def detectable(
    net: Network, codes: Codes, mixture: Mixture, threshold: float = 12.0
) -> tuple[bool, ...]:
    """Decide which true targets the rows can show.

    A target is detectable if the maximum log-likelihood falls by at least ``threshold`` when the
    target is dropped, the other true targets are kept, and everything is fitted again.

    Parameters
    ----------
    net : Network
        See :func:`oracle_mixture`.
    codes : ndarray of uint8, shape (rows, variables)
        Rows of the mixture.
    mixture : Mixture
        The true mixture.
    threshold : float
        In nats.

    Returns
    -------
    tuple of bool
        One for each of ``mixture.targets``.

    Examples
    --------
    >>> from domix import Mixture, Network, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> truth = Mixture(net, {do(): 0.5, do(A="low"): 0.5})
    >>> detectable(net, truth.sample(1000, rng=0), truth)
    (True, True)
    """
    likelihood = _Likelihood(net, codes, mixture.targets)
    start = np.asarray(mixture.weights, dtype=np.float64)
    full, weights, theta = likelihood.fit(start, likelihood.theta)
    if len(start) == 1:
        return (True,)
    answers = []
    for t in range(len(start)):
        reduced = weights + weights[t] / (len(start) - 1)
        reduced[t] = 0.0
        log_likelihood = likelihood.fit(reduced, theta, goal=full - threshold)[0]
        answers.append(full - log_likelihood >= threshold)
    return tuple(answers)
