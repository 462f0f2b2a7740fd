"""Soft targets in codes: values that are drawn, and the tables under which they are.

A component that draws values is a hard target under changed tables,

    P(V | do(soft)) = P'(V | do(hard part)),

where P' has for each drawn variable its distribution in every row and, if the variable is misread,
for each child of it the rows of the state that the variable was set to. So whatever is computed of
hard targets is computed of soft ones, in floats and in fractions.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from domix.core.soft.values import Misread, Probability, Stochastic, Value, ValueLike, read_value
from domix.core.space import Space
from domix.core.tables import Layout, Tables, Target
from domix.errors import DomixError, InterventionError

KEPT = 32
"""Changed tables that are kept, over all networks; those least recently used are dropped first."""


@dataclass(frozen=True)
class Draw:
    """A variable whose value is drawn.

    Attributes
    ----------
    variable : int
    probabilities : tuple of float or Fraction
        One for each state of the variable.
    followed : int or None
        The value that the variable's children follow; None is the value drawn.
    """

    variable: int
    probabilities: tuple[Probability, ...]
    followed: int | None = None

    @property
    def mode(self) -> int:
        """The value that the children follow, or else the first most probable one."""
        if self.followed is not None:
            return self.followed
        return max(range(len(self.probabilities)), key=self.probabilities.__getitem__)

    @property
    def possible(self) -> tuple[int, ...]:
        """The values of positive probability."""
        return tuple(v for v, p in enumerate(self.probabilities) if p > 0)


@dataclass(frozen=True)
class SoftTarget:
    """A target that draws the values of some variables, independently of each other.

    Attributes
    ----------
    pairs : Target
        The variables that are set.
    draws : tuple of Draw
        The variables that are drawn, in increasing order; at least one.
    """

    pairs: Target
    draws: tuple[Draw, ...]

    @property
    def mode(self) -> Target:
        """The target that sets each drawn variable to its mode."""
        return tuple(sorted((*self.pairs, *((d.variable, d.mode) for d in self.draws))))


AnyTarget = Target | SoftTarget


def join(pairs: Target, draws: Iterable[Draw]) -> AnyTarget:
    """Return a target of both parts: a hard one if nothing is drawn.

    A draw that always gives one value, and is not misread, sets it.

    Examples
    --------
    >>> join(((2, 1),), [Draw(0, (0.0, 1.0))])
    ((0, 1), (2, 1))
    """
    soft = []
    for draw in draws:
        if len(draw.possible) == 1 and draw.followed in (None, draw.possible[0]):
            pairs = (*pairs, (draw.variable, draw.possible[0]))
        else:
            soft.append(draw)
    pairs = tuple(sorted(pairs))
    return SoftTarget(pairs, tuple(sorted(soft, key=lambda d: d.variable))) if soft else pairs


def pairs_of(target: AnyTarget) -> Target:
    """Return the variables that a target sets, with their values."""
    return target.pairs if isinstance(target, SoftTarget) else target


def draws_of(target: AnyTarget) -> tuple[Draw, ...]:
    """Return the variables that a target draws; none if it is hard."""
    return target.draws if isinstance(target, SoftTarget) else ()


def is_exact(target: AnyTarget) -> bool:
    """Whether a target draws from fractions only."""
    return not isinstance(target, SoftTarget) or all(
        isinstance(p, Fraction) for draw in target.draws for p in draw.probabilities
    )


def mode(target: AnyTarget) -> Target:
    """Return the hard target of the modes; a hard target is its own."""
    return target.mode if isinstance(target, SoftTarget) else target


def restricted(target: AnyTarget, variables: Container[int]) -> AnyTarget:
    """Return the part of a target that sets or draws some variables."""
    pairs = tuple(pair for pair in pairs_of(target) if pair[0] in variables)
    if not isinstance(target, SoftTarget):
        return pairs
    return join(pairs, [draw for draw in target.draws if draw.variable in variables])


def is_changed(layout: Layout, target: AnyTarget, node: int) -> bool:
    """Tell whether a target draws a node, or a parent of it is misread."""
    draws = draws_of(target)
    return any(
        draw.variable == node
        or (draw.followed is not None and draw.variable in layout.parents[node])
        for draw in draws
    )


def resolve(tables: Tables, target: AnyTarget) -> tuple[Tables, Target]:
    """Return tables and a hard target that together have the distribution of a target.

    Floats among the probabilities make the tables floats.
    """
    if not isinstance(target, SoftTarget):
        return tables, target
    exact = tables.is_exact and is_exact(target)
    return _change_tables(tables, target.draws, exact), target.pairs


@lru_cache(maxsize=KEPT)
def _change_tables(tables: Tables, draws: tuple[Draw, ...], exact: bool) -> Tables:
    """Return the tables; draws of equal floats and fractions are equal, so ``exact`` is a key."""
    layout = tables.layout
    values = tables.values.astype(object if exact else np.float64)
    for draw in draws:
        if draw.followed is None:
            continue
        for child in range(layout.n):
            if draw.variable in layout.parents[child]:
                node = values[layout.entries_of(child)].reshape(layout.shape(child))
                axis = layout.parents[child].index(draw.variable)
                node[...] = node.take([draw.followed], axis=axis)
    for draw in draws:
        part = values[layout.entries_of(draw.variable)]
        part.reshape(-1, len(draw.probabilities))[...] = np.array(
            [Fraction(p) if exact else float(p) for p in draw.probabilities], dtype=values.dtype
        )
    return Tables(layout, values)


def expand(layout: Layout, target: AnyTarget) -> dict[Target, Any]:
    """Return the mixture of hard targets that a target is: target to weight.

    A misread variable without children outside the target is only drawn.

    Raises
    ------
    InterventionError
        A misread variable has other children, so that no hard targets do what it does.

    Examples
    --------
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> expand(layout, SoftTarget((), (Draw(0, (0.25, 0.75)),)))
    {((0, 0),): 0.25, ((0, 1),): 0.75}
    """
    pairs, draws = pairs_of(target), draws_of(target)
    inside = {i for i, _ in pairs} | {d.variable for d in draws}
    for draw in draws:
        if draw.followed is not None and any(
            draw.variable in parents and child not in inside
            for child, parents in enumerate(layout.parents)
        ):
            raise InterventionError(
                "the children of a misread variable follow a value that the rows do not show: no "
                "mixture of hard interventions has this distribution"
            )
    weights: dict[Target, Any] = {}
    for values in product(*(d.possible for d in draws)):
        weight: Any = Fraction(1)
        for draw, value in zip(draws, values, strict=True):
            weight = weight * draw.probabilities[value]
        drawn = ((d.variable, v) for d, v in zip(draws, values, strict=True))
        weights[tuple(sorted((*pairs, *drawn)))] = weight
    return weights


def encode(space: Space, assignment: Mapping[str, ValueLike], error: type[DomixError]) -> AnyTarget:
    """Translate an intervention to codes.

    Raises
    ------
    DomixError
        Of type ``error``: a variable or state is unknown, or a distribution has a state twice.
    """
    pairs, draws = {}, []
    for name, value in assignment.items():
        # States first: to ask whether one is a mapping takes ten times as long.
        if isinstance(value, (str, int, float)) or not isinstance(value, (Mapping, Misread)):
            pairs[name] = value
            continue
        try:
            read = read_value(value)
        except InterventionError as problem:
            raise error(f"{name!r}: {problem}") from None
        if isinstance(read, (Stochastic, Misread)):
            draws.append(_encode_draw(space, name, read, error))
        else:
            pairs[name] = read
    return join(space.target(pairs, error), draws)


def _encode_draw(
    space: Space, name: str, value: Stochastic | Misread, error: type[DomixError]
) -> Draw:
    i = space.position(name, error)
    probabilities = value.read if isinstance(value, Misread) else value
    kind = Fraction if all(isinstance(p, Fraction) for p in probabilities.values()) else float
    row: list[Probability] = [kind(0)] * int(space.cards[i])
    for label, p in probabilities.items():
        code = space.code(i, label, error)
        if row[code] > 0:
            raise error(f"{name!r}: the state {space.states[i][code]!r} has two probabilities")
        row[code] = p
    followed = space.code(i, value.state, error) if isinstance(value, Misread) else None
    return Draw(i, tuple(row), followed)


def decode(space: Space, target: AnyTarget) -> dict[str, Value]:
    """Translate codes to variables and values; the inverse of :func:`encode`."""
    pairs, draws = pairs_of(target), draws_of(target)
    values: dict[int, Value] = {i: space.states[i][code] for i, code in pairs}
    for draw in draws:
        states = space.states[draw.variable]
        drawn = Stochastic({states[v]: draw.probabilities[v] for v in draw.possible})
        followed = draw.followed
        values[draw.variable] = drawn if followed is None else Misread(states[followed], drawn)
    return {space.names[i]: values[i] for i in sorted(values)}
