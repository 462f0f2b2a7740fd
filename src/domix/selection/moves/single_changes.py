"""Single changes: weight goes to a copy of a target with one variable set, not set, or changed.

The intersections and unions of two targets are ranked with them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.core.tables import Target
from domix.core.targets import from_pairs, union, with_value, without
from domix.selection.baseline.baseline import AnyBaseline
from domix.selection.moves.move import Allowed, Move
from domix.util.arrays import Floats, Ints
from domix.util.numerics import TINY
from domix.work.steps import recorded


@recorded(Move)
def rank_single_changes(
    baseline: AnyBaseline, allowed: Allowed, least_gain: float, most: int, pairs: bool = True
) -> list[Move]:
    """Rank the changes whose predicted gain exceeds ``least_gain``.

    Parameters
    ----------
    baseline : AnyBaseline
    allowed : callable
        Whether a target may come in.
    least_gain : float
        In nats.
    most : int
        Exact line searches, for the changes with the best quadratic prediction.
    pairs : bool
        Whether intersections and unions are ranked too.
    """
    options, support = baseline.problem.options, baseline.fit.support
    cards = baseline.problem.layout.cards
    # For each target, a slot for each value of each variable, and one for not setting it.
    slot_ptr = np.concatenate([[0], np.cumsum(cards + 1)])
    predicted = _predict_gains(baseline, slot_ptr)
    ranked = np.argsort(-predicted, axis=None, kind="stable")
    searched: list[tuple[int, Target]] = []
    for place in ranked[: options.candidates_per_line_search * most].tolist():
        donor, slot = divmod(place, int(slot_ptr[-1]))
        if predicted[donor, slot] <= options.line_search_gain * least_gain or len(searched) == most:
            break
        variable = int(np.searchsorted(slot_ptr, slot, side="right")) - 1
        value = slot - int(slot_ptr[variable])
        if value == cards[variable]:
            target = without(support[donor], variable)
        else:
            target = with_value(support[donor], variable, value)
        if target in support or not allowed(target):
            continue
        searched.append((donor, target))
    found = zip(searched, baseline.best_transfers(searched), strict=True)
    moves = [
        Move(gain, donor, target, share)
        for (donor, target), (gain, share) in found
        if gain > least_gain
    ]
    if pairs:
        moves.extend(_list_pair_moves(baseline, allowed, least_gain))
    return sorted(moves, key=lambda move: (-move.gain, move.target, move.donor))


def _predict_gains(baseline: AnyBaseline, slot_ptr: Ints) -> Floats:
    """Predict the gains of all changes, shape (components, slots), from one pass over the rows.

    With g and -h the first two derivatives of the log-likelihood in the share d of the donor's
    weight that moves, the gain is g d - h d^2 / 2 at its maximum, d = g / h, or at d = 1.
    """
    first, second = baseline.sum_moments(slot_ptr)
    # A labelled row can come from the donor alone, so that its density falls by the share.
    first -= baseline.labelled[:, None]
    second += baseline.labelled[:, None]
    share = np.clip(first / np.maximum(second, TINY), 0.0, 1.0)
    return np.where(first > 0, first * share - 0.5 * second * share**2, 0.0)


def _list_pair_moves(baseline: AnyBaseline, allowed: Allowed, least_gain: float) -> Iterator[Move]:
    """List the intersections of two targets, and their unions where they agree."""
    problem, fit = baseline.problem, baseline.fit
    donors: dict[Target, set[int]] = {}
    for a, one in enumerate(fit.support):
        for b, other in enumerate(fit.support[:a]):
            candidates = [from_pairs(set(one) & set(other))]
            if len({**dict(one), **dict(other)}) == len(set(one) | set(other)):
                candidates.append(union(one, other))
            for target in candidates:
                if target not in fit.support:
                    donors.setdefault(target, set()).update((a, b))
    targets = [target for target in donors if allowed(target)]
    may_gain = baseline.may_gain(targets)
    for target, promising in zip(targets, may_gain, strict=True):
        if not promising:
            continue
        heaviest = sorted(donors[target], key=lambda c: (-fit.weights[c], c))
        compared = heaviest[: problem.options.max_pair_donors]
        found = baseline.best_transfers([(c, target) for c in compared])
        gain, moved, donor = max((*best, c) for best, c in zip(found, compared, strict=True))
        if gain > least_gain:
            yield Move(gain, donor, target, moved)
