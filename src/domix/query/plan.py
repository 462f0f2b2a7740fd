"""What a marginal needs and in which order it is summed: the same for floats and fractions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from domix._kernels import _order, _plan
from domix.core.tables import Layout
from domix.errors import DataError

__all__ = ["Plan", "plan"]

PLANS = 256
"""Plans that are remembered, over all networks; the one not asked for longest goes first."""
MUCH = 300_000
"""Products from which a second order is tried: less is multiplied in the time that takes."""

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Plan:
    """Steps that each multiply some factors and sum one variable out.

    A factor is a node's table (numbered by the node) or what step ``s`` made (``n + s``). The last
    step sums nothing out: it makes the answer.

    Attributes
    ----------
    summed
        Shape (steps,): the variable that each step but the last sums out, or -1.
    scope_ptr, scope
        The axes of what each step makes, as compressed rows.
    head, after
        The factors that each step takes, as linked lists that end in -1.
    made
        Shape (steps + 2,): where what each step makes stands in one array.
    most
        How many factors one step takes at most.
    """

    summed: Ints
    scope_ptr: Ints
    scope: Ints
    head: Ints
    after: Ints
    made: npt.NDArray[np.int64]
    most: int

    def axes(self, step: int) -> list[int]:
        """The variables of what a step makes, in the order of its axes."""
        return [int(i) for i in self.scope[self.scope_ptr[step] : self.scope_ptr[step + 1]]]

    def factors(self, step: int) -> Iterator[int]:
        """The factors that a step takes."""
        factor = int(self.head[step])
        while factor >= 0:
            yield factor
            factor = int(self.after[factor])


@lru_cache(maxsize=PLANS)
def plan(
    layout: Layout, names: tuple[int, ...], do: tuple[int, ...], given: tuple[int, ...]
) -> Plan:
    """The plan of P(names, given | do), whatever the values that are given and set.

    Nodes that are neither wanted nor ancestors of one are left out. Of the others the one whose
    elimination fills the smallest table goes first or, if that comes cheaper, the one whose
    elimination ties the fewest others together. Variables of one value have no axis.

    Source
    ------
    Barren-node pruning: R. Shachter, "Evaluating influence diagrams", Operations Research 34
    (1986). Elimination by minimum weight or fill: U. Kjaerulff, "Triangulation of graphs:
    algorithms giving small total state space", Aalborg University R-90-09 (1990).
    """
    order = _ordered(layout, names, do, given, by_fill=False)
    if order.cost > MUCH:
        other = _ordered(layout, names, do, given, by_fill=True)
        order = min(order, other, key=lambda o: (o.steps < 0, o.cost))
    if order.steps < 0:
        raise DataError(
            f"the marginal needs a table of more than 2 ** {_order.WIDEST} entries on the way; "
            "ask for fewer variables, or set some"
        )
    steps, scope_ptr = order.steps, order.scope_ptr[: order.steps + 2].copy()
    summed = order.summed[:steps].copy()
    scope = order.scope[: scope_ptr[-1]].copy()
    head, after = np.empty(steps + 1, np.int32), np.empty(layout.n + steps, np.int32)
    made = np.empty(steps + 2, np.int64)
    most = _plan.link(
        layout.cards,
        layout.parent_ptr,
        layout.parent_index,
        order.owner,
        order.place,
        summed,
        scope_ptr,
        np.empty(layout.n, np.int32),
        scope,
        head,
        after,
        made,
    )
    return Plan(summed, scope_ptr, scope, head, after, made, most)


class _Order(NamedTuple):
    steps: int
    cost: float
    place: Ints
    owner: Ints
    summed: Ints
    scope_ptr: Ints
    scope: Ints


def _ordered(
    layout: Layout,
    names: tuple[int, ...],
    do: tuple[int, ...],
    given: tuple[int, ...],
    by_fill: bool,
) -> _Order:
    n = layout.n
    flags = np.zeros(n, dtype=np.uint8)
    for variables, flag in ((names, _order.KEPT), (given, _order.GIVEN), (do, _order.SET)):
        for i in variables:
            flags[i] |= flag
    place, owner, summed = np.empty((3, n), np.int32)
    scope_ptr, scope = np.empty(n + 2, np.int32), np.empty((n + 1) * _order.WIDEST, np.int32)
    axes, variable, local = np.empty((3, n), np.int32)
    steps, cost = _order.order(
        layout.cards,
        layout.parent_ptr,
        layout.parent_index,
        np.array(names, dtype=np.int64),
        flags,
        np.empty((n, (n + 63) // 64), np.uint64),
        np.empty(n),
        axes,
        variable,
        local,
        by_fill,
        place,
        owner,
        summed,
        scope_ptr,
        scope,
    )
    return _Order(steps, cost, place, owner, summed, scope_ptr, scope)
