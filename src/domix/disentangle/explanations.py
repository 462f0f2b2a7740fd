"""All ways to write a mixture as one of interventions, when some values may be set that are not.

An *explanation* is a set of targets with weights that has the mixture's distribution. Exclusion is
kept on some variables and given up on others, which are *open*. Everything here is exact and in
codes.

Which targets can have weight. Let variable i keep a value e that no target sets and that is
possible whatever its parents are. The targets silent on i then have the same distribution over the
variables before i in every explanation, P_mix(., e) / w_i(e | .), and so do those that set i to
any value. Splitting these further, from the last variable to the first, shows:

- An explanation has the same *parts* as the mixture (a part: what a target sets outside the open
  variables), with the same total weights. So the candidates are the mixture's parts, each with
  anything that open variables may do; and no other choice of e leads to other parts.
- Order the variables so that the open ones and their ancestors come first. Targets that differ in
  what they set outside these are told apart: each such *block* of targets is a problem of its own,
  over the ancestors only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from math import prod

from domix.core.tables import Layout, Tables, Target
from domix.disentangle.equations import equations, possible
from domix.disentangle.polytope import Echelon, Polytope, TooLarge, Vector

__all__ = ["Region", "TooLarge", "Rules", "equal", "explain", "moves", "parent_values", "rules"]

MOST_CANDIDATES = 600
"""Targets that are looked at."""

MOST_TARGETS = 100
"""Targets in a block that may have weight. The time goes with about the cube of their number."""

MOST_VERTICES = 64

ZERO, ONE = Fraction(0), Fraction(1)

Weights = Mapping[Target, Fraction]


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


@dataclass(frozen=True)
class Region:
    """The polytope of explanations.

    Attributes
    ----------
    targets
        Those that have weight in some explanation, by size, then by variable and value.
    low, high
        The interval of each target's weight.
    directions
        A basis of the directions in which weight can move, by index of the target: moves as far as
        there are any (see :func:`moves`), then others.
    vertices
        Weights in the order of ``targets``; None if there are too many.
    """

    targets: tuple[Target, ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    directions: tuple[Vector, ...]
    vertices: tuple[tuple[Fraction, ...], ...] | None


def rules(tables: Tables, targets: Sequence[Target], free: set[int]) -> Rules:
    """Which values stay unused, and which variables are open for it; ``free`` ones are.

    Of several unused values one that is possible for all parents is kept, else for the most.
    """
    layout = tables.layout
    kept: dict[int, int] = {}
    choice: dict[int, tuple[int, ...]] = {}
    for i, card in enumerate(layout.cards.tolist()):
        values = range(card)
        if i in free:
            choice[i] = tuple(values)
            continue
        used = {value for target in targets for j, value in target if j == i}
        rows = tables.node(i).reshape(-1, card)
        possible = (rows[[_met(layout, i, row, targets) for row in range(len(rows))]] > 0).tolist()
        count = [sum(row[value] for row in possible) for value in values]
        kept[i] = max((v for v in values if v not in used), key=lambda v: (count[v], -v))
        if count[kept[i]] < len(possible):
            choice[i] = tuple(v for v in values if v != kept[i])
    return Rules(kept, choice)


def parent_values(layout: Layout, node: int, row: int) -> dict[int, int]:
    """The parents' values of a row of a node's table."""
    out = {}
    for parent in reversed(layout.parents[node]):
        row, out[parent] = divmod(row, int(layout.cards[parent]))
    return out


def _met(layout: Layout, node: int, row: int, targets: Sequence[Target]) -> bool:
    """Whether some target allows the parents' values of a table row."""
    values = parent_values(layout, node, row)
    return any(all(values.get(i, v) == v for i, v in target) for target in targets)


