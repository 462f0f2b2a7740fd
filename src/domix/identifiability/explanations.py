"""All explanations of a mixture: the sets of targets and weights that have its distribution.

Everything is exact and in codes. :mod:`domix.identifiability.candidates` decides which targets may
have weight, and which variables are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, product
from math import prod

from domix.core.tables import Tables, Target
from domix.core.targets import by_size, from_pairs, union, with_value
from domix.identifiability.candidates import Constraints, list_candidates, split_blocks
from domix.identifiability.equations import collect_equations, select_possible
from domix.identifiability.simplex import Echelon, Polytope, TooLargeError, Vector

MAX_TARGETS = 128
"""Targets of one block. The time grows with about the cube of their number."""

MAX_VERTICES = 64

ZERO, ONE = Fraction(0), Fraction(1)

Weights = Mapping[Target, Fraction]


@dataclass(frozen=True)
class Region:
    """The polytope of explanations.

    Attributes
    ----------
    targets : tuple of Target
        All that have weight in some explanation, by size, then by variable and value.
    low, high : tuple of Fraction
        The interval of each target's weight.
    directions : tuple of Vector
        A basis of the directions in which weights can change, by index of the target: elementary
        ones (see :func:`elementary_directions`) as far as possible.
    vertices : tuple of tuple of Fraction, or None
        Weights in the order of ``targets``; None if there are more than ``MAX_VERTICES``.
    """

    targets: tuple[Target, ...]
    low: tuple[Fraction, ...]
    high: tuple[Fraction, ...]
    directions: tuple[Vector, ...]
    vertices: tuple[tuple[Fraction, ...], ...] | None


def explain(tables: Tables, weights: Weights, constraints: Constraints) -> Region:
    """Compute all explanations of a mixture, from exact tables and positive weights with sum 1.

    Raises
    ------
    TooLargeError
        A limit is exceeded.
    """
    targets = list_candidates(tables, list(weights), constraints)
    set_somewhere = {i for target in targets for i, _ in target}
    open_ = {i: values for i, values in constraints.open.items() if i in set_somewhere}
    constraints = Constraints(constraints.kept, open_)
    blocks = split_blocks(tables.layout, targets, open_)
    regions = []
    for outside, block in blocks.items():
        own = {t: weights[whole] for t in block if (whole := union(outside, t)) in weights}
        regions.append(_solve(tables, block, own, constraints))
    return _combine(list(blocks), regions)


def _solve(
    tables: Tables, targets: list[Target], weights: Weights, constraints: Constraints
) -> Region:
    """Compute the explanations of one block."""
    targets = select_possible(tables, targets, weights)
    if len(targets) > MAX_TARGETS:
        raise TooLargeError(
            f"{len(targets)} targets could have weight; at most {MAX_TARGETS} are listed"
        )
    span: Iterable[Vector] = collect_equations(tables, targets)
    high = largest_weights(tables, targets, weights, constraints)
    if high is None:
        polytope = _polytope(targets, span, weights)
        high = [polytope.maximum(c) for c in range(len(targets))]
    # Without the targets that never have weight, some explanation gives weight to all: then the
    # directions of the equations are those of the polytope.
    index = {c: i for i, c in enumerate(c for c, weight in enumerate(high) if weight)}
    targets = [targets[c] for c in index]
    span = [{index[c]: e for c, e in row.items() if c in index} for row in span]
    polytope = _polytope(targets, span, weights)
    directions = _directions(tables, targets, polytope)
    low = tuple(polytope.minimum(c) for c in range(len(targets)))
    vertices = polytope.vertices(MAX_VERTICES)
    return Region(
        tuple(targets),
        low,
        tuple(weight for weight in high if weight),
        directions,
        None if vertices is None else tuple(vertices),
    )


def _polytope(targets: Sequence[Target], span: Iterable[Vector], weights: Weights) -> Polytope:
    return Polytope(len(targets), span, [weights.get(t, ZERO) for t in targets])


def _combine(outsides: Sequence[Target], regions: Sequence[Region]) -> Region:
    """Combine blocks: an explanation is any choice of one explanation per block."""
    places = {
        union(outside, target): (b, c)
        for b, (outside, region) in enumerate(zip(outsides, regions, strict=True))
        for c, target in enumerate(region.targets)
    }
    targets = by_size(places)
    order = [places[target] for target in targets]
    index = {place: i for i, place in enumerate(order)}
    vertices = None
    counts = [len(r.vertices or [None] * (MAX_VERTICES + 1)) for r in regions]
    if prod(counts) <= MAX_VERTICES:
        choices = product(*(region.vertices or () for region in regions))
        vertices = tuple(
            sorted((tuple(choice[b][c] for b, c in order) for choice in choices), reverse=True)
        )
    return Region(
        tuple(targets),
        tuple(regions[b].low[c] for b, c in order),
        tuple(regions[b].high[c] for b, c in order),
        tuple(
            {index[b, c]: e for c, e in sorted(direction.items())}
            for b, region in enumerate(regions)
            for direction in region.directions
        ),
        vertices,
    )


def largest_weights(
    tables: Tables, targets: Sequence[Target], weights: Weights, constraints: Constraints
) -> list[Fraction] | None:
    r"""Compute the largest weight of each candidate in closed form; None if there is none.

    Let every fixed part set the parents of the open variables that are not open themselves. Then a
    target t equals a mixture, with shares :math:`q_u`, of the targets u with the same fixed part
    that set all open variables. Written in terms of these, weights are unique, :math:`\mu_u`, so
    the largest weight of t is :math:`\min_u \mu_u / q_u`. If all variables are open, that is
    :math:`\min_x P_{mix}(x) / P_t(x)`.
    """
    layout = tables.layout
    open_parents = {p for i in constraints.open for p in layout.parents[i]}
    closed_parents = open_parents.difference(constraints.open)
    if any(i in constraints.kept for i in constraints.open):
        return None
    if any(not closed_parents <= {i for i, _ in target} for target in targets):
        return None
    totals: dict[Target, Fraction] = {}
    for target, weight in weights.items():
        for filled, share in _set_open(tables, target, constraints):
            totals[filled] = totals.get(filled, ZERO) + weight * share
    return [
        min(totals.get(filled, ZERO) / share for filled, share in _set_open(tables, t, constraints))
        for t in targets
    ]


def _set_open(
    tables: Tables, target: Target, constraints: Constraints
) -> list[tuple[Target, Fraction]]:
    """Write a target as a mixture of targets that set all open variables, with their shares."""
    parts = [(dict(target), ONE)]
    for i in (i for i in tables.layout.order if i in constraints.open):
        parts = [
            ({**part, i: value}, share * w)
            for part, share in parts
            for value, w in ([(part[i], ONE)] if i in part else enumerate(_row(tables, i, part)))
            if w
        ]
    return [(from_pairs(part.items()), share) for part, share in parts]


def _row(tables: Tables, node: int, values: Mapping[int, int]) -> list[Fraction]:
    """Return P(. | parents) of a node, for values that include its parents'."""
    return list(tables.node(node)[tuple(values[p] for p in tables.layout.parents[node])])


