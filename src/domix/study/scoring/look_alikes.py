"""Look-alike targets: targets with the same distribution, because a CPT entry is 1."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from domix.core.tables import Tables, Target


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


def recall_and_precision(
    tables: Tables, wanted: Collection[Target], true: Iterable[Target], reported: Iterable[Target]
) -> tuple[float | None, float] | None:
    """Compute the recall of the ``wanted`` targets and the precision, with look-alikes merged.

    Returns
    -------
    tuple or None
        (recall, precision). Recall is None if no target is wanted. None instead of both if no CPT
        entry is 1, since then no target has a look-alike.
    """
    if not (tables.values == 1).any():
        return None
    true_targets = {add_certain_values(tables, target) for target in true}
    reported_targets = [add_certain_values(tables, target) for target in reported]
    hits = [add_certain_values(tables, target) in reported_targets for target in wanted]
    recall = sum(hits) / len(hits) if hits else None
    correct = sum(target in true_targets for target in reported_targets)
    return recall, correct / len(reported_targets)
