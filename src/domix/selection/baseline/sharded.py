"""The fit that moves start from, on rows in shards."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from domix._kernels import _moves
from domix.core.codes import target_codes
from domix.core.tables import Target
from domix.em.mixture import Fit, Support, log_density
from domix.em.sharded import AnyProblem, ShardedProblem
from domix.selection.baseline.baseline import (
    LARGEST_LOG_RATIO,
    AnyBaseline,
    Baseline,
    Transfers,
    known_theta,
)
from domix.selection.baseline.expected_counts import TableCounts
from domix.shards import scores
from domix.shards.partition import ROUNDING, Refinement, responsibilities_by_class
from domix.util.arrays import Floats, Ints
from domix.util.numerics import TINY, dot

TARGETS_AT_ONCE = 32
"""Targets by which classes are divided in one pass over the rows."""


class ShardedBaseline(AnyBaseline):
    """A fit of a problem in shards, with the density of the fitted mixture in every class of rows.

    Parameters
    ----------
    problem : ShardedProblem
    fit : Fit
    """

    problem: ShardedProblem

    def __init__(self, problem: ShardedProblem, fit: Fit) -> None:
        super().__init__(problem, fit)
        self._classes = problem.classes_of(fit.support)
        self._numbers = problem.numbers
        self._merged = problem.merged(fit.support)
        self._log_density = log_density(self._merged, fit)

    @cached_property
    def expected_counts(self) -> TableCounts:
        """Expected counts of the CPT entries by component."""
        support = Support(self._merged, self.fit.support)
        logs = support.log_ratios(self.fit.log_theta) - self._log_density[support.rows]
        components = np.repeat(np.arange(len(support.targets)), np.diff(support.ptr))
        logs += self.log_weights[components]
        ptr, component, share = responsibilities_by_class(
            support.rows, components, np.exp(np.minimum(logs, 0.0)), len(self._log_density)
        )
        by_component: Floats = self.problem.rows.add_up(
            scores.expected_counts,
            self._numbers,
            layout=self.problem.layout,
            components=len(support.targets),
            ptr=ptr,
            component=component,
            share=share,
        )
        return TableCounts(self.problem, self.fit.support, by_component)

    def sum_moments(self, slot_ptr: Ints) -> Floats:
        """Sum the moments of single changes over all rows."""
        problem, fit = self.problem, self.fit
        moments: Floats = problem.rows.add_up(
            scores.single_changes,
            self._numbers,
            layout=problem.layout,
            theta=known_theta(problem, fit),
            log_theta=fit.log_theta,
            log_density=self._log_density,
            targets=target_codes(fit.support, problem.layout.n).astype(np.int16),
            log_weights=self.log_weights,
            slot_ptr=slot_ptr,
        )
        return moments

    def best_transfers(self, pairs: Sequence[tuple[int, Target]]) -> list[tuple[float, float]]:
        """Move weight from a component to a target: the largest gain, and the share that moves."""
        by_target: dict[Target, list[int]] = {}
        for donor, target in pairs:
            by_target.setdefault(target, []).append(donor)
        found = {
            (donor, target): self._best_transfer(donor, part)
            for target, part in self._refine(list(by_target))
            for donor in by_target[target]
        }
        return [found[pair] for pair in pairs]

    def may_gain(self, targets: Sequence[Target]) -> list[bool]:
        """Whether any weight of each target gains."""
        total = self.problem.total
        return [
            dot(part.counts, self._ratios(part, 1.0)) > total for _, part in self._refine(targets)
        ]

    def _refine(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Refinement]]:
        """Yield targets, and the classes divided further by each."""
        for first in range(0, len(targets), TARGETS_AT_ONCE):
            part = targets[first : first + TARGETS_AT_ONCE]
            found = self.problem.refine_by_each(self._classes, self._numbers, part)
            yield from zip(part, found, strict=True)

    def _ratios(self, part: Refinement, weight: float) -> Floats:
        """Compute weight * P_t(x) / P_mix(x) in the rows that a target can have produced."""
        logs = part.log_ratios(self.fit.log_theta) - self._log_density[part.parents]
        return np.exp(np.minimum(logs + math.log(max(weight, TINY)), LARGEST_LOG_RATIO))

    def _best_transfer(self, donor: int, part: Refinement) -> tuple[float, float]:
        lost, counts = self._donor_ratios[donor], self._classes.counts
        gained = self._ratios(part, float(self.fit.weights[donor])) - lost[part.parents]
        left = counts - np.bincount(part.parents, part.counts, len(counts))
        others = np.flatnonzero((lost > 0) & (left > ROUNDING * counts))
        change = np.concatenate([gained, -lost[others]])
        counts = np.concatenate([part.counts, left[others]])
        if self.labelled[donor] > 0:
            change, counts = np.append(change, -1.0), np.append(counts, self.labelled[donor])
        return _moves.best_transfer(change, counts)

    @cached_property
    def _donor_ratios(self) -> Floats:
        """Shape (components, classes): pi_s P_s(x) / P_mix(x), 0 where s cannot produce x."""
        transfers = Transfers(self._merged, self.fit, self.labelled)
        ratios = np.zeros((len(self.fit.support), len(self._log_density)))
        for own, target, weight in zip(ratios, self.fit.support, self.fit.weights, strict=True):
            rows, values = transfers.density_ratios(target, float(weight))
            own[rows] = values
        return ratios


def begin(problem: AnyProblem, fit: Fit) -> AnyBaseline:
    """Return what moves start from, for rows in memory or in shards."""
    if isinstance(problem, ShardedProblem):
        return ShardedBaseline(problem, fit)
    return Baseline(problem, fit)
