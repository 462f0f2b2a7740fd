"""Algorithm 2 of the paper, the baseline: lifting with the frequencies of rows as probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.tables import Layout, Target, normalize_rows
from domix.data.rows import distinct
from domix.errors import DataError, PositivityError
from domix.model.network import Network
from domix.population.algorithm1 import describe_entry
from domix.population.arithmetic import FLOATS, Ratios, TableRows
from domix.population.closed_form_lift import remainder, solve
from domix.population.prefixes import (
    Level,
    LiftWeights,
    Prefix,
    extend_prefixes,
    target_weights,
)
from domix.population.sources import JointSource
from domix.results.component import Component, by_weight
from domix.results.result import Disentanglement
from domix.util.arrays import Codes, Floats

if TYPE_CHECKING:
    from narwhals.typing import IntoFrame

ROUNDING = 1e-12
"""As a share of the largest number in a lift: weights down to its negative are rounding errors."""


def disentangle_plugin(
    net: Network, data: IntoFrame | npt.ArrayLike, epsilon: float = 1e-3
) -> Disentanglement:
    """Recover interventions from rows by the paper's own method, for comparison.

    Each equation uses one probability of P_mix, estimated by the share of the rows that match it.
    So the method needs far more rows than :func:`disentangle`, which uses all rows in all
    equations.

    Parameters
    ----------
    net : Network
        The causal network. If its tables were learnt (``net.counts``), they are estimated again by
        maximum likelihood; 1/M is added to the entries of a table with a zero, where M is the
        number of observational rows.
    data : data frame or array_like of int, shape (rows, variables)
        Rows of the mixture: labels, or codes in the order of ``net.variables``.
    epsilon : float, default 1e-3
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
        An entry of a known table that the method divides by is 0.

    See Also
    --------
    disentangle : The default estimator.

    Notes
    -----
    Where the paper leaves details open, they are chosen in favour of the method. Of the solutions
    of a lift in which one weight is 0, the one without negative weights is taken. Weights that
    exceed the weight of their prefix are scaled down at once, since later lifts subtract them. The
    weight of what is dropped goes to the lift that leaves the variable unset.

    References
    ----------
    Kumar and Sinha, "Disentangling mixtures of unknown causal interventions", UAI 2021, Algorithm 2
    and Appendix D.

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
        network = network.with_values(_fit_tables(net.tables.layout, net.flat_counts))
    weights = _lift_frequencies(network, codes, epsilon)
    total = sum(weights.values())
    components = [
        Component(Intervention(net.space.assignment(target)), weight / total)
        for target, weight in weights.items()
    ]
    return Disentanglement(
        network=network, components=by_weight(components), method="plugin", rows=float(len(codes))
    )


def _fit_tables(layout: Layout, counts: Floats) -> Floats:
    """Maximize the likelihood; add 1/M to every entry of a table with a zero and M rows."""
    out = np.empty(layout.size)
    for node in range(layout.n):
        table = counts[layout.entries_of(node)].reshape(-1, int(layout.cards[node]))
        shares = normalize_rows(table)
        if (shares == 0).any():
            shares = normalize_rows(shares + 1.0 / max(float(table.sum(axis=1).sum()), 1.0))
        out[layout.entries_of(node)] = shares.ravel()
    return out


def _lift_frequencies(network: Network, codes: Codes, epsilon: float) -> dict[Target, float]:
    """Lift every variable in turn, from the frequencies of rows."""
    tables = network.tables
    table_rows = TableRows(tables)
    order = table_rows.order
    rows = distinct(codes[:, list(order)], tables.layout.cards[list(order)].tolist())
    source = JointSource(FLOATS, tables, rows.codes, rows.counts / len(codes), 0)
    prefixes = [Prefix.empty(source.start())]
    found: dict[Target, float] = {(): 1.0}
    for position, variable in enumerate(order):
        a = [table_rows.row(position, prefix.configuration) for prefix in prefixes]
        solved = Level()
        for prefix, row in zip(prefixes, a, strict=True):
            probabilities = source.probabilities(prefix.state, position, row)
            left = remainder(probabilities, solved, prefix, row)
            tolerance = ROUNDING * max(map(abs, left.numerators))
            solution = solve(FLOATS, row, left, tolerance)
            solved.add(*_scale_down(prefix.weight, solution.sets), 1)
        unused = _least_used(solved.lifts, a)
        level = Level()
        for prefix, lift in zip(prefixes, solved.lifts, strict=True):
            level.add(*_drop_small(prefix.weight, lift, unused, epsilon), 1)
        found = target_weights(FLOATS, prefixes, level, variable)
        if position + 1 < len(order):
            for prefix, lift, row in zip(prefixes, level.lifts, a, strict=True):
                if lift.unset and not row.numerators[unused]:
                    entry = describe_entry(network, variable, unused, prefix.configuration)
                    raise PositivityError(
                        f"{entry} is 0, and Algorithm 2 divides by it; learn the tables "
                        "(Network.fit), or use disentangle"
                    )
            values = [unused] * len(prefixes)
            prefixes = extend_prefixes(
                FLOATS, source, prefixes, level, a, position, variable, values
            )
    return found


def _scale_down(weight: float, sets: Sequence[float]) -> tuple[float, dict[int, float]]:
    """Scale set weights down to the prefix's weight if they exceed it; the rest is unset."""
    total = sum(sets)
    scale = min(1.0, weight / total) if total else 1.0
    scaled = {value: part * scale for value, part in enumerate(sets) if part > 0}
    return max(weight - sum(scaled.values()), 0.0), scaled


def _least_used(lifts: Sequence[LiftWeights], a: Sequence[Ratios]) -> int:
    """Return the value with the least total weight: one that no target uses, if there is any.

    Of several, the first that has a positive probability in all configurations.
    """

    def cost(value: int) -> tuple[float, bool]:
        total = sum(lift.sets.get(value, 0.0) for lift in lifts)
        return total, any(not row.numerators[value] for row in a)

    return min(range(len(a[0].numerators)), key=cost)


def _drop_small(
    weight: float, lift: LiftWeights, unused: int, epsilon: float
) -> tuple[float, dict[int, float]]:
    """Drop the unused value and small weights; the unset lift gets what they had."""
    kept = {value: x for value, x in lift.sets.items() if value != unused and x > epsilon}
    unset = weight - sum(kept.values())
    return unset if unset > epsilon else 0.0, kept
