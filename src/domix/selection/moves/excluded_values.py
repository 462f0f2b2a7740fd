"""Other excluded values: a variable lifted again where a move would use its last free value."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.core.tables import Target
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.baseline import Baseline
from domix.selection.moves.move import Proposal
from domix.selection.moves.single_changes import rank_single_changes
from domix.selection.relift import relift


def propose_excluded_values(baseline: Baseline, least_gain: float) -> Iterator[Proposal]:
    """Propose the variables lifted again, once for each excluded value.

    The variables are those whose last free value is used by a move that exclusion forbids and that
    gains more than ``least_gain``.
    """
    problem, fit, options = baseline.problem, baseline.fit, baseline.problem.options
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
    most = 2 * len(fit.support) + options.max_relifted_excess
    for variable in blocked[: options.max_blocked_variables]:
        for excluded, start in enumerate(relift(problem, fit, variable)):
            heaviest = np.argsort(-start.weights, kind="stable")[:most]
            yield Proposal(
                ("relift", variable, excluded),
                [start.targets[a] for a in heaviest.tolist()],
                start.weights[heaviest],
                start.log_theta,
            )
