"""A DAG whose table entries are free symbols, and what lifting says about it as monomials.

The entries of A, where A[v, t] = P_t(v), are products of table entries, and those of its inverse
have signs and negative powers too. So each is held as a sign and a tuple of exponents.
:class:`Formulas` lists the closed forms that the theorem rests on; a proof takes them as an
argument, so that tests can show that it refuses wrong ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from domix.core.tables import Layout, Target

__all__ = [
    "FORMULAS",
    "Codes",
    "Dag",
    "Formulas",
    "Monomial",
    "positive_ring",
    "respecting",
    "total",
]

Codes = tuple[int, ...]
"""Values of the first variables of the order, as many as there are codes."""


@dataclass(frozen=True, slots=True)
class Monomial:
    """A sign (0 for zero) times the table entries, each to its power."""

    sign: int
    powers: tuple[int, ...]

    def __mul__(self, other: Monomial) -> Monomial:
        powers = tuple([a + b for a, b in zip(self.powers, other.powers, strict=True)])
        return Monomial(self.sign * other.sign, powers)

    def __neg__(self) -> Monomial:
        return Monomial(-self.sign, self.powers)

    def __bool__(self) -> bool:
        return self.sign != 0


def total(monomials: Iterable[Monomial]) -> dict[tuple[int, ...], int]:
    """The sum of monomials: coefficient by exponents, zeros left out."""
    sums: dict[tuple[int, ...], int] = {}
    for m in monomials:
        sums[m.powers] = sums.get(m.powers, 0) + m.sign
    return {powers: coefficient for powers, coefficient in sums.items() if coefficient}


def positive_ring(names: Sequence[str]) -> tuple[Any, list[Any]]:
    """The polynomials with integer coefficients in free positive symbols, and these symbols."""
    from sympy import ZZ, Symbol
    from sympy.polys.rings import ring

    polynomials, *generators = ring([Symbol(name, positive=True) for name in names], ZZ)
    return polynomials, generators


class Dag:
    """Variables in topological order, one symbol per table entry.

    Parameters
    ----------
    names, cards
        In topological order.
    parents
        Positions of each variable's parents, all of them earlier.
    """

    def __init__(
        self, names: Sequence[str], cards: Sequence[int], parents: Sequence[Sequence[int]]
    ) -> None:
        self.names = tuple(names)
        self.cards = tuple(cards)
        self.parents = tuple(tuple(p) for p in parents)
        layout = Layout.build(self.cards, self.parents)
        self.size = layout.size
        self.one = Monomial(1, (0,) * self.size)
        self.zero = Monomial(0, (0,) * self.size)
        # The cells of every configuration of every prefix: they are read many thousand times.
        self._cells = {
            values: tuple(layout.entry(i, values) for i in range(j))
            for j in range(len(self) + 1)
            for values in self.configurations(j)
        }

    def __len__(self) -> int:
        return len(self.cards)

    def cells(self, values: Codes) -> tuple[int, ...]:
        """The table entry that each of these variables reads."""
        return self._cells[values]

    def cell(self, i: int, value: int, values: Codes) -> int:
        """The entry of variable ``i`` for ``value``, its parents being as in ``values``."""
        return self.cells((*values[:i], value))[i]

    def symbol(self, cell: int) -> Monomial:
        """One table entry."""
        return Monomial(1, tuple(int(c == cell) for c in range(self.size)))

    @property
    def symbol_names(self) -> list[str]:
        """One for each table entry; names of variables in them could clash."""
        return [f"w{cell}" for cell in range(self.size)]

    def configurations(self, length: int) -> Iterator[Codes]:
        """All values of the first ``length`` variables."""
        return product(*(range(k) for k in self.cards[:length]))

    def targets(self, length: int) -> Iterator[Target]:
        """All targets on the first ``length`` variables, in silent-first lexicographic order."""
        return _targets([range(k) for k in self.cards[:length]])

    def targets_avoiding(self, excluded: Codes) -> Iterator[Target]:
        """Those of the targets on ``len(excluded)`` variables that use no excluded value."""
        settable = (
            [x for x in range(k) if x != e] for k, e in zip(self.cards, excluded, strict=False)
        )
        return _targets(list(settable))

    def place(self, target: Target | None = None, **codes: Codes) -> str:
        """Where something fails: ``do(A=1), values A=1 B=0, excluded A=0 B=0``."""
        parts = [] if target is None else [f"do({self._text(target, ', ')})"]
        parts += [f"{word} {self._text(enumerate(c), ' ') or 'none'}" for word, c in codes.items()]
        return ", ".join(parts)

    def _text(self, pairs: Iterable[tuple[int, int]], between: str) -> str:
        return between.join(f"{self.names[i]}={x}" for i, x in pairs)


def _targets(settable: Sequence[Sequence[int]]) -> Iterator[Target]:
    for choice in product(*([None, *values] for values in settable)):
        yield tuple((i, x) for i, x in enumerate(choice) if x is not None)


def respecting(target: Target, other: Target, excluded: Codes) -> bool:
    """Whether ``other`` may stand beside ``target`` when values are excluded per prefix.

    ``excluded[i]`` is the value that no lift of ``target``, cut before variable i, uses. ``other``
    is bound by it as long as the two agree, so up to the first variable in which they differ.
    """
    mine, others = dict(target), dict(other)
    for i, value in enumerate(excluded):
        if others.get(i) == value:
            return False
        if others.get(i) != mine.get(i):
            break
    return True


# The closed forms themselves.


def interventional(dag: Dag, target: Target, values: Codes) -> Monomial:
    """P_t(v): zero unless v agrees with t, then the entries of the variables left alone."""
    if any(values[i] != x for i, x in target):
        return dag.zero
    held = {i for i, _ in target}
    powers = [0] * dag.size
    for i, cell in enumerate(dag.cells(values)):
        if i not in held:
            powers[cell] = 1
    return Monomial(1, tuple(powers))


def inverse(dag: Dag, excluded: Codes, target: Target, values: Codes) -> Monomial:
    """The entry of A's inverse at (t, v): the product of g_i, as the weight of t reads P_mix(v)."""
    held = dict(target)
    sign, powers = 1, [0] * dag.size
    for i, e in enumerate(excluded):
        if i in held:
            if values[i] == held[i]:
                continue
            sign = -sign
            powers[dag.cell(i, held[i], values)] += 1
        if values[i] != e:
            return dag.zero
        powers[dag.cell(i, e, values)] -= 1
    return Monomial(sign, tuple(powers))


