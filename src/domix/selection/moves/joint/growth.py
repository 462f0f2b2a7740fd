"""Growth: a target extended by one value after the other while its predicted score improves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.core.tables import Target
from domix.core.targets import with_value
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.joint.prediction import Prediction, predict
from domix.util.arrays import Floats, Ints

LEAST_REST = 1e-9
"""Smallest share of a data row that is left to the other components: odds stay finite."""


class Growth:
    """Targets that come in beside a baseline, or take a component's place, and their scores.

    Parameters
    ----------
    baseline : Baseline
    criterion : SelectionCriterion
    replaced : int, optional
        The component.
    """

    def __init__(
        self, baseline: Baseline, criterion: SelectionCriterion, replaced: int | None = None
    ) -> None:
        support = baseline.fit.support
        self._baseline, self._criterion, self._replaced = baseline, criterion, replaced
        self._kept = [t for c, t in enumerate(support) if c != replaced]
        self._critical = 0.0
        if replaced is not None:
            self._critical = criterion.critical_value(support[replaced], support)

    def predict(self, target: Target, start: Prediction | None = None) -> Prediction:
        """Predict the gain of a target."""
        return predict(self._baseline, target, replaced=self._replaced, start=start)

    def score(self, prediction: Prediction) -> float:
        """Predict the gain of the score, with critical values in place of the penalty.

        They are quick to compute, and what the penalty increases by if no other target is nearest
        to this one.
        """
        support = [*self._kept, prediction.target]
        critical = self._criterion.critical_value(prediction.target, support)
        return prediction.gain + self._critical - critical

    def penalized_gain(self, prediction: Prediction) -> float:
        """Predict the gain of the score."""
        support = [*self._kept, prediction.target]
        penalty = self._criterion.penalty
        return prediction.gain + penalty(self._baseline.fit.support) - penalty(support)

    def grow(self, prediction: Prediction) -> tuple[float, Prediction]:
        """Extend a target while its score improves; return score and prediction at the end."""
        score = self.score(prediction)
        while True:
            extension = next(_rank_extensions(self._baseline, prediction), None)
            if extension is None:
                return score, prediction
            extended = self.predict(extension, prediction)
            extended_score = self.score(extended)
            if extended_score <= score:
                return score, prediction
            score, prediction = extended_score, extended


def _rank_extensions(baseline: Baseline, prediction: Prediction) -> Iterator[Target]:
    """Rank the targets with one more value by their gain over a prediction, if they have any."""
    layout = baseline.problem.layout
    fixed = {variable for variable, _ in prediction.target}
    free = np.array(
        [i for i in range(layout.n) if i not in fixed and layout.cards[i] > 1], dtype=np.int64
    )
    if not len(free) or prediction.weight <= 0:
        return
    first_slot = np.concatenate([[0], np.cumsum(layout.cards[free])])
    gains = _predict_extensions(baseline, prediction, free, first_slot)
    for slot in np.argsort(-gains, kind="stable").tolist():
        if gains[slot] <= 0:
            return
        place = int(np.searchsorted(first_slot, slot, side="right")) - 1
        target = with_value(prediction.target, int(free[place]), slot - int(first_slot[place]))
        if target not in baseline.fit.support and baseline.allows(target):
            yield target


def _predict_extensions(
    baseline: Baseline, prediction: Prediction, free: Ints, first_slot: Ints
) -> Floats:
    """Predict the gain of all values of all free variables at once, shape (slots,).

    To set a variable to v takes rows of the target off its CPT, and leaves those of other values to
    the other components. A few EM steps fit the weight with each value, and the CPT.
    """
    problem, layout = baseline.problem, baseline.problem.layout
    rows, share = prediction.rows, prediction.responsibilities
    size, expected = int(first_slot[-1]), prediction.weight * problem.total
    counts = np.repeat(problem.counts[rows][:, None], len(free), axis=1)
    block = np.ix_(rows, free)
    entries, slots = problem.entries[block], first_slot[:-1] + problem.codes[block]
    odds = (share / np.maximum(1.0 - share, LEAST_REST))[:, None]
    gains = np.zeros(size)
    if problem.learn:
        unset = baseline.unset_shares[block] * counts
        at_entries, place = np.unique(entries, return_inverse=True)
        place = place.reshape(entries.shape)
        totals = baseline.expected_counts.totals[at_entries]
        row_totals = baseline.expected_counts.row_totals[layout.row_of_entry[at_entries]]
        slot_of_entry = np.empty(len(at_entries), dtype=np.int64)
        slot_of_entry[place] = slots
    factor, taken = np.ones(size), np.repeat(share[:, None], len(free), axis=1)
    for _ in range(problem.options.extension_steps):
        if problem.learn:
            moved = np.bincount(place.ravel(), (unset * taken).ravel(), len(totals))
            left = np.maximum(totals - moved, problem.options.min_entry_count)
            theta = left / (row_totals - totals + left)
            change = np.log(left / totals) * totals
            change += row_totals * np.log(row_totals / (row_totals - totals + left))
            gains = np.bincount(slot_of_entry, change, size).astype(np.float64)
            ratios = odds / theta[place]
        else:
            ratios = odds / np.exp(baseline.fit.log_theta[entries])
        taken = ratios * factor[slots]
        taken /= 1.0 + taken
        factor = np.bincount(slots.ravel(), (counts * taken).ravel(), size) / expected
    gains = gains - expected * (factor - 1.0) - float((counts[:, 0] * np.log1p(odds[:, 0])).sum())
    gains += np.bincount(slots.ravel(), (counts * np.log1p(ratios * factor[slots])).ravel(), size)
    return gains
