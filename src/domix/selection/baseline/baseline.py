"""The fit that moves start from, with what every family needs to know of it."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from domix._kernels import _moves
from domix.core.codes import target_codes
from domix.core.exclusion import UsedValues
from domix.core.tables import Target
from domix.em.base import BaseProblem, RowProblem
from domix.em.data import Problem
from domix.em.mixture import Fit, Support, log_density
from domix.selection.baseline.expected_counts import ExpectedCounts, TableCounts
from domix.selection.moves.move import Move, Proposal
from domix.util.arrays import Floats, Indices, Ints
from domix.util.numerics import TINY, dot

LARGEST_LOG_RATIO = 600.0
"""Nats. Larger ratios of densities are cut, so that they are finite floats."""


class AnyBaseline(ABC):
    """A fit of a problem, from which moves start.

    Attributes
    ----------
    problem : BaseProblem
    fit : Fit
    log_weights : ndarray of float64, shape (components,)
    labelled : ndarray of float64, shape (components,)
        Data rows with labels: they stay with their component whatever moves.
    """

    problem: BaseProblem

    def __init__(self, problem: BaseProblem, fit: Fit) -> None:
        self.problem = problem
        self.fit = fit
        self.log_weights = np.log(np.maximum(fit.weights, TINY))
        self.labelled = problem.knowledge.labels_of(fit.support)
        self._used_values = self.used_values()

    @property
    @abstractmethod
    def expected_counts(self) -> TableCounts:
        """Expected counts of the CPT entries by component."""

    @abstractmethod
    def sum_moments(self, slot_ptr: Ints) -> Floats:
        """Sum the moments of single changes over all rows; see ``_moves.single_changes``."""

    @abstractmethod
    def best_transfers(self, pairs: Sequence[tuple[int, Target]]) -> list[tuple[float, float]]:
        """Move weight from a component to a target: the largest gain, and the share that moves.

        They are computed for each of several pairs of a component and a target. The gain is max
        over d in [0, 1] of sum_x N(x) log(1 + d pi (P_t(x) - P_s(x)) / P_mix(x)), where s is the
        donor's target and pi its weight; the other weights and the tables stay.
        """

    @abstractmethod
    def may_gain(self, targets: Sequence[Target]) -> list[bool]:
        """Whether any weight of each target gains: if sum_x N(x) P_t(x) / P_mix(x) exceeds N."""

    def used_values(self) -> UsedValues:
        """Return the values that the targets of the support set."""
        return UsedValues(self.problem.layout.cards.tolist(), self.fit.support)

    def allows(self, target: Target) -> bool:
        """Whether background knowledge allows a target, and exclusion with the support."""
        return self._used_values.allows(target) and self.problem.knowledge.allows(target)

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


class Transfers:
    """Weight that moves between components and targets, with the density of the mixture in rows.

    Attributes
    ----------
    log_density : ndarray of float64, shape (rows,)
        log P_mix(x) / P(x).
    """

    def __init__(self, problem: RowProblem, fit: Fit, labelled: Floats) -> None:
        self._problem, self._fit, self._labelled = problem, fit, labelled
        self.log_density = log_density(problem, fit)

    def density_ratios(self, target: Target, weight: float) -> tuple[Indices, Floats]:
        """Return the rows that a target can produce, and weight * P_t(x) / P_mix(x) there."""
        log_weight = math.log(max(weight, TINY))
        support = Support(self._problem, [target])
        logs = support.log_ratios(self._fit.log_theta)
        logs = logs + log_weight - self.log_density[support.rows]
        return support.rows, np.exp(np.minimum(logs, LARGEST_LOG_RATIO))

    def best(self, donor: int, target: Target) -> tuple[float, float]:
        """Find the best transfer; see :meth:`AnyBaseline.best_transfers`."""
        change = np.zeros(len(self.log_density))
        weight = float(self._fit.weights[donor])
        rows, gained = self.density_ratios(target, weight)
        change[rows] = gained
        rows, lost = self.density_ratios(self._fit.support[donor], weight)
        change[rows] -= lost
        changed = np.flatnonzero(change)
        change, counts = change[changed], self._problem.counts[changed]
        if self._labelled[donor] > 0:
            change, counts = np.append(change, -1.0), np.append(counts, self._labelled[donor])
        return _moves.best_transfer(change, counts)

    def may_gain(self, target: Target) -> bool:
        """Whether any weight of a target gains; see :meth:`AnyBaseline.may_gain`."""
        rows, ratios = self.density_ratios(target, 1.0)
        return dot(self._problem.counts[rows], ratios) > self._problem.total


class Baseline(AnyBaseline):
    """A fit of a problem in memory, with the density of the fitted mixture in every row.

    Attributes
    ----------
    log_density : ndarray of float64, shape (distinct rows,)
        log P_mix(x) / P(x).
    """

    problem: Problem

    def __init__(self, problem: Problem, fit: Fit) -> None:
        super().__init__(problem, fit)
        self._transfers = Transfers(problem, fit, self.labelled)
        self.log_density = self._transfers.log_density

    @cached_property
    def expected_counts(self) -> ExpectedCounts:
        """Expected counts of the CPT entries by component."""
        return ExpectedCounts(self.problem, self.fit, self.log_weights, self.log_density)

    @cached_property
    def unset_shares(self) -> Floats:
        """Share of each data row whose component does not set a variable: (rows, variables)."""
        return self.expected_counts.unset_shares()

    def density_ratios(self, target: Target, weight: float) -> tuple[Indices, Floats]:
        """Return the rows that a target can produce, and weight * P_t(x) / P_mix(x) there."""
        return self._transfers.density_ratios(target, weight)

    def best_transfers(self, pairs: Sequence[tuple[int, Target]]) -> list[tuple[float, float]]:
        """Move weight from a component to a target: the largest gain, and the share that moves."""
        return [self._transfers.best(donor, target) for donor, target in pairs]

    def may_gain(self, targets: Sequence[Target]) -> list[bool]:
        """Whether any weight of each target gains."""
        return [self._transfers.may_gain(target) for target in targets]

    def sum_moments(self, slot_ptr: Ints) -> Floats:
        """Sum the moments of single changes over all rows."""
        problem, fit = self.problem, self.fit
        moments = np.zeros((2, len(fit.support), int(slot_ptr[-1])))
        _moves.single_changes(
            problem.data_rows,
            known_theta(problem, fit),
            fit.log_theta,
            self.log_density,
            target_codes(fit.support, problem.layout.n).astype(np.int16),
            self.log_weights,
            slot_ptr,
            moments,
        )
        return moments


def known_theta(problem: BaseProblem, fit: Fit) -> Floats:
    """Return the tables of a fit, with the zeros of tables that are known."""
    theta = np.exp(fit.log_theta)
    theta[problem.theta == 0] = 0.0
    return theta
