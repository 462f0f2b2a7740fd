"""Rows of CPTs that reported targets bring about and control rows hardly show.

Such rows are learnt from the mixture alone. What is peculiar to them may be a target that sets the
child as well: no rows tell the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domix.core.tables import Layout, Target
from domix.options.claims import ClaimOptions
from domix.util.arrays import Floats


class UnseenTable(NamedTuple):
    """The rows of a child's CPT where one of its parents has a value that targets set.

    Attributes
    ----------
    child, parent, value : int
    rows : float
        Expected rows of the mixture from targets that set the value and leave the child alone.
    controls : float
        Control rows with the value.
    """

    child: int
    parent: int
    value: int
    rows: float
    controls: float


def find_unseen_tables(
    layout: Layout,
    control_counts: Floats,
    support: Sequence[Target],
    expected: Floats,
    options: ClaimOptions,
) -> list[UnseenTable]:
    """Return the tables that are learnt from the mixture alone, those of most rows first.

    Parameters
    ----------
    layout : Layout
    control_counts : ndarray of float64, shape (entries,)
    support : sequence of Target
    expected : ndarray of float64, shape (targets,)
        The expected rows of each target.
    options : ClaimOptions

    Examples
    --------
    >>> chain = Layout.build([2, 2], [[], [0]])
    >>> controls = np.array([2, 98, 1, 1, 49, 49])
    >>> support, expected = [(), ((0, 0),), ((0, 0), (1, 1))], np.array([500, 300, 200])
    >>> find_unseen_tables(chain, controls, support, expected, ClaimOptions())
    [UnseenTable(child=1, parent=0, value=0, rows=300.0, controls=2.0)]
    """
    children = [
        [i for i, parents in enumerate(layout.parents) if node in parents]
        for node in range(len(layout.cards))
    ]
    rows: dict[tuple[int, int, int], float] = {}
    for target, count in zip(support, expected.tolist(), strict=True):
        set_here = {node for node, _ in target}
        for node, value in target:
            for child in children[node]:
                if child not in set_here:
                    key = child, node, value
                    rows[key] = rows.get(key, 0.0) + count
    found = [
        UnseenTable(*key, count, _count_controls(layout, control_counts, *key))
        for key, count in rows.items()
        if count >= options.least_unseen_rows
    ]
    found = [table for table in found if table.controls < options.unseen_ratio * table.rows]
    return sorted(found, key=lambda table: (-table.rows, table[:3]))


def _count_controls(layout: Layout, counts: Floats, child: int, parent: int, value: int) -> float:
    parents = layout.parents[child]
    cards = [int(layout.cards[node]) for node in (*parents, child)]
    table = counts[layout.entries_of(child)].reshape(cards)
    return float(np.take(table, value, axis=parents.index(parent)).sum())
