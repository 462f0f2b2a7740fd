"""Lifting in closed form: from the mixture of some first variables to that of one more.

Nothing here asks what its numbers are: they are parts of a whole, in one of the arithmetics of
``arithmetic.py``. Besides, only the tolerance differs: at most that much weight counts as none, and
where numbers are exact it is 0.

Terms. Lifting goes along the topological order; a *position* is a place in it. A *prefix* is a
target restricted to the variables before a position. Its *cell* is a configuration of those
variables: what the prefix sets, and a value that its targets do not use wherever it is silent.

Source: Kumar and Sinha (UAI 2021), Section 4, with every term divided by P_s at the cell. Exclusion
per prefix and the search over cells where tables hold zeros are domix's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

from domix.core.tables import Target
from domix.population.arithmetic import Arithmetic, Number, Shares

__all__ = [
    "Level",
    "Lift",
    "Prefix",
    "Solution",
    "Source",
    "Split",
    "Splits",
    "Terms",
    "descend",
    "left_over",
    "mass_of",
    "members",
    "solve",
]

Terms = Mapping[int, Number]
"""Prefix u, by its place in a list, to P_u(v) as a multiple of some unit; absent is 0.

What P_s(v) is in that unit, for the prefix s whose cell v is, goes along as the *scale*.
"""


class Source(Protocol):
    """P_mix, as it is read at the cells of one prefix; its state goes along with the prefix."""

    equality: str
    """How far :meth:`differs` looks, in words for the result."""

    settles: bool
    """Whether agreement means that the prefixes are the true ones, not only that they fit."""

    def start(self) -> Any:
        """The state at the empty prefix."""

    def masses(self, state: Any, position: int, row: Shares) -> Shares:
        """P_mix(v, l)/P_s(v) for every value l, where ``row`` is P(l | v)."""

    def follow(self, state: Any, position: int, value: int, row: Shares, silent: bool) -> Any:
        """The state at (v, value); ``row`` is P(l | v), ``silent`` whether the prefix is."""

    def differs(self, position: int, found: Mapping[Target, Any]) -> Target | None:
        """Where the mixture of the prefixes up to ``position`` is not P_mix; None if nowhere."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the weight of a prefix divides over what its targets do with the next variable.

    In parts of the whole of its :class:`Splits`. Weights of 0 are left out of ``sets``.
    """

    silent: Number
    sets: Mapping[int, Number]


class Splits:
    """The splits of one position's prefixes, over one whole."""

    def __init__(self) -> None:
        self.parts: list[Split] = []
        self.whole: Number = 1

    def add(self, silent: Number, sets: Mapping[int, Number], whole: Number) -> None:
        """Append a split that is in parts of some whole of its own."""
        if whole != self.whole:
            common = math.lcm(self.whole, whole)
            self.parts = [_times(split, common // self.whole) for split in self.parts]
            self.whole = common
        self.parts.append(_times(Split(silent, sets), self.whole // whole))


def _times(split: Split, factor: Number) -> Split:
    if factor == 1:
        return split
    return Split(split.silent * factor, {v: part * factor for v, part in split.sets.items()})


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix at one position.

    Attributes
    ----------
    target
    weight, whole
        Its weight is weight/whole.
    cell
        A value for every position before this one.
    line
        The prefix's own place, and its ancestors', in the lists of the positions before this one.
    known, scale
        The other prefixes of this position that can produce the cell; all come earlier in the list.
        And P_prefix(cell), in the same unit.
    state
        Of the source.
    """

    target: Target
    weight: Number
    whole: Number
    cell: tuple[int, ...]
    line: tuple[int, ...]
    known: Terms
    scale: Number
    state: Any

    @classmethod
    def empty(cls, state: Any) -> Prefix:
        """The prefix of the first position."""
        return cls((), 1, 1, (), (), {}, 1, state)


class Solution(NamedTuple):
    """The solution of r = silent * a + sets: one number, and one per value, over one whole."""

    silent: Number
    sets: Sequence[Number]
    whole: Number


@dataclass(frozen=True)
class Lift:
    """One lift: everything it read, and its solution. What it shows are fractions, or floats.

    Attributes
    ----------
    numbers
    variable
    lifted
        The prefix, with its weight, its cell and the other prefixes that can produce the cell.
    row, masses, left, solution
        What ``a``, ``mass``, ``r``, ``silent`` and ``sets`` show.
    free
        The values that no target of this prefix sets and that its cell may take.
    barred
        The values that no target of this prefix sets either, but that are impossible in its cell.
        A lift with any is *weak*: it is right only if a free value exists in truth too.
    """

    numbers: Arithmetic
    variable: int
    lifted: Prefix
    row: Shares
    masses: Shares
    left: Shares
    solution: Solution
    free: tuple[int, ...]
    barred: tuple[int, ...]

    @property
    def prefix(self) -> Target:
        return self.lifted.target

    @property
    def cell(self) -> tuple[int, ...]:
        return self.lifted.cell

    @property
    def weight(self) -> Any:
        return self.numbers.public(self.lifted.weight, self.lifted.whole)

    @cached_property
    def known(self) -> dict[int, Any]:
        """Prefix u, by its place in the list of this position, to P_u(cell)/P_prefix(cell)."""
        scale = self.lifted.scale
        return {u: self.numbers.public(term, scale) for u, term in self.lifted.known.items()}

    @cached_property
    def a(self) -> tuple[Any, ...]:
        """P(l | cell) for every value l."""
        return self._shown(*self.row)

    @cached_property
    def mass(self) -> tuple[Any, ...]:
        """P_mix(cell, l)/P_prefix(cell) for every value l."""
        return self._shown(*self.masses)

    @cached_property
    def r(self) -> tuple[Any, ...]:
        """What of ``mass`` the other prefixes leave."""
        return self._shown(*self.left)

    @property
    def silent(self) -> Any:
        """The weight that leaves the variable alone."""
        return self.numbers.public(self.solution.silent, self.solution.whole)

    @cached_property
    def sets(self) -> tuple[Any, ...]:
        """The weight that sets the variable to l, for every value l."""
        return self._shown(self.solution.sets, self.solution.whole)

    def _shown(self, parts: Sequence[Number], whole: Number) -> tuple[Any, ...]:
        return tuple(self.numbers.public(part, whole) for part in parts)


def mass_of(splits: Sequence[Split], terms: Terms, row: Shares) -> list[Number]:
    """The sum of P_u(v, l) times weight over all lifts of the prefixes u, for every value l.

    A multiple of the unit of the terms, over the whole of the splits times that of the row.
    """
    silent: Number = 0
    out: list[Number] = [0] * len(row.parts)
    for u, term in terms.items():
        split = splits[u]
        if split.silent:
            silent += term * split.silent
        for value, weight in split.sets.items():
            out[value] += term * weight
    return [mass * row.whole + silent * p for mass, p in zip(out, row.parts, strict=True)]


def left_over(masses: Shares, splits: Splits, prefix: Prefix, row: Shares) -> Shares:
    """What the other prefixes that can produce the cell leave of ``masses``, for every value."""
    known = mass_of(splits.parts, prefix.known, row)
    unit = prefix.scale * splits.whole * row.whole
    left = [m * unit - p * masses.whole for m, p in zip(masses.parts, known, strict=True)]
    return Shares(left, masses.whole * unit)


class Level:
    """Prefixes of one position with their splits, which number the prefixes of the next.

    Children stand silent first, then by rising value. So a prefix comes after all that can produce
    its cell: where two prefixes part, either one is silent and the other sets a value, or they set
    different values, and a silent prefix's cell holds a value that its lifts do not set.
    """

    def __init__(self, splits: Splits) -> None:
        self.splits = splits
        self._silent: list[int | None] = []
        self._sets: list[dict[int, int]] = []
        count = 0
        for split in splits.parts:
            self._silent.append(count if split.silent else None)
            count += bool(split.silent)
            self._sets.append({value: count + i for i, value in enumerate(sorted(split.sets))})
            count += len(split.sets)

    def follow(
        self,
        numbers: Arithmetic,
        terms: Terms,
        scale: Number,
        value: int,
        row: Shares,
        silent: bool,
    ) -> tuple[dict[int, Number], Number]:
        """The terms of the next position's prefixes at the cell (v, value), and the scale.

        ``silent`` says whether the prefix whose scale it is stays silent; ``row`` is P(l | v).
        """
        children: list[tuple[int, bool, Number]] = []
        for u, term in terms.items():
            stays, moves = self._silent[u], self._sets[u].get(value)
            if stays is not None:
                children.append((stays, True, term))
            if moves is not None:
                children.append((moves, False, term))
        if all(stays == silent for _, stays, _ in children):
            # All would grow by the same factor, so only the unit does.
            return {child: term for child, _, term in children}, scale
        w, whole = row.parts[value], row.whole
        (stay, move), own = numbers.lowest((w, whole), w if silent else whole)
        return {
            child: term * (stay if stays else move)
            for child, stays, term in children
            if stay or not stays
        }, scale * own


def solve(numbers: Arithmetic, a: Shares, r: Shares, tolerance: Number) -> Solution:
    """The (p, x) with r = p * a + x in which, where a > 0, no x is negative and some x is 0.

    Of the values that give it, the most probable one is divided by: with floats, the error of r is
    magnified least there. Where a = 0, x is r, or 0 if that is negative.

    Examples
    --------
    >>> from domix.population.arithmetic import INTEGERS
    >>> solve(INTEGERS, Shares([1, 3], 4), Shares([1, 1], 2), 0)
    Solution(silent=2, sets=[1, 0], whole=3)
    """
    possible = [value for value, p in enumerate(a.parts) if p > 0]
    for value in sorted(possible, key=lambda v: a.parts[v], reverse=True):
        p, whole = a.parts[value], a.parts[value] * r.whole
        x = [mass * p - r.parts[value] * q for mass, q in zip(r.parts, a.parts, strict=True)]
        if all(x[v] >= -tolerance * whole for v in possible):
            break
    sets = [max(part, 0) for part in x]
    (silent, *sets), whole = numbers.lowest([r.parts[value] * a.whole, *sets], whole)
    return Solution(silent, sets, whole)


def descend(
    numbers: Arithmetic,
    source: Source,
    prefixes: Sequence[Prefix],
    level: Level,
    rows: Sequence[Shares],
    position: int,
    variable: int,
    free: Sequence[int],
) -> list[Prefix]:
    """The prefixes of the next position.

    Parameters
    ----------
    rows
        P(l | cell) of each prefix.
    free
        The value that each prefix's cell takes where it stays silent.
    """
    out: list[Prefix] = []
    for i, prefix in enumerate(prefixes):
        split = level.splits.parts[i]
        steps = [(value, False, split.sets[value]) for value in sorted(split.sets)]
        if split.silent:
            steps.insert(0, (free[i], True, split.silent))
        for value, silent, weight in steps:
            row = rows[i]
            terms = {**prefix.known, i: prefix.scale}
            known, scale = level.follow(numbers, terms, prefix.scale, value, row, silent)
            known.pop(len(out))
            target = prefix.target
            if not silent:
                target = tuple(sorted((*target, (variable, value))))
            out.append(
                Prefix(
                    target,
                    weight,
                    level.splits.whole,
                    (*prefix.cell, value),
                    (*prefix.line, i),
                    known,
                    scale,
                    source.follow(prefix.state, position, value, row, silent),
                )
            )
    return out


def members(
    numbers: Arithmetic, prefixes: Sequence[Prefix], splits: Splits, variable: int
) -> dict[Target, Any]:
    """The lifts that carry weight, in the order of the next position's prefixes."""
    out = {}
    for prefix, split in zip(prefixes, splits.parts, strict=True):
        if split.silent:
            out[prefix.target] = numbers.public(split.silent, splits.whole)
        for value in sorted(split.sets):
            target = tuple(sorted((*prefix.target, (variable, value))))
            out[target] = numbers.public(split.sets[value], splits.whole)
    return out
