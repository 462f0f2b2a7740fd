"""Soft components in place of hard targets, where they explain the rows better.

It starts from the final estimates, on the same rows and with the same drift. The mixtures of shared
tables are taken in turn; to each, the rows of the others are observations of the tables.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domix.em.bootstrap import percentile_intervals
from domix.em.uncertainty import log_odds_intervals
from domix.options.soft import SoftOptions
from domix.problems.groups import Estimate
from domix.problems.inputs import Inputs
from domix.problems.modes import SoftMode
from domix.soft.estimate import SoftEstimate, estimate_soft
from domix.soft.uncertainty import weight_errors
from domix.util.arrays import Floats
from domix.util.checks import Rng, generator
from domix.util.progress import Report
from domix.work.steps import recorded


@dataclass(frozen=True, eq=False)
class Softened:
    """A soft estimate with the uncertainty of its weights; for the rest see :class:`Estimate`."""

    soft: SoftEstimate
    std_errors: Floats
    intervals: list[tuple[float, float]]
    table_counts: Floats
    converged: bool


def soften_mixtures(
    inputs: Inputs,
    estimates: Sequence[Estimate],
    seed: Rng,
    report: Report,
    *,
    contradicted: bool = False,
) -> list[Softened | None]:
    """Estimate soft components for each mixture; None where the hard answer stays.

    Parameters
    ----------
    inputs : Inputs
        Those that the estimates are of.
    estimates : sequence of Estimate
    seed : int or numpy.random.Generator, optional
        Draws a sample of many rows, and the bootstrap; None is seed 0.
    report : callable
    contradicted : bool
        Whether control rows contradict the model. Then components are not split: what is wrong with
        the model would explain part of their rows.
    """
    if inputs.soft is SoftMode.NEVER:
        return [None] * len(estimates)
    rng = generator(0 if seed is None else seed)
    options = SoftOptions(most_splits=0) if contradicted else SoftOptions()
    margin = 0.0 if inputs.soft is SoftMode.ALWAYS else _choose_margin(inputs, options)
    options = replace(options, margin=margin)
    report("soft targets", None)
    counts = [
        estimate.table_counts + mixture.labelled_counts
        for estimate, mixture in zip(estimates, inputs.mixtures, strict=True)
    ]
    found: list[Softened | None] = []
    for number, (mixture, estimate) in enumerate(zip(inputs.mixtures, estimates, strict=True)):
        others, problem = [*counts[:number], *counts[number + 1 :]], mixture.problem
        if others and problem.learn:
            problem = problem.observing(np.sum(others, axis=0))
        soft = estimate_soft(problem, mixture.criterion, estimate.fit, options, rng)
        softened = None if soft is None else _add_errors(soft, estimate, inputs, rng, report)
        found.append(softened)
        if softened is not None:
            counts[number] = softened.table_counts + mixture.labelled_counts
    return found


def _choose_margin(inputs: Inputs, options: SoftOptions) -> float:
    """Return the margin in nats: the fewer control rows, the more learnt tables bend to a shape.

    With r rows for each control row it is larger by 10 log((1 + r) / 2), if r is above 1.
    """
    if inputs.controls is None:
        return options.margin
    rows = sum(mixture.total for mixture in inputs.rows)
    ratio = rows / max(inputs.control_rows, 1.0)
    return options.margin + options.few_controls_margin * math.log(max((1.0 + ratio) / 2.0, 1.0))


def _add_errors(
    soft: SoftEstimate, hard: Estimate, inputs: Inputs, rng: np.random.Generator, report: Report
) -> Softened:
    report("standard errors of soft targets", None)
    std_errors, intervals, table_counts, solved = _measure(soft, inputs.bootstrap, rng, report)
    converged = hard.converged and solved and soft.fit.converged
    return Softened(soft, std_errors, intervals, table_counts, converged)


@recorded()
def _measure(
    soft: SoftEstimate, bootstrap: int, rng: np.random.Generator, report: Report
) -> tuple[Floats, list[tuple[float, float]], Floats, bool]:
    """Return standard errors, intervals, expected counts, and whether all iterations ended."""
    table_counts = soft.table_counts()
    if bootstrap:
        replicates = soft.resample_weights(bootstrap, rng, report)
        return *percentile_intervals(replicates), table_counts, True
    std_errors, solved = weight_errors(soft.data, soft.fit)
    return std_errors, log_odds_intervals(soft.fit.weights, std_errors), table_counts, solved
