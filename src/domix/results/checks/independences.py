r"""Test the independences of a graph on control rows.

By the local Markov property, a variable is independent of each variable that does not descend from
it, given its parents. For a variable x, another one u that is neither a parent nor a descendant,
and each configuration of the parents of x (a *stratum* s of the rows), the counts :math:`N_{xu}`
are tested as in :mod:`domix.util.contingency`. The sum of :math:`G_s` over the strata is chi-square
distributed with :math:`\sum_s (R_s - 1)(C_s - 1)` degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from domix.core.tables import Layout
from domix.data.rows import DistinctRows
from domix.model.network import Network
from domix.util.arrays import Bools, Floats, Ints
from domix.util.contingency import LEAST_ROWS, holm, independence_statistics
from domix.util.numerics import chi_square_tail

BLOCK = 2**20
"""Counts that are held at a time."""


@dataclass(frozen=True)
class IndependenceTest:
    """The test of one independence.

    Attributes
    ----------
    variable, other : str
        The variable, and one that does not descend from it.
    given : tuple of str
        The parents of the variable: given these, the two are independent in the graph.
    statistic : float
        G, the likelihood-ratio statistic with Williams' correction, summed over the strata.
    df : int
        Degrees of freedom; 0 if no stratum has enough rows.
    p_value, adjusted : float or None
        The p-value, and the p-value after Holm's correction for all independences; None if no
        stratum has enough rows.
    rejected : bool
        Whether ``adjusted`` is at most ``alpha``.
    """

    variable: str
    other: str
    given: tuple[str, ...]
    statistic: float
    df: int
    p_value: float | None
    adjusted: float | None
    rejected: bool


class PairStatistic(NamedTuple):
    """G and its degrees of freedom for a node and another one, given the node's parents."""

    node: int
    other: int
    statistic: float
    df: int


def run_independence_tests(
    network: Network, rows: DistinctRows, alpha: float
) -> tuple[IndependenceTest, ...]:
    """Test all independences of the local Markov property, with Holm's correction.

    Parameters
    ----------
    network : Network
        Its graph is tested; its tables are not read.
    rows : DistinctRows
        Rows without interventions.
    alpha : float
        Probability of any rejection if the graph is right.

    Returns
    -------
    tuple of IndependenceTest
        By variable and other variable, in the order of the network.
    """
    pairs = list(pair_statistics(network.tables.layout, rows))
    p_values = [chi_square_tail(pair.statistic, pair.df) if pair.df else None for pair in pairs]
    names, parents = network.variables, network.parents
    return tuple(
        IndependenceTest(
            names[pair.node],
            names[pair.other],
            parents[names[pair.node]],
            pair.statistic,
            pair.df,
            p,
            adjusted,
            adjusted is not None and adjusted <= alpha,
        )
        for pair, p, adjusted in zip(pairs, p_values, holm(p_values), strict=True)
    )


def pair_statistics(layout: Layout, rows: DistinctRows) -> Iterator[PairStatistic]:
    """Compute G for each node and each other one that is not a parent and not a descendant."""
    columns = np.ascontiguousarray(rows.codes.T, dtype=np.int64)
    for node, others in _independences(layout):
        statistics, dfs = _test_node(layout, columns, rows.counts, node, others)
        for other, g, df in zip(others.tolist(), statistics.tolist(), dfs.tolist(), strict=True):
            yield PairStatistic(node, other, g, df)


def count_pairs(layout: Layout) -> int:
    """Count the independences that are tested."""
    return sum(len(others) for _, others in _independences(layout))


def _independences(layout: Layout) -> Iterator[tuple[int, Ints]]:
    """Yield each node with the others of which it is independent, given its parents.

    Of two nodes with the same parents only the first has the other: it is the same independence.
    """
    ancestry = _ancestry(layout)
    before: dict[frozenset[int], list[int]] = {}
    for node, parents in enumerate(layout.parents):
        siblings = before.setdefault(frozenset(parents), [])
        excluded = ancestry[:, node].copy()
        excluded[[node, *parents, *siblings]] = True
        siblings.append(node)
        yield node, np.flatnonzero(~excluded)


def _ancestry(layout: Layout) -> Bools:
    """Whether the column's node is an ancestor of the row's, shape (n, n)."""
    ancestry = np.zeros((layout.n, layout.n), dtype=bool)
    for node in layout.order:
        for parent in layout.parents[node]:
            ancestry[node] |= ancestry[parent]
            ancestry[node, parent] = True
    return ancestry


def _test_node(
    layout: Layout, columns: Ints, weights: Floats, node: int, others: Ints
) -> tuple[Floats, Ints]:
    """Compute G and degrees of freedom of a node and each of the others."""
    statistics, dfs = np.zeros(len(others)), np.zeros(len(others), dtype=np.int64)
    stratum, strata, kept = _strata(layout, columns, weights, layout.parents[node])
    card = int(layout.cards[node])
    if not strata or card < 2:
        return statistics, dfs
    base, weights = stratum * card + columns[node, kept], weights[kept]
    cards = layout.cards[others]
    for other_card in np.unique(cards[cards > 1]).tolist():
        same = np.flatnonzero(cards == other_card)
        size = strata * card * other_card
        first, step = base * other_card, max(BLOCK // size, 1)
        for block in (same[i : i + step] for i in range(0, len(same), step)):
            counts = np.empty((len(block), size))
            for count, u in zip(counts, others[block].tolist(), strict=True):
                count[:] = np.bincount(first + columns[u, kept], weights, size)
            g, df = independence_statistics(counts.reshape(-1, card, other_card))
            statistics[block] = g.reshape(len(block), -1).sum(axis=1)
            dfs[block] = df.reshape(len(block), -1).sum(axis=1)
    return statistics, dfs


def _strata(
    layout: Layout, columns: Ints, weights: Floats, parents: Sequence[int]
) -> tuple[Ints, int, Ints | slice]:
    """Assign a number to each configuration of the parents that enough rows show.

    Returns the stratum of each row that is kept, the number of strata, and which rows are kept.
    """
    stratum = np.zeros(columns.shape[1], dtype=np.int64)
    strata = 1
    for parent in parents:
        stratum = stratum * layout.cards[parent] + columns[parent]
        strata *= int(layout.cards[parent])
        if strata > len(stratum):
            # So that the numbers of many parents stay small.
            values, stratum = np.unique(stratum, return_inverse=True)
            strata = len(values)
    enough = np.bincount(stratum, weights, strata) >= LEAST_ROWS
    if enough.all():
        return stratum, strata, slice(None)
    kept = np.flatnonzero(enough[stratum])
    numbers = np.cumsum(enough) - 1
    return numbers[stratum[kept]], int(enough.sum()), kept
