"""Which targets can have weight in another way to write a mixture, before any equation is solved.

Let no target set variable i to a value e, in the mixture nor in what explains it. Where e is
possible, the targets silent on i then have the same distribution over the variables before i in
both, namely P_mix(., e) / w_i(e | .), and so do those that set i to any value. If e is always
possible, splitting these further, from the last variable to the first, shows:

- The *parts* are the same, with the same total weights (a part: what a target sets outside the open
  variables, on which exclusion is given up or e is not always possible). So the candidates are the
  mixture's parts, each with what open variables may do; no other choice of e leads to other parts.
- Order the variables so that the open ones and their ancestors come first. Targets that differ in
  what they set outside these are told apart: each such *block* of targets is a problem of its own,
  over the ancestors only.

Where e is not always possible, a value that the mixture does not set can only be set by targets
under which e is impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.codes import parent_values
from domix.core.graph import ancestors
from domix.core.tables import Layout, Tables, Target
from domix.identifiability.simplex import TooLargeError

__all__ = ["Rules", "always_possible", "blocks", "candidates", "rules"]

MOST_CANDIDATES = 600
"""Each is a column of equations, until it turns out that it never has weight."""


@dataclass(frozen=True)
class Rules:
    """What candidate targets may set.

    Attributes
    ----------
    kept
        Variable to the value that stays unused.
    open
        Variable to the values that candidates may set, whatever the mixture's targets do there:
        all where exclusion is given up; all but the one kept where that is not always possible.
    """

    kept: Mapping[int, int]
    open: Mapping[int, tuple[int, ...]]


def rules(tables: Tables, targets: Sequence[Target], free: set[int]) -> Rules:
    """Which values stay unused, and which variables are open for it; ``free`` ones are.

    Of several unused values one that is always possible is kept, else the first.
    """
    kept: dict[int, int] = {}
    choice: dict[int, tuple[int, ...]] = {}
    used = {pair for target in targets for pair in target}
    for i, card in enumerate(tables.layout.cards.tolist()):
        if i in free:
            choice[i] = tuple(range(card))
            continue
        unused = [value for value in range(card) if (i, value) not in used]
        sure = [value for value in unused if always_possible(tables, targets, i, value)]
        kept[i] = [*sure, *unused][0]
        if not sure:
            choice[i] = tuple(value for value in range(card) if value != kept[i])
    return Rules(kept, choice)


def always_possible(tables: Tables, targets: Sequence[Target], node: int, value: int) -> bool:
    """Whether a value is possible for all parents' values that some target allows."""
    layout = tables.layout
    column = tables.node(node).reshape(-1, int(layout.cards[node]))[:, value]
    for row in np.flatnonzero(column == 0).tolist():
        values = parent_values(layout, node, row)
        if any(all(values.get(i, v) == v for i, v in target) for target in targets):
            return False
    return True


def candidates(tables: Tables, targets: Sequence[Target], allowed: Rules) -> list[Target]:
    """The parts of a mixture's targets, with what the open variables may do.

    Raises
    ------
    TooLargeError
    """
    used = {pair for target in targets for pair in target}
    parts = {tuple(pair for pair in target if pair[0] not in allowed.open) for target in targets}
    found = [dict(part) for part in parts]
    for i in (i for i in tables.layout.order if i in allowed.open):
        meets_kept = _Meeting(tables, i, allowed.kept[i]) if i in allowed.kept else None
        wider = list(found)
        for part in found:
            barred = meets_kept is not None and meets_kept(part)
            values = [v for v in allowed.open[i] if not barred or (i, v) in used]
            wider.extend({**part, i: value} for value in values)
            if len(wider) > MOST_CANDIDATES:
                raise TooLargeError(f"more than {MOST_CANDIDATES} targets could have weight")
        found = wider
    return sorted((tuple(sorted(part.items())) for part in found), key=lambda t: (len(t), t))


class _Meeting:
    """Whether a node's value is surely possible under a target, for some values of its parents."""

    def __init__(self, tables: Tables, node: int, value: int) -> None:
        layout = tables.layout
        column = tables.node(node).reshape(-1, int(layout.cards[node]))[:, value]
        self._rows = [parent_values(layout, node, r) for r in np.flatnonzero(column > 0).tolist()]
        self._sure = {
            (p, v)
            for p in layout.parents[node]
            for v in range(int(layout.cards[p]))
            if always_possible(tables, [()], p, v)
        }

    def __call__(self, target: Mapping[int, int]) -> bool:
        return any(
            all(target[p] == v if p in target else (p, v) in self._sure for p, v in row.items())
            for row in self._rows
        )


def blocks(
    layout: Layout, targets: Sequence[Target], inside: Iterable[int]
) -> dict[Target, list[Target]]:
    """What targets set in some variables and their ancestors, by what they set outside of these."""
    upper = ancestors(inside, layout.parents.__getitem__)
    out: dict[Target, list[Target]] = {}
    for target in targets:
        rest = tuple(pair for pair in target if pair[0] not in upper)
        out.setdefault(rest, []).append(tuple(pair for pair in target if pair[0] in upper))
    return out
