"""Targets that no amount of rows can tell apart, because a table entry is 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from domix.core.tables import Tables, Target

__all__ = ["closure", "recall_and_precision"]


def closure(tables: Tables, target: Target) -> Target:
    """A target with everything that is certain under it.

    To set that as well changes nothing, so targets with the same closure are the same to all rows.

    Examples
    --------
    >>> from domix.core.tables import Layout
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> tables = Tables(layout, np.array([0.5, 0.5, 1.0, 0.0, 0.5, 0.5]))
    >>> closure(tables, ((0, 0),)), closure(tables, ((0, 1),))
    (((0, 0), (1, 0)), ((0, 1),))
    """
    layout, fixed = tables.layout, dict(target)
    for node in layout.order:
        if node in fixed:
            continue
        index = tuple(fixed.get(p, slice(None)) for p in layout.parents[node])
        rows = tables.node(node)[index].reshape(-1, int(layout.cards[node]))
        certain = np.flatnonzero((rows == 1).all(axis=0))
        if len(certain):
            fixed[node] = int(certain[0])
    return tuple(sorted(fixed.items()))


def recall_and_precision(
    tables: Tables, wanted: Collection[Target], true: Iterable[Target], found: Iterable[Target]
) -> tuple[float | None, float] | None:
    """Recall of the ``wanted`` and precision, a look-alike of a target being as good as itself.

    Returns
    -------
    tuple or None
        Recall is None if nothing is wanted. None if no table entry is 1, for then each target is
        its only look-alike.
    """
    if not (tables.values == 1).any():
        return None
    right = {closure(tables, target) for target in true}
    there = [closure(tables, target) for target in found]
    hits = [closure(tables, target) in there for target in wanted]
    recall = sum(hits) / len(hits) if hits else None
    return recall, sum(target in right for target in there) / len(there)
