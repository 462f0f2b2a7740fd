"""Single changes of a list of soft components: drops, fewer values, edits of the variables."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from domix.soft.components import Setting, SoftComponent
from domix.soft.reading import Reading
from domix.soft.trials import Scored, Trials
from domix.util.arrays import Floats

LEAST_PROBABILITY = 1e-12
"""Smallest probability whose logarithm is taken."""

SettingOf = Callable[[int, Floats], list[Setting]]
"""Proposes settings of a variable from the counts of its values."""


def without(
    items: Sequence[SoftComponent], weights: Floats, out: set[int]
) -> tuple[list[SoftComponent], Floats]:
    """Leave some components out."""
    kept = [c for c in range(len(items)) if c not in out]
    return [items[c] for c in kept], weights[kept]


def predicted(trials: Trials, loss: float) -> float:
    """Return the least loss, in nats, that a refit may leave of a predicted one."""
    options = trials.options
    return loss - options.trial_slack - options.loss_share * max(loss, 0.0)


def drop_batches(trials: Trials, now: Scored) -> Scored:
    """Drop the components that lose least, many at once, half as many on failure."""
    while True:
        order = _droppable(trials, now)
        size = len(order) // 2
        found = None
        while size and found is None:
            kept = without(now.fit.components, now.fit.weights, set(order[:size]))
            found = trials.attempt(now, *kept)
            size //= 2
        if found is None:
            return now
        now = found


def drop_singles(
    trials: Trials,
    now: Scored,
    near: Callable[[SoftComponent], bool] | None = None,
) -> Scored:
    """Drop components one by one, those that lose least first."""
    for _ in range(trials.options.passes):
        before = now
        for target in [now.fit.targets[c] for c in _droppable(trials, now, near)]:
            c = now.fit.targets.index(target) if target in now.fit.targets else None
            if c is None:
                continue
            found = trials.attempt(now, *without(now.fit.components, now.fit.weights, {c}))
            now = now if found is None else found
        if now is before:
            return now
    return now


def _droppable(
    trials: Trials, now: Scored, near: Callable[[SoftComponent], bool] | None = None
) -> list[int]:
    """List the components that might be dropped, those that lose least first."""
    fit, losses = now.fit, Reading(trials.data, now.fit).losses
    penalty = trials.penalty(fit.components, fit.weights)
    found = []
    for c, component in enumerate(fit.components):
        if not component.settings or trials.stays(component):
            continue
        if near is not None and not near(component):
            continue
        kept, weights = without(fit.components, fit.weights, {c})
        saved = penalty - trials.penalty(kept, weights)
        related = any(_is_related(component, other) for other in kept)
        if related or predicted(trials, float(losses[c])) < saved:
            found.append((float(losses[c]) - saved, c))
    return [c for _, c in sorted(found)]


def _is_related(one: SoftComponent, other: SoftComponent) -> bool:
    """Whether one target is part of the other, or differs from it in one variable.

    What such a component explains another can take over by a change of its probabilities, which no
    prediction foresees.
    """
    if not other.settings:
        return False
    a, b = set(one.target), set(other.target)
    return a < b or b < a or len({v for v, _ in a ^ b}) == 1


def harden(
    trials: Trials, now: Scored, near: Callable[[SoftComponent], bool] | None = None
) -> Scored:
    """Take values from free settings while the score rises."""
    tried: set[tuple[object, ...]] = set()
    while True:
        found = next(_hardened(trials, now, tried, near), None)
        if found is None:
            return now
        now = found


def _hardened(
    trials: Trials,
    now: Scored,
    tried: set[tuple[object, ...]],
    near: Callable[[SoftComponent], bool] | None,
) -> Iterator[Scored]:
    fit, reading = now.fit, Reading(trials.data, now.fit)
    for c, component in enumerate(fit.components):
        if near is not None and not near(component):
            continue
        for setting in component.settings:
            if not setting.is_free:
                continue
            losses = reading.value_losses(c, setting.variable)
            ranked = sorted(setting.allowed, key=lambda a: (setting.q[a], a))
            for kept in dict.fromkeys([tuple(ranked[-1:]), tuple(ranked[1:])]):
                key = (component.target, setting.variable, tuple(sorted(kept)))
                reduced = Setting.free(setting.variable, setting.q, kept)
                weight = float(fit.weights[c])
                saved = trials.setting_price(setting, weight)
                saved -= trials.setting_price(reduced, weight)
                lost = sum(float(losses[a]) for a in setting.allowed if a not in kept)
                if key in tried or predicted(trials, lost) > saved:
                    continue
                tried.add(key)
                changed = [*fit.components]
                changed[c] = component.having(reduced)
                found = trials.attempt(now, changed, fit.weights)
                if found is not None:
                    yield found


def edit(trials: Trials, now: Scored, propose: SettingOf) -> Scored | None:
    """Make one edit that raises the score: a variable less, more, or another one."""
    fit, reading = now.fit, Reading(trials.data, now.fit)
    penalty = trials.penalty(fit.components, fit.weights)
    ranked: list[tuple[float, int, SoftComponent]] = []
    for c, component in enumerate(fit.components):
        if trials.stays(component) or not component.settings:
            continue
        others, kept = without(fit.components, fit.weights, {c})
        weights = np.append(kept, fit.weights[c])
        own = []
        for changed, gain in _edits(trials, reading, c, component, propose):
            if trials.admits([*others, changed]):
                cost = trials.penalty([*others, changed], weights) - penalty
                own.append((cost - gain, c, changed))
        own.sort(key=lambda item: item[0])
        promising = [item for item in own if item[0] < trials.options.trial_slack]
        ranked += own[: max(len(promising), trials.options.least_edits)]
    ranked.sort(key=lambda item: item[0])
    for _, c, changed in ranked:
        components = [*fit.components]
        components[c] = changed
        found = trials.attempt(now, components, fit.weights)
        if found is not None:
            return found
    return None


def _edits(
    trials: Trials, reading: Reading, c: int, component: SoftComponent, propose: SettingOf
) -> Iterator[tuple[SoftComponent, float]]:
    """List the edits of a component with the nats that they gain, all else fixed."""
    removed = removals(reading, c, component)
    for smaller, change in removed:
        if smaller.settings:
            yield smaller, change
    for setting, gain in additions(trials, reading, c, component, propose):
        yield component.having(setting), gain
        if len(component.settings) == 1:
            ((smaller, change),) = removed
            yield smaller.having(setting), gain + change


def removals(
    reading: Reading, c: int, component: SoftComponent
) -> list[tuple[SoftComponent, float]]:
    """List a component without each of its settings, with the nats that this gains.

    All else is fixed, as in :class:`~domix.soft.reading.Reading`.
    """
    found = []
    for setting in component.settings:
        counts = reading.value_counts(c, setting.variable)
        own = counts @ np.log(np.maximum(setting.q, LEAST_PROBABILITY))
        change = reading.table_gain(c, setting.variable, setting.allowed, taken=False) - float(own)
        found.append((component.without(setting.variable), change))
    return found


def additions(
    trials: Trials, reading: Reading, c: int, component: SoftComponent, propose: SettingOf
) -> Iterator[tuple[Setting, float]]:
    """List the settings of further variables of a component, with the nats that each gains."""
    for v in range(len(trials.data.cards)):
        if component.setting_of(v) is None and trials.values(v):
            for setting in propose(v, reading.value_counts(c, v)):
                yield setting, _gain(reading, c, setting)


def extended(reading: Reading, component: SoftComponent, setting: Setting) -> SoftComponent:
    """Add a setting to a component; if it fails where others are misread, it is misread too."""
    misread = setting.shared and any(other.readout for other in reading.fit.components)
    return replace(component.having(setting), readout=component.readout or misread)


def _gain(reading: Reading, c: int, setting: Setting) -> float:
    """Return the nats that a further setting gains, those lost where it is impossible included."""
    counts = reading.value_counts(c, setting.variable)
    lost = reading.value_losses(c, setting.variable)
    allowed = np.isin(np.arange(len(counts)), setting.allowed)
    own = counts[allowed] @ np.log(np.maximum(setting.q[allowed], LEAST_PROBABILITY))
    gained = reading.table_gain(c, setting.variable, setting.allowed, taken=True)
    return gained + float(own) - float(lost[~allowed].sum())


def split(trials: Trials, now: Scored, propose: SettingOf) -> Scored | None:
    """Give part of a component's weight to one with a variable more or less, if the score rises."""
    fit, options = now.fit, trials.options
    reading = Reading(trials.data, fit)
    penalty = trials.penalty(fit.components, fit.weights)
    ranked: list[tuple[float, int, SoftComponent, float]] = []
    for c, component in enumerate(fit.components):
        for part in _parts(trials, reading, c, component, propose):
            components = [*fit.components, part]
            if not trials.admits(components):
                continue
            gain, share = reading.transfer_gain(c, part)
            weights = _move(fit.weights, c, share, options.largest_split)
            loss = trials.penalty(components, weights) - penalty - gain
            if gain > options.least_transfer and loss < options.trial_slack:
                ranked.append((loss, c, part, share))
    ranked.sort(key=lambda item: item[0])
    for _, c, part, share in ranked[: options.most_splits]:
        weights = _move(fit.weights, c, share, options.largest_split)
        found = trials.attempt(now, [*fit.components, part], weights)
        if found is not None:
            return found
    return None


