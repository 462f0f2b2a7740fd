"""Other excluded values: a variable lifted again where another value may be the excluded one.

That shows where a move would use the last free value of a variable, or where rows of its CPT are
learnt from the mixture alone: a target that does not set the variable, beside others that do, then
equals one that sets it to the excluded value.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator

import numpy as np

from domix.core.tables import Target
from domix.selection.baseline.baseline import Baseline
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.move import Proposal
from domix.selection.moves.single_changes import rank_single_changes
from domix.selection.relift import Relift, relift


def propose_excluded_values(baseline: Baseline, least_gain: float) -> Iterator[Proposal]:
    """Propose the variables lifted again, once for each excluded value.

    The variables are those whose last free value is used by a move that exclusion forbids and that
    gains more than ``least_gain``. Where rows of the CPT are learnt from the mixture alone, only
    excluded values that fit about as well as the best are proposed.
    """
    options = baseline.problem.options
    blocked = _rank_blocked_variables(baseline, least_gain)
    for variable in blocked:
        yield from _propose_relifts(baseline, variable, np.inf, explored=False)
    for variable in _rank_uninformed_variables(baseline):
        if variable not in blocked:
            most_lost = options.max_relift_loss
            yield from _propose_relifts(baseline, variable, most_lost, explored=True)


def propose_relifts(baseline: Baseline) -> Iterator[Proposal]:
    """Propose every variable that is set lifted again, where control rows are few.

    Tables that the mixture itself has to show follow a wrong support so well that no move on its
    own promises anything, far as it is from the best one.
    """
    problem, options = baseline.problem, baseline.problem.options
    if not problem.learn or problem.observed_rows >= problem.total:
        return
    variables = {variable for target in baseline.fit.support for variable, _ in target}
    starts = [
        (start.objective, ("relift", variable, rank, True), start)
        for variable in sorted(variables)
        for rank, start in enumerate(relift(problem, baseline.fit, variable))
        if rank
    ]
    starts.sort(key=lambda item: -item[0])
    for _, key, start in starts[: options.max_last_relifts]:
        yield _propose(baseline, key, start, explored=True)


def _propose_relifts(
    baseline: Baseline, variable: int, most_lost: float, *, explored: bool
) -> Iterator[Proposal]:
    starts = relift(baseline.problem, baseline.fit, variable)
    for rank, start in enumerate(starts):
        if start.objective < starts[0].objective - most_lost:
            return
        yield _propose(baseline, ("relift", variable, rank, explored), start, explored)


def _propose(baseline: Baseline, key: Hashable, start: Relift, explored: bool) -> Proposal:
    """Propose the heaviest targets of a variable lifted again."""
    most = 2 * len(baseline.fit.support) + baseline.problem.options.max_relifted_excess
    heaviest = np.argsort(-start.weights, kind="stable")[:most]
    targets = [start.targets[a] for a in heaviest.tolist()]
    return Proposal(key, targets, start.weights[heaviest], start.log_theta, explored)


def _rank_blocked_variables(baseline: Baseline, least_gain: float) -> list[int]:
    """Rank the variables whose last free value a move would use by the gain of that move."""
    problem, options = baseline.problem, baseline.problem.options
    used = baseline.used_values()

    def forbidden(target: Target) -> bool:
        return problem.knowledge.allows(target) and not used.allows(target)

    line_searches, additions = options.max_blocked_line_searches, options.max_blocked_additions
    moves = [
        *rank_single_changes(baseline, forbidden, least_gain, line_searches, pairs=False),
        *rank_additions(baseline, forbidden, least_gain, additions),
    ]
    gains: dict[int, float] = {}
    for move in moves:
        for variable, value in move.target:
            if used.blocks(variable, value) and problem.layout.cards[variable] > 1:
                gains[variable] = max(gains.get(variable, 0.0), move.gain)
    blocked = sorted(gains, key=lambda variable: (-gains[variable], variable))
    return blocked[: options.max_blocked_variables]


def _rank_uninformed_variables(baseline: Baseline) -> list[int]:
    """Rank variables by the data rows that read rows of their CPTs without control rows.

    The variables are those of which the targets use all values but one.
    """
    problem, options = baseline.problem, baseline.problem.options
    if problem.prior is None:
        return []
    layout = problem.layout
    control = np.add.reduceat(problem.prior, layout.row_starts)
    reading = np.add.reduceat(problem.entry_counts, layout.row_starts)
    reading = np.where(control < options.uninformed_control_rows, reading, 0.0)
    rows = np.bincount(layout.node_of_entry[layout.row_starts], reading, layout.n)
    used: dict[int, set[int]] = {}
    for target in baseline.fit.support:
        for variable, value in target:
            used.setdefault(variable, set()).add(value)
    variables = [
        i
        for i, values in sorted(used.items())
        if len(values) == layout.cards[i] - 1 and rows[i] > options.uninformed_share * problem.total
    ]
    return sorted(variables, key=lambda i: -rows[i])[: options.max_uninformed_variables]
