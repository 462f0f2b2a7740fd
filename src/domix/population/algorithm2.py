"""Algorithm 2 of the paper: lifting with frequencies of rows for probabilities. The baseline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.tables import Conditionals, Layout, Target
from domix.data.rows import distinct
from domix.errors import DataError, PositivityError
from domix.model.network import Network
from domix.population.algorithm1 import entry_in_words
from domix.population.arithmetic import FLOATS, Rows, Shares
from domix.population.lift import (
    Level,
    Prefix,
    Split,
    Splits,
    descend,
    left_over,
    members,
    solve,
)
from domix.population.oracles import RowSource
from domix.results.result import Component, Disentanglement, by_weight

__all__ = ["disentangle_plugin"]

Floats = npt.NDArray[np.float64]

ROUNDING = 1e-12
"""Share of the largest number in a lift that its solution's weights may lie below 0."""


def disentangle_plugin(net: Network, data: Any, epsilon: float = 1e-3) -> Disentanglement:
    """Recover interventions from rows by the paper's own method, for comparison.

    It reads one cell of P_mix per equation, as the share of the rows that match it. So it needs far
    more rows than :func:`disentangle`, which uses all of them.

    Parameters
    ----------
    net
        The causal network. If its tables were learnt (``net.counts``), they are re-estimated by
        maximum likelihood, and a table with a zero gets 1/M added to its entries, where M is the
        number of observational rows.
    data
        Rows of the mixture: a data frame of labels or an integer array of codes, shape
        (rows, variables).
    epsilon
        Weights up to this are dropped after each variable.

    Returns
    -------
    Disentanglement
        Targets and weights (scaled to sum to 1), without standard errors.

    Raises
    ------
    DataError
        Rows that do not fit the network, no rows at all, or an ``epsilon`` outside [0, 1).
    PositivityError
        A known table holds a zero where the method divides.

    Notes
    -----
    Where the paper leaves room, what serves the method best is done. Of the solutions of a lift in
    which one weight is 0, the one that needs no cutting off of negative weights is taken. Weights
    that exceed their prefix's are scaled down at once, since later lifts subtract them. What is
    dropped goes to the lift that leaves the variable alone.

    Source
    ------
    Kumar and Sinha (UAI 2021), Algorithm 2 and Appendix D.

    Examples
    --------
    >>> import numpy as np
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    >>> rows = np.repeat([[0], [1]], [300, 100], axis=0)
    >>> result = disentangle_plugin(net, rows)
    >>> [(str(c.intervention), c.weight) for c in result.components]
    [('do()', 0.5), ('do(A=low)', 0.5)]
    """
    if not 0 <= epsilon < 1:
        raise DataError(f"epsilon must be at least 0 and less than 1, not {epsilon!r}")
    codes = net.encode(data)
    if not len(codes):
        raise DataError("there are no rows to disentangle")
    network = net.to_float()
    if net.flat_counts is not None:
        network = network.with_values(_likeliest_tables(net.tables.layout, net.flat_counts))
    weights = _lift(network, codes, epsilon)
    total = sum(weights.values())
    components = [
        Component(Intervention(net.space.assignment(target)), weight / total)
        for target, weight in weights.items()
    ]
    return Disentanglement(
        network=network, components=by_weight(components), method="plugin", rows=float(len(codes))
    )


def _likeliest_tables(layout: Layout, counts: Floats) -> Floats:
    """Maximum likelihood, with 1/rows added to every entry of a table in which some entry is 0."""
    out = np.empty(layout.size)
    for node in range(layout.n):
        table = counts[layout.entries_of(node)].reshape(-1, int(layout.cards[node]))
        rows = table.sum(axis=1, keepdims=True)
        shares = table / np.where(rows > 0, rows, 1.0)
        if (shares == 0).any():
            shares += 1.0 / max(float(rows.sum()), 1.0)
            shares /= shares.sum(axis=1, keepdims=True)
        out[layout.entries_of(node)] = shares.ravel()
    return out


def _lift(network: Network, codes: npt.NDArray[np.uint8], epsilon: float) -> dict[Target, float]:
    tables = network.tables
    conditionals = Conditionals(tables)
    order = list(conditionals.order)
    rows = distinct(codes[:, order], conditionals.cards)
    source = RowSource(FLOATS, tables, rows.codes, rows.counts / len(codes), 0)
    table_rows = Rows(conditionals, FLOATS)
    prefixes = [Prefix.empty(source.start())]
    found: dict[Target, float] = {(): 1.0}
    for position, variable in enumerate(order):
        a = [table_rows.row(position, prefix.cell) for prefix in prefixes]
        lifted = Splits()
        for prefix, row in zip(prefixes, a, strict=True):
            masses = source.masses(prefix.state, position, row)
            left = left_over(masses, lifted, prefix, row)
            solution = solve(FLOATS, row, left, ROUNDING * max(map(abs, left.parts)))
            lifted.add(*_scaled_down(prefix.weight, solution.sets), 1)
        unused = _least_used(lifted.parts, a)
        splits = Splits()
        for prefix, split in zip(prefixes, lifted.parts, strict=True):
            splits.add(*_kept(prefix.weight, split, unused, epsilon), 1)
        found = members(FLOATS, prefixes, splits, variable)
        if position + 1 < len(order):
            _check_divisors(network, prefixes, splits.parts, a, variable, unused)
            free = [unused] * len(prefixes)
            level = Level(splits)
            prefixes = descend(FLOATS, source, prefixes, level, a, position, variable, free)
    return found


def _scaled_down(weight: float, sets: Sequence[float]) -> tuple[float, dict[int, float]]:
    """A solution scaled down to the prefix's weight, if it is more; what it leaves is silent."""
    total = sum(sets)
    scale = min(1.0, weight / total) if total else 1.0
    scaled = {value: part * scale for value, part in enumerate(sets) if part > 0}
    return max(weight - sum(scaled.values()), 0.0), scaled


def _least_used(splits: Sequence[Split], a: Sequence[Shares]) -> int:
    """The value that all targets together use least: one that none uses, if there is any.

    Of several, the first that no table row makes impossible.
    """

    def drawbacks(value: int) -> tuple[float, bool]:
        total = sum(split.sets.get(value, 0.0) for split in splits)
        return total, any(not row.parts[value] for row in a)

    return min(range(len(a[0].parts)), key=drawbacks)


def _kept(
    weight: float, split: Split, unused: int, epsilon: float
) -> tuple[float, dict[int, float]]:
    """Without the unused value and what is too small; the silent lift gets their weight."""
    kept = {value: x for value, x in split.sets.items() if value != unused and x > epsilon}
    silent = weight - sum(kept.values())
    return silent if silent > epsilon else 0.0, kept


def _check_divisors(
    network: Network,
    prefixes: Sequence[Prefix],
    splits: Sequence[Split],
    a: Sequence[Shares],
    variable: int,
    unused: int,
) -> None:
    for prefix, split, row in zip(prefixes, splits, a, strict=True):
        if split.silent and not row.parts[unused]:
            raise PositivityError(
                f"{entry_in_words(network, variable, unused, prefix.cell)} is 0, and Algorithm 2 "
                "divides by it; learn the tables (Network.fit), or use disentangle"
            )
