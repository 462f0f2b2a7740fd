"""The rows of a contrast, and the estimates without it as the fit to start from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.tables import normalize_tables
from domix.data.rows import DistinctRows, distinct
from domix.em.base import Setting
from domix.em.sharded import AnyProblem, build_problem
from domix.em.squarem import Ended
from domix.estimation.contrast.model import CONTROLS, ContrastFit, Sample, Witnesses
from domix.problems.drift import discount
from domix.problems.groups import Estimate
from domix.problems.inputs import Inputs
from domix.shards.rows import ShardedRows
from domix.util.arrays import Floats


def collect_witnesses(inputs: Inputs) -> Witnesses:
    """Collect the rows: controls, rows of each mixture, and labelled rows by target."""
    tables = inputs.network.tables
    layout = tables.layout
    nothing = np.zeros(layout.size)

    setting = Setting(tables, nothing, inputs.pseudocount, BackgroundKnowledge(), inputs.search)

    def problem(rows: DistinctRows | ShardedRows) -> AnyProblem:
        return build_problem(setting, rows, inputs.engine)

    samples = [Sample(problem(inputs.controls_merged), CONTROLS, ())]
    labelled = []
    for number, rows in enumerate(inputs.rows):
        unlabelled = rows.unlabelled(layout.cards, inputs.engine)
        samples.append(Sample(problem(unlabelled), number, None))
        for target, codes, weights in rows.list_labelled():
            if weights.any():
                own = distinct(codes, layout.cards, weights)
                samples.append(Sample(problem(own), number, target))
        labelled.append(dict(rows.background.labelled))
    pseudo = samples[0].problem.prior
    assert pseudo is not None
    prior = [pseudo]
    if math.isfinite(inputs.drift):
        prior.append(pseudo + discount(layout, inputs.control_entries, inputs.drift))
    return Witnesses(tuple(samples), tuple(labelled), np.array(prior))


def plain_fit(witnesses: Witnesses, estimates: Sequence[Estimate]) -> ContrastFit:
    """Return the estimates as a fit without background; do() is a target of every mixture."""
    targets, weights = [], []
    for estimate in estimates:
        own = dict(zip(estimate.fit.support, estimate.fit.weights.tolist(), strict=True))
        own = {(): own.pop((), 0.0), **own}
        targets.append(tuple(own))
        weights.append(np.array(list(own.values())))
    tables = [estimates[0].fit.log_theta]
    if len(witnesses.prior) > 1:
        tables.insert(0, control_tables(witnesses))
    return ContrastFit(
        tuple(targets),
        ((),),
        tuple(weights),
        np.ones(1),
        np.array(tables),
        -math.inf,
        Ended.LIMIT,
    )


def control_tables(witnesses: Witnesses) -> Floats:
    """Logarithms of the tables that control rows alone give."""
    controls = witnesses.samples[0].problem
    return np.log(normalize_tables(controls.layout, witnesses.prior[0] + controls.entry_counts))
