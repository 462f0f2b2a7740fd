"""Which tables a marginal needs and in which order variables are summed out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from domix._kernels import _order, _plan
from domix._kernels._structures import WIDEST, EliminationOrder, Plan
from domix.core.tables import Layout
from domix.errors import DataError
from domix.query.flat import flat_layout

PLANS = 256
"""Plans that are kept, over all networks; the least recently used one is dropped first."""

SECOND_ORDER = 300_000
"""Products from which a second order is tried; fewer are computed in less time than it takes."""


@lru_cache(maxsize=PLANS)
def plan(
    layout: Layout, names: tuple[int, ...], do: tuple[int, ...], given: tuple[int, ...]
) -> Plan:
    """Plan P(names, given | do), whatever the values that are given and set.

    Nodes that are neither in the question nor ancestors of one are left out. Of the others the one
    whose elimination fills the smallest table is eliminated next or, if that costs less in all, the
    one whose elimination connects the fewest others. Variables of one value have no axis.

    Raises
    ------
    DataError
        A step would need a table of more than ``2 ** WIDEST`` entries.

    References
    ----------
    Barren-node pruning: R. Shachter, "Evaluating influence diagrams", Operations Research 34
    (1986). Elimination by minimum weight or fill: U. Kjaerulff, "Triangulation of graphs:
    algorithms giving small total state space", Aalborg University R-90-09 (1990).
    """
    order = _find_order(layout, names, do, given, by_fill=False)
    if order.cost > SECOND_ORDER:
        other = _find_order(layout, names, do, given, by_fill=True)
        order = min(order, other, key=lambda o: (o.steps < 0, o.cost))
    if order.steps < 0:
        raise DataError(
            f"the marginal needs a table of more than 2 ** {WIDEST} entries on the way; "
            "ask for fewer variables, or set some"
        )
    return _plan.link(order)


def _find_order(
    layout: Layout,
    names: tuple[int, ...],
    do: tuple[int, ...],
    given: tuple[int, ...],
    by_fill: bool,
) -> EliminationOrder:
    flags = np.zeros(layout.n, dtype=np.uint8)
    for variables, flag in ((names, _order.KEPT), (given, _order.GIVEN), (do, _order.SET)):
        for i in variables:
            flags[i] |= flag
    return _order.order(flat_layout(layout), np.array(names, dtype=np.int64), flags, by_fill)
