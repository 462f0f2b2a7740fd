"""Backward elimination of targets that control rows explain as well.

A dropped target stays in the background. Its drop cost is therefore what the mixture has *more* of
it than the control rows, with the background under the other targets, explain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domix.core.tables import Target
from domix.estimation.contrast.model import ContrastFit, Witnesses, fit_contrast
from domix.options.contrast import ContrastOptions
from domix.selection.criterion import SelectionCriterion

Item = tuple[int, Target]
"""The number of a mixture and one of its targets."""


@dataclass(frozen=True, eq=False)
class ContrastTest:
    """The test of the targets of one mixture.

    Attributes
    ----------
    criterion : SelectionCriterion
    stays : callable
        Whether a target is never dropped.
    by_size : bool
        Whether the critical value counts all targets of the same size. Otherwise it may count the
        neighbours of the others, which is less; but where the model is not exactly right,
        neighbours of a true target are no less suspect than other targets.
    """

    criterion: SelectionCriterion
    stays: Callable[[Target], bool]
    by_size: bool = False

    def critical_value(self, target: Target, support: Sequence[Target]) -> float:
        """Return the critical value of the drop cost of a target of a support, in nats."""
        return self.criterion.critical_value(target, support, self.by_size)


def testable(targets: Sequence[Sequence[Target]], tests: Sequence[ContrastTest]) -> list[Item]:
    """List the targets of all mixtures that can be dropped."""
    return [
        (mixture, target)
        for mixture, (own, test) in enumerate(zip(targets, tests, strict=True))
        for target in own
        if target and not test.stays(target)
    ]


def drop_cost(
    witnesses: Witnesses, fit: ContrastFit, item: Item, value: float, options: ContrastOptions
) -> tuple[float, ContrastFit]:
    """Compute the drop cost of a target with critical value ``value``, and the fit without it.

    Far above the critical value the fit ends early, and the cost may be too high.
    """
    least = fit.objective - value - options.safe_excess
    reduced = drop_target(witnesses, fit, item, options, least)
    return max(fit.objective - reduced.objective, 0.0), reduced


def drop_target(
    witnesses: Witnesses, fit: ContrastFit, item: Item, options: ContrastOptions, least: float
) -> ContrastFit:
    """Fit without a target of one mixture, which joins the background.

    The fit ends early once it clearly will not reach the objective ``least``.
    """
    mixture, target = item
    targets = list(fit.targets)
    targets[mixture] = tuple(t for t in targets[mixture] if t != target)
    background = fit.background
    if target not in background:
        background = (*background, target)
    start = _seed_background(witnesses, fit, item)
    return fit_contrast(witnesses, targets, background, start, options.drop_test, least=least)


def _seed_background(witnesses: Witnesses, fit: ContrastFit, item: Item) -> ContrastFit:
    """Give a new background target the share that all rows together would have of it."""
    mixture, target = item
    if target in fit.background:
        return fit
    rows = witnesses.rows_of(mixture)
    share = 0.5 * _weight(fit, item) * rows / (rows + witnesses.control_rows)
    return replace(
        fit,
        background=(*fit.background, target),
        shares=np.append(fit.shares * (1.0 - share), share),
    )


def eliminate(
    witnesses: Witnesses,
    fit: ContrastFit,
    tests: Sequence[ContrastTest],
    options: ContrastOptions,
) -> tuple[ContrastFit, dict[Item, float]]:
    """Drop the targets that fail the test, the cheapest first, with all refits.

    Returns
    -------
    fit : ContrastFit
    drop_costs : dict of Item to float
        In nats, of the targets that are left; far above its critical value, a cost may be too high.
    """
    costs: dict[Item, float] = {}

    def critical(item: Item) -> float:
        return tests[item[0]].critical_value(item[1], fit.targets[item[0]])

    unsure = testable(fit.targets, tests)
    while unsure:
        dropped = False
        for item in sorted(unsure, key=lambda item: (_weight(fit, item), item)):
            value = critical(item)
            costs[item], reduced = drop_cost(witnesses, fit, item, value, options)
            if costs[item] <= options.clear_share * value:
                fit, dropped = reduced, True
        left = testable(fit.targets, tests)
        if dropped:
            unsure = left
            continue
        excess = {item: costs[item] - critical(item) for item in left}
        worst = min(left, key=lambda item: (excess[item], item))
        if excess[worst] > 0:
            break
        fit = drop_target(witnesses, fit, worst, options, -np.inf)
        unsure = [item for item in left if item != worst and excess[item] < options.safe_excess]
    return fit, {item: costs[item] for item in testable(fit.targets, tests)}


def _weight(fit: ContrastFit, item: Item) -> float:
    mixture, target = item
    return float(fit.weights[mixture][fit.targets[mixture].index(target)])
