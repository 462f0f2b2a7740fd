"""All explanations of a mixture: the sets of targets and weights that have its distribution.

Exact, and in codes. Which targets may have weight, and which variables are *open*, is for
:mod:`domix.identifiability.candidates` to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from math import prod

from domix.core.tables import Tables, Target
from domix.identifiability.candidates import Rules, blocks, candidates
from domix.identifiability.equations import equations, possible
from domix.identifiability.simplex import Echelon, Polytope, TooLargeError, Vector

__all__ = ["Region", "equal", "explain", "moves", "united"]

MOST_TARGETS = 128
"""Targets of one block. The time goes with about the cube of their number."""

MOST_VERTICES = 64

ZERO, ONE = Fraction(0), Fraction(1)

Weights = Mapping[Target, Fraction]


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
    TooLargeError
    """
    targets = candidates(tables, list(weights), allowed)
    touched = {i for target in targets for i, _ in target}
    allowed = Rules(allowed.kept, {i: v for i, v in allowed.open.items() if i in touched})
    parts = blocks(tables.layout, targets, allowed.open)
    solved = []
    for rest, inside in parts.items():
        own = {t: weights[w] for t in inside if (w := united(rest, t)) in weights}
        solved.append(_solve(tables, inside, own, allowed))
    return _joined(list(parts), solved)


def united(one: Target, other: Target) -> Target:
    """The target that sets what two targets of different variables set."""
    return tuple(sorted((*one, *other)))


def _solve(tables: Tables, targets: list[Target], weights: Weights, allowed: Rules) -> Region:
    targets = possible(tables, targets, weights)
    if len(targets) > MOST_TARGETS:
        raise TooLargeError(
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
        (united(rest, target), b, c)
        for b, (rest, part) in enumerate(zip(rests, parts, strict=True))
        for c, target in enumerate(part.targets)
    ]
    pairs.sort(key=lambda pair: (len(pair[0]), pair[0]))
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
                united(target, ((j, value),)): -w
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


def equal(tables: Tables, one: Weights, other: Weights, inside: Iterable[int]) -> bool:
    """Whether two mixtures have the same distribution.

    Parameters
    ----------
    tables
        Exact.
    one, other
    inside
        Variables: the two are alike in what they do outside of these and of their ancestors.

    Raises
    ------
    TooLargeError
    """
    gap = {t: one.get(t, ZERO) - other.get(t, ZERO) for t in sorted({*one, *other})}
    gap = {target: weight for target, weight in gap.items() if weight}
    for rest, targets in blocks(tables.layout, list(gap), inside).items():
        entries = [gap[united(rest, target)] for target in targets]
        span = equations(tables, targets)
        if any(sum(e * entries[c] for c, e in vector.items()) for vector in span):
            return False
    return True
