"""Single changes: weight goes to a copy of a target with one variable set, not set, or changed.

The intersections and unions of two targets are ranked with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix._kernels import _moves
from domix.core.codes import target_codes
from domix.core.tables import Target
from domix.core.targets import from_pairs, with_value, without
from domix.estimation.selection.moves.baseline import Baseline
from domix.estimation.selection.moves.move import Allowed, Move
from domix.util.numerics import TINY, dot

__all__ = ["rank_single_changes"]


def rank_single_changes(
    baseline: Baseline, allowed: Allowed, least_gain: float, most: int, pairs: bool = True
) -> list[Move]:
    """Rank the changes whose predicted gain exceeds ``least_gain``.

    One pass over rows and targets gives, for every change, the first two derivatives of the
    log-likelihood in the weight that moves. The ``most`` best by this quadratic prediction get an
    exact line search.

    Parameters
    ----------
    baseline : Baseline
    allowed : callable
        Whether a target may come in.
    least_gain : float
        In nats.
    most : int
        Line searches.
    pairs : bool
        Whether intersections and unions are ranked too.
    """
    problem, fit, options = baseline.problem, baseline.fit, baseline.problem.options
    layout = problem.layout
    # A slot for each value of a variable, and one for not setting it.
    slot_ptr = np.concatenate([[0], np.cumsum(layout.cards + 1)])
    slots = int(slot_ptr[-1])
    first, second = (np.zeros((len(fit.support), slots)) for _ in range(2))
    theta = np.exp(fit.log_theta)
    theta[problem.theta == 0] = 0.0
    _moves.single_changes(
        problem.codes,
        problem.entries,
        problem.counts,
        fit.log_theta,
        theta,
        baseline.log_density,
        target_codes(fit.support, layout.n).astype(np.int16),
        baseline.log_weights,
        slot_ptr,
        first,
        second,
    )
    # A labelled row is lost to its component with all the weight that moves.
    first -= baseline.labelled[:, None]
    second += baseline.labelled[:, None]
    share = np.clip(first / np.maximum(second, TINY), 0.0, 1.0)
    predicted = np.where(first > 0, first * share - 0.5 * second * share**2, 0.0)
    ranked = np.argsort(-predicted, axis=None, kind="stable")
    moves: list[Move] = []
    searched = 0
    for flat in ranked[: options.candidates_per_line_search * most].tolist():
        donor, slot = divmod(flat, slots)
        if predicted[donor, slot] <= options.line_search_gain * least_gain or searched == most:
            break
        variable = int(np.searchsorted(slot_ptr, slot, side="right")) - 1
        value = slot - int(slot_ptr[variable])
        if value == layout.cards[variable]:
            target = without(fit.support[donor], variable)
        else:
            target = with_value(fit.support[donor], variable, value)
        if target in fit.support or not allowed(target):
            continue
        searched += 1
        gain, moved = baseline.best_transfer(donor, target)
        if gain > least_gain:
            moves.append(Move(gain, donor, target, moved))
    if pairs:
        moves.extend(_list_pair_moves(baseline, allowed, least_gain))
    return sorted(moves, key=lambda move: (-move.gain, move.target, move.donor))


def _list_pair_moves(baseline: Baseline, allowed: Allowed, least_gain: float) -> Iterator[Move]:
    """List the intersections of two targets, and their unions where they agree."""
    problem, fit = baseline.problem, baseline.fit
    donors: dict[Target, set[int]] = {}
    for a, one in enumerate(fit.support):
        for b, other in enumerate(fit.support[:a]):
            candidates = [from_pairs(set(one) & set(other))]
            union = {**dict(one), **dict(other)}
            if len(union) == len(set(one) | set(other)):
                candidates.append(from_pairs(union.items()))
            for target in candidates:
                if target not in fit.support:
                    donors.setdefault(target, set()).update((a, b))
    for target, components in donors.items():
        if not allowed(target):
            continue
        rows, ratios = baseline.density_ratios(target, 1.0)
        # The log-likelihood falls from the start if sum_x N(x) P_t(x) / P_mix(x) is at most N.
        if dot(problem.counts[rows], ratios) <= problem.total:
            continue
        heaviest = sorted(components, key=lambda c: (-fit.weights[c], c))
        compared = heaviest[: problem.options.max_pair_donors]
        gain, moved, donor = max((*baseline.best_transfer(c, target), c) for c in compared)
        if gain > least_gain:
            yield Move(gain, donor, target, moved)
