"""Joins: two targets replaced by what they have in common."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import numpy as np

from domix.alternatives.comparison import Comparison
from domix.alternatives.neighbours import admit
from domix.alternatives.predictions import Start
from domix.core.tables import Target
from domix.core.targets import from_pairs


def join_targets(
    comparison: Comparison, tries: Callable[[int, Target], bool]
) -> Iterator[tuple[tuple[int, int], Target, float]]:
    """Yield two components, what their targets have in common, and the score with it instead.

    Where the support has the common part already, a join would drop two targets; whether they are
    needed is for the test to say.

    Parameters
    ----------
    comparison : Comparison
    tries : callable
        Whether a target is tried at all in place of a component's.
    """
    fit, problem = comparison.fit, comparison.problem
    for a, b in itertools.combinations(comparison.free(), 2):
        one, other = fit.support[a], fit.support[b]
        common = from_pairs(set(one) & set(other))
        kept = [c for c in range(len(fit.support)) if c not in (a, b)]
        targets = [fit.support[c] for c in kept]
        # One of the two can be the common part itself.
        if common in fit.support or not admit(problem, targets)(common):
            continue
        if not (tries(a, common) and tries(b, common)):
            continue
        weights = np.append(fit.weights[kept], fit.weights[a] + fit.weights[b])
        start = Start((*targets, common), weights, fit.log_theta)
        found = comparison.try_support(start, comparison.score)
        if found is not None:
            yield (a, b), common, found.score
