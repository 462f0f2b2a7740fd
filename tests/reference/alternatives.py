"""Shares of alternatives by listing every support, with plain EM."""

from __future__ import annotations

import itertools
import math

import numpy as np

from domix.core.exclusion import exhausted
from reference.mixture import PlainEm

STEPS = 1000


def log_likelihood(problem, support):
    """Maximize by plain EM from equal weights; tables are known, so that there is one maximum."""
    em, weights = (
        PlainEm(problem, support, problem.log_theta),
        np.full(len(support), 1 / len(support)),
    )
    log_theta = problem.log_theta
    for _ in range(STEPS):
        objective, weights, log_theta = em.step(weights, log_theta)
    return objective


def own_shares(problem, criterion, support):
    """The share of each target of a support, shape (targets,)."""

    def score(targets):
        return log_likelihood(problem, targets) - criterion.penalty(targets)

    reported = score(support)
    totals = []
    for own in support:
        others = [target for target in support if target != own]
        weights = [1.0]
        weights.extend(
            math.exp(score([*others, target]) - reported)
            for target in _neighbours(problem, own)
            if _may_stand(problem, others, target)
        )
        for other in others:
            common = tuple(sorted(set(own) & set(other)))
            rest = [target for target in others if target != other]
            if common not in support and _may_stand(problem, rest, common):
                weights.append(math.exp(score([*rest, common]) - reported))
        totals.append(1 / math.fsum(weights))
    return np.array(totals)


def _neighbours(problem, own):
    """Targets that differ in one variable: -1 where a variable is not set."""
    setting = [dict(own).get(i, -1) for i in range(problem.layout.n)]
    for other in itertools.product(*(range(-1, int(k)) for k in problem.layout.cards)):
        if sum(a != b for a, b in zip(setting, other, strict=True)) == 1:
            yield tuple((i, value) for i, value in enumerate(other) if value >= 0)


def _may_stand(problem, others, target):
    if target in others or not problem.knowledge.allows(target):
        return False
    # What the others use up already is not the target's doing.
    before = [i for i, _ in exhausted(problem.layout, others)]
    after = [i for i, _ in exhausted(problem.layout, [*others, target])]
    return before == after
