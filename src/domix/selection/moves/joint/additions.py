"""Joint additions: targets of several variables, none of which would be set alone.

A few data rows with two improbable values prove a target that sets both variables, while either
value alone is about as frequent as expected. All pairs of values are screened by the rows that have
both, and the best pairs are extended by what those rows share.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix._kernels import _pairs
from domix.core.tables import Target
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.baseline import Baseline
from domix.selection.moves.joint.growth import Growth
from domix.selection.moves.joint.prediction import Prediction
from domix.selection.moves.move import Proposal
from domix.util.arrays import Ints
from domix.util.numerics import TINY


def rank_pairs(baseline: Baseline, least_gain: float, most: int) -> list[tuple[float, Target]]:
    """Rank the targets of two variables by predicted gain, those over ``least_gain``.

    The prediction is quadratic in the weight d of the target, as for single changes:
    sum_x N(x) log(1 + d (r(x) - 1)) with r = P_t / P_mix.
    """
    problem = baseline.problem
    cards, total = problem.layout.cards, problem.total
    variables = _choose_variables(baseline)
    first_slot = np.concatenate([[0], np.cumsum(cards[variables])])
    size = int(first_slot[-1])
    moments = np.zeros((2, size, size))
    theta = np.where(problem.theta > 0, np.exp(baseline.fit.log_theta), 0.0)
    _pairs.pair_changes(
        problem.data_rows,
        theta,
        baseline.log_density,
        variables,
        first_slot,
        np.empty(len(variables)),
        moments,
    )
    slope = moments[0] - total
    curve = np.maximum(moments[1] - 2.0 * moments[0] + total, TINY)
    share = np.clip(slope / curve, 0.0, 1.0)
    gains = np.where(slope > 0, slope * share - 0.5 * curve * share**2, 0.0)
    places = np.flatnonzero(gains.ravel() > least_gain)
    ranked = places[np.argsort(-gains.ravel()[places], kind="stable")]
    pairs: list[tuple[float, Target]] = []
    for place in ranked.tolist():
        if len(pairs) == most:
            break
        pair = []
        for slot in divmod(place, size):
            a = int(np.searchsorted(first_slot, slot, side="right")) - 1
            pair.append((int(variables[a]), slot - int(first_slot[a])))
        target = tuple(pair)
        if target not in baseline.fit.support and baseline.allows(target):
            pairs.append((float(gains.flat[place]), target))
    return pairs


def _choose_variables(baseline: Baseline) -> Ints:
    """Choose the variables whose pairs are screened: those with the least probable values."""
    problem, most = baseline.problem, baseline.problem.options.max_paired_variables
    candidates = np.flatnonzero(problem.layout.cards > 1)
    if len(candidates) <= most:
        return candidates
    surprise = -(problem.counts @ baseline.fit.log_theta[problem.entries[:, candidates]])
    return np.sort(candidates[np.argsort(-surprise, kind="stable")[:most]])


def propose_joint_additions(
    baseline: Baseline, criterion: SelectionCriterion
) -> Iterator[Proposal]:
    """Propose the grown targets with the largest predicted scores, each beside the support."""
    options, support = baseline.problem.options, baseline.fit.support
    growth = Growth(baseline, criterion)
    grown: dict[Target, tuple[float, Prediction]] = {}
    for _, pair in rank_pairs(baseline, options.min_pair_gain, options.max_grown_pairs):
        # A pair within a target of a low score may belong to one of a higher score.
        if not any(s > -options.max_joint_loss and {*pair} <= {*t} for t, (s, _) in grown.items()):
            score, prediction = growth.grow(growth.predict(pair))
            grown[prediction.target] = score, prediction
    ranked = sorted(grown.values(), key=lambda item: (-item[0], item[1].target))
    for score, prediction in ranked[: options.max_joint_additions]:
        if score < -options.max_joint_loss:
            return
        weights = [*(baseline.fit.weights * (1.0 - prediction.weight)), prediction.weight]
        targets = [*support, prediction.target]
        key = ("joint addition", frozenset(targets))
        yield Proposal(
            key,
            targets,
            np.array(weights),
            prediction.log_theta,
            least_gain=options.joint_score_gain,
        )
