r"""Background targets: what control rows themselves seem to contain.

The gain of a background target b on control rows, with fixed tables and nothing else in the
background, is

.. math:: \max_{r \ge 0} \sum_i \log\Bigl(1 + r \Bigl(\frac{P_b(x_i)}{P(x_i)} - 1\Bigr)\Bigr).

It is concave in r. Where the model is right, no target but do() has a gain beyond chance.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import numpy as np

from domix.core.tables import Target
from domix.core.targets import by_size, without
from domix.em.base import RowProblem
from domix.em.sharded import AnyProblem
from domix.selection.criterion import critical_value
from domix.util.arrays import Floats
from domix.util.numerics import dot

NEWTON_STEPS = 25
"""Steps for the best share; each at least halves the bracket."""


def subsets(targets: Iterable[Target]) -> list[Target]:
    """Return targets and what each is without one of several variables, do() left out.

    Examples
    --------
    >>> subsets([((0, 1), (1, 1)), ()])
    [((0, 1),), ((1, 1),), ((0, 1), (1, 1))]
    """
    found: set[Target] = set()
    for target in targets:
        found |= {target, *(without(target, variable) for variable, _ in target)}
    return by_size(found - {()})


def background_candidates(targets: Iterable[Target]) -> list[Target]:
    """Return targets and all their single settings, do() left out."""
    targets = list(targets)
    singles = {(pair,) for target in targets for pair in target}
    return by_size({*targets, *singles} - {()})


def screen_background(
    controls: AnyProblem, log_theta: Floats, candidates: Collection[Target]
) -> dict[Target, float]:
    """Compute the gain of each candidate on control rows, in nats.

    Parameters
    ----------
    controls : Problem or ShardedProblem
        With the control rows as data rows.
    log_theta : ndarray of float64, shape (table entries,)
    candidates : collection of Target
    """
    return {target: _gain(controls.merged([target]), log_theta, target) for target in candidates}


def exceeds_chance(gains: Mapping[Target, float], alpha: float) -> bool:
    """Whether any of the gains on control rows is larger than chance allows."""
    largest = critical_value(math.log(max(len(gains), 1)), math.log(alpha))
    return max(gains.values(), default=0.0) > largest


def _gain(controls: RowProblem, log_theta: Floats, target: Target) -> float:
    rows = controls.rows_of(target)
    counts = controls.counts[rows]
    excess = np.expm1(controls.log_ratios(target, log_theta))
    others = float(controls.counts.sum() - counts.sum())
    if not len(rows) or dot(counts, excess) <= others:
        return 0.0
    low, high = 0.0, 1.0
    share = 0.5
    for _ in range(NEWTON_STEPS):
        terms = excess / (1.0 + share * excess)
        slope = dot(counts, terms) - others / (1.0 - share)
        low, high = (share, high) if slope > 0 else (low, share)
        curvature = dot(counts, terms, terms) + others / (1.0 - share) ** 2
        step = share + slope / curvature
        share = step if low < step < high else 0.5 * (low + high)
    return dot(counts, np.log1p(share * excess)) + others * float(np.log1p(-share))
