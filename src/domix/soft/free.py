"""Free settings: hard targets that differ in the values of some variables become one component."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from domix.soft.components import Setting, SoftComponent
from domix.soft.em import SoftFit
from domix.soft.polish import drop_singles, harden, without
from domix.soft.reading import Reading
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
            if component.settings and not trials.stays(component) and component.target not in tried
        ]
        if not waiting:
            return now
        c = max(waiting, key=lambda c: fit.weights[c])
        tried.add(fit.components[c].target)
        now = _free_one(trials, now, c)


def _free_one(trials: Trials, now: Scored, c: int) -> Scored:
    every = now.fit.components[c].variables
    best, gains = now, _transfer_gains(trials, now, c)
    for variables in [every] + ([(v,) for v in every] if len(every) > 1 else []):
        found = _free_settings(trials, now, c, variables, gains)
        if found is not None and found.score > best.score + trials.options.least_gain:
            best = found
            if variables == every:
                break
    return best


def _free_settings(
    trials: Trials, now: Scored, c: int, variables: Sequence[int], gains: dict[int, float]
) -> Scored | None:
    """Free some settings, drop what is near, and take values away; None if nothing promises."""
    fit, component = now.fit, now.fit.components[c]

    def near(other: SoftComponent) -> bool:
        return _distance(other, component, variables) <= trials.options.nearness

    components, weights = freed(trials, now, c, variables)
    absorbs = len(components) < len(fit.components) or any(map(near, components[:-1]))
    promised = sum(gains[v] for v in variables) > trials.options.least_transfer
    if not (absorbs or promised) or not trials.admits(components):
        return None
    # The score may be lower until near components are dropped and values taken away.
    limits = trials.options.trial_fit
    found = trials.begin(components, weights, fit.log_theta, fit.rate, limits)
    own = set(component.variables)
    found = drop_singles(trials, found, lambda x: near(x) and set(x.variables) != own)
    return harden(trials, found, lambda x: set(x.variables) == own)


def _transfer_gains(trials: Trials, now: Scored, c: int) -> dict[int, float]:
    """Return, by variable of a component, the nats that its other values gain, all else fixed."""
    reading, component = Reading(trials.data, now.fit), now.fit.components[c]
    return {
        s.variable: max(
            (
                reading.transfer_gain(
                    c,
                    component.having(
                        Setting.hard(s.variable, value, trials.data.cards[s.variable])
                    ),
                )[0]
                for value in trials.values(s.variable)
                if value != s.mode
            ),
            default=0.0,
        )
        for s in component.settings
    }


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


def merged(trials: Trials, fit: SoftFit) -> float:
    """Return the nats of penalty that merges save which leave the likelihood as it is.

    Targets that differ in the value of one variable are one component that draws it, whatever the
    rows: such a merge is no evidence for either.
    """
    components, weights = [*fit.components], fit.weights
    saved = 0.0
    while True:
        before = trials.penalty(components, weights)
        merges = _list_merges(trials, components, weights)
        best = min(
            ((trials.penalty(*listed), *listed) for listed in merges),
            key=lambda item: item[0],
            default=(before, components, weights),
        )
        if best[0] >= before:
            return saved
        saved += before - best[0]
        _, components, weights = best


def _list_merges(
    trials: Trials, components: Sequence[SoftComponent], weights: Floats
) -> Iterator[tuple[list[SoftComponent], Floats]]:
    for i, one in enumerate(components):
        for j, other in enumerate(components[i + 1 :], i + 1):
            if one.variables != other.variables or trials.stays(one) or trials.stays(other):
                continue
            pairs = zip(one.settings, other.settings, strict=True)
            differing = [(a, b) for a, b in pairs if a.allowed != b.allowed]
            # A free setting agrees with another only if both hold the same probabilities.
            if len(differing) != 1 or any(
                s.is_free and s.variable != differing[0][0].variable for s in one.settings
            ):
                continue
            a, b = differing[0]
            allowed = sorted({*a.allowed, *b.allowed})
            joined = one.having(Setting.free(a.variable, a.q + b.q, allowed))
            kept, light = without(components, weights, {i, j})
            if trials.admits([*kept, joined]):
                yield [*kept, joined], np.append(light, weights[i] + weights[j])
