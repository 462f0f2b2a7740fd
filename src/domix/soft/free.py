"""Free settings: hard targets that differ in the values of some variables become one component."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix.soft.components import Setting, SoftComponent
from domix.soft.polish import drop_singles, harden
from domix.soft.trials import Scored, Trials
from domix.util.arrays import Floats


def free(trials: Trials, now: Scored) -> Scored:
    """Free the settings of components, the heaviest first, where the score rises."""
    tried: set[object] = set()
    while True:
        fit = now.fit
        waiting = [
            c
            for c, component in enumerate(fit.components)
            if component.settings
            and not trials.stays(component)
            and component.target not in tried
        ]
        if not waiting:
            return now
        c = max(waiting, key=lambda c: fit.weights[c])
        tried.add(fit.components[c].target)
        now = _free_one(trials, now, c)


def _free_one(trials: Trials, now: Scored, c: int) -> Scored:
    component = now.fit.components[c]
    every = component.variables
    choices = [every] + ([(v,) for v in every] if len(every) > 1 else [])
    best = now
    for variables in choices:
        components, weights = freed(trials, now, c, variables)
        if not trials.admits(components):
            continue
        # The score may be lower until near components are dropped and values taken away.
        found = trials.begin(
            components, weights, now.fit.log_theta, now.fit.rate, trials.options.trial_fit
        )
        own = set(every)

        def near(other: SoftComponent) -> bool:
            return _distance(other, component, variables) <= trials.options.nearness

        found = drop_singles(
            trials, found, lambda other: near(other) and set(other.variables) != own
        )
        found = harden(trials, found, lambda other: set(other.variables) == own)
        if found.score > best.score + trials.options.least_gain:
            best = found
            if variables == every:
                break
    return best


def _distance(one: SoftComponent, other: SoftComponent, free: Sequence[int]) -> int:
    """Count the variables that only one sets, and those that both set, but to other values."""
    a, b = dict(one.target), dict(other.target)
    differing = sum(a[v] != b[v] for v in a.keys() & b.keys() if v not in free)
    return len(a.keys() ^ b.keys()) + differing


def freed(
    trials: Trials, now: Scored, c: int, variables: Sequence[int]
) -> tuple[list[SoftComponent], Floats]:
    """Free some settings of a component; others that agree in all else are absorbed."""
    fit, component = now.fit, now.fit.components[c]
    members = [
        i
        for i, other in enumerate(fit.components)
        if i == c or (not trials.stays(other) and _agrees(other, component, variables))
    ]
    total = float(fit.weights[members].sum())
    changed = component
    for v in variables:
        k, share = trials.data.cards[v], trials.options.smoothing
        q = np.full(k, share / k)
        for i in members:
            setting = fit.components[i].setting_of(v)
            assert setting is not None
            q += (1 - share) * fit.weights[i] / total * setting.q
        changed = changed.having(Setting.free(v, q, trials.values(v)))
    kept = [i for i in range(len(fit.components)) if i not in members]
    components = [*(fit.components[i] for i in kept), changed]
    return components, np.append(fit.weights[kept], total)


def _agrees(one: SoftComponent, other: SoftComponent, free: Sequence[int]) -> bool:
    if one.variables != other.variables or one.readout != other.readout:
        return False
    pairs = zip(one.settings, other.settings, strict=True)
    return all(a.variable in free or a.mode == b.mode for a, b in pairs)