def elementary_directions(tables: Tables, targets: Sequence[Target]) -> Iterator[Vector]:
    r"""Yield the directions that the laws of single variables give among some targets.

    For every target s, and every variable j that s leaves unset while it sets all parents of j,

    .. math:: P_s = \sum_l w_j(l \mid s) P_{s \cup \{j = l\}}.

    Over all targets of a network these span every direction: in topological order they turn any
    target into targets that set all variables, whose distributions are linearly independent.
    """
    index = {target: c for c, target in enumerate(targets)}
    for target, c in index.items():
        values = dict(target)
        for j in tables.layout.order:
            if j in values or any(p not in values for p in tables.layout.parents[j]):
                continue
            larger = {
                with_value(target, j, value): -w
                for value, w in enumerate(_row(tables, j, values))
                if w
            }
            if larger.keys() <= index.keys():
                yield {c: ONE, **{index[t]: entry for t, entry in larger.items()}}


def _directions(
    tables: Tables, targets: Sequence[Target], polytope: Polytope
) -> tuple[Vector, ...]:
    span, out = Echelon(), []
    for direction in chain(elementary_directions(tables, targets), polytope.directions()):
        if len(span) == polytope.dimension:
            break
        if span.insert(direction):
            out.append(direction)
    return tuple(out)


def same_distribution(
    tables: Tables, one: Weights, other: Weights, variables: Iterable[int]
) -> bool:
    """Tell whether two mixtures have the same distribution.

    They must agree on what they do outside ``variables`` and their ancestors.

    Raises
    ------
    TooLargeError
        A limit is exceeded.
    """
    gap = {t: one.get(t, ZERO) - other.get(t, ZERO) for t in sorted({*one, *other})}
    gap = {target: weight for target, weight in gap.items() if weight}
    for outside, targets in split_blocks(tables.layout, list(gap), variables).items():
        entries = [gap[union(outside, target)] for target in targets]
        span = collect_equations(tables, targets)
        if any(sum(e * entries[c] for c, e in vector.items()) for vector in span):
            return False
    return True
