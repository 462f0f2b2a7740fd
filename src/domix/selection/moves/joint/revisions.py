"""Revisions: a component's target with one variable freed, or others set, in its own place.

A target that sets a variable too many keeps the rows of other values away, and those that would
come are what freeing the variable gains. Freed or not, it may set more of what its rows share.
"""

from __future__ import annotations

from collections.abc import Iterator

from domix.core.targets import without
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.joint.growth import Growth
from domix.selection.moves.joint.prediction import Prediction, predict
from domix.selection.moves.move import Move, best_per_target
from domix.selection.moves.row_refits import refit_rows
from domix.util.numerics import dot


def rank_revisions(baseline: Baseline, criterion: SelectionCriterion) -> list[list[Move]]:
    """Rank revisions by the predicted gain of the score.

    Each is a list of one move. Lists of several moves are the same revision of several components,
    for which the score does not improve alone: neighbours that change alike stay neighbours, so
    that the penalty hardly grows.
    """
    problem, fit = baseline.problem, baseline.fit
    most_lost = problem.options.max_revision_loss
    moves: list[Move] = []
    for donor, target in enumerate(fit.support):
        if problem.knowledge.stays(target):
            continue
        growth = Growth(baseline, criterion, donor)
        for start in _list_starts(baseline, growth, donor):
            score, grown = growth.grow(start)
            if grown.target not in fit.support and score > -most_lost:
                moves.append(Move(score, donor, grown.target, 1.0, grown.log_theta, replaces=True))
    moves.sort(key=lambda move: (-move.gain, move.target, move.donor))
    moves = best_per_target(moves)[: problem.options.max_revisions]
    same: dict[frozenset[tuple[int, int]], list[Move]] = {}
    for move in moves:
        difference = frozenset(set(fit.support[move.donor]) ^ set(move.target))
        same.setdefault(difference, []).append(move)
    return [*([move] for move in moves), *(group for group in same.values() if len(group) > 1)]


def _list_starts(baseline: Baseline, growth: Growth, donor: int) -> Iterator[Prediction]:
    """List the target as it is, and with one variable freed, or two, unless that loses much."""
    fit, target = baseline.fit, baseline.fit.support[donor]
    rows, counts = baseline.expected_counts.of_rows(donor)
    share = counts / baseline.problem.counts[rows]
    yield Prediction(target, 0.0, float(fit.weights[donor]), fit.log_theta, rows, share)
    freed = [
        prediction
        for variable, _ in target
        if (prediction := predict_freed(baseline, donor, variable)) is not None
    ]
    yield from freed
    best = max(freed, key=growth.score, default=None)
    if best is not None and growth.score(best) > -baseline.problem.options.max_revision_loss:
        for variable, _ in best.target:
            candidate = without(best.target, variable)
            if candidate not in fit.support:
                yield growth.predict(candidate, best)


def predict_freed(baseline: Baseline, donor: int, variable: int) -> Prediction | None:
    """Predict what a component gains if it does not set a variable; None if it loses much.

    At fixed tables, the log-likelihood is concave in the share of the weight that moves to the
    freed target. So a move of all of it gains at most the slope at 0; and what the target's own
    rows lose at refitted tables is known without a pass over the rows.
    """
    problem, fit = baseline.problem, baseline.fit
    weight, most_lost = float(fit.weights[donor]), problem.options.max_replacement_loss
    freed = without(fit.support[donor], variable)
    rows, ratios = baseline.density_ratios(freed, weight)
    bound = dot(problem.counts[rows], ratios) - weight * problem.total
    if problem.learn and bound < -most_lost:
        value = dict(fit.support[donor])[variable]
        totals, own = baseline.expected_counts.of_variable(donor, variable)
        bound = refit_rows(variable, totals, value, own[:, value], problem.options).gain
    if bound < -most_lost:
        return None
    prediction = predict(baseline, freed, replaced=donor)
    return prediction if prediction.gain > -most_lost else None
