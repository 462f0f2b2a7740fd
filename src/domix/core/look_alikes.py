"""Exact look-alikes: targets with the same distribution, because an entry of a CPT is 1."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from domix.core.tables import Tables, Target
from domix.core.targets import without


def add_certain_values(tables: Tables, target: Target) -> Target:
    """Add to a target every value that has probability 1 under it.

    Setting such a value changes nothing, so targets with the same result are look-alikes.

    Examples
    --------
    >>> from domix.core.tables import Layout
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> tables = Tables(layout, np.array([0.5, 0.5, 1.0, 0.0, 0.5, 0.5]))
    >>> add_certain_values(tables, ((0, 0),)), add_certain_values(tables, ((0, 1),))
    (((0, 0), (1, 0)), ((0, 1),))
    """
    layout, values = tables.layout, dict(target)
    for node in layout.order:
        if node in values:
            continue
        index = tuple(values.get(p, slice(None)) for p in layout.parents[node])
        possible_rows = tables.node(node)[index].reshape(-1, int(layout.cards[node]))
        certain = np.flatnonzero((possible_rows == 1).all(axis=0))
        if len(certain):
            values[node] = int(certain[0])
    return tuple(sorted(values.items()))


def exact_look_alikes(tables: Tables, target: Target) -> Iterator[Target]:
    """List the targets with the same distribution, the largest first, the target among them.

    They are those parts of the target with its certain values to which the same values are added.
    If a part has this property, so has every part in between.

    Examples
    --------
    >>> from domix.core.tables import Layout
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> tables = Tables(layout, np.array([0.5, 0.5, 1.0, 0.0, 0.5, 0.5]))
    >>> list(exact_look_alikes(tables, ((0, 0),)))
    [((0, 0), (1, 0)), ((0, 0),)]
    """
    largest = add_certain_values(tables, target)
    level = {largest: None}
    while level:
        yield from level
        smaller = {without(found, variable): None for found in level for variable, _ in found}
        level = {part: None for part in smaller if add_certain_values(tables, part) == largest}
