"""Shapes with one shared rate: leaks, whose children follow, and misread values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from domix.soft.components import Setting, SoftComponent
from domix.soft.free import free
from domix.soft.polish import drop_batches, drop_singles, polish
from domix.soft.trials import Scored, Trials
from domix.util.arrays import Floats


def shared(trials: Trials, start: Scored, *, readout: bool, least: float) -> Scored:
    """Let all settings fail at one rate, and polish if the score comes near the best one.

    Parameters
    ----------
    trials : Trials
    start : Scored
        The components from which to start.
    readout : bool
        Whether values are misread, so that children follow the modes.
    least : float
        Score at which this shape is given up once superfluous components are dropped.
    """
    options, fit = trials.options, start.fit
    rate = fit.rate or options.start_rate
    components, weights = _with_nothing(
        [_failing(trials, component, rate, readout) for component in fit.components],
        fit.weights,
        options.start_weight,
    )
    now = trials.begin(components, weights, fit.log_theta, rate, options.first_fit)
    if now.fit.rate >= options.largest_rate:
        return replace_score(now)
    now = drop_singles(trials, drop_batches(trials, now))
    return polish(trials, now, shared=True) if now.score > least else now


def replace_score(scored: Scored) -> Scored:
    """Return a fit that no other loses to."""
    return Scored(scored.fit, -np.inf)


def _with_nothing(
    components: list[SoftComponent], weights: Floats, start: float
) -> tuple[list[SoftComponent], Floats]:
    """Add do() if it is missing: what misreading explains may be all that kept it out."""
    if any(not component.settings for component in components):
        return components, weights
    return [*components, SoftComponent(())], np.append(weights, start)


def _failing(trials: Trials, component: SoftComponent, rate: float, readout: bool) -> SoftComponent:
    labelled = trials.knowledge.labelled.get(component.target, 0.0) > 0
    if labelled or not component.settings:
        return component
    cards = trials.data.cards
    settings = tuple(
        Setting.failing(s.variable, s.mode, cards[s.variable], rate) for s in component.settings
    )
    return SoftComponent(settings, readout)


def unshared(trials: Trials, start: Scored) -> Scored:
    """Give every setting that fails at the shared rate probabilities of its own."""
    components = [
        replace(
            component,
            settings=tuple(
                Setting.free(s.variable, s.q, trials.values(s.variable)) if s.shared else s
                for s in component.settings
            ),
            readout=False,
        )
        for component in start.fit.components
    ]
    if not trials.admits(components):
        return replace_score(start)
    fit = start.fit
    now = trials.begin(components, fit.weights, fit.log_theta, 0.0, trials.options.first_fit)
    return polish(trials, free(trials, polish(trials, now)))
