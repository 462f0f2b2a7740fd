r"""The targets that could stand in the place of a reported one, each with its share.

Let S be the reported support and f one of its targets. A support S' in which another target stands
in place of f has the posterior weight exp(score(S')), where the score is the penalized
log-likelihood by which supports are compared everywhere. Among S and all these S',

.. math:: p_f = 1 / \sum_{S'} \exp(\mathrm{score}(S') - \mathrm{score}(S))

is the share of f itself; that of an alternative u is the part of the S' that bring u in.

The S' are S - f + u, for u that differ from f in one variable, or from a u that scores nearly as
well; exact look-alikes, which differ in any number; and S - f - g + h, where h is the part that f
and another target g have in common. Exclusion and background knowledge hold in every S'.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from domix.alternatives.comparison import Comparison
from domix.alternatives.joins import join_targets
from domix.alternatives.replacements import replace_directly, replace_target
from domix.core.tables import Target
from domix.em.mixture import Fit
from domix.em.sharded import AnyProblem, ShardedProblem
from domix.options.alternatives import AlternativesOptions
from domix.selection.criterion import SelectionCriterion
from domix.work.steps import recorded

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, eq=False)
class Shares(Generic[T_co]):
    """What could stand in the place of one target.

    Attributes
    ----------
    own : float
        The share of the target itself.
    members : tuple of (target, float)
        The credible set, by falling share: the target itself, and as many others as it takes.
    """

    own: float
    members: tuple[tuple[T_co, float], ...]


@recorded(Shares)
def find_shares(
    problem: AnyProblem,
    criterion: SelectionCriterion,
    fit: Fit,
    options: AlternativesOptions | None = None,
) -> list[Shares[Target]]:
    """Return the shares of what could stand in place of each target of a fit.

    Where there are many distinct rows, only those alternatives are tried that a sample of the rows
    does not rule out. A target that the user included is certain.
    """
    options = (AlternativesOptions() if options is None else options).for_alpha(criterion.alpha)
    among = None
    if problem.is_large:
        share = problem.options.sample_rows / problem.distinct_rows
        sample = problem.thinned(share, np.random.default_rng(0))
        among = score_alternatives(Comparison(sample, criterion, fit, options))
    scores = score_alternatives(Comparison(problem, criterion, fit, options), among)
    return [
        credible_set(own, found, options.coverage)
        for own, found in zip(fit.support, scores, strict=True)
    ]


def score_alternatives(
    comparison: Comparison, among: Sequence[Collection[Target]] | None = None
) -> list[dict[Target, float]]:
    """Return, by component, the targets that could stand in its place, with their scores.

    A target that stands there in several supports has the logarithm of the sum of their posterior
    weights, exp(score).

    Parameters
    ----------
    comparison : Comparison
    among : sequence of collection of Target, optional
        By component, the only targets that are tried in its place; None is all.
    """
    support = comparison.fit.support
    scores: list[dict[Target, float]] = [{own: comparison.score} for own in support]

    def add(index: int, target: Target, score: float) -> None:
        before = scores[index].get(target, -math.inf)
        scores[index][target] = float(np.logaddexp(before, score))

    for index in comparison.free():
        only = None if among is None else among[index]
        for target, score in _replace(comparison, index, only):
            add(index, target, score)
    for pair, target, score in _join(comparison, among):
        for index in pair:
            add(index, target, score)
    return scores


@recorded()
def _replace(
    comparison: Comparison, index: int, only: Collection[Target] | None
) -> list[tuple[Target, float]]:
    """List what can stand in place of a component's target, with the scores of the supports."""
    if isinstance(comparison.problem, ShardedProblem):
        assert only is not None
        return list(replace_directly(comparison, index, only))
    return list(replace_target(comparison, index, lambda t: only is None or t in only))


@recorded()
def _join(
    comparison: Comparison, among: Sequence[Collection[Target]] | None
) -> list[tuple[tuple[int, int], Target, float]]:
    """List what can stand in place of two components' targets, with the scores of the supports."""

    def tries(index: int, target: Target) -> bool:
        return among is None or target in among[index]

    return list(join_targets(comparison, tries))


def credible_set(own: Target, scores: Mapping[Target, float], coverage: float) -> Shares[Target]:
    """Turn scores into shares, and keep the largest until they reach ``coverage``.

    The target itself is always kept.

    Examples
    --------
    >>> found = credible_set((), {(): 2.0, ((0, 1),): 2.0, ((0, 0),): -9.0}, 0.95)
    >>> [(target, round(share, 3)) for target, share in found.members]
    [((), 0.5), (((0, 1),), 0.5)]
    """
    best = max(scores.values())
    raw = {target: math.exp(score - best) for target, score in scores.items()}
    total = math.fsum(raw.values())
    ranked = sorted(raw, key=lambda target: (-raw[target], target != own, target))
    members, sum_of_shares = [], 0.0
    for target in ranked:
        if sum_of_shares < coverage or target == own:
            members.append((target, raw[target] / total))
        sum_of_shares += raw[target] / total
    return Shares(raw[own] / total, tuple(members))
