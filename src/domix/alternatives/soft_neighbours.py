"""Neighbours of a component of a soft answer, with what they would gain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.soft.components import Setting, SoftComponent
from domix.soft.polish import (
    SettingOf,
    additions,
    extended,
    free_settings,
    removals,
    shared_settings,
)
from domix.soft.reading import Reading
from domix.soft.trials import Trials


def list_soft_neighbours(
    trials: Trials, reading: Reading, c: int
) -> Iterator[tuple[SoftComponent, float]]:
    """List the neighbours of a component with the nats that they gain, all else fixed.

    They have one variable less, one more, or one in place of another; where settings fail at the
    shared rate, another mode of a variable; elsewhere, a variable drawn that was set, which stands
    for the same target.
    """
    fit, component = reading.fit, reading.fit.components[c]
    shared = any(component.is_shared for component in fit.components)
    propose = shared_settings(trials, fit.rate) if shared else free_settings(trials)
    removed = removals(reading, c, component)
    yield from removed
    for setting, gain in additions(trials, reading, c, component, propose):
        yield extended(reading, component, setting), gain
        for smaller, change in removed:
            yield extended(reading, smaller, setting), gain + change
    for setting in component.settings:
        if setting.shared:
            yield from _fail_elsewhere(trials, reading, c, setting)
        elif setting.is_hard and not shared:
            yield from _draw(reading, c, setting, propose)


def _fail_elsewhere(
    trials: Trials, reading: Reading, c: int, setting: Setting
) -> Iterator[tuple[SoftComponent, float]]:
    """List the other modes of a setting that fails at the shared rate."""
    counts = reading.value_counts(c, setting.variable)
    for value in trials.values(setting.variable):
        if value != setting.mode:
            changed = Setting.failing(setting.variable, value, len(counts), reading.fit.rate)
            gain = counts @ (np.log(changed.q) - np.log(setting.q))
            yield reading.fit.components[c].having(changed), float(gain)


def _draw(
    reading: Reading, c: int, setting: Setting, propose: SettingOf
) -> Iterator[tuple[SoftComponent, float]]:
    """Draw a variable that is set; rows that gain from it are in other components yet."""
    for drawn in propose(setting.variable, reading.value_counts(c, setting.variable)):
        if not drawn.is_hard:
            yield reading.fit.components[c].having(drawn), 0.0
