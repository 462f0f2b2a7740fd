"""Marginals by pruning what cannot matter, then sum-product elimination.

The number type is whatever the tables hold: floats, or fractions in object arrays.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.tables import Layout, Tables

__all__ = ["marginal"]


@dataclass(frozen=True, eq=False)
class _Factor:
    scope: tuple[int, ...]  # rising, one axis of ``values`` each
    values: npt.NDArray[Any]

    def spread(self, scope: Sequence[int], cards: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """The values with an axis of length one for each variable of ``scope`` that is not ours."""
        return self.values.reshape([int(cards[i]) if i in self.scope else 1 for i in scope])


def marginal(
    tables: Tables,
    names: Sequence[int],
    do: Mapping[int, int],
    given: Mapping[int, int],
) -> npt.NDArray[Any]:
    """P(names, given | do) as an array with one axis per name, in the order of ``names``.

    It is not divided by P(given | do), and with ``given`` it is known up to a factor only: floats
    are rescaled on the way, so that much evidence does not underflow. A variable that ``do`` sets,
    or that ``given`` holds, keeps its axis and has all its mass at that value. ``do`` and ``given``
    must not contradict.

    Source
    ------
    Barren-node pruning: R. Shachter, "Evaluating influence diagrams", Operations Research 34
    (1986).
    """
    layout = tables.layout
    known = {**given, **do}
    factors = [
        _node_factor(tables, node, known)
        for node in _relevant(layout, [*names, *given], do)
        if node not in do
    ]
    free = [i for i in names if i not in known]
    rescale = bool(given) and not tables.is_exact
    if rescale:
        factors = [_rescaled(factor) for factor in factors]
    factors = _eliminate(factors, set(free), layout.cards, rescale)
    scope = tuple(sorted(free))
    values = _product(factors, scope, layout.cards, tables.is_exact)
    values = values.transpose([scope.index(i) for i in free])
    return _embed(values, names, known, layout.cards)


def _relevant(layout: Layout, wanted: Sequence[int], do: Mapping[int, int]) -> list[int]:
    """The wanted nodes and their ancestors, arrows into intervened nodes cut."""
    found: set[int] = set()
    stack = list(wanted)
    while stack:
        node = stack.pop()
        if node in found:
            continue
        found.add(node)
        if node not in do:
            stack.extend(layout.parents[node])
    return sorted(found)


def _node_factor(tables: Tables, node: int, known: Mapping[int, int]) -> _Factor:
    axes = (*tables.layout.parents[node], node)
    values = tables.node(node)[tuple(known.get(i, slice(None)) for i in axes)]
    left = [i for i in axes if i not in known]
    if not left:
        # Indexing an object array down to one entry gives the entry, not an array.
        values = np.array(values, dtype=tables.values.dtype)
    by_rising = sorted(range(len(left)), key=left.__getitem__)
    return _Factor(tuple(sorted(left)), values.transpose(by_rising))


def _eliminate(
    factors: Sequence[_Factor], keep: set[int], cards: npt.NDArray[np.int64], rescale: bool
) -> list[_Factor]:
    """Sum out every variable that is not kept, always the one whose new factor is the smallest.

    A variable's weight changes only when a neighbour goes, so weights wait in a heap and the stale
    ones are passed over when they come up.
    """
    live = dict(enumerate(factors))
    holders: dict[int, set[int]] = {}
    neighbours: dict[int, set[int]] = {}
    for key, factor in live.items():
        for i in factor.scope:
            holders.setdefault(i, set()).add(key)
            neighbours.setdefault(i, set()).update(factor.scope)
    log_cards = np.log(cards)

    def weight(i: int) -> float:
        return math.fsum(log_cards[j] for j in neighbours[i])

    weights = {i: weight(i) for i in neighbours if i not in keep}
    heap = [(w, i) for i, w in weights.items()]
    heapq.heapify(heap)
    while heap:
        w, node = heapq.heappop(heap)
        if weights.get(node) != w:
            continue
        del weights[node]
        touched = [live.pop(key) for key in sorted(holders.pop(node))]
        made = _sum_out(touched, node, cards)
        if rescale:
            made = _rescaled(made)
        key = len(factors) + node
        live[key] = made
        for i in made.scope:
            holders[i] = {held for held in holders[i] if held in live} | {key}
            neighbours[i] = (neighbours[i] | set(made.scope)) - {node}
            if i in weights:
                weights[i] = weight(i)
                heapq.heappush(heap, (weights[i], i))
    return list(live.values())


def _rescaled(factor: _Factor) -> _Factor:
    top = factor.values.max()
    return _Factor(factor.scope, factor.values / top) if top > 0 else factor


def _product(
    factors: Sequence[_Factor], scope: Sequence[int], cards: npt.NDArray[np.int64], exact: bool
) -> npt.NDArray[Any]:
    shape = [int(cards[i]) for i in scope]
    # Numbers of the tables' own type, so that a fraction is one even where there is no factor.
    values = np.full(shape, Fraction(1) if exact else 1.0)
    for factor in sorted(factors, key=lambda f: f.values.size):
        values = values * factor.spread(scope, cards)
    return np.asarray(values, dtype=object if exact else np.float64).reshape(shape)


def _sum_out(factors: Sequence[_Factor], node: int, cards: npt.NDArray[np.int64]) -> _Factor:
    scope = tuple(sorted({i for f in factors for i in f.scope}))
    first, *rest = sorted(factors, key=lambda f: f.values.size)
    values = first.spread(scope, cards)
    for factor in rest:
        values = values * factor.spread(scope, cards)
    summed = np.asarray(values.sum(axis=scope.index(node)), dtype=first.values.dtype)
    return _Factor(tuple(i for i in scope if i != node), summed)


def _embed(
    values: npt.NDArray[Any],
    names: Sequence[int],
    known: Mapping[int, int],
    cards: npt.NDArray[np.int64],
) -> npt.NDArray[Any]:
    """Give the known variables their axes back."""
    if not any(i in known for i in names):
        return values
    zero = Fraction(0) if values.dtype == object else 0.0
    out = np.full([int(cards[i]) for i in names], zero)
    # [()] takes the entry out of an array without axes, which an object array would hold as it is.
    out[tuple(known.get(i, slice(None)) for i in names)] = values[()]
    return out
