"""Targets and rows of conditional probability tables as integer codes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from domix.core.tables import Layout, Target
from domix.util.arrays import Ints


class CodeRangeError(Exception):
    """A code is not below the number of its variable's states."""


def target_codes(targets: Sequence[Target], n: int) -> Ints:
    """Give the code that each target sets each of ``n`` variables to, -1 where it sets none.

    Returns
    -------
    ndarray of int64, shape (targets, n)

    Examples
    --------
    >>> target_codes([(), ((1, 2),)], 3).tolist()
    [[-1, -1, -1], [-1, 2, -1]]
    """
    codes = np.full((len(targets), n), -1, dtype=np.int64)
    for t, target in enumerate(targets):
        for variable, value in target:
            codes[t, variable] = value
    return codes


def parent_values(layout: Layout, node: int, row: int) -> dict[int, int]:
    """Give the value of each parent in a row of a node's table.

    The inverse is ``layout.row_of_entry``, which counts the rows of all tables.

    Examples
    --------
    >>> parent_values(Layout.build([2, 3, 2], [[], [], [1, 0]]), 2, 3)
    {1: 1, 0: 1}
    """
    values = dict.fromkeys(layout.parents[node], 0)
    for parent in reversed(layout.parents[node]):
        row, values[parent] = divmod(row, int(layout.cards[parent]))
    return values
