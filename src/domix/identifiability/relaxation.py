"""An explanation of a distribution that gives exclusion up on as few variables as possible.

With exclusion given up on all variables there always is one: do(x) with weight P_mix(x), for every
configuration x. So there is a least number of variables that is enough. More than one choice of so
many may do, and none of them is better than the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np

from domix.core.tables import Tables, Target
from domix.core.targets import by_size
from domix.identifiability.simplex import Polytope, TooLargeError, Vector
from domix.query.probability import exact_prob

MAX_TARGETS = 100
"""All targets of the network. There are as many linear programs, and each takes a tenth of a second
where there are many."""

ZERO, ONE = Fraction(0), Fraction(1)

Column = Sequence[Fraction]
"""P_t(x) of one target, for every configuration x that P_mix can produce."""


def relax_exclusion(
    tables: Tables, p_mix: Mapping[tuple[int, ...], Fraction], free: set[int]
) -> tuple[dict[Target, Fraction], set[int]]:
    """Find an explanation, and all variables on which exclusion may have to be given up for one.

    ``p_mix`` maps configurations to probabilities (absent means 0); on the variables in ``free``
    exclusion is given up in any case. The targets use every state of the variables of one choice of
    as few more variables as possible: if they left a state unused, one variable fewer would do. The
    set of variables returned is the union of ``free`` and of all such choices.

    Raises
    ------
    TooLargeError
        The network has more than ``MAX_TARGETS`` targets.

    Examples
    --------
    >>> from domix.core.tables import Layout
    >>> half = Fraction(1, 2)
    >>> layout = Layout.build([2, 2], [[], [0]])
    >>> tables = Tables(layout, np.array([half, half, ONE, ZERO, ZERO, ONE]))
    >>> relax_exclusion(tables, {(0, 1): half, (1, 0): half}, set())
    ({((0, 0), (1, 1)): Fraction(1, 2), ((0, 1), (1, 0)): Fraction(1, 2)}, {0, 1})
    """
    check_size(tables)
    cards, order = tables.layout.cards.tolist(), tables.layout.order
    possible = {x: p for x, p in p_mix.items() if p}
    columns = dict(_columns(tables, list(possible)))
    for more in range(len(order) - len(free) + 1):
        found: dict[Target, Fraction] = {}
        opened: set[int] = set()
        for chosen in combinations([i for i in order if i not in free], more):
            given_up = free.union(chosen)
            choices = product(*([k] if i in given_up else range(k) for i, k in enumerate(cards)))
            solutions = (_solve(unused, columns, list(possible.values())) for unused in choices)
            weights = next((solution for solution in solutions if solution), None)
            if weights:
                found, opened = found or weights, opened | given_up
        if found:
            return found, opened
    raise AssertionError("every distribution is a mixture of its configurations")


def check_size(tables: Tables) -> None:
    """Raise the TooLargeError of :func:`relax_exclusion`, if it would."""
    targets = prod(k + 1 for k in tables.layout.cards.tolist())
    if targets > MAX_TARGETS:
        raise TooLargeError(f"there are {targets:,} targets; at most {MAX_TARGETS} are tried")


def _columns(
    tables: Tables, possible: Sequence[tuple[int, ...]]
) -> Iterator[tuple[Target, Column]]:
    """Yield the targets that produce only possible configurations, by size."""
    cards = tables.layout.cards.tolist()
    rows = np.array(possible, dtype=np.uint8)
    settings = product(*([None, *range(k)] for k in cards))
    targets = [tuple((i, v) for i, v in enumerate(s) if v is not None) for s in settings]
    for target in by_size(targets):
        column = exact_prob(tables, rows, target).tolist()
        if sum(column) == 1:
            yield target, column


def _solve(
    unused: Sequence[int], columns: Mapping[Target, Column], p_mix: Column
) -> dict[Target, Fraction] | None:
    """Find weights of targets that do not use one value of each variable; None if there are none.

    This is the first phase of the simplex method. One slack column per configuration is what the
    targets leave of its probability; the last column is the sum of these, at first 1. The weights
    explain P_mix if its minimum is 0.
    """
    targets = [t for t in columns if all(unused[i] != value for i, value in t)]
    n, rows = len(targets), range(len(p_mix))
    equations: list[Vector] = [
        {**{c: columns[t][x] for c, t in enumerate(targets)}, n + x: ONE} for x in rows
    ]
    total: Vector = {**{n + x: ONE for x in rows}, n + len(p_mix): -ONE}
    point = [*[ZERO] * n, *p_mix, sum(p_mix, ZERO)]
    polytope = Polytope(n + len(p_mix) + 1, [*equations, total], point)
    if polytope.minimum(n + len(p_mix)):
        return None
    return {t: weight for t, weight in zip(targets, polytope.point, strict=False) if weight}
