"""Estimation by structural EM: complete the rows, estimate, and complete them again.

What completed rows gain by another target is at most what the observed entries gain by it, since
they are completed under the estimate before; so the search finds no target that was not observed.
What they lose without a target is at least what the observed entries lose. So each target is tested
on the observed entries in the end.

References
----------
N. Friedman (1998), "The Bayesian structural EM algorithm", UAI 1998.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from domix.core.tables import Target
from domix.em.mixture import Fit
from domix.em.squarem import Ended
from domix.em.uncertainty import log_odds_intervals
from domix.estimation.contrast.contrast import Contrast
from domix.estimation.graphs import Estimation, estimate
from domix.estimation.incomplete.completion import Completer, read_model, start_models
from domix.estimation.incomplete.observed import ObservedRows
from domix.problems.groups import Estimate, estimate_mixtures, refit_mixtures
from domix.problems.inputs import Inputs
from domix.structure.edges import GraphMode
from domix.util.checks import Rng, generator
from domix.util.progress import Report
from domix.work.steps import recorded, stopping

MOST_ROUNDS = 5
"""Searches, each on rows that are completed under the estimate before."""

MOST_REFITS = 50
"""Fits of a support, each on rows that are completed under the fit before."""

LEAST_CHANGE = 1e-5
"""A fit that changes no weight by more is the last."""


class IncompleteEstimation:
    """The estimation of inputs whose rows miss entries.

    Parameters
    ----------
    inputs : Inputs
    rng : int or numpy.random.Generator, optional
        None is seed 0.
    report : callable
    """

    def __init__(self, inputs: Inputs, rng: Rng, report: Report) -> None:
        self._inputs, self._report = inputs, report
        self._draws = generator(0 if rng is None else rng)
        self._completer = Completer(inputs)

    def run(self) -> Estimation:
        """Estimate all mixtures, and the graph if it may be changed; test on observed entries."""
        completed = self._completer.weigh(self._inputs, start_models(self._inputs))
        estimation: Estimation | None = None
        found: object = None
        converged = False
        state = self._draws.bit_generator.state
        for _ in range(MOST_ROUNDS):
            self._draws.bit_generator.state = state
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                estimation = self._search(completed, estimation)
            completed, estimates, ended = self._settle(estimation.inputs, estimation.estimates)
            estimation = estimation._replace(inputs=completed, estimates=estimates)
            before, found = found, self._describe(estimation)
            if found == before:
                converged = ended
                break
            if stopping():
                break
        assert estimation is not None
        for warning in caught:
            warnings.warn(warning.message, stacklevel=4)
        inputs, estimates = self._test(estimation.inputs, estimation.estimates)
        if not converged:
            estimates = [replace(estimate, converged=False) for estimate in estimates]
        return estimation._replace(inputs=inputs, estimates=estimates)

    def finish(self, contrast: Contrast) -> Contrast:
        """Fit the targets that a contrast leaves to rows that are completed under them."""
        inputs, estimates, _ = self._settle(contrast.inputs, contrast.estimates)
        return replace(contrast, inputs=inputs, estimates=self._measure(inputs, estimates))

    def _search(self, completed: Inputs, last: Estimation | None) -> Estimation:
        """Search from the start, or on from an estimate under the same graph."""
        if last is None or completed.graph is not GraphMode.GIVEN:
            # A repair is of the graph that was given.
            network = self._inputs.network
            return estimate(replace(completed, network=network), self._draws, self._report)
        starts = [own.fit for own in last.estimates]
        estimates = estimate_mixtures(completed.mixtures, self._draws, self._report, 0, starts)
        return last._replace(inputs=completed, estimates=estimates)

    def _describe(self, estimation: Estimation) -> object:
        parents = estimation.inputs.network.tables.layout.parents
        return parents, [frozenset(own.fit.support) for own in estimation.estimates]

    def _settle(
        self, inputs: Inputs, estimates: Sequence[Estimate]
    ) -> tuple[Inputs, list[Estimate], bool]:
        """Complete and fit until the weights change no more; return whether they stopped."""
        supports = [own.fit.support for own in estimates]
        estimates = list(estimates)
        for _ in range(MOST_REFITS):
            models = [read_model(inputs, own.fit) for own in estimates]
            inputs = self._completer.weigh(inputs, models)
            fitted = refit_mixtures(inputs.mixtures, estimates, supports, self._draws, self._report)
            change = max(
                float(np.abs(new.fit.weights - old.fit.weights).max())
                for new, old in zip(fitted, estimates, strict=True)
            )
            estimates = fitted
            if change < LEAST_CHANGE:
                return inputs, estimates, True
            if stopping():
                break
        return inputs, estimates, False

    def _observed(self, inputs: Inputs, estimates: Sequence[Estimate]) -> list[ObservedRows | None]:
        """Return what was observed of each mixture; None if nothing is missing there."""
        mixtures = inputs.mixtures
        counts = [
            m.labelled_counts + e.table_counts for m, e in zip(mixtures, estimates, strict=True)
        ]
        observed = []
        for number, mixture in enumerate(mixtures):
            problem = mixture.problem
            if problem.learn and len(mixtures) > 1:
                problem = problem.observing(
                    np.sum([*counts[:number], *counts[number + 1 :]], axis=0)
                )
            rows = self._completer.unlabelled(number, problem.learn)
            observed.append(
                None
                if rows is None
                else ObservedRows(inputs, problem, *rows, self._completer.controls)
            )
        return observed

    def _test(self, inputs: Inputs, estimates: list[Estimate]) -> tuple[Inputs, list[Estimate]]:
        """Drop the targets that fail the test on observed entries, the worst of a mixture first."""
        while True:
            estimates = self._measure(inputs, estimates, tests=True)
            supports = [self._passing(inputs, number, own) for number, own in enumerate(estimates)]
            if all(
                len(kept) == len(own.fit.support)
                for kept, own in zip(supports, estimates, strict=True)
            ):
                return inputs, estimates
            estimates = refit_mixtures(
                inputs.mixtures, estimates, supports, self._draws, self._report
            )
            inputs, estimates, _ = self._settle(inputs, estimates)

    def _passing(self, inputs: Inputs, number: int, own: Estimate) -> tuple[Target, ...]:
        """Return the support of a mixture without its worst target, if that fails the test."""
        mixture, support = inputs.mixtures[number], own.fit.support
        excess = {
            target: cost - mixture.criterion.critical_value(target, support)
            for target, cost in zip(support, own.drop_costs, strict=True)
            if not mixture.problem.knowledge.stays(target)
        }
        worst = min(excess, key=excess.__getitem__, default=None)
        if worst is None or excess[worst] >= 0 or support == ((),):
            return support
        return tuple(target for target in support if target != worst) or ((),)

    def _measure(
        self, inputs: Inputs, estimates: list[Estimate], *, tests: bool = False
    ) -> list[Estimate]:
        """Add the uncertainty of weights, and drop costs if wanted, of what was observed."""
        return [
            own if observed is None else _measure_one(own, observed, tests)
            for own, observed in zip(estimates, self._observed(inputs, estimates), strict=True)
        ]


@recorded(Estimate, Fit, Ended)
def _measure_one(own: Estimate, observed: ObservedRows, tests: bool) -> Estimate:
    fit, costs = own.fit, own.drop_costs
    covariance, solved = observed.covariance(fit)
    std_errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    if tests and fit.support != ((),):
        costs = [
            observed.drop_cost(fit, c) if np.isfinite(cost) else cost
            for c, cost in enumerate(costs)
        ]
    return replace(
        own,
        drop_costs=costs,
        std_errors=std_errors,
        intervals=log_odds_intervals(fit.weights, std_errors),
        converged=own.converged and solved,
    )
