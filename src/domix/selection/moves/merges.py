"""Merges: a group of targets replaced by the part that they have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from domix.core.tables import Target
from domix.core.targets import from_pairs
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.move import Proposal, regroup
from domix.util.numerics import TINY, dot

LEAST_RATIO = 1e-6
"""Smallest ratio of a row's density after a merge to that before: it may be 0 before a refit."""


def propose_merges(baseline: Baseline, criterion: SelectionCriterion) -> Iterator[Proposal]:
    """Propose the merges with the largest gain of critical values over the predicted loss."""
    fit, options = baseline.fit, baseline.problem.options
    gains: dict[tuple[Target, tuple[Target, ...]], float] = {}
    for target, group in _list_groups(baseline):
        merged = tuple(fit.support[c] for c in group)
        if (target, merged) in gains:
            continue
        saved = sum(criterion.critical_value(t, fit.support) for t in merged)
        if target not in fit.support:
            saved -= criterion.critical_value(target, fit.support)
        gain = saved - _predict_loss(baseline, target, group)
        if gain > -options.max_merge_loss:
            gains[target, merged] = gain
    ranked = sorted(gains.items(), key=lambda item: (-item[1], item[0]))
    for (target, merged), _ in ranked[: options.max_merges]:
        yield regroup(("merge", target, merged), fit, merged, [(target, 1.0)], fit.log_theta)


def _list_groups(baseline: Baseline) -> Iterator[tuple[Target, list[int]]]:
    """List the parts common to two targets, each with groups of components that contain it.

    The groups are those with up to one variable more, with up to two, and all.
    """
    support, stays = baseline.fit.support, baseline.problem.knowledge.stays
    common = {
        from_pairs(set(one) & set(other)): None
        for a, one in enumerate(support)
        for other in support[:a]
    }
    for target in filter(baseline.allows, common):
        containing = [
            c for c, t in enumerate(support) if t != target and {*target} < {*t} and not stays(t)
        ]
        for more in (1, 2, math.inf):
            group = [c for c in containing if len(support[c]) <= len(target) + more]
            if len(group) >= 2:
                yield target, group


def _predict_loss(baseline: Baseline, target: Target, group: Sequence[int]) -> float:
    """Predict the nats that are lost, before any refit, if a target takes a group's weight."""
    problem, fit = baseline.problem, baseline.fit
    change = np.zeros(len(problem.counts))
    for c in group:
        rows, lost = baseline.density_ratios(fit.support[c], float(fit.weights[c]))
        change[rows] -= lost
    weight = float(fit.weights[list(group)].sum())
    rows, gained = baseline.density_ratios(target, weight)
    change[rows] += gained
    loss = -dot(problem.counts, np.log(np.maximum(1 + change, LEAST_RATIO)))
    if target in fit.support:
        c = fit.support.index(target)
        loss -= float(baseline.labelled[c]) * math.log1p(weight / max(fit.weights[c], TINY))
    return loss
