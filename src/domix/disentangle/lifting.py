"""Lifting in closed form: from the mixture of some first variables to that of one more.

Nothing here asks whether its numbers are fractions or floats. The only difference is the tolerance,
which is 0 for fractions: at most that much weight counts as none.

Terms. Lifting goes along the topological order; a *position* is a place in it. A *prefix* is a
target restricted to the variables before a position. Its *cell* is a configuration of those
variables: what the prefix sets, and a value that its targets do not use wherever it is silent.

Source: Kumar and Sinha (UAI 2021), Section 4, with every term divided by P_s at the cell. Exclusion
per prefix and the search over cells where tables hold zeros are domix's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domix.core.tables import Tables, Target

__all__ = [
    "Conditionals",
    "Level",
    "Lift",
    "Number",
    "Prefix",
    "Ratios",
    "Source",
    "Split",
    "descend",
    "members",
    "relative_mass",
    "solve",
]

Number = Any
"""A ``Fraction`` or a ``float``, the same throughout one lifting."""

Ratios = Mapping[int, Number]
"""Prefix u, by its place in a list, to P_u(v)/P_s(v), where v is the cell of s; absent is 0."""


class Conditionals:
    """A network's tables as lifting reads them: by position."""

    def __init__(self, tables: Tables) -> None:
        layout = tables.layout
        self.order = layout.order
        place = {variable: position for position, variable in enumerate(layout.order)}
        self.cards = [int(layout.cards[variable]) for variable in layout.order]
        self.parents = [[place[p] for p in layout.parents[v]] for v in layout.order]
        strides = layout.parent_stride.tolist()
        ptr = layout.parent_ptr.tolist()
        self._offsets = [int(layout.offsets[v]) for v in layout.order]
        self._strides = [strides[ptr[v] : ptr[v + 1]] for v in layout.order]
        self._values: list[Number] = tables.values.tolist()

    def row(self, position: int, cell: Sequence[int]) -> list[Number]:
        """P(value | the parents' values in ``cell``) for every value of the position's variable."""
        at = self._offsets[position]
        for parent, stride in zip(self.parents[position], self._strides[position], strict=True):
            at += stride * cell[parent]
        return self._values[at : at + self.cards[position]]


class Source(Protocol):
    """P_mix, as it is read at the cells of one prefix; its state goes along with the prefix."""

    equality: str
    """How far :meth:`differs` looks, in words for the result."""

    settles: bool
    """Whether agreement means that the prefixes are the true ones, not only that they fit."""

    def start(self) -> Any:
        """The state at the empty prefix."""

    def masses(self, state: Any, position: int, a: Sequence[Number]) -> list[Number]:
        """P_mix(v, l)/P_s(v) for every value l, where ``a`` is P(l | v)."""

    def follow(self, state: Any, position: int, value: int, w: Number, silent: bool) -> Any:
        """The state at (v, value); ``w`` is P(value | v), ``silent`` whether the prefix is."""

    def differs(self, position: int, found: Mapping[Target, Number]) -> Target | None:
        """Where the mixture of the prefixes up to ``position`` is not P_mix; None if nowhere."""


