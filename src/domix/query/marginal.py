"""Marginals: tables that cannot matter are pruned, then variables are summed out one by one.

The plan is the same for all numbers. Floats are multiplied by a kernel; :func:`contract` does it
for any type of number that the tables hold, above all fractions in object arrays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from domix._kernels import _marginal
from domix._kernels._structures import Plan
from domix.core.codes import target_codes
from domix.core.graph import ancestors
from domix.core.soft.targets import AnyTarget, is_exact, resolve, restricted
from domix.core.tables import Tables, Target
from domix.query.plan import plan
from domix.util.arrays import Floats, Objects

ANSWERS = 256
"""Answers that are kept, over all networks; the least recently used one is dropped first."""

LARGEST_KEPT = 4096
"""Entries of the largest answer that is kept, so that all of them take 8 MB at most."""


def marginal(
    tables: Tables,
    names: Sequence[int],
    do: Mapping[int, int],
    given: Mapping[int, int],
) -> Objects:
    """Compute P(names, given | do), a read-only array with one axis per name, in that order.

    It is not divided by P(given | do), and with ``given`` it is known up to a factor only: floats
    are rescaled at each step, so that much evidence does not underflow. A variable that ``do`` sets
    or that is given keeps its axis, and has probability zero elsewhere. ``do`` and ``given`` must
    not contradict each other.
    """
    question = tables, tuple(names), tuple(sorted(do.items())), tuple(sorted(given.items()))
    if math.prod(map(tables.layout.cards.item, names)) <= LARGEST_KEPT:
        return _cached_answer(*question)
    return _compute(*question)


def mixed_marginal(
    tables: Tables, names: Sequence[int], targets: Sequence[AnyTarget], weights: Sequence[Any]
) -> Objects:
    """Sum the weights times P(names | do(target)), as :func:`marginal` gives them.

    Targets that differ only in variables that cannot affect the names are computed once.
    """
    acting = ancestors(names, tables.layout.parents.__getitem__)
    totals: dict[AnyTarget, Any] = {}
    for target, weight in zip(targets, weights, strict=True):
        part = restricted(target, acting)
        totals[part] = totals.get(part, 0) + weight
    total: Any = 0
    for target, weight in totals.items():
        changed, pairs = resolve(tables, target)
        total = total + weight * marginal(changed, names, dict(pairs), {})
    dtype = tables.values.dtype if all(map(is_exact, targets)) else np.float64
    return np.asarray(total, dtype=dtype)


def _compute(tables: Tables, names: tuple[int, ...], do: Target, given: Target) -> Objects:
    known = dict((*given, *do))
    steps = plan(tables.layout, names, tuple(i for i, _ in do), tuple(i for i, _ in given))
    if tables.is_exact:
        values = contract(steps, tables, known)
    else:
        values = _contract_floats(steps, tables, known, rescale=bool(given))
    cards = tables.layout.cards
    values = values.reshape([1 if i in known else cards[i] for i in names])
    if any(i in known for i in names):
        free = values
        values = np.full(cards[list(names)], Fraction(0) if tables.is_exact else 0.0)
        values[tuple(_slice(known, i) for i in names)] = free
    values.flags.writeable = False
    return values


_cached_answer = lru_cache(maxsize=ANSWERS)(_compute)


def _contract_floats(
    steps: Plan, tables: Tables, known: Mapping[int, int], rescale: bool
) -> Floats:
    [codes] = target_codes([tuple(known.items())], tables.layout.n)
    work = np.empty(steps.made[-1])
    _marginal.contract(tables.values, steps, codes, rescale, work)
    # A copy, because the answer is small and need not keep all of the work in memory.
    return work[steps.made[-2] :].copy()


def contract(steps: Plan, tables: Tables, known: Mapping[int, int]) -> Objects:
    """Compute the result of a plan for any type of number; floats are not rescaled."""
    layout = tables.layout
    made: list[Objects] = []
    for step in range(steps.steps + 1):
        axes = steps.axes(step)
        summed = steps.summed[step] if step < steps.steps else -1
        order = [*axes, summed] if summed >= 0 else axes
        # A one of the tables' own type, so that the result is a fraction even without a factor.
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
    """Select the known value alone, on an axis of length one, or all values."""
    value = known.get(variable)
    return slice(None) if value is None else slice(value, value + 1)


def _spread(values: Objects, scope: Sequence[int], axes: Sequence[int]) -> Objects:
    """Transpose to one axis for each of ``axes``; one that is not in ``scope`` has length one."""
    length = dict(zip(scope, values.shape, strict=True))
    position = {i: a for a, i in enumerate(scope)}
    others = [a for a, i in enumerate(scope) if i not in axes]
    transposed = values.transpose([*(position[i] for i in axes if i in position), *others])
    return transposed.reshape([length.get(i, 1) for i in axes])
