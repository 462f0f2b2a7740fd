"""Additions: a target with one more variable beside it, and a row of its CPT refitted."""

from __future__ import annotations

import math

import numpy as np

from domix.core.targets import with_value
from domix.selection.baseline.baseline import AnyBaseline
from domix.selection.moves.move import Allowed, Move
from domix.selection.moves.row_refits import apply_refits, refit_rows


def rank_additions(
    baseline: AnyBaseline, allowed: Allowed, least_gain: float, most: int
) -> list[Move]:
    """Rank the additions whose predicted gain exceeds ``least_gain``, and return the best.

    The gain is that of the refitted rows, which the new target's counts leave, less the entropy of
    the split of the donor's weight. With known tables there is nothing to refit, and the same
    targets are ranked as single changes.
    """
    problem, support = baseline.problem, baseline.fit.support
    options = problem.options
    if not problem.learn:
        return []
    candidates = []
    for donor, target in enumerate(support):
        for variable, totals, own in baseline.expected_counts.of_unset_variables(donor):
            by_value = own.sum(axis=0)
            unlabelled = float(by_value.sum())
            # Labelled rows stay, so that less than all of the target's weight can move.
            expected = unlabelled + float(baseline.labelled[donor])
            common = by_value >= options.addition_share * unlabelled
            for value in np.flatnonzero(common & (unlabelled >= options.addition_rows)).tolist():
                candidate = with_value(target, variable, value)
                if candidate in support or not allowed(candidate):
                    continue
                refit = refit_rows(variable, totals, value, -own[:, value], options)
                gain = refit.gain
                for part in (float(by_value[value]), expected - float(by_value[value])):
                    if part > 0:
                        gain += part * math.log(part / expected)
                if gain > least_gain:
                    share = float(by_value[value] / expected)
                    candidates.append((gain, donor, candidate, share, refit))
    candidates.sort(key=lambda candidate: (-candidate[0], candidate[2], candidate[1]))
    return [
        Move(
            gain, donor, target, share, apply_refits(problem.layout, baseline.fit.log_theta, refit)
        )
        for gain, donor, target, share, refit in candidates[:most]
    ]
