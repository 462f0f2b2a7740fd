"""Neighbours: the targets that differ from another one in one variable."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from domix.core.exclusion import UsedValues
from domix.core.tables import Layout, Target
from domix.core.targets import with_value, without
from domix.em.base import BaseProblem


def list_neighbours(layout: Layout, target: Target) -> Iterator[Target]:
    """List the targets that set one variable more, one less, or one to another value.

    Examples
    --------
    >>> layout = Layout.build([2, 3], [[], [0]])
    >>> list(list_neighbours(layout, ((1, 2),)))
    [((0, 0), (1, 2)), ((0, 1), (1, 2)), (), ((1, 0),), ((1, 1),)]
    """
    values = dict(target)
    for variable in range(layout.n):
        if variable in values:
            yield without(target, variable)
        for value in range(int(layout.cards[variable])):
            if values.get(variable) != value:
                yield with_value(target, variable, value)


def admit(problem: BaseProblem, others: Collection[Target]) -> Callable[[Target], bool]:
    """Return whether a target may stand beside others.

    It must not be one of them, and background knowledge and exclusion must allow it.
    """
    used = UsedValues(problem.layout.cards.tolist(), others)
    present = frozenset(others)

    def admits(target: Target) -> bool:
        return target not in present and problem.knowledge.allows(target) and used.allows(target)

    return admits
