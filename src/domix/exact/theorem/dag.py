"""A DAG in topological order whose table entries are free symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product

from domix.core.tables import Layout, Target
from domix.exact.theorem.monomials import Monomial

Configuration = tuple[int, ...]
"""Values of the first variables of the order, as codes."""


class Dag:
    """Variables in topological order, one symbol per table entry.

    Parameters
    ----------
    names, cards : sequence
        Names and numbers of values, in topological order.
    parents : sequence of sequence of int
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
        # For every configuration of every prefix: these are read many thousand times.
        self._entries = {
            values: tuple(layout.entry(i, values) for i in range(j))
            for j in range(len(self) + 1)
            for values in self.configurations(j)
        }

    def __len__(self) -> int:
        return len(self.cards)

    def entries(self, values: Configuration) -> tuple[int, ...]:
        """Return the index of the table entry w_i(v) of each of these variables."""
        return self._entries[values]

    def entry(self, i: int, value: int, values: Configuration) -> int:
        """Return the entry of variable ``i`` for ``value``, its parents being as in ``values``."""
        return self.entries((*values[:i], value))[i]

    def symbol(self, entry: int) -> Monomial:
        """Return one table entry as a monomial."""
        return Monomial(1, tuple(int(e == entry) for e in range(self.size)))

    @property
    def symbol_names(self) -> list[str]:
        """One for each table entry, without the variables' names, which could clash."""
        return [f"w{entry}" for entry in range(self.size)]

    def configurations(self, length: int) -> Iterator[Configuration]:
        """Iterate over all values of the first ``length`` variables."""
        return product(*(range(k) for k in self.cards[:length]))

    def targets(self, length: int) -> Iterator[Target]:
        """Iterate over all targets on the first ``length`` variables.

        In lexicographic order, where not setting a variable comes before setting it.
        """
        return _targets([range(k) for k in self.cards[:length]])

    def targets_avoiding(self, excluded: Configuration) -> Iterator[Target]:
        """Iterate over the targets on ``len(excluded)`` variables that use no excluded value."""
        settable = (
            [x for x in range(k) if x != e] for k, e in zip(self.cards, excluded, strict=False)
        )
        return _targets(list(settable))

    def describe(self, target: Target | None = None, **values: Configuration) -> str:
        """Describe where a case fails: ``do(A=1), values A=1 B=0, excluded A=0 B=0``."""
        parts = [] if target is None else [f"do({self._text(target, ', ')})"]
        parts += [f"{word} {self._text(enumerate(v), ' ') or 'none'}" for word, v in values.items()]
        return ", ".join(parts)

    def _text(self, pairs: Iterable[tuple[int, int]], separator: str) -> str:
        return separator.join(f"{self.names[i]}={x}" for i, x in pairs)


def _targets(settable: Sequence[Sequence[int]]) -> Iterator[Target]:
    for choice in product(*([None, *values] for values in settable)):
        yield tuple((i, x) for i, x in enumerate(choice) if x is not None)


def can_occur_beside(target: Target, other: Target, excluded: Configuration) -> bool:
    """Whether ``other`` can occur together with ``target`` if values are excluded per prefix.

    ``excluded[i]`` is the value to which no lift of ``target``, restricted to the variables before
    i, sets variable i. This constrains ``other`` up to the first variable in which the two differ.
    """
    own, others = dict(target), dict(other)
    for i, value in enumerate(excluded):
        if others.get(i) == value:
            return False
        if others.get(i) != own.get(i):
            break
    return True
