"""Counts of table entries in data rows, and tables learnt from counts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Unpack

import numpy as np

from domix._kernels import _rows
from domix.core.space import Space
from domix.core.tables import Layout, normalize_tables
from domix.data.frame import RowsLike, encode
from domix.data.missing import Encoded, RowOptions
from domix.errors import DataError
from domix.query.flat import flat_layout
from domix.query.probability import entry_indices
from domix.util.arrays import Codes, Floats
from domix.util.checks import entries_by_row, name_argument

BLOCK = 65_536
"""Rows counted at a time where rows have weights, so that their entries stay in memory."""


def count_entries(layout: Layout, codes: Codes, weights: Floats | None = None) -> Floats:
    """Count the rows, or add up the weights of the rows, that read each table entry.

    Parameters
    ----------
    layout : Layout
    codes : ndarray of uint8, shape (rows, variables)
    weights : ndarray of float64, shape (rows,), optional

    Returns
    -------
    ndarray of float64, shape (layout.size,)
    """
    if weights is None:
        counts = np.zeros(layout.size, dtype=np.int64)
        _rows.count_entries(codes, flat_layout(layout), counts)
        return counts.astype(np.float64)
    totals = np.zeros(layout.size)
    for first in range(0, len(codes), BLOCK):
        part = slice(first, first + BLOCK)
        _rows.weigh_entries(entry_indices(layout, codes[part]), weights[part], totals)
    return totals


def read_observations(
    space: Space,
    data: RowsLike,
    *,
    summed: bool = False,
    stacklevel: int = 5,
    **options: Unpack[RowOptions],
) -> Encoded:
    """Read rows without interventions; options are those of :func:`encode`.

    Raises
    ------
    DataError
        There are no rows, or they do not fit the variables.
    """
    rows = encode(
        space, data, argument="observational", summed=summed, stacklevel=stacklevel, **options
    )
    rows.require_rows("observational")
    return rows


def count_where_untouched(
    layout: Layout, codes: Codes, intervened: Sequence[frozenset[int]]
) -> Floats:
    """Do as :func:`count_entries`, leaving out each row's own intervened variables."""
    counts = count_entries(layout, codes)
    group_numbers = {group: number for number, group in enumerate(dict.fromkeys(intervened))}
    numbers = np.array([group_numbers[group] for group in intervened], dtype=np.int64)
    for group, number in group_numbers.items():
        if group:
            group_counts = count_entries(layout, codes[numbers == number])
            for node in group:
                counts[layout.entries_of(node)] -= group_counts[layout.entries_of(node)]
    return counts


def read_intervened(
    space: Space, rows: Encoded, intervened: Iterable[Iterable[str]]
) -> list[frozenset[int]]:
    """Return each kept row's intervened variables as indices.

    Raises
    ------
    DataError
        There is not one set of variables for each row, or a variable is unknown.
    """
    indices = []
    for row, names in enumerate(entries_by_row(intervened, rows.given, "intervened")):
        place = f"row {row} (counting from 0)"
        if isinstance(names, str) or not isinstance(names, Iterable):
            raise DataError(
                f"{place}: {names!r} is not a set of variables; write {{'A'}}, or {{}} for none",
                argument="intervened",
            )
        with name_argument("intervened", place):
            row_indices = frozenset(space.position(name, DataError) for name in names)
        if rows.kept is None or rows.kept[row]:
            indices.append(row_indices)
    return indices


def posterior_mean_tables(layout: Layout, counts: Floats, pseudocount: float) -> Floats:
    r"""Return the posterior mean of the tables, given counts of their entries.

    Under a symmetric Dirichlet prior with parameter :math:`\alpha`, the pseudocount, for each row
    of a table,

    .. math:: \hat\theta_{vu} = \frac{n_{vu} + \alpha}{\sum_{v'} (n_{v'u} + \alpha)},

    for value :math:`v` of the variable and configuration :math:`u` of its parents. A row without
    counts is uniform.
    """
    return normalize_tables(layout, counts + pseudocount)