@dataclass(frozen=True, slots=True)
class Split:
    """How the weight of a prefix divides over what its targets do with the next variable.

    Weights of 0 are left out of ``sets``.
    """

    silent: Number
    sets: Mapping[int, Number]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix at one position.

    Attributes
    ----------
    target
    weight
    cell
        A value for every position before this one.
    line
        The prefix's own place, and its ancestors', in the lists of the positions before this one.
    known
        The other prefixes of this position that can produce the cell; all come earlier in the list.
    state
        Of the source.
    """

    target: Target
    weight: Number
    cell: tuple[int, ...]
    line: tuple[int, ...]
    known: Ratios
    state: Any


@dataclass(frozen=True, slots=True)
class Lift:
    """One lift: everything it read, and its solution.

    Attributes
    ----------
    variable
    prefix
    cell
        Values in lifting order, of the variables before ``variable``.
    a, r
        P(l | cell), and what of P_mix(cell, l)/P_prefix(cell) the other prefixes leave, for every
        value l.
    silent, sets
        The solution of r = silent * a + sets: one non-negative number, and one per value.
    free
        The values that no target of this prefix sets and that its cell may take.
    barred
        The values that no target of this prefix sets either, but that are impossible in its cell.
        A lift with any is *weak*: it is right only if a free value exists in truth too.
    """

    variable: int
    prefix: Target
    cell: tuple[int, ...]
    a: tuple[Number, ...]
    r: tuple[Number, ...]
    silent: Number
    sets: tuple[Number, ...]
    free: tuple[int, ...]
    barred: tuple[int, ...]


def relative_mass(splits: Sequence[Split], ratios: Ratios, a: Sequence[Number]) -> list[Number]:
    """The sum of P_u(v, l)/P_s(v) times weight over all lifts of the prefixes u, for every l."""
    silent: Number = 0
    out: list[Number] = [0] * len(a)
    for u, ratio in ratios.items():
        silent += ratio * splits[u].silent
        for value, weight in splits[u].sets.items():
            out[value] += ratio * weight
    return [mass + silent * p for mass, p in zip(out, a, strict=True)]


class Level:
    """Prefixes of one position with their splits, which number the prefixes of the next.

    Children stand silent first, then by rising value. So a prefix comes after all that can produce
    its cell: where two prefixes part, either one is silent and the other sets a value, or they set
    different values, and a silent prefix's cell holds a value that its lifts do not set.
    """

    def __init__(self, splits: Sequence[Split]) -> None:
        self.splits = splits
        self._silent: list[int | None] = []
        self._sets: list[dict[int, int]] = []
        count = 0
        for split in splits:
            self._silent.append(count if split.silent else None)
            count += bool(split.silent)
            self._sets.append({value: count + i for i, value in enumerate(sorted(split.sets))})
            count += len(split.sets)

    def child(self, u: int, value: int, silent: bool) -> int | None:
        """The next position's prefix that is silent, or sets the value."""
        return self._silent[u] if silent else self._sets[u].get(value)

    def follow(self, ratios: Ratios, value: int, w: Number, silent: bool) -> dict[int, Number]:
        """The ratios of the next position's prefixes at the cell (v, value).

        ``silent`` says whether the prefix that they are relative to is; ``w`` is P(value | v).
        """
        out = {}
        for u, ratio in ratios.items():
            stays, moves = self._silent[u], self._sets[u].get(value)
            if stays is not None and (silent or w):
                out[stays] = ratio if silent else ratio * w
            if moves is not None:
                out[moves] = ratio / w if silent else ratio
        return out


def solve(
    a: Sequence[Number], r: Sequence[Number], tolerance: Number
) -> tuple[Number, list[Number]]:
    """The (p, x) with r = p * a + x in which, where a > 0, no x is negative and some x is 0.

    Of the values that give it, the most probable one is divided by: with floats, the error of r is
    magnified least there. Where a = 0, x is r, or 0 if that is negative.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> p, x = solve([F(1, 4), F(3, 4)], [F(1, 2), F(1, 2)], 0)
    >>> str(p), [str(weight) for weight in x]
    ('2/3', ['1/3', '0'])
    """
    possible = [value for value, p in enumerate(a) if p > 0]
    for value in sorted(possible, key=lambda v: a[v], reverse=True):
        p = r[value] / a[value]
        x = [mass - p * q for mass, q in zip(r, a, strict=True)]
        if all(x[v] >= -tolerance for v in possible):
            break
    return p, [max(weight, 0) for weight in x]


def descend(
    source: Source,
    prefixes: Sequence[Prefix],
    level: Level,
    rows: Sequence[Sequence[Number]],
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
        split = level.splits[i]
        steps = [(value, False, split.sets[value]) for value in sorted(split.sets)]
        if split.silent:
            steps.insert(0, (free[i], True, split.silent))
        for value, silent, weight in steps:
            w = rows[i][value]
            known = level.follow({**prefix.known, i: 1}, value, w, silent)
            known.pop(len(out))
            target = prefix.target
            if not silent:
                target = tuple(sorted((*target, (variable, value))))
            out.append(
                Prefix(
                    target,
                    weight,
                    (*prefix.cell, value),
                    (*prefix.line, i),
                    known,
                    source.follow(prefix.state, position, value, w, silent),
                )
            )
    return out


def members(
    prefixes: Sequence[Prefix], splits: Iterable[Split], variable: int
) -> dict[Target, Number]:
    """The lifts that carry weight, in the order of the next position's prefixes."""
    out = {}
    for prefix, split in zip(prefixes, splits, strict=True):
        if split.silent:
            out[prefix.target] = split.silent
        for value in sorted(split.sets):
            out[tuple(sorted((*prefix.target, (variable, value))))] = split.sets[value]
    return out