def explain(tables: Tables, weights: Weights, allowed: Rules) -> Region:
    """The explanations of a mixture.

    Parameters
    ----------
    tables
        Exact.
    weights
        Of the mixture's targets, all positive, sum 1.
    allowed
        From :func:`rules`, for the same targets.

    Raises
    ------
    TooLarge
    """
    blocks = _blocks(tables.layout, weights, allowed)
    listed = [candidates(block, allowed) for block in blocks.values()]
    count = sum(map(len, listed))
    if count > MOST_CANDIDATES:
        raise TooLarge(f"{count:,} targets could have weight; at most {MOST_CANDIDATES} are tried")
    solved = [
        _solve(tables, targets, block, allowed)
        for targets, block in zip(listed, blocks.values(), strict=True)
    ]
    return _joined(list(blocks), solved)


def _blocks(
    layout: Layout, weights: Weights, allowed: Rules
) -> dict[Target, dict[Target, Fraction]]:
    """Weights by what targets set outside the open variables and their ancestors, then by the rest."""
    upper = set(allowed.open)
    for i in reversed(layout.order):
        if i in upper:
            upper.update(layout.parents[i])
    out: dict[Target, dict[Target, Fraction]] = {}
    for target, weight in weights.items():
        rest = tuple(pair for pair in target if pair[0] not in upper)
        inside = tuple(pair for pair in target if pair[0] in upper)
        out.setdefault(rest, {})[inside] = weight
    return out


def candidates(targets: Iterable[Target], allowed: Rules) -> list[Target]:
    """The parts of some targets, with everything that the open variables may do.

    Raises
    ------
    TooLarge
    """
    parts = {tuple(pair for pair in target if pair[0] not in allowed.open) for target in targets}
    count = len(parts) * prod(len(values) + 1 for values in allowed.open.values())
    if count > MOST_CANDIDATES:
        raise TooLarge(f"{count:,} targets could have weight; at most {MOST_CANDIDATES} are tried")
    choices = [[(), *(((i, v),) for v in values)] for i, values in allowed.open.items()]
    found = {
        tuple(sorted(chain(part, *settings))) for part in parts for settings in product(*choices)
    }
    return sorted(found, key=_place)


def _place(target: Target) -> tuple[int, Target]:
    return len(target), target


def _solve(tables: Tables, targets: list[Target], weights: Weights, allowed: Rules) -> Region:
    targets = possible(tables, targets, weights)
    if len(targets) > MOST_TARGETS:
        raise TooLarge(
            f"{len(targets)} targets could have weight; at most {MOST_TARGETS} are listed"
        )
    span: Iterable[Vector] = equations(tables, targets)
    high = highest_weights(tables, targets, weights, allowed)
    if high is None:
        whole = _polytope(targets, span, weights)
        high = [whole.maximum(c) for c in range(len(targets))]
    # Without those that never have weight, some explanation gives weight to all: then the
    # directions of the equations are those of the polytope.
    carrying = {c: i for i, c in enumerate(c for c, weight in enumerate(high) if weight)}
    targets = [targets[c] for c in carrying]
    span = [{carrying[c]: e for c, e in row.items() if c in carrying} for row in span]
    found = _polytope(targets, span, weights)
    directions = _directions(tables, targets, found)
    low = tuple(found.minimum(c) for c in range(len(targets)))
    vertices = found.vertices(MOST_VERTICES)
    return Region(
        tuple(targets),
        low,
        tuple(weight for weight in high if weight),
        directions,
        None if vertices is None else tuple(vertices),
    )


def _polytope(targets: Sequence[Target], span: Iterable[Vector], weights: Weights) -> Polytope:
    return Polytope(len(targets), span, [weights.get(t, ZERO) for t in targets])


def _joined(rests: Sequence[Target], parts: Sequence[Region]) -> Region:
    """Blocks side by side: every explanation of one goes with every one of another."""
    pairs = [
        (tuple(sorted((*rest, *target))), b, c)
        for b, (rest, part) in enumerate(zip(rests, parts, strict=True))
        for c, target in enumerate(part.targets)
    ]
    pairs.sort(key=lambda pair: _place(pair[0]))
    index = {(b, c): at for at, (_, b, c) in enumerate(pairs)}
    vertices = None
    if prod(len(p.vertices or [None] * (MOST_VERTICES + 1)) for p in parts) <= MOST_VERTICES:
        choices = product(*(part.vertices or () for part in parts))
        vertices = tuple(
            sorted((tuple(choice[b][c] for _, b, c in pairs) for choice in choices), reverse=True)
        )
    return Region(
        tuple(target for target, _, _ in pairs),
        tuple(parts[b].low[c] for _, b, c in pairs),
        tuple(parts[b].high[c] for _, b, c in pairs),
        tuple(
            {index[b, c]: e for c, e in sorted(direction.items())}
            for b, part in enumerate(parts)
            for direction in part.directions
        ),
        vertices,
    )