def _move(weights: Floats, c: int, share: float, most: float) -> Floats:
    """Give a share of a component's weight to one more."""
    moved = weights[c] * min(share, most)
    changed = np.append(weights, moved)
    changed[c] -= moved
    return changed


def _parts(
    trials: Trials, reading: Reading, c: int, component: SoftComponent, propose: SettingOf
) -> Iterator[SoftComponent]:
    """List what part of a component's rows may come from."""
    for setting in component.settings:
        if len(component.settings) > 1:
            yield component.without(setting.variable)
        if len(component.settings) > 2:
            yield replace(component, settings=(setting,))
    for setting, _ in additions(trials, reading, c, component, propose):
        yield extended(reading, component, setting)


def free_settings(trials: Trials) -> SettingOf:
    """Propose the most frequent value alone, and all values."""

    def propose(variable: int, counts: Floats) -> list[Setting]:
        values = trials.values(variable)
        k, share = len(counts), trials.options.smoothing
        total = counts.sum()
        if not total > 0:
            return []
        best = max(values, key=lambda a: (counts[a], -a))
        found = [Setting.hard(variable, best, k)]
        if len(values) > 1:
            q = (1 - share) * counts / total + share / k
            found.append(Setting.free(variable, q, values))
        return found

    return propose


def shared_settings(trials: Trials, rate: float) -> SettingOf:
    """Propose the frequent values, failing at the shared rate."""

    def propose(variable: int, counts: Floats) -> list[Setting]:
        frequent = trials.options.least_share * counts.sum()
        values = [a for a in trials.values(variable) if counts[a] > frequent]
        return [Setting.failing(variable, a, len(counts), rate) for a in values]

    return propose


def _with_nothing(trials: Trials, now: Scored) -> Scored:
    """Add do() if it is missing and raises the score."""
    fit = now.fit
    if all(component.settings for component in fit.components):
        components = [*fit.components, SoftComponent(())]
        weights = np.append(fit.weights, trials.options.start_weight)
        return trials.attempt(now, components, weights) or now
    return now


def polish(trials: Trials, now: Scored, shared: bool = False) -> Scored:
    """Drop, harden and edit until nothing raises the score."""
    now = _with_nothing(trials, now)
    for _ in range(trials.options.rounds):
        now = harden(trials, drop_singles(trials, drop_batches(trials, now)))
        propose = shared_settings(trials, now.fit.rate) if shared else free_settings(trials)
        found = edit(trials, now, propose) or split(trials, now, propose)
        if found is None:
            break
        now = found
    last = trials.refit(now.fit, trials.options.first_fit)
    return last if math.isfinite(last.score) else now
