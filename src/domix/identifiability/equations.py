"""The equations sum over t of pi_t P_t(x) = P_mix(x), for all configurations x at once.

There are as many as configurations, but no more independent ones than targets. So configurations
are gathered while the network is walked through: those that agree on the values that later nodes
will read, and on which targets can produce them, form a class, and of a class only the span of the
rows (P_t(x) for every target t) is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction

from domix.core.graph import ancestors
from domix.core.tables import Tables, Target
from domix.identifiability.simplex import Echelon, TooLargeError, Vector

__all__ = ["equations", "possible"]

MOST_CLASSES = 5_000

Class = tuple[tuple[int, ...], int]
"""Values of the frontier, and which targets can produce the configurations, as bits."""


def possible(
    tables: Tables, targets: Sequence[Target], producing: Collection[Target]
) -> list[Target]:
    """The targets that produce nothing but what the ``producing`` ones do.

    No other target has weight in a mixture with the distribution of one of the ``producing``.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> import numpy as np
    >>> from domix.core.tables import Layout
    >>> coin = Tables(Layout.build([2], [[]]), np.array([Fraction(1, 2), Fraction(1, 2)]))
    >>> possible(coin, [(), ((0, 0),), ((0, 1),)], [((0, 0),)])
    [((0, 0),)]
    """
    _, impossible = _walk(tables, targets, producing, Echelon())
    return [target for c, target in enumerate(targets) if not impossible >> c & 1]


def equations(tables: Tables, targets: Sequence[Target]) -> Echelon:
    """The span of the rows (P_t(x) for t in targets) over all x.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> import numpy as np
    >>> from domix.core.tables import Layout
    >>> coin = Tables(Layout.build([2], [[]]), np.array([Fraction(1, 2), Fraction(1, 2)]))
    >>> len(equations(coin, [(), ((0, 0),), ((0, 1),)]))
    2
    """
    start = Echelon([dict.fromkeys(range(len(targets)), Fraction(1))])
    classes, _ = _walk(tables, targets, targets, start)
    return Echelon(vector for span in classes.values() for vector in span)


def _walk(
    tables: Tables, targets: Sequence[Target], producing: Collection[Target], start: Echelon
) -> tuple[dict[Class, Echelon], int]:
    """The classes of whole configurations, and as bits the targets that are not possible.

    ``start`` is what the spans grow from; from nothing, nothing grows, and only the classes count.
    """
    everything = (1 << len(targets)) - 1
    support = sum(1 << c for c, target in enumerate(targets) if target in producing)
    reading, nodes = _relevant(tables, targets)
    classes: dict[Class, Echelon] = {((), everything): start}
    impossible = 0
    frontier: list[int] = []
    for at, node in enumerate(nodes):
        later = {p for i in nodes[at + 1 :] if i in reading for p in tables.layout.parents[i]}
        stays = [i for i in [*frontier, node] if i in later]
        step = _Step(tables, targets, node, node in reading)
        grown: dict[Class, Echelon] = {}
        for (values, able), span in classes.items():
            read = dict(zip(frontier, values, strict=True))
            for value, w in step.row(read):
                left = step.able(able, value, w) & ~impossible
                if not left & support:
                    impossible |= left
                    continue
                read[node] = value
                key = (tuple(read[i] for i in stays), left)
                if key not in grown and len(grown) == MOST_CLASSES:
                    raise TooLargeError(
                        f"more than {MOST_CLASSES:,} classes of configurations would have to be "
                        "told apart"
                    )
                joined = grown.setdefault(key, Echelon())
                for vector in span:
                    if len(joined) == left.bit_count():
                        break
                    joined.insert(step.continued(vector, left, w))
        classes, frontier = grown, stays
    return classes, impossible


def _relevant(tables: Tables, targets: Sequence[Target]) -> tuple[set[int], list[int]]:
    """The nodes whose parents matter, and all that are walked through, in topological order.

    Where all targets set a node, its table does not matter. Where none does, it is a factor of all
    entries of a row, and all that matters is where it is zero.
    """
    layout = tables.layout
    counts = Counter(i for target in targets for i, _ in target)
    reading: set[int] = set()

    def parents_read(node: int) -> tuple[int, ...]:
        some = 0 < counts[node] < len(targets)
        if some or (not counts[node] and not (tables.node(node) > 0).all()):
            reading.add(node)
        return layout.parents[node] if node in reading else ()

    relevant = ancestors(counts, parents_read)
    return reading, [i for i in layout.order if i in relevant]


class _Step:
    """One node of the walk."""

    def __init__(self, tables: Tables, targets: Sequence[Target], node: int, reads: bool) -> None:
        self._tables = tables
        self._node = node
        self._reads = reads
        self._silent = 0
        self._sets = [0] * int(tables.layout.cards[node])
        for c, target in enumerate(targets):
            value = dict(target).get(node)
            if value is None:
                self._silent |= 1 << c
            else:
                self._sets[value] |= 1 << c

    def row(self, read: dict[int, int]) -> list[tuple[int, Fraction]]:
        """Every value of the node, with its probability where that matters."""
        if not self._reads:
            return [(value, Fraction(1)) for value in range(len(self._sets))]
        parents = self._tables.layout.parents[self._node]
        return list(enumerate(self._tables.node(self._node)[tuple(read[p] for p in parents)]))

    def able(self, able: int, value: int, w: Fraction) -> int:
        """Which targets can still produce a configuration with this value."""
        return able & (self._sets[value] | (self._silent if w else 0))

    def continued(self, vector: Vector, able: int, w: Fraction) -> dict[int, Fraction]:
        """A row with the node's factor."""
        return {
            c: entry * w if self._silent >> c & 1 else entry
            for c, entry in vector.items()
            if able >> c & 1
        }
