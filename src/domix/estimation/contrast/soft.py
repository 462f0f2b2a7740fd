"""Whether control rows contradict soft components that were found without them.

Hard targets that stand for a soft one move the tables as drift does, and each of them is a trace of
the others: the contrast would leave true ones out. Soft components leave no such traces. Where
control rows agree with them, there is nothing to compare.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from domix.core.tables import Target
from domix.estimation.contrast.background import (
    background_candidates,
    exceeds_chance,
    screen_background,
)
from domix.estimation.contrast.witnesses import collect_witnesses, control_tables
from domix.estimation.soft.soften import Softened
from domix.options.contrast import ContrastOptions
from domix.problems.drift import estimate_drift, sum_unset
from domix.problems.groups import Estimate
from domix.problems.inputs import Inputs


def agree_with_controls(
    inputs: Inputs, estimates: Sequence[Estimate], soft: Sequence[Softened | None]
) -> bool:
    """Whether soft components stand, and the tables and targets show nothing of a misfit.

    Parameters
    ----------
    inputs : Inputs
        With control rows.
    estimates : sequence of Estimate
        The hard answer of each mixture.
    soft : sequence of Softened or None
        What stands in its place; None where the hard answer stays.

    Returns
    -------
    bool
        False as well where every hard answer stays.
    """
    if not any(soft):
        return False
    options, layout = ContrastOptions(), inputs.network.tables.layout
    found = [own or estimate for own, estimate in zip(soft, estimates, strict=True)]
    unset = sum_unset(inputs.mixtures, (estimate.table_counts for estimate in found))
    assert inputs.controls is not None
    if math.isfinite(estimate_drift(layout, unset, inputs.controls, options).kappa):
        return False
    targets: list[Target] = [
        target
        for own, estimate in zip(soft, estimates, strict=True)
        for target in (estimate.fit.support if own is None else own.soft.fit.targets)
    ]
    witnesses = collect_witnesses(inputs)
    gains = screen_background(
        witnesses.samples[0].problem, control_tables(witnesses), background_candidates(targets)
    )
    return not exceeds_chance(gains, options.misfit_alpha)
