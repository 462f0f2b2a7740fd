r"""The likelihood of control rows and mixtures together, with background targets in both.

Control rows are taken to contain targets too, the *background* b with shares :math:`\rho_b`: what
a model that is not exactly right needs to explain them. The mixture contains the background under
every target:

.. math:: P_\text{controls} = \sum_b \rho_b P_b, \qquad
    P_\text{mix} = \sum_t \pi_t \sum_b \rho_b P_{t \triangleright b},

where :math:`t \triangleright b` sets what t sets, and what b sets of the other variables. Shares,
weights and tables are fitted together by EM. The tables are the same on both sides; under drift
they are two sets, and the controls' counts, discounted, are prior counts of the mixture's
(:mod:`domix.problems.drift`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Target
from domix.core.targets import from_pairs
from domix.em.mixture import Em
from domix.em.sharded import AnyProblem
from domix.em.squarem import Ended, normalized_logs, squarem
from domix.options.search import EmLimits
from domix.util.arrays import Floats, Ints
from domix.util.numerics import TINY, dot
from domix.work.steps import recorded

CONTROLS = -1
"""In place of the number of a mixture: the control rows, under no target."""


def override(target: Target, background: Target) -> Target:
    """Return the target that sets what either sets, and where both do, as the first one does.

    Examples
    --------
    >>> override(((0, 2),), ((0, 1), (3, 0)))
    ((0, 2), (3, 0))
    """
    return from_pairs({**dict(background), **dict(target)}.items())


@dataclass(frozen=True, eq=False)
class Sample:
    """Data rows that share what is known of their target.

    Attributes
    ----------
    problem : Problem or ShardedProblem
        With the rows; of its tables only the layout is read.
    mixture : int
        The number of the mixture that the rows belong to, or ``CONTROLS``.
    label : Target or None
        The target of all rows, if it is known; of control rows do().
    """

    problem: AnyProblem
    mixture: int
    label: Target | None


@dataclass(frozen=True, eq=False)
class Witnesses:
    """All rows of a contrast.

    Attributes
    ----------
    samples : tuple of Sample
        Control rows first.
    labelled : tuple of dict of Target to float
        Number of labelled rows of each target, by mixture.
    prior : ndarray of float64, shape (sides, table entries)
        Prior counts of the tables. One side if controls and mixtures share them; else the first is
        the controls'.
    """

    samples: tuple[Sample, ...]
    labelled: tuple[dict[Target, float], ...]
    prior: Floats

    @property
    def control_rows(self) -> float:
        """The number of control rows."""
        return self.samples[0].problem.total

    def rows_of(self, mixture: int) -> float:
        """Return the number of rows of a mixture."""
        return float(sum(s.problem.total for s in self.samples if s.mixture == mixture))


@dataclass(frozen=True, eq=False)
class ContrastFit:
    """Targets and background, fitted.

    Attributes
    ----------
    targets : tuple of tuple of Target
        By mixture; do() first.
    background : tuple of Target
        do() first.
    weights : tuple of ndarray of float64
        By mixture, one for each target.
    shares : ndarray of float64
        One for each background target.
    log_theta : ndarray of float64, shape (sides, table entries)
    objective : float
        Log-likelihood in nats, up to a constant of the rows.
    ended : Ended
    """

    targets: tuple[tuple[Target, ...], ...]
    background: tuple[Target, ...]
    weights: tuple[Floats, ...]
    shares: Floats
    log_theta: Floats
    objective: float
    ended: Ended


class _Composites:
    """The pairs of a target and a background target of one sample; equal composites are one.

    Attributes
    ----------
    em : Em
        Of the composites.
    """

    def __init__(
        self,
        sample: Sample,
        targets: Sequence[Target],
        background: Sequence[Target],
        log_theta: Floats,
    ) -> None:
        numbers: dict[Target, int] = {}
        pairs = [
            (t, b, numbers.setdefault(override(target, below), len(numbers)))
            for t, target in enumerate(targets)
            for b, below in enumerate(background)
        ]
        self._target, self._background, self._composite = np.array(pairs, dtype=np.int64).T
        self._shape = len(targets), len(background), len(numbers)
        self.em = Em(sample.problem.merged(numbers), list(numbers), log_theta)

    def expect(
        self, weights: Floats, shares: Floats, log_theta: Floats
    ) -> tuple[float, Floats, Floats]:
        """Take an E-step: the objective without tables, and expected counts of both kinds."""
        em, (targets, background, composites) = self.em, self._shape
        difference = em.reference - log_theta
        em.intervened_counts[:] = em.unambiguous_intervened
        pairs = weights[self._target] * shares[self._background]
        totals = _sums(self._composite, pairs, composites)
        objective, _ = em.expect(totals, np.exp(difference))
        objective += dot(em.unambiguous_intervened, difference)
        ratio = em.expected_counts / np.maximum(totals, TINY)
        expected = pairs * ratio[self._composite]
        return (
            objective,
            _sums(self._target, expected, targets),
            _sums(self._background, expected, background),
        )


class _JointMap:
    """The EM map: weights of all mixtures and shares in one vector, each part summing to the same.

    Attributes
    ----------
    total, table_counts, row_starts
        As :class:`~domix.em.squarem.EmMap` has them.
    """

    def __init__(
        self,
        witnesses: Witnesses,
        targets: Sequence[Sequence[Target]],
        background: Sequence[Target],
        log_theta: Floats,
    ) -> None:
        samples, self._prior = witnesses.samples, witnesses.prior
        layout, sides = samples[0].problem.layout, len(witnesses.prior)
        lengths = [*map(len, targets), len(background)]
        self._cuts = np.cumsum(lengths)[:-1]
        self._labelled = [
            np.array([counts.get(t, 0.0) for t in own])
            for counts, own in zip(witnesses.labelled, targets, strict=True)
        ]
        self._samples, self._sides, self._parts = samples, [], []
        self._counts = np.zeros_like(self._prior)
        for sample in samples:
            side = 0 if sample.mixture == CONTROLS else sides - 1
            own = targets[sample.mixture] if sample.label is None else [sample.label]
            self._sides.append(side)
            self._parts.append(_Composites(sample, own, background, log_theta[side]))
            self._counts[side] += sample.problem.entry_counts
        self.total = sum(s.problem.total for s in samples)
        self.table_counts = (self._prior + self._counts).ravel()
        self.row_starts: Ints = np.concatenate(
            [layout.row_starts + side * layout.size for side in range(sides)]
        )

    def split(self, weights: Floats) -> list[Floats]:
        """Return weights by mixture, then the shares, each normalized."""
        return [part / part.sum() for part in np.split(weights, self._cuts)]

    def step(self, weights: Floats, log_theta: Floats) -> tuple[float, Floats, Floats]:
        """Compute the objective at the arguments, and where EM goes from them."""
        *by_mixture, shares = self.split(weights)
        objective = dot(self.table_counts, log_theta)
        expected = [counts.copy() for counts in self._labelled]
        expected_shares = np.zeros(len(shares))
        counts, tables = self._counts.copy(), log_theta.reshape(self._prior.shape)
        for counted, own in zip(self._labelled, by_mixture, strict=True):
            objective += dot(counted, np.log(np.maximum(own, TINY)))
        for sample, side, part in zip(self._samples, self._sides, self._parts, strict=True):
            own = np.ones(1) if sample.label is not None else by_mixture[sample.mixture]
            value, found, found_shares = part.expect(own, shares, tables[side])
            objective += value
            expected_shares += found_shares
            if sample.label is None:
                expected[sample.mixture] += found
            counts[side] -= part.em.intervened_counts
        moved = np.concatenate(self.split(np.concatenate([*expected, expected_shares])))
        counts = self._prior + np.maximum(counts, 0.0)
        return (
            objective,
            moved / (len(by_mixture) + 1),
            normalized_logs(self.row_starts, counts.ravel(), log_theta),
        )


@recorded(ContrastFit, Ended)
def fit_contrast(
    witnesses: Witnesses,
    targets: Sequence[Sequence[Target]],
    background: Sequence[Target],
    start: ContrastFit,
    limits: EmLimits,
    *,
    least: float = -np.inf,
) -> ContrastFit:
    """Maximize the likelihood of targets and background in weights, shares and tables.

    Parameters
    ----------
    witnesses : Witnesses
    targets : sequence of sequence of Target
        By mixture, do() among them.
    background : sequence of Target
        do() among them.
    start : ContrastFit
        Weights, shares and tables to start from; others start at a small value.
    limits : EmLimits
    least : float
        See :func:`~domix.em.squarem.squarem`.
    """
    options = witnesses.samples[0].problem.options
    em_map = _JointMap(witnesses, targets, background, start.log_theta)
    parts = [
        _starting(own, before, weights, options.contrast_start)
        for own, before, weights in zip(targets, start.targets, start.weights, strict=True)
    ]
    parts.append(_starting(background, start.background, start.shares, options.contrast_start))
    maximum = squarem(
        em_map,
        np.concatenate(parts) / len(parts),
        start.log_theta.ravel(),
        options,
        limits,
        least=least,
    )
    *weights, shares = em_map.split(maximum.weights)
    return ContrastFit(
        tuple(map(tuple, targets)),
        tuple(background),
        tuple(weights),
        shares,
        maximum.log_theta.reshape(witnesses.prior.shape),
        maximum.objective,
        maximum.ended,
    )


def _starting(
    targets: Sequence[Target], before: Sequence[Target], values: Floats, least: float
) -> Floats:
    """Return the values of targets where a fit starts."""
    known = dict(zip(before, values.tolist(), strict=True))
    start = np.array([max(known.get(target, 0.0), least) for target in targets])
    return np.asarray(start / start.sum())


def _sums(numbers: Ints, values: Floats, length: int) -> Floats:
    """Sum the values of each number below ``length``."""
    return np.bincount(numbers, weights=values, minlength=length).astype(np.float64, copy=False)