def determinant(dag: Dag, excluded: Codes) -> Monomial:
    """det A: every w_i(e_i|c), to the number of configurations of all but i and its parents."""
    powers = [0] * dag.size
    for i, e in enumerate(excluded):
        family = {i, *dag.parents[i]}
        times = prod(k for other, k in enumerate(dag.cards) if other not in family)
        for cell in {dag.cell(i, e, values) for values in dag.configurations(i)}:
            powers[cell] = times
    return Monomial(1, tuple(powers))


def meeting_point(target: Target, excluded: Codes) -> Codes:
    """v_s: the values that s sets, and the excluded ones where it is silent."""
    held = dict(target)
    return tuple(held.get(i, e) for i, e in enumerate(excluded))


def system(c: Any, a: Sequence[Any]) -> list[list[Any]]:
    """The matrix of Lemma 4.1, c I - a 1^T, in rows, over any ring."""
    return [[c - x if m == row else -x for m in range(len(a))] for row, x in enumerate(a)]


@dataclass(frozen=True)
class Formulas:
    """The closed forms that the theorem rests on."""

    interventional: Callable[[Dag, Target, Codes], Monomial] = interventional
    inverse: Callable[[Dag, Codes, Target, Codes], Monomial] = inverse
    determinant: Callable[[Dag, Codes], Monomial] = determinant
    meeting_point: Callable[[Target, Codes], Codes] = meeting_point
    system: Callable[[Any, Sequence[Any]], list[list[Any]]] = system


FORMULAS = Formulas()
