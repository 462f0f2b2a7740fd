"""All explanations, compared with the linear programs over every target of tiny networks."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domix.core.tables import Layout, Tables, Target
from domix.identifiability import candidates, equations
from domix.identifiability.candidates import derive_constraints
from domix.identifiability.explanations import (
    elementary_directions,
    explain,
    largest_weights,
    same_distribution,
)
from domix.identifiability.simplex import Echelon, Polytope, TooLargeError
from domix.query.probability import exact_prob
from strategies import every_row, mixtures, networks

F = Fraction


def every_target(cards):
    settings = product(*([None, *range(int(k))] for k in cards))
    return [tuple((i, v) for i, v in enumerate(s) if v is not None) for s in settings]


def rows_of(net, targets):
    """P_t(x), one row per configuration, as sparse vectors over the targets."""
    columns = [exact_prob(net.tables, every_row(net), t) for t in targets]
    return [{c: p for c, p in enumerate(row) if p} for row in zip(*columns, strict=True)]


def produced(net, weights):
    """P_mix of all configurations."""
    parts = [w * exact_prob(net.tables, every_row(net), t) for t, w in weights.items()]
    return sum(parts[1:], start=parts[0]).tolist()


def exhausted(net, weights):
    used = {pair for t in weights for pair in t}
    return {i for i, k in enumerate(net.space.cards) if all((i, v) in used for v in range(k))}


@st.composite
def cases(draw, /, **how):
    """A network, weights by target, and the constraints on candidates."""
    net = draw(networks(most=3, cards=(1, 3), exact=True, **how))
    mixture = draw(mixtures(net))
    weights = dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))
    free = exhausted(net, weights)
    if len(net.variables) < 3 or draw(st.booleans()):
        free |= set(draw(st.lists(st.sampled_from(range(len(net.variables))), max_size=1)))
    return net, weights, derive_constraints(net.tables, list(weights), free)


def check_against_every_target(net, weights, constraints):
    region = explain(net.tables, weights, constraints)
    targets = [
        t for t in every_target(net.space.cards) if not set(t) & set(constraints.kept.items())
    ]
    whole = Polytope(len(targets), rows_of(net, targets), [weights.get(t, F(0)) for t in targets])
    bounds = dict(zip(region.targets, zip(region.low, region.high, strict=True), strict=True))
    for c, t in enumerate(targets):
        assert (whole.minimum(c), whole.maximum(c)) == bounds.get(t, (0, 0))
    return region


@given(cases(zeros=False))
def test_intervals_equal_those_over_all_targets(case):
    check_against_every_target(*case)


@given(cases(zeros=True))
def test_intervals_equal_those_over_all_targets_with_zeros(case):
    check_against_every_target(*case)


@given(cases(zeros=True))
def test_vertices_and_directions_keep_the_distribution(case):
    net, weights, constraints = case
    region = explain(net.tables, weights, constraints)
    for vertex in region.vertices or ():
        assert min(vertex) >= 0
        assert sum(vertex) == 1
        found = dict(zip(region.targets, vertex, strict=True))
        assert produced(net, found) == produced(net, weights)
    rows = rows_of(net, region.targets)
    for direction in region.directions:
        assert all(sum(row.get(c, 0) * z for c, z in direction.items()) == 0 for row in rows)
    # They are linearly independent and span all solutions of the equations.
    assert len(Echelon(region.directions)) == len(region.directions)
    assert len(region.directions) == len(region.targets) - len(Echelon(rows))
    if region.vertices is not None:
        corners = Echelon(
            {c: v - w for c, (v, w) in enumerate(zip(one, region.vertices[0], strict=True))}
            for one in region.vertices
        )
        assert len(corners) == len(region.directions)


@given(networks(most=3, cards=(1, 3), exact=True))
def test_elementary_directions_span_every_direction(net):
    targets = every_target(net.space.cards)
    rows, found = rows_of(net, targets), list(elementary_directions(net.tables, targets))
    for move in found:
        assert all(sum(row.get(c, 0) * z for c, z in move.items()) == 0 for row in rows)
    configurations = prod(net.space.cards.tolist())
    assert len(Echelon(rows)) == configurations
    assert len(Echelon(found)) == len(targets) - configurations


@given(cases(zeros=True))
def test_closed_form_of_the_largest_weight(case):
    net, weights, constraints = case
    region = explain(net.tables, weights, constraints)
    targets = list(region.targets)
    closed = largest_weights(net.tables, targets, weights, constraints)
    assume(closed is not None)
    whole = Polytope(len(targets), rows_of(net, targets), [weights.get(t, F(0)) for t in targets])
    assert closed == [whole.maximum(c) for c in range(len(targets))]


@given(networks(most=2, cards=(2, 3), exact=True, zeros=False), st.data())
def test_without_exclusion_the_largest_weight_is_a_ratio(net, data):
    mixture = data.draw(mixtures(net))
    weights = dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))
    free = set(range(len(net.variables)))
    region = explain(net.tables, weights, derive_constraints(net.tables, list(weights), free))
    p_mix = produced(net, weights)
    for t, high in zip(region.targets, region.high, strict=True):
        p = exact_prob(net.tables, every_row(net), t).tolist()
        assert high == min(m / q for m, q in zip(p_mix, p, strict=True) if q)


@given(networks(most=3, cards=(2, 2), exact=True, zeros=False), st.data())
def test_other_unused_values_give_no_other_explanations(net, data):
    """Explanations that leave any other value unused are in the region too."""
    mixture = data.draw(mixtures(net))
    weights = dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))
    constraints = derive_constraints(net.tables, list(weights), exhausted(net, weights))
    region = explain(net.tables, weights, constraints)
    bounds = dict(zip(region.targets, zip(region.low, region.high, strict=True), strict=True))
    targets = every_target(net.space.cards)
    for choice in product(range(2), repeat=len(constraints.kept)):
        kept = set(zip(constraints.kept, choice, strict=True))
        inside = [t for t in targets if not set(t) & kept]
        # The last column is the total weight of targets that use a kept value.
        forbidden = {c: F(1) for c, t in enumerate(targets) if set(t) & kept}
        rows = [*rows_of(net, targets), {**forbidden, len(targets): F(-1)}]
        start = [weights.get(t, F(0)) for t in targets]
        start.append(sum(start[c] for c in forbidden))
        whole = Polytope(len(start), rows, start)
        if whole.minimum(len(targets)):
            continue
        found = [whole.point[targets.index(t)] for t in inside]
        narrow = Polytope(len(inside), rows_of(net, inside), found)
        for c, t in enumerate(inside):
            assert (narrow.minimum(c), narrow.maximum(c)) == bounds.get(t, (0, 0))


@given(cases(zeros=True), st.data())
def test_same_distribution_compares_all_configurations(case, data):
    net, weights, _ = case
    mixture = data.draw(mixtures(net))
    other = dict(zip(mixture.targets, mixture.weights.tolist(), strict=True))
    everything = range(len(net.variables))
    same = produced(net, weights) == produced(net, other)
    assert same_distribution(net.tables, weights, other, everything) == same
    filled = {
        tuple(enumerate(x)): p
        for x, p in zip(every_row(net).tolist(), produced(net, weights), strict=True)
    }
    assert same_distribution(net.tables, weights, filled, everything)


def coins(n):
    """Independent fair coins."""
    layout = Layout.build([2] * n, [[] for _ in range(n)])
    return Tables(layout, np.array([F(1, 2)] * (2 * n), dtype=object))


def test_blocks_ignore_variables_that_are_always_set():
    tables = coins(200)
    far = tuple((i, 0) for i in range(1, 200))
    weights = {((0, 0), *far): F(1, 2), ((0, 1), *far): F(1, 4), (): F(1, 4)}
    region = explain(tables, weights, derive_constraints(tables, list(weights), {0}))
    assert region.targets == ((), ((0, 0),), ((0, 1),), far, ((0, 0), *far), ((0, 1), *far))
    assert region.high == (F(1, 4), F(1, 8), F(1, 8), F(1, 2), F(1, 2), F(1, 4))
    assert len(region.vertices) == 4


def test_limits_are_named(monkeypatch):
    tables = coins(8)
    weights: dict[Target, F] = {(): F(1)}
    with pytest.raises(TooLargeError, match="more than 600 targets"):
        explain(tables, weights, derive_constraints(tables, [()], set(range(8))))
    monkeypatch.setattr(candidates, "MAX_CANDIDATES", 10_000)
    with pytest.raises(TooLargeError, match="6561 targets could have weight; at most 128"):
        explain(tables, weights, derive_constraints(tables, [()], set(range(8))))
    monkeypatch.setattr(equations, "MAX_CLASSES", 20)
    with pytest.raises(TooLargeError, match="more than 20 classes"):
        explain(tables, weights, derive_constraints(tables, [()], set(range(8))))
