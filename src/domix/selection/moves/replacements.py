"""Replacements: a target with one variable more or less, in its own place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.core.tables import Target
from domix.core.targets import with_value, without
from domix.selection.baseline.baseline import AnyBaseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.move import Move
from domix.selection.moves.row_refits import RowRefit, apply_refits, refit_rows
from domix.util.numerics import dot


def rank_replacements(baseline: AnyBaseline, criterion: SelectionCriterion) -> list[Move]:
    """Rank replacements by the predicted gain of the score, the best one of each target.

    That gain is the change of the log-likelihood plus the decrease of the penalty.
    """
    problem, fit = baseline.problem, baseline.fit
    penalty = criterion.penalty(fit.support)
    best: dict[int, tuple[float, Target, RowRefit | None]] = {}
    for donor, target, gain, refit in _list_replacements(baseline):
        support = [*fit.support]
        support[donor] = target
        score_gain = gain + penalty - criterion.penalty(support)
        least = best[donor][0] if donor in best else problem.options.min_replacement_gain
        if score_gain > least:
            best[donor] = score_gain, target, refit
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1]))
    return [
        Move(
            score_gain,
            donor,
            target,
            1.0,
            None if refit is None else apply_refits(problem.layout, fit.log_theta, refit),
            replaces=True,
        )
        for donor, (score_gain, target, refit) in ranked
    ]


def _list_replacements(
    baseline: AnyBaseline,
) -> Iterator[tuple[int, Target, float, RowRefit | None]]:
    """List donor, target, change of the log-likelihood and refit, unless clearly worse."""
    problem, fit = baseline.problem, baseline.fit
    layout, options = problem.layout, problem.options
    log_theta = np.where(problem.theta > 0, fit.log_theta, -options.impossible_row_cost)
    for donor, target in enumerate(fit.support):
        if problem.knowledge.stays(target):
            continue
        values = dict(target)
        for variable in range(layout.n):
            totals, own = baseline.expected_counts.of_variable(donor, variable)
            if variable in values:
                value, candidate = values[variable], without(target, variable)
                moved = own[:, value]
            else:
                by_value = own.sum(axis=0)
                value = int(np.argmax(by_value))
                if by_value.sum() - by_value[value] > options.replacement_rows_left:
                    continue
                candidate, moved = with_value(target, variable, value), -own[:, value]
            if candidate in fit.support or not baseline.allows(candidate) or not moved.any():
                continue
            if problem.learn:
                refit = refit_rows(variable, totals, value, moved, options)
                gain = refit.gain
            else:
                refit = None
                table = log_theta[layout.entries_of(variable)].reshape(totals.shape)
                gain = dot(moved, table[:, value])
            if gain > -options.max_replacement_loss:
                yield donor, candidate, gain, refit
