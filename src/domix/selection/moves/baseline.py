"""The fit that moves start from, with what every family needs to know of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from domix._kernels import _moves
from domix.core.exclusion import UsedValues
from domix.core.tables import Target
from domix.em.data import Problem
from domix.em.mixture import Fit, Support, log_density
from domix.selection.moves.expected_counts import ExpectedCounts
from domix.selection.moves.move import Move, Proposal
from domix.util.arrays import Floats, Indices
from domix.util.numerics import TINY

LARGEST_LOG_RATIO = 600.0
"""Nats. Larger ratios of densities are cut, so that they are finite floats."""


class Baseline:
    """A fit of a problem, with the density of the fitted mixture in every row.

    Attributes
    ----------
    problem : Problem
    fit : Fit
    log_weights : ndarray of float64, shape (components,)
    log_density : ndarray of float64, shape (distinct rows,)
        log P_mix(x) / P(x).
    labelled : ndarray of float64, shape (components,)
        Data rows with labels: they stay with their component whatever moves.
    """

    def __init__(self, problem: Problem, fit: Fit) -> None:
        self.problem = problem
        self.fit = fit
        self.log_weights = np.log(np.maximum(fit.weights, TINY))
        self.log_density = log_density(problem, fit)
        self.labelled = problem.knowledge.labels_of(fit.support)
        self._used_values = self.used_values()

    @cached_property
    def expected_counts(self) -> ExpectedCounts:
        """Expected counts of the CPT entries by component."""
        return ExpectedCounts(self.problem, self.fit, self.log_weights, self.log_density)

    @cached_property
    def unset_shares(self) -> Floats:
        """Share of each data row whose component does not set a variable: (rows, variables)."""
        return self.expected_counts.unset_shares()

    def used_values(self) -> UsedValues:
        """Return the values that the targets of the support set."""
        return UsedValues(self.problem.layout.cards.tolist(), self.fit.support)

    def allows(self, target: Target) -> bool:
        """Whether background knowledge allows a target, and exclusion with the support."""
        return self._used_values.allows(target) and self.problem.knowledge.allows(target)

    def density_ratios(self, target: Target, weight: float) -> tuple[Indices, Floats]:
        """Return the rows that a target can produce, and weight * P_t(x) / P_mix(x) there."""
        log_weight = math.log(max(weight, TINY))
        support = Support(self.problem, [target])
        logs = support.log_ratios(self.fit.log_theta) + log_weight - self.log_density[support.rows]
        return support.rows, np.exp(np.minimum(logs, LARGEST_LOG_RATIO))

    def best_transfer(self, donor: int, target: Target) -> tuple[float, float]:
        """Move weight from a component to a target: the largest gain, and the share that moves.

        The gain is max over d in [0, 1] of sum_x N(x) log(1 + d pi (P_t(x) - P_s(x)) / P_mix(x)),
        where s is the donor's target and pi its weight; the other weights and the tables stay.
        """
        change = np.zeros(len(self.log_density))
        weight = float(self.fit.weights[donor])
        rows, gained = self.density_ratios(target, weight)
        change[rows] = gained
        rows, lost = self.density_ratios(self.fit.support[donor], weight)
        change[rows] -= lost
        changed = np.flatnonzero(change)
        change, counts = change[changed], self.problem.counts[changed]
        if self.labelled[donor] > 0:
            change, counts = np.append(change, -1.0), np.append(counts, self.labelled[donor])
        return _moves.best_transfer(change, counts)

    def with_moves(self, kind: str, moves: Sequence[Move]) -> Proposal:
        """Propose the support with some moves made at once.

        Two additions may each keep exclusion and break it together, so each is compared with those
        before it. Of replacements, the target that is replaced is part of the key.
        """
        options = self.problem.options
        targets, weights = list(self.fit.support), self.fit.weights.tolist()
        used = self.used_values()
        log_theta = self.fit.log_theta
        for move in moves:
            if move.target in targets or not used.allows(move.target):
                continue
            used.add(move.target)
            largest_share = options.max_start_share
            if move.log_theta is not None:
                log_theta = move.log_theta
                largest_share = options.max_refitted_start_share
            if move.replaces:
                targets[move.donor] = move.target
                continue
            moved = weights[move.donor] * min(move.share, largest_share)
            weights[move.donor] -= moved
            targets.append(move.target)
            weights.append(moved + options.added_start_weight)
        return Proposal((kind, frozenset(targets)), targets, np.array(weights), log_theta)
