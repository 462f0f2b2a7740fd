"""The test of the components of a soft answer: those that fail are dropped."""

from __future__ import annotations

import math

import numpy as np

from domix.options.search import EmLimits
from domix.soft.components import SoftComponent
from domix.soft.polish import without
from domix.soft.trials import Scored, Trials


def confirm(trials: Trials, found: Scored) -> tuple[Scored, list[float]]:
    """Test every component with converged fits, and drop the worst until all pass.

    do() stays: that nothing was done is always possible, and where settings fail it is hardest to
    tell from a target of one variable.

    Returns
    -------
    found : Scored
    drop_costs : list of float
        By component, the nats that the log-likelihood loses without it, less the price of the
        probabilities that it has of its own: these would be fitted to anything. Infinite where rows
        are labelled with the target.
    """
    criterion, knowledge = trials.criterion, trials.knowledge
    while True:
        targets = found.fit.targets
        if targets == ((),):
            return found, [math.inf]
        costs, excess = [], []
        for c, component in enumerate(found.fit.components):
            labelled = knowledge.labelled.get(component.target, 0.0) > 0
            cost = math.inf if labelled else drop_cost(trials, found, c)
            costs.append(cost)
            critical = criterion.critical_value(component.target, targets)
            stays = trials.stays(component) or not component.settings
            excess.append(math.inf if stays else cost - critical)
        worst = int(np.argmin(excess))
        if excess[worst] >= 0:
            return found, costs
        found = _fit_without(trials, found, worst, trials.options.last_fit)


def drop_cost(trials: Trials, found: Scored, c: int) -> float:
    """Return what the log-likelihood loses without a component, less the price of its settings.

    do() competes for its rows, as it does in the test of hard targets.
    """
    component = found.fit.components[c]
    reduced = _fit_without(trials, found, c, trials.data.problem.options.final_drop_test)
    price = sum(trials.setting_price(s, float(found.fit.weights[c])) for s in component.settings)
    return max(found.fit.objective - reduced.fit.objective - price, 0.0)


def _fit_without(trials: Trials, found: Scored, c: int, limits: EmLimits) -> Scored:
    fit = found.fit
    components, weights = without(fit.components, fit.weights, {c})
    if fit.components[c].settings and all(other.settings for other in components):
        components, weights = [*components, SoftComponent(())], np.append(weights, fit.weights[c])
    weights = weights + trials.data.problem.options.remaining_start_weight
    return trials.begin(components, weights, fit.log_theta, fit.rate, limits)
