"""Marginals by pruning what cannot matter, then sum-product elimination.

The plan is the same for all numbers. Floats are multiplied by a kernel; :func:`contracted` does it
for whatever number type the tables hold, fractions in object arrays above all.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from domix._kernels import _marginal, _order
from domix.core.codes import target_codes
from domix.core.graph import ancestors
from domix.core.tables import Tables, Target
from domix.query.plan import Plan, plan

__all__ = ["contracted", "marginal", "mixed_marginal"]

ANSWERS = 256
"""Answers that are remembered, over all networks; the one not asked for longest goes first."""
LARGEST_KEPT = 4096
"""Entries of the largest answer that is remembered, so that all of them take 8 MB at most."""


def marginal(
    tables: Tables,
    names: Sequence[int],
    do: Mapping[int, int],
    given: Mapping[int, int],
) -> npt.NDArray[Any]:
    """P(names, given | do) as a read-only array, one axis per name, in the order of ``names``.

    It is not divided by P(given | do), and with ``given`` it is known up to a factor only: floats
    are rescaled on the way, so that much evidence does not underflow. A variable that ``do`` sets,
    or that ``given`` holds, keeps its axis and has all its mass at that value. ``do`` and ``given``
    must not contradict.
    """
    question = tables, tuple(names), tuple(sorted(do.items())), tuple(sorted(given.items()))
    if math.prod(map(tables.layout.cards.item, names)) <= LARGEST_KEPT:
        return _remembered(*question)
    return _answer(*question)


def mixed_marginal(
    tables: Tables, names: Sequence[int], targets: Sequence[Target], weights: Sequence[Any]
) -> npt.NDArray[Any]:
    """The sum of weights times P(names | do(target)), as :func:`marginal` has them.

    Targets that differ only in what cannot act on the names are answered once.
    """
    acting = ancestors(names, tables.layout.parents.__getitem__)
    together: dict[Target, Any] = {}
    for target, weight in zip(targets, weights, strict=True):
        what = tuple((i, v) for i, v in target if i in acting)
        together[what] = together.get(what, 0) + weight
    total = sum(weight * marginal(tables, names, dict(t), {}) for t, weight in together.items())
    return np.asarray(total, dtype=tables.values.dtype)


def _answer(tables: Tables, names: tuple[int, ...], do: Target, given: Target) -> npt.NDArray[Any]:
    known = dict((*given, *do))
    steps = plan(tables.layout, names, tuple(i for i, _ in do), tuple(i for i, _ in given))
    if tables.is_exact:
        values = contracted(steps, tables, known)
    else:
        values = _contracted_floats(steps, tables, known, rescale=bool(given))
    cards = tables.layout.cards
    values = values.reshape([1 if i in known else cards[i] for i in names])
    if any(i in known for i in names):
        free = values
        values = np.full(cards[list(names)], Fraction(0) if tables.is_exact else 0.0)
        values[tuple(_slice(known, i) for i in names)] = free
    values.flags.writeable = False
    return values


_remembered = lru_cache(maxsize=ANSWERS)(_answer)


def _contracted_floats(
    steps: Plan, tables: Tables, known: Mapping[int, int], rescale: bool
) -> npt.NDArray[np.float64]:
    layout = tables.layout
    [codes] = target_codes([tuple(known.items())], layout.n)
    work = np.empty(steps.made[-1])
    _marginal.contract(
        layout.cards,
        layout.offsets,
        layout.parent_ptr,
        layout.parent_index,
        layout.parent_stride,
        tables.values,
        codes,
        steps.summed,
        steps.scope_ptr,
        steps.scope,
        steps.head,
        steps.after,
        steps.made,
        rescale,
        np.empty((steps.most, _order.WIDEST + 1), np.int64),
        np.empty((steps.most, _marginal.BLOCK), np.int32),
        np.empty(steps.most, np.int64),
        np.empty(layout.n, np.int32),
        work,
    )
    # A copy, because the answer is small and the work need not be kept alive for it.
    return work[steps.made[-2] :].copy()


def contracted(steps: Plan, tables: Tables, known: Mapping[int, int]) -> npt.NDArray[Any]:
    """What a plan makes in its last step, for any number type; floats are not rescaled."""
    layout = tables.layout
    made: list[npt.NDArray[Any]] = []
    for step in range(len(steps.summed) + 1):
        axes = steps.axes(step)
        summed = int(steps.summed[step]) if step < len(steps.summed) else -1
        order = [*axes, summed] if summed >= 0 else axes
        # A one of the tables' own type, so that a fraction is one even where there is no factor.
        values: Any = np.full([1] * len(order), Fraction(1) if tables.is_exact else 1.0)
        for factor in steps.factors(step):
            if factor < layout.n:
                scope = [*layout.parents[factor], factor]
                part = tables.node(factor)[tuple(_slice(known, i) for i in scope)]
            else:
                scope = steps.axes(factor - layout.n)
                part = made[factor - layout.n]
            values = values * _spread(part, scope, order)
        if summed >= 0:
            values = values.sum(axis=-1)
        made.append(np.asarray(values, dtype=tables.values.dtype))
    return made[-1]


def _slice(known: Mapping[int, int], variable: int) -> slice:
    """The known value alone, on an axis of length one, or all of them."""
    value = known.get(variable)
    return slice(None) if value is None else slice(value, value + 1)


def _spread(
    values: npt.NDArray[Any], scope: Sequence[int], axes: Sequence[int]
) -> npt.NDArray[Any]:
    """One axis for each of ``axes``; those of ``scope`` that are not there have length one."""
    length = dict(zip(scope, values.shape, strict=True))
    where = {i: a for a, i in enumerate(scope)}
    rest = [a for a, i in enumerate(scope) if i not in axes]
    turned = values.transpose([*(where[i] for i in axes if i in where), *rest])
    return turned.reshape([length.get(i, 1) for i in axes])
