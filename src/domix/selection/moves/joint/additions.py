"""Joint additions: targets of several variables, none of which would be set alone.

A few data rows with two improbable values prove a target that sets both variables, while either
value alone is about as frequent as expected. All pairs of values are screened by the rows that have
both, and the best pairs are extended by what those rows share. So are pairs set beside a target of
the support.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix._kernels import _pairs
from domix.core.tables import Target
from domix.core.targets import from_pairs
from domix.em.mixture import Support
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.joint.growth import Growth
from domix.selection.moves.joint.prediction import Prediction
from domix.selection.moves.move import Proposal
from domix.util.arrays import Floats, Ints
from domix.util.numerics import TINY


def rank_pairs(
    baseline: Baseline, least_gain: float, most: int, beside: Target = ()
) -> list[tuple[float, Target]]:
    """Rank the targets of two variables by predicted gain, those over ``least_gain``.

    The prediction is quadratic in the weight d of the target, as for single changes:
    sum_x N(x) log(1 + d (r(x) - 1)) with r = P_t / P_mix. The targets set what ``beside`` sets as
    well.
    """
    problem = baseline.problem
    cards, total = problem.layout.cards, problem.total
    variables = _choose_variables(baseline, beside)
    first_slot = np.concatenate([[0], np.cumsum(cards[variables])])
    size = int(first_slot[-1])
    moments = np.zeros((2, size, size))
    _pairs.pair_changes(
        problem.data_rows,
        *_relative_to(baseline, beside),
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
        target = from_pairs([*beside, *pair])
        if target not in baseline.fit.support and baseline.allows(target):
            pairs.append((float(gains.flat[place]), target))
    return pairs


def _relative_to(baseline: Baseline, target: Target) -> tuple[Floats, Floats]:
    """Return table entries and log densities as if the target's values were set in the network.

    Rows that it cannot produce are infinitely frequent.
    """
    problem, log_theta = baseline.problem, baseline.fit.log_theta
    theta = np.where(problem.theta > 0, np.exp(log_theta), 0.0)
    if not target:
        return theta, baseline.log_density
    for variable, _ in target:
        theta[problem.layout.entries_of(variable)] = 1.0
    support = Support(problem, [target])
    log_density = np.full(len(baseline.log_density), np.inf)
    log_density[support.rows] = baseline.log_density[support.rows] - support.log_ratios(log_theta)
    return theta, log_density


def _choose_variables(baseline: Baseline, beside: Target) -> Ints:
    """Choose the variables whose pairs are screened: those with the least probable values."""
    problem, most = baseline.problem, baseline.problem.options.max_paired_variables
    free = np.ones(problem.layout.n, dtype=bool)
    free[[variable for variable, _ in beside]] = False
    candidates = np.flatnonzero((problem.layout.cards > 1) & free)
    if len(candidates) <= most:
        return candidates
    surprise = -(problem.counts @ baseline.fit.log_theta[problem.entries[:, candidates]])
    return np.sort(candidates[np.argsort(-surprise, kind="stable")[:most]])


def _list_seeds(baseline: Baseline) -> list[Target]:
    """List the pairs to extend, alone and beside the heaviest targets."""
    options, fit = baseline.problem.options, baseline.fit
    alone = rank_pairs(baseline, options.min_pair_gain, options.max_grown_pairs)
    heaviest = [fit.support[c] for c in np.argsort(-fit.weights, kind="stable").tolist()]
    beside = [
        pair
        for target in [t for t in heaviest if t][: options.max_pair_donors]
        for pair in rank_pairs(
            baseline, options.min_joint_pair_gain, options.max_grown_pairs, target
        )
    ]
    beside.sort(key=lambda pair: -pair[0])
    return [target for _, target in [*alone, *beside[: options.max_grown_pairs]]]


def propose_joint_additions(
    baseline: Baseline, criterion: SelectionCriterion
) -> Iterator[Proposal]:
    """Propose the grown targets with the largest predicted scores, each beside the support."""
    options, support = baseline.problem.options, baseline.fit.support
    growth = Growth(baseline, criterion)
    grown: dict[Target, tuple[float, Prediction]] = {}
    for pair in _list_seeds(baseline):
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
