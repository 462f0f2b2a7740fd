"""Recovered components in labels, with their alternatives, tests and uncertain weights."""

from __future__ import annotations

from collections.abc import Sequence

from domix.alternatives.exactness import Answer
from domix.claims.claims import Claims
from domix.core.intervention import Intervention
from domix.core.soft.targets import decode
from domix.core.tables import Target
from domix.estimation.soft.soften import Softened
from domix.model.network import Network
from domix.problems.groups import Estimate
from domix.problems.sharded_mixture import AnyMixtureRows
from domix.results.claims import TargetTest, UndetectedTarget
from domix.results.component import Alternative, Component, by_weight
from domix.selection.criterion import SelectionCriterion


def name_components(
    rows: AnyMixtureRows,
    criterion: SelectionCriterion,
    estimate: Estimate,
    answers: Sequence[Answer | None],
    claims: Claims,
    network: Network,
    by_size: bool,
) -> tuple[Component, ...]:
    """Name the targets of a fit, with their alternatives, tests and uncertain weights."""
    support = estimate.fit.support

    def named(target: Target) -> Intervention:
        return Intervention(network.space.assignment(target))

    return by_weight(
        [
            Component(
                named(target),
                weight,
                std_error,
                claims.intervals[c],
                criterion.p_value(estimate.drop_costs[c], target, support, by_size),
                rows.background.stays(target),
                test=_test(criterion, estimate.drop_costs[c], target, support, by_size),
                hull=claims.hulls[c],
                undetected=tuple(
                    UndetectedTarget(named(other), gain) for other, gain in claims.undetected[c]
                ),
                alternatives=_alternatives(answer, network),
                exact=None if answer is None else answer.exact,
            )
            for c, (target, weight, std_error, answer) in enumerate(
                zip(
                    support,
                    estimate.fit.weights.tolist(),
                    estimate.std_errors.tolist(),
                    answers,
                    strict=True,
                )
            )
        ]
    )


def name_soft_components(
    rows: AnyMixtureRows,
    criterion: SelectionCriterion,
    softened: Softened,
    answers: Sequence[Answer | None],
    network: Network,
) -> tuple[Component, ...]:
    """Name the components of a soft answer, which are tested by their modes."""
    soft, modes = softened.soft, softened.soft.fit.targets
    return by_weight(
        Component(
            Intervention(decode(network.space, target)),
            float(soft.fit.weights[c]),
            float(softened.std_errors[c]),
            softened.intervals[c],
            criterion.p_value(soft.drop_costs[c], modes[c], modes),
            rows.background.stays(modes[c]),
            test=_test(criterion, soft.drop_costs[c], modes[c], modes, by_size=False),
            alternatives=_alternatives(answer, network),
        )
        for c, (target, answer) in enumerate(zip(soft.targets, answers, strict=True))
    )


def _alternatives(answer: Answer | None, network: Network) -> tuple[Alternative, ...]:
    if answer is None:
        return ()
    return tuple(
        Alternative(Intervention(decode(network.space, target)), share)
        for target, share in answer.shares.members
    )


def _test(
    criterion: SelectionCriterion,
    drop_cost: float,
    target: Target,
    support: Sequence[Target],
    by_size: bool,
) -> TargetTest:
    correction = criterion.correction(target, support, by_size)
    return TargetTest(
        drop_cost,
        correction.log_count,
        correction.shares,
        criterion.critical_value(target, support, by_size),
    )
