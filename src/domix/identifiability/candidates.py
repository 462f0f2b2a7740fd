r"""Candidate targets: those that can have weight in another explanation of a mixture.

Let e be a value of variable i that no target uses, neither in the mixture nor in the explanation.
Where e is possible, the targets that leave i unset have the same distribution over the variables
before i in both, :math:`P_{mix}(\cdot, i=e) / w_i(e \mid \cdot)`, and so do those that set i to any
one value. If e is always possible, repeating this from the last variable to the first shows:

- A variable is *open* if exclusion is given up on it, or if it has no unused value that is always
  possible. What a target sets outside the open variables is its *fixed part*. Both mixtures have
  the same fixed parts with the same total weights. So the candidates are the fixed parts of the
  mixture, each with anything that the open variables may do, and no other choice of e leads to
  other fixed parts.
- Put the open variables and their ancestors first in the order. Targets that differ in what they
  set outside these variables belong to different *blocks*, and each block is a problem of its own,
  over these variables only.

Where e is not always possible, a value that the mixture does not use can only be set by targets
under which e is impossible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domix.core.codes import parent_values
from domix.core.graph import ancestors
from domix.core.tables import Layout, Tables, Target
from domix.core.targets import by_size, from_pairs, restricted
from domix.identifiability.simplex import TooLargeError

MAX_CANDIDATES = 600
"""Each candidate is a column of equations, until it turns out that it never has weight."""


@dataclass(frozen=True)
class Constraints:
    """The values that candidate targets may use.

    Attributes
    ----------
    kept : mapping of int to int
        Variable to the value that stays unused, on all variables where exclusion is kept.
    open : mapping of int to tuple of int
        Open variable to the values that candidates may set: all values where exclusion is given up;
        all but the kept one where that is not always possible.
    """

    kept: Mapping[int, int]
    open: Mapping[int, tuple[int, ...]]


def derive_constraints(tables: Tables, targets: Sequence[Target], free: set[int]) -> Constraints:
    """Choose the values that stay unused; exclusion is given up on the ``free`` variables.

    Of several unused values, one that is always possible is kept, else the first.
    """
    kept: dict[int, int] = {}
    choices: dict[int, tuple[int, ...]] = {}
    used = {pair for target in targets for pair in target}
    for i, card in enumerate(tables.layout.cards.tolist()):
        if i in free:
            choices[i] = tuple(range(card))
            continue
        unused = [value for value in range(card) if (i, value) not in used]
        possible = [value for value in unused if always_possible(tables, targets, i, value)]
        kept[i] = [*possible, *unused][0]
        if not possible:
            choices[i] = tuple(value for value in range(card) if value != kept[i])
    return Constraints(kept, choices)


def always_possible(tables: Tables, targets: Sequence[Target], node: int, value: int) -> bool:
    """Tell whether a value is possible for all parents' values that some target allows."""
    layout = tables.layout
    column = tables.node(node).reshape(-1, int(layout.cards[node]))[:, value]
    for row in np.flatnonzero(column == 0).tolist():
        values = parent_values(layout, node, row)
        if any(all(values.get(i, v) == v for i, v in target) for target in targets):
            return False
    return True


def list_candidates(
    tables: Tables, targets: Sequence[Target], constraints: Constraints
) -> list[Target]:
    """Combine the fixed parts of a mixture's targets with all that the open variables may do.

    Raises
    ------
    TooLargeError
        There are more than ``MAX_CANDIDATES``.
    """
    used = {pair for target in targets for pair in target}
    closed = set(range(tables.layout.n)).difference(constraints.open)
    fixed = {restricted(target, closed) for target in targets}
    combined = [dict(part) for part in fixed]
    for i in (i for i in tables.layout.order if i in constraints.open):
        kept = constraints.kept.get(i)
        kept_is_possible = None if kept is None else _SurelyPossible(tables, i, kept)
        extended = list(combined)
        for part in combined:
            only_used = kept_is_possible is not None and kept_is_possible(part)
            values = [v for v in constraints.open[i] if not only_used or (i, v) in used]
            extended.extend({**part, i: value} for value in values)
            if len(extended) > MAX_CANDIDATES:
                raise TooLargeError(f"more than {MAX_CANDIDATES} targets could have weight")
        combined = extended
    return by_size(from_pairs(part.items()) for part in combined)


class _SurelyPossible:
    """Whether a target surely allows parents' values under which a node's value is possible."""

    def __init__(self, tables: Tables, node: int, value: int) -> None:
        layout = tables.layout
        column = tables.node(node).reshape(-1, int(layout.cards[node]))[:, value]
        self._rows = [parent_values(layout, node, r) for r in np.flatnonzero(column > 0).tolist()]
        self._always = {
            (p, v)
            for p in layout.parents[node]
            for v in range(int(layout.cards[p]))
            if always_possible(tables, [()], p, v)
        }

    def __call__(self, target: Mapping[int, int]) -> bool:
        return any(
            all(target[p] == v if p in target else (p, v) in self._always for p, v in row.items())
            for row in self._rows
        )


def split_blocks(
    layout: Layout, targets: Sequence[Target], variables: Iterable[int]
) -> dict[Target, list[Target]]:
    """Split targets into what they set inside and outside some variables and their ancestors.

    Returns
    -------
    dict
        What targets set outside, to the list of what they set inside.
    """
    inside = ancestors(variables, layout.parents.__getitem__)
    outside = set(range(layout.n)) - inside
    blocks: dict[Target, list[Target]] = {}
    for target in targets:
        blocks.setdefault(restricted(target, outside), []).append(restricted(target, inside))
    return blocks
