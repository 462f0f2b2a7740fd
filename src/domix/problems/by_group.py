"""The rows of each group, and what the user names for one group or for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import cast

import numpy as np

from domix.core.notation import InterventionLike
from domix.core.space import Label, listing
from domix.data.marks import is_missing
from domix.data.missing import Encoded
from domix.errors import DataError
from domix.util.arrays import Ints
from domix.util.checks import entries_by_row

InterventionsByGroup = Iterable[InterventionLike] | Mapping[Label, Iterable[InterventionLike]]
"""Interventions for every group, or for each group its own."""


def read_groups(groups: Iterable[Label], rows: Encoded) -> dict[Label, Ints]:
    """Return the rows of each group, in the order in which the groups first occur.

    Raises
    ------
    DataError
        There is not one label for each row, one is missing or not a label, or all rows of a group
        were dropped; the row or group is named.
    """
    members: dict[Label, list[int]] = {}
    for row, entry in enumerate(entries_by_row(groups, rows.given, "groups")):
        label = entry.item() if isinstance(entry, np.generic) else entry
        if rows.kept is not None and not rows.kept[row] and is_missing(label):
            continue
        if not isinstance(label, str) and is_missing(label):
            raise DataError(
                f"row {row} (counting from 0) has no group; give it one, or leave it out",
                argument="groups",
            )
        if not isinstance(label, (str, int, float, bool)):
            raise DataError(
                f"row {row} (counting from 0) has {entry!r}; a group's label is a text, a number "
                "or a boolean",
                argument="groups",
            )
        members.setdefault(label, []).append(row)
    index = rows.spread(np.arange(len(rows.codes)), -1)
    kept = {label: index[rows_of][index[rows_of] >= 0] for label, rows_of in members.items()}
    empty = next((label for label, rows_of in kept.items() if not len(rows_of)), None)
    if empty is not None:
        raise DataError(
            f"every row of {empty!r} misses a value; fill them in, or leave the group out",
            argument="groups",
        )
    return kept


def of_group(
    interventions: InterventionsByGroup,
    group: Label,
    groups: Collection[Label] | None,
    argument: str,
) -> Iterable[InterventionLike]:
    """Return what is named for a group: the same for all, or by group."""
    if groups is None or not isinstance(interventions, Mapping):
        return cast("Iterable[InterventionLike]", interventions)
    unknown = [key for key in interventions if key not in groups]
    if unknown:
        raise DataError(
            f"{unknown[0]!r} is not a group; the groups are {listing(groups)}", argument=argument
        )
    return interventions.get(group, ())
