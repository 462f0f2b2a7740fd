"""An explanation of a distribution that gives exclusion up where nothing else explains it.

With exclusion given up on all variables there always is one: do(x) with weight P_mix(x), for every
configuration x. So some least number of variables is enough. More than one choice of so many may
do, and none of them is better than the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np

from domix.core.tables import Tables, Target
from domix.identifiability.simplex import Polytope, TooLargeError, Vector
from domix.query.probability import exact_prob

__all__ = ["check_size", "relaxed"]

MOST_TARGETS = 100
"""Of all. There are as many questions, and each takes a tenth of a second where they are many."""

ZERO, ONE = Fraction(0), Fraction(1)

Column = Sequence[Fraction]
"""P_t(x) of one target, for every configuration x that P_mix can produce."""


def relaxed(
    tables: Tables, masses: Mapping[tuple[int, ...], Fraction], free: set[int]
) -> tuple[dict[Target, Fraction], set[int]]:
    """Targets and weights with this distribution, and variables on which to give exclusion up.

    These are all that belong to a choice of as few as possible. The targets use every state of the
    variables of one such choice only: if a state were left, one variable fewer would do.

    Parameters
    ----------
    tables
        Exact.
    masses
        Configuration, a value per variable, to its probability; absent is 0.
    free
        Variables on which exclusion is given up in any case. Of the others, on as few as possible.

    Raises
    ------
    TooLargeError

    Examples
    --------
    >>> from domix.core.tables import Layout
    >>> half = Fraction(1, 2)
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> tables = Tables(layout, np.array([half, half, ONE, ZERO, ZERO, ONE]))
    >>> relaxed(tables, {(0, 1): half, (1, 0): half}, set())
    ({((0, 0), (1, 1)): Fraction(1, 2), ((0, 1), (1, 0)): Fraction(1, 2)}, {0, 1})
    """
    check_size(tables)
    cards, order = tables.layout.cards.tolist(), tables.layout.order
    possible = {x: p for x, p in masses.items() if p}
    columns = dict(_columns(tables, list(possible)))
    for more in range(len(order) - len(free) + 1):
        found: dict[Target, Fraction] = {}
        opened: set[int] = set()
        for chosen in combinations([i for i in order if i not in free], more):
            here = free.union(chosen)
            unused = product(*([k] if i in here else range(k) for i, k in enumerate(cards)))
            ways = (_weights(left, columns, list(possible.values())) for left in unused)
            weights = next((way for way in ways if way), None)
            if weights:
                found, opened = found or weights, opened | here
        if found:
            return found, opened
    raise AssertionError("every distribution is a mixture of its configurations")


def check_size(tables: Tables) -> None:
    """Raises TooLargeError where :func:`relaxed` would."""
    targets = prod(k + 1 for k in tables.layout.cards.tolist())
    if targets > MOST_TARGETS:
        raise TooLargeError(f"there are {targets:,} targets; at most {MOST_TARGETS} are tried")


def _columns(
    tables: Tables, possible: Sequence[tuple[int, ...]]
) -> Iterator[tuple[Target, Column]]:
    """The targets that produce nothing but what is possible; those that set little come first."""
    cards = tables.layout.cards.tolist()
    rows = np.array(possible, dtype=np.uint8)
    ways = product(*([None, *range(k)] for k in cards))
    targets = [tuple((i, v) for i, v in enumerate(way) if v is not None) for way in ways]
    for target in sorted(targets, key=lambda t: (len(t), t)):
        column = exact_prob(tables, rows, target).tolist()
        if sum(column) == 1:
            yield target, column


def _weights(
    left: Sequence[int], columns: Mapping[Target, Column], masses: Column
) -> dict[Target, Fraction] | None:
    """Weights of targets that leave one value of each variable; None if no such weights do.

    What they leave of each configuration has a column of its own, and the last column is all that
    they leave: at first everything. The question is whether it can be nothing.
    """
    targets = [t for t in columns if all(left[i] != value for i, value in t)]
    n, rows = len(targets), range(len(masses))
    equations: list[Vector] = [
        {**{c: columns[t][x] for c, t in enumerate(targets)}, n + x: ONE} for x in rows
    ]
    total: Vector = {**{n + x: ONE for x in rows}, n + len(masses): -ONE}
    solver = Polytope(
        n + len(masses) + 1, [*equations, total], [*[ZERO] * n, *masses, sum(masses, ZERO)]
    )
    if solver.minimum(n + len(masses)):
        return None
    return {t: weight for t, weight in zip(targets, solver.point, strict=False) if weight}
