"""Targets that may be reported in the place of a target, because they are nearly the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from domix.core.exclusion import UsedValues
from domix.core.look_alikes import exact_look_alikes
from domix.core.tables import Tables, Target
from domix.core.targets import with_value, without
from domix.design.population import count_configurations, relevant_variables
from domix.query.marginal import marginal

MOST_RIVALS = 12
"""Rivals that are fitted: all that leave a variable out, and the most probable that add one."""

MOST_JOINT = 2**14
"""Configurations of the variables that fits read, up to which rivals may add variables to them."""


class Rivals(NamedTuple):
    """Targets that a target is compared with.

    Attributes
    ----------
    chosen : list of Target
    left_out : int
        How many nearer ones than the last are not compared, or than any, because fits would read
        too many variables.
    """

    chosen: list[Target]
    left_out: int


def find_look_alikes(tables: Tables, target: Target) -> tuple[Target, ...]:
    """Return the other targets with the same distribution."""
    return tuple(t for t in exact_look_alikes(tables, target) if t != target)


def choose_rivals(tables: Tables, support: Sequence[Target], target: Target) -> Rivals:
    """Choose targets one variable away, the nearest first; look-alikes are not among them.

    A target that adds a value is the nearer, the more rows of the target have the value anyway.
    """
    layout = tables.layout
    others = [t for t in support if t != target]
    used = UsedValues(layout.cards.tolist(), others)
    passed_over = {*support, *find_look_alikes(tables, target)}
    needed = relevant_variables(layout, support)
    chosen: list[Target] = []
    left_out = 0
    for rival in _neighbours(tables, target):
        if rival in passed_over or not used.allows(rival):
            continue
        variables = needed | relevant_variables(layout, [rival])
        if variables == needed or count_configurations(layout, variables) <= MOST_JOINT:
            chosen.append(rival)
            needed = variables
        else:
            left_out += 1
        if len(chosen) == MOST_RIVALS:
            break
    return Rivals(chosen, left_out)


def _neighbours(tables: Tables, target: Target) -> Iterator[Target]:
    """Yield smaller targets, then larger ones by the probability of the value that they add."""
    values = dict(target)
    for variable in values:
        yield without(target, variable)
    added = [
        (-probability, variable, value)
        for variable in range(tables.layout.n)
        if variable not in values
        for value, probability in enumerate(
            np.asarray(marginal(tables, [variable], values, {}), dtype=np.float64).tolist()
        )
    ]
    for _, variable, value in sorted(added):
        yield with_value(target, variable, value)
