"""Recall and precision where targets with the same distribution count as one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from domix.core.look_alikes import add_certain_values
from domix.core.tables import Tables, Target


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
