"""Splits: several targets in place of one, along a row of a CPT that only its rows inform.

Under parents' values that hardly any control row has, a learnt row of a CPT follows the rows of a
single target. Whether that target does not set the variable, or several targets set it to several
values, is then the same to the variable's own table; only what else those rows share can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from domix.core.tables import Target
from domix.core.targets import with_value
from domix.em.mixture import fit as fit_support
from domix.selection.baseline.baseline import Baseline
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.extensions import extend
from domix.selection.moves.move import Proposal, best_per_target, regroup
from domix.selection.moves.row_refits import RowRefit, apply_refits
from domix.selection.moves.single_changes import rank_single_changes
from domix.util.arrays import Floats


@dataclass(frozen=True, eq=False)
class Split:
    """A target that is replaced by its parts, which share its weight."""

    target: Target
    parts: tuple[Target, ...]
    shares: tuple[float, ...]
    log_theta: Floats


def list_splits(baseline: Baseline) -> Iterator[Split]:
    """List the splits of targets that own most of the rows of a CPT that they read.

    A split alone gains nothing; its parts gain by what they can set further. So each comes with
    its parts extended by all that their rows share, and without.
    """
    problem, fit = baseline.problem, baseline.fit
    options = problem.options
    if not problem.learn:
        return
    for donor, target in enumerate(fit.support):
        if problem.knowledge.stays(target):
            continue
        for variable, totals, own in baseline.expected_counts.of_unset_variables(donor):
            own_rows = own.sum(axis=1) > options.split_row_share * totals.sum(axis=1)
            expected, by_value = float(own.sum()), own.sum(axis=0)
            least = max(options.split_value_share * expected, options.split_value_rows)
            values = np.flatnonzero(by_value >= least).tolist()
            if len(values) < 2 or own[own_rows].sum() < options.split_target_share * expected:
                continue
            parts = [with_value(target, variable, value) for value in values]
            if not all(map(baseline.allows, parts)):
                continue
            extended = [
                _extend_part(baseline, donor, part, variable, value)
                for part, value in zip(parts, values, strict=True)
            ]
            shares = tuple(float(by_value[value] / by_value[values].sum()) for value in values)
            rest = np.maximum((totals - own)[own_rows], options.min_entry_count)
            log_theta = apply_refits(
                problem.layout, fit.log_theta, RowRefit(variable, own_rows, rest)
            )
            for new in dict.fromkeys((tuple(extended), tuple(parts))):
                if not set(new) & set(fit.support):
                    yield Split(target, new, shares, log_theta)


def _extend_part(baseline: Baseline, donor: int, part: Target, variable: int, value: int) -> Target:
    """Extend a part by what the donor's rows with its value of the variable share."""
    problem = baseline.problem
    rows, counts = baseline.expected_counts.of_rows(donor)
    selected = problem.codes[rows, variable] == value
    codes, counts = problem.codes[rows[selected]], counts[selected]
    fixed = {i for i, _ in part}
    by_value = (
        (i, np.bincount(codes[:, i], counts).astype(np.float64))
        for i in range(problem.layout.n)
        if i not in fixed
    )
    return extend(part, by_value, problem.options.split_extension_share, baseline.allows)


def propose_split(baseline: Baseline, split: Split, smallest_critical: float) -> Iterator[Proposal]:
    """Propose a split by itself, and with moves from the fit of its parts."""
    problem, options = baseline.problem, baseline.problem.options
    parts = zip(split.parts, split.shares, strict=True)
    key = ("split", split.target, split.parts)
    whole = regroup(key, baseline.fit, [split.target], parts, split.log_theta)
    yield whole
    fit = fit_support(problem, whole.targets, whole.weights, whole.log_theta, options.trial_fit)
    if fit.objective < baseline.fit.objective - options.max_split_loss:
        return
    parts_baseline = Baseline(problem, fit)
    least_gain = options.trial_gain * smallest_critical
    allowed = parts_baseline.allows
    moves = [
        *rank_single_changes(parts_baseline, allowed, least_gain, options.max_line_searches),
        *rank_additions(parts_baseline, allowed, least_gain, options.max_additions),
    ]
    moves = best_per_target(sorted(moves, key=lambda move: (-move.gain, move.target)))
    if moves:
        yield parts_baseline.with_moves("split parts", moves[: options.max_batch])
