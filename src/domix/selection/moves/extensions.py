"""Extensions: a target with all the values that its rows share, in addition to its own.

A few rows of a target that sets many variables can justify the whole target, and too few for any
one of its variables to be tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from domix.core.tables import Target
from domix.core.targets import with_value
from domix.selection.baseline.baseline import Baseline
from domix.selection.moves.move import Allowed, Move
from domix.selection.moves.row_refits import apply_refits, refit_rows
from domix.util.arrays import Floats


def extend(
    target: Target, by_value: Iterable[tuple[int, Floats]], share: float, allowed: Allowed
) -> Target:
    """Set every variable of which ``share`` of the expected counts have one value.

    ``by_value`` holds variables and the expected counts of their values, shape (values,). Values
    that are not ``allowed`` are left out.
    """
    for variable, counts in by_value:
        value = int(np.argmax(counts))
        extended = with_value(target, variable, value)
        if 0 < share * counts.sum() <= counts[value] and allowed(extended):
            target = extended
    return target


def list_extensions(baseline: Baseline) -> Iterator[Move]:
    """List the extensions by two variables or more; all weight of the target starts there."""
    problem, fit = baseline.problem, baseline.fit
    options = problem.options
    for donor, target in enumerate(fit.support):
        counts = {
            variable: (totals, own)
            for variable, totals, own in baseline.expected_counts.of_unset_variables(donor)
        }
        by_value = ((variable, own.sum(axis=0)) for variable, (_, own) in counts.items())
        extended = extend(target, by_value, options.extension_share, baseline.allows)
        if len(extended) <= len(target) + 1 or extended in fit.support:
            continue
        refits = []
        for variable, value in extended:
            if problem.learn and variable in counts:
                totals, own = counts[variable]
                refits.append(refit_rows(variable, totals, value, -own[:, value], options))
        log_theta = apply_refits(problem.layout, fit.log_theta, *refits)
        yield Move(0.0, donor, extended, 1.0, log_theta)
