"""The fit that moves start from, on rows in shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np

from domix.core.codes import target_codes
from domix.core.tables import Target
from domix.em.base import BaseProblem
from domix.em.data import Problem
from domix.em.mixture import Fit, Support
from domix.em.sharded import ShardedProblem
from domix.selection.baseline.baseline import AnyBaseline, Baseline, Transfers, known_theta
from domix.selection.baseline.expected_counts import TableCounts
from domix.shards import scores
from domix.shards.partition import responsibilities_by_class
from domix.util.arrays import Floats, Ints

SETS_AT_ONCE = 16
"""Targets by which the classes of one pass are refined: what that takes of memory is held."""


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
        self._classes, self._numbers = problem.classes_of(fit.support)
        self._merged = problem.merged(fit.support)
        self._log_density = Transfers(self._merged, fit, self.labelled).log_density

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
            (donor, target): transfers.best(donor, target)
            for target, transfers in self._transfers(list(by_target))
            for donor in by_target[target]
        }
        return [found[pair] for pair in pairs]

    def may_gain(self, targets: Sequence[Target]) -> list[bool]:
        """Whether any weight of each target gains."""
        return [transfers.may_gain(target) for target, transfers in self._transfers(targets)]

    def _transfers(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Transfers]]:
        """Yield the classes of rows, refined by each target."""
        for first in range(0, len(targets), SETS_AT_ONCE):
            part = targets[first : first + SETS_AT_ONCE]
            merged = self.problem.merged_for([(*self.fit.support, target) for target in part])
            for target, problem in zip(part, merged, strict=True):
                yield target, Transfers(problem, self.fit, self.labelled)


def begin(problem: BaseProblem, fit: Fit) -> AnyBaseline:
    """Return what moves start from, for rows in memory or in shards."""
    if isinstance(problem, ShardedProblem):
        return ShardedBaseline(problem, fit)
    assert isinstance(problem, Problem)
    return Baseline(problem, fit)