def highest_weights(
    tables: Tables, targets: Sequence[Target], weights: Weights, allowed: Rules
) -> list[Fraction] | None:
    """The largest weight of each candidate, in closed form; None where there is no such form.

    Let every part set the parents of the open variables that are not open themselves. Then a target
    equals a mixture of those with the same part that set all open variables, whose own weights are
    unique, so that as much of it fits in as each of these allows. If all variables are open, that
    is the least P_mix(x) / P_t(x).
    """
    layout = tables.layout
    parents = {p for i in allowed.open for p in layout.parents[i]}.difference(allowed.open)
    if any(i in allowed.kept for i in allowed.open):
        return None
    if any(not parents <= {i for i, _ in target} for target in targets):
        return None
    mass: dict[Target, Fraction] = {}
    for target, weight in weights.items():
        for filled, share in _filled(tables, target, allowed):
            mass[filled] = mass.get(filled, ZERO) + weight * share
    return [
        min(mass.get(filled, ZERO) / share for filled, share in _filled(tables, target, allowed))
        for target in targets
    ]


def _filled(tables: Tables, target: Target, allowed: Rules) -> list[tuple[Target, Fraction]]:
    """What a target becomes when the open variables are set as they would fall, with the shares."""
    parts = [(dict(target), ONE)]
    for i in (i for i in tables.layout.order if i in allowed.open):
        parts = [
            ({**part, i: value}, share * w)
            for part, share in parts
            for value, w in ([(part[i], ONE)] if i in part else enumerate(_row(tables, i, part)))
            if w
        ]
    return [(tuple(sorted(part.items())), share) for part, share in parts]


def _row(tables: Tables, node: int, values: Mapping[int, int]) -> list[Fraction]:
    """P(. | parents) of a node, for values that include its parents'."""
    return list(tables.node(node)[tuple(values[p] for p in tables.layout.parents[node])])


def moves(tables: Tables, targets: Sequence[Target]) -> Iterator[Vector]:
    """What P_s = sum over l of w_j(l | s) P_{s and j = l} says about the targets of a list.

    There is a move for every target s and variable j that s leaves alone while it sets all parents
    of j. Over all targets of a network they span every direction: in topological order they turn
    any target into fully set ones, whose distributions are independent.
    """
    place = {target: c for c, target in enumerate(targets)}
    for target, c in place.items():
        values = dict(target)
        for j in tables.layout.order:
            if j in values or any(p not in values for p in tables.layout.parents[j]):
                continue
            wider = {
                tuple(sorted((*target, (j, value)))): -w
                for value, w in enumerate(_row(tables, j, values))
                if w
            }
            if wider.keys() <= place.keys():
                yield {c: ONE, **{place[t]: entry for t, entry in wider.items()}}


def _directions(
    tables: Tables, targets: Sequence[Target], polytope: Polytope
) -> tuple[Vector, ...]:
    span, out = Echelon(), []
    for direction in chain(moves(tables, targets), polytope.directions()):
        if len(span) == polytope.dimension:
            break
        if span.insert(direction):
            out.append(direction)
    return tuple(out)


def equal(tables: Tables, one: Weights, other: Weights, allowed: Rules) -> bool:
    """Whether two mixtures that keep exclusion where ``allowed`` does have the same distribution.

    Raises
    ------
    TooLarge
    """
    gap = {t: one.get(t, ZERO) - other.get(t, ZERO) for t in sorted({*one, *other})}
    for block in _blocks(tables.layout, gap, allowed).values():
        entries = list(block.values())
        span = equations(tables, list(block))
        if any(sum(e * entries[c] for c, e in vector.items()) for vector in span):
            return False
    return True
