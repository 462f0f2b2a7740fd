"""Control rows as witnesses against targets that a wrong model makes up.

First drift: where the tables of the mixture differ from those of the controls, the targets are
tested again with control counts that say less. Then the contrast: a target is kept only if the
mixture has more of it than the control rows explain.

Each target is tested once, against the few background targets that control rows may contain. If
there are more than chance allows, or a target fails, all targets compete with their subsets.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from domix.core.background import BackgroundKnowledge
from domix.core.tables import Target
from domix.em.base import Setting
from domix.em.sharded import AnyProblem, build_problem
from domix.em.squarem import Ended
from domix.estimation.contrast.background import (
    background_candidates,
    exceeds_chance,
    screen_background,
    subsets,
)
from domix.estimation.contrast.elimination import ContrastTest, Item, drop_cost, eliminate, testable
from domix.estimation.contrast.halves import count_reproduced
from domix.estimation.contrast.model import (
    ContrastFit,
    Witnesses,
    fit_contrast,
)
from domix.estimation.contrast.witnesses import collect_witnesses, control_tables, plain_fit
from domix.options.contrast import ContrastOptions
from domix.problems.drift import NO_DRIFT, estimate_drift, sum_unset
from domix.problems.groups import Estimate, refit_mixtures, retest_mixtures
from domix.problems.inputs import Inputs
from domix.selection.criterion import SelectionCriterion
from domix.selection.search import find
from domix.util.arrays import Floats
from domix.util.checks import Rng, generator
from domix.util.progress import Report
from domix.work.steps import recorded

WeightedTargets = tuple[tuple[Target, float], ...]


@dataclass(frozen=True, eq=False)
class Contrast:
    """The targets that the contrast keeps, and why.

    Attributes
    ----------
    inputs : Inputs
        With the drift that the estimates allow for.
    estimates : list of Estimate
    drift : float
        Precision of the mixture's tables around the controls'.
    background : WeightedTargets
        What control rows seem to contain, with shares.
    explained : tuple of WeightedTargets
        By mixture: targets that control rows explain as well, with their weights before.
    reproduced : tuple of mapping of Target to int, or None
        By mixture, on how many halves of the rows a target passes the test again; None where
        control rows do not contradict the model.
    by_size : bool
        Whether targets were tested by the critical value that counts all targets of their size.
    """

    inputs: Inputs
    estimates: list[Estimate]
    drift: float
    background: WeightedTargets
    explained: tuple[WeightedTargets, ...]
    reproduced: tuple[Mapping[Target, int], ...] | None
    by_size: bool

    @classmethod
    def unneeded(cls, inputs: Inputs, estimates: list[Estimate]) -> Contrast:
        """Return what leaves the estimates as they are."""
        return cls(inputs, estimates, math.inf, (), ((),) * len(estimates), None, False)

    def changes(self, estimates: Sequence[Estimate]) -> bool:
        """Whether the weights or tables of any mixture are other than in these estimates."""
        pairs = zip(self.estimates, estimates, strict=True)
        return any(own.fit is not other.fit for own, other in pairs)


def compare_with_controls(
    inputs: Inputs, estimates: list[Estimate], seed: Rng, report: Report
) -> Contrast:
    """Keep the targets that the mixtures have more of than the control rows explain.

    Parameters
    ----------
    inputs : Inputs
        With control rows.
    estimates : list of Estimate
        Of each mixture, without the contrast.
    seed : int or numpy.random.Generator, optional
        Draws the halves of the rows; None is seed 0.
    report : callable
    """
    rng, options = generator(0 if seed is None else seed), ContrastOptions()
    report("drift", None)
    plain = estimates
    inputs, estimates, drift = _allow_for_drift(inputs, estimates, rng, report, options)
    report("contrast with control rows", None)
    witnesses = collect_witnesses(inputs)
    start = plain_fit(witnesses, estimates)
    tests = [
        ContrastTest(mixture.criterion, rows.background.stays)
        for mixture, rows in zip(inputs.mixtures, inputs.rows, strict=True)
    ]
    costs, misfit = _test_once(witnesses, start, tests, options)
    background: WeightedTargets = ()
    by_size = False
    supports = [estimate.fit.support for estimate in estimates]
    if misfit:
        fit, costs, gains, by_size = _test_all(
            inputs, witnesses, start, tests, options, rng, report
        )
        background = _certain_background(fit, gains, inputs.mixtures[0].criterion)
        supports = [
            _support(targets, weights, estimate, mixture.problem)
            for targets, weights, estimate, mixture in zip(
                fit.targets, fit.weights, estimates, inputs.mixtures, strict=True
            )
        ]
    estimates = _refit(inputs, estimates, supports, costs, rng, report)
    explained = tuple(
        _no_longer_reported(old, new) for old, new in zip(plain, estimates, strict=True)
    )
    reproduced = None
    if math.isfinite(drift) or background or any(explained):
        report("halves of the rows", None)
        reproduced = tuple(count_reproduced(inputs, plain, options.half_splits, rng, report))
    return Contrast(inputs, estimates, drift, background, explained, reproduced, by_size)


def _support(
    targets: Sequence[Target], weights: Floats, estimate: Estimate, problem: AnyProblem
) -> tuple[Target, ...]:
    """Return what is reported of the targets of a contrast, of which do() is always one.

    It takes over rows of dropped targets, so that it can be in this support and not in the plain
    one.
    """
    rows = problem.total * float(weights[targets.index(())])
    has_nothing = () in estimate.fit.support or rows > problem.options.min_expected_rows
    return tuple(target for target in targets if target or has_nothing)


def _allow_for_drift(
    inputs: Inputs,
    estimates: list[Estimate],
    rng: np.random.Generator,
    report: Report,
    options: ContrastOptions,
) -> tuple[Inputs, list[Estimate], float]:
    """Test the targets again under drift, and take that if fewer are left.

    The last of what is returned is the drift to report.
    """
    layout = inputs.network.tables.layout
    assert inputs.controls is not None
    controls, drifted, found, largest = inputs.controls, inputs, estimates, NO_DRIFT
    for _ in range(options.drift_rounds):
        unset = sum_unset(drifted.mixtures, (estimate.table_counts for estimate in found))
        drift = estimate_drift(layout, unset, controls, options)
        largest = max(largest, drift, key=lambda d: d.gain)
        if math.isinf(drift.kappa) or drift.kappa >= options.drift_change * drifted.drift:
            break
        drifted = replace(inputs, drift=drift.kappa)
        found = retest_mixtures(drifted.mixtures, found, rng, report, inputs.bootstrap)
    if _number_of_targets(found) < _number_of_targets(estimates):
        return drifted, found, drifted.drift
    certain = largest.gain > options.certain_drift_gain
    return inputs, estimates, largest.kappa if certain else math.inf


def _number_of_targets(estimates: Sequence[Estimate]) -> int:
    return sum(target != () for estimate in estimates for target in estimate.fit.support)


def _fit_with(
    witnesses: Witnesses,
    start: ContrastFit,
    targets: Sequence[Sequence[Target]],
    candidates: Sequence[Target],
    least_gain: float,
    options: ContrastOptions,
) -> tuple[ContrastFit, dict[Target, float]]:
    """Fit targets with the background that passes the screen; return the gains on controls too."""
    gains = screen_background(witnesses.samples[0].problem, control_tables(witnesses), candidates)
    background = [(), *(target for target, gain in gains.items() if gain > least_gain)]
    fit = fit_contrast(witnesses, targets, background, start, options.first_fit)
    return fit, gains


@recorded()
def _test_once(
    witnesses: Witnesses,
    start: ContrastFit,
    tests: Sequence[ContrastTest],
    options: ContrastOptions,
) -> tuple[dict[Item, float], bool]:
    """Test every target once.

    Returns
    -------
    drop_costs : dict of Item to float
    misfit : bool
        Whether a background target gains on control rows, beyond chance, or a target failed.
    """
    costs: dict[Item, float] = {}
    candidates = background_candidates(t for targets in start.targets for t in targets)
    fit, gains = _fit_with(
        witnesses, start, start.targets, candidates, options.screened_gain, options
    )
    if exceeds_chance(gains, options.misfit_alpha):
        return costs, True
    for item in testable(fit.targets, tests):
        mixture, target = item
        value = tests[mixture].critical_value(target, fit.targets[mixture])
        costs[item], _ = drop_cost(witnesses, fit, item, value, options)
        if costs[item] <= value:
            return costs, True
    return costs, False


@recorded(ContrastFit, Ended)
def _test_all(
    inputs: Inputs,
    witnesses: Witnesses,
    start: ContrastFit,
    tests: Sequence[ContrastTest],
    options: ContrastOptions,
    rng: np.random.Generator,
    report: Report,
) -> tuple[ContrastFit, dict[Item, float], dict[Target, float], bool]:
    """Let targets and their subsets compete, with all that control rows seem to contain."""
    found = [target for targets in start.targets for target in targets]
    targets = [
        ((), *(t for t in subsets(own) if rows.background.allows(t)))
        for own, rows in zip(start.targets, inputs.rows, strict=True)
    ]
    candidates = dict.fromkeys(
        [*background_candidates(found), *_search_controls(inputs, options, rng, report)]
    )
    fit, gains = _fit_with(
        witnesses, start, targets, list(candidates), options.misfit_screened_gain, options
    )
    least = options.least_background_rows
    kept = [
        [
            t
            for t, weight in zip(own, weights.tolist(), strict=True)
            if not t or test.stays(t) or weight * witnesses.rows_of(number) > least
        ]
        for number, (own, weights, test) in enumerate(
            zip(fit.targets, fit.weights, tests, strict=True)
        )
    ]
    background = [
        b
        for b, share in zip(fit.background, fit.shares.tolist(), strict=True)
        if not b or share * witnesses.control_rows > least
    ]
    fit = fit_contrast(witnesses, kept, background, fit, options.first_fit)
    by_size = math.isfinite(inputs.drift) or exceeds_chance(gains, inputs.alpha)
    tests = [replace(test, by_size=by_size) for test in tests]
    return *eliminate(witnesses, fit, tests, options), gains, by_size


def _search_controls(
    inputs: Inputs, options: ContrastOptions, rng: np.random.Generator, report: Report
) -> list[Target]:
    """Search the control rows for targets, as if they were a mixture."""
    tables = inputs.network.tables
    setting = Setting(
        tables,
        inputs.control_entries,
        inputs.pseudocount,
        BackgroundKnowledge(),
        inputs.search,
    )
    problem = build_problem(setting, inputs.controls_merged, inputs.engine)
    criterion = SelectionCriterion(tables.layout.cards, options.background_alpha)
    return [t for t in find(problem, criterion, rng, report).fit.support if t]


def _certain_background(
    fit: ContrastFit, gains: Mapping[Target, float], criterion: SelectionCriterion
) -> WeightedTargets:
    """Return the background targets whose gain on control rows passes the test of targets."""
    return tuple(
        (target, share)
        for target, share in zip(fit.background, fit.shares.tolist(), strict=True)
        if gains.get(target, 0.0) > criterion.critical_value(target, (), by_size=True)
    )


def _no_longer_reported(before: Estimate, after: Estimate) -> WeightedTargets:
    """Return the targets, do() left out, that are missing now, with their weights before."""
    return tuple(
        (target, weight)
        for target, weight in zip(before.fit.support, before.fit.weights.tolist(), strict=True)
        if target and target not in after.fit.support
    )


def _populated(estimate: Estimate, problem: AnyProblem) -> tuple[Target, ...]:
    """Return the targets that stay whatever the rows say, or to which any rows are expected."""
    fit, least = estimate.fit, problem.options.min_expected_rows
    return tuple(
        target
        for target, weight in zip(fit.support, fit.weights.tolist(), strict=True)
        if weight * problem.total > least or problem.knowledge.stays(target)
    )


def _refit(
    inputs: Inputs,
    estimates: list[Estimate],
    kept: Sequence[Sequence[Target]],
    costs: dict[Item, float],
    rng: np.random.Generator,
    report: Report,
) -> list[Estimate]:
    """Estimate the weights of the targets kept.

    A drop cost is the smaller of the two tests. Where targets were dropped, it is that of the
    contrast, since plain costs are those of another support.
    """
    changed = any(set(own) != set(e.fit.support) for own, e in zip(kept, estimates, strict=True))
    if changed:
        estimates = refit_mixtures(inputs.mixtures, estimates, kept, rng, report, inputs.bootstrap)
        # Without the background, a target may be left with no rows at all.
        populated = [
            _populated(estimate, mixture.problem)
            for estimate, mixture in zip(estimates, inputs.mixtures, strict=True)
        ]
        if any(len(own) < len(e.fit.support) for own, e in zip(populated, estimates, strict=True)):
            estimates = refit_mixtures(
                inputs.mixtures, estimates, populated, rng, report, inputs.bootstrap
            )

    def drop_cost(item: Item, plain: float) -> float:
        cost = costs.get(item, plain)
        return cost if changed else min(cost, plain)

    return [
        replace(
            estimate,
            drop_costs=[
                drop_cost((number, target), plain)
                for target, plain in zip(estimate.fit.support, estimate.drop_costs, strict=True)
            ],
        )
        for number, estimate in enumerate(estimates)
    ]
