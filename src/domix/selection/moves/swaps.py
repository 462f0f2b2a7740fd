"""Swaps: a target taken out, and in its place what its rows ask for.

Two targets that share the rows of a third hide what the third would gain; without one of them the
gain shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from domix.selection.backward import fit_without
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.move import Proposal, best_per_target
from domix.selection.moves.single_changes import rank_single_changes


def propose_swaps(
    baseline: Baseline, criterion: SelectionCriterion, smallest_critical: float
) -> Iterator[Proposal]:
    """Propose swaps of the targets with the smallest excess of drop cost over critical value."""
    problem, fit, options = baseline.problem, baseline.fit, baseline.problem.options
    if fit.support == ((),) or options.max_swaps == 0:
        return
    droppable = [c for c, t in enumerate(fit.support) if not problem.knowledge.stays(t)]
    reduced_fits = {c: fit_without(problem, fit, c, options.trial_fit) for c in droppable}
    excess = {
        c: fit.objective - reduced.objective - criterion.critical_value(fit.support[c], fit.support)
        for c, reduced in reduced_fits.items()
    }
    cheapest = sorted(droppable, key=lambda c: (excess[c], c))
    for c in cheapest[: options.max_swaps]:
        if excess[c] > options.max_swap_excess:
            break
        reduced = Baseline(problem, reduced_fits[c])
        changes = best_per_target(
            rank_single_changes(
                reduced,
                reduced.allows,
                options.listed_gain * smallest_critical,
                options.max_line_searches,
            )
        )
        changes = [move for move in changes if move.target != fit.support[c]]
        batches = [changes[: options.max_swap_batch]] if len(changes) > 1 else []
        batches += [[move] for move in changes[: options.max_swap_changes]]
        for moves in batches:
            yield reduced.with_moves(f"swap {fit.support[c]}", moves)
