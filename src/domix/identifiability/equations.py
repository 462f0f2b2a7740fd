r"""The equations :math:`\sum_t \pi_t P_t(x) = P_{mix}(x)`, for all configurations x at once.

There are as many equations as configurations, but no more independent ones than targets. So
configurations are merged while the network is traversed: those that agree on the values that later
nodes read, and on the targets that can produce them, form a class. Of a class only the span of the
rows :math:`(P_t(x))_t` is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from fractions import Fraction

from domix.core.graph import ancestors
from domix.core.tables import Tables, Target
from domix.identifiability.simplex import Echelon, TooLargeError, Vector

MAX_CLASSES = 5_000
"""Classes of configurations at one node."""

Class = tuple[tuple[int, ...], int]
"""Values that later nodes read, and the targets that can produce the configurations, as bits."""


def select_possible(
    tables: Tables, targets: Sequence[Target], producing: Collection[Target]
) -> list[Target]:
    """Select the targets that produce only configurations that the ``producing`` targets produce.

    No other target has weight in a mixture with the distribution of a mixture of these.

    Raises
    ------
    TooLargeError
        There are more than ``MAX_CLASSES`` classes of configurations.

    Examples
    --------
    >>> import numpy as np
    >>> from domix.core.tables import Layout
    >>> coin = Tables(Layout.build([2], [[]]), np.array([Fraction(1, 2), Fraction(1, 2)]))
    >>> select_possible(coin, [(), ((0, 0),), ((0, 1),)], [((0, 0),)])
    [((0, 0),)]
    """
    _, impossible = _traverse(tables, targets, producing, Echelon())
    return [target for c, target in enumerate(targets) if not impossible >> c & 1]


def collect_equations(tables: Tables, targets: Sequence[Target]) -> Echelon:
    """Compute the span of the rows (P_t(x) for t in targets) over all configurations x.

    Raises
    ------
    TooLargeError
        There are more than ``MAX_CLASSES`` classes of configurations.

    Examples
    --------
    >>> import numpy as np
    >>> from domix.core.tables import Layout
    >>> coin = Tables(Layout.build([2], [[]]), np.array([Fraction(1, 2), Fraction(1, 2)]))
    >>> len(collect_equations(coin, [(), ((0, 0),), ((0, 1),)]))
    2
    """
    start = Echelon([dict.fromkeys(range(len(targets)), Fraction(1))])
    classes, _ = _traverse(tables, targets, targets, start)
    return Echelon(vector for span in classes.values() for vector in span)


def _traverse(
    tables: Tables, targets: Sequence[Target], producing: Collection[Target], start: Echelon
) -> tuple[dict[Class, Echelon], int]:
    """Return the classes of complete configurations, and as bits the targets that are impossible.

    The spans grow from ``start``; if it is empty they stay empty, and only the classes count.
    """
    everything = (1 << len(targets)) - 1
    support = sum(1 << c for c, target in enumerate(targets) if target in producing)
    reading, nodes = _relevant_nodes(tables, targets)
    classes: dict[Class, Echelon] = {((), everything): start}
    impossible = 0
    frontier: list[int] = []
    for at, node in enumerate(nodes):
        later = {p for i in nodes[at + 1 :] if i in reading for p in tables.layout.parents[i]}
        next_frontier = [i for i in [*frontier, node] if i in later]
        step = _Step(tables, targets, node, node in reading)
        extended: dict[Class, Echelon] = {}
        for (values, able), span in classes.items():
            read = dict(zip(frontier, values, strict=True))
            for value, w in step.row(read):
                still_able = step.able(able, value, w) & ~impossible
                if not still_able & support:
                    impossible |= still_able
                    continue
                read[node] = value
                key = (tuple(read[i] for i in next_frontier), still_able)
                if key not in extended and len(extended) == MAX_CLASSES:
                    raise TooLargeError(
                        f"more than {MAX_CLASSES:,} classes of configurations would have to be "
                        "distinguished"
                    )
                merged = extended.setdefault(key, Echelon())
                for vector in span:
                    if len(merged) == still_able.bit_count():
                        break
                    merged.insert(step.extend(vector, still_able, w))
        classes, frontier = extended, next_frontier
    return classes, impossible


def _relevant_nodes(tables: Tables, targets: Sequence[Target]) -> tuple[set[int], list[int]]:
    """Return the nodes whose CPTs matter, and all nodes to traverse, in topological order.

    If all targets set a node, its CPT does not matter. If no target does, the entry is a factor of
    all numbers of a row, and it matters only where it is 0.
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
    """The factors of one node in the rows."""

    def __init__(self, tables: Tables, targets: Sequence[Target], node: int, reads: bool) -> None:
        self._tables = tables
        self._node = node
        self._reads = reads
        self._unset = 0
        self._sets = [0] * int(tables.layout.cards[node])
        for c, target in enumerate(targets):
            value = dict(target).get(node)
            if value is None:
                self._unset |= 1 << c
            else:
                self._sets[value] |= 1 << c

    def row(self, read: dict[int, int]) -> list[tuple[int, Fraction]]:
        """Return every value of the node, with its probability where that matters."""
        if not self._reads:
            return [(value, Fraction(1)) for value in range(len(self._sets))]
        parents = self._tables.layout.parents[self._node]
        return list(enumerate(self._tables.node(self._node)[tuple(read[p] for p in parents)]))

    def able(self, able: int, value: int, w: Fraction) -> int:
        """Return the targets that can still produce a configuration with this value."""
        return able & (self._sets[value] | (self._unset if w else 0))

    def extend(self, vector: Vector, able: int, w: Fraction) -> dict[int, Fraction]:
        """Multiply a row by the node's factors."""
        return {
            c: entry * w if self._unset >> c & 1 else entry
            for c, entry in vector.items()
            if able >> c & 1
        }
