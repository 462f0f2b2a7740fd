"""The test and the penalty, compared with their definitions."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.background import BackgroundKnowledge
from domix.selection.criterion import SelectionCriterion, critical_value


@given(st.floats(0, 600), st.floats(1e-4, 0.3))
def test_critical_values_solve_their_equation(log_count, alpha):
    c = critical_value(log_count, math.log(alpha))
    tail = 0.5 * math.erfc(math.sqrt(c))
    assert math.log(tail) == pytest.approx(math.log(alpha) - log_count, rel=1e-6)


def test_critical_values_are_smooth_where_tails_underflow():
    steps = [critical_value(x, math.log(0.05)) for x in (680.0, 685.0, 690.0, 695.0, 700.0)]
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert all(gap == pytest.approx(5.0, abs=0.05) for gap in gaps)


@st.composite
def draw_case(draw):
    """A criterion with some targets named in advance, a support, and one of its targets."""
    cards = draw(st.lists(st.integers(2, 5), min_size=2, max_size=8))

    def target():
        variables = draw(st.sets(st.integers(0, len(cards) - 1)))
        return tuple((i, draw(st.integers(0, cards[i] - 2))) for i in sorted(variables))

    support = list(dict.fromkeys([(), target(), target(), target()]))
    named = draw(st.lists(st.sampled_from([*support, target()]), unique=True))
    cut = draw(st.integers(0, len(named)))
    knowledge = BackgroundKnowledge(tuple(named[:cut]), tuple(named[cut:]))
    criterion = SelectionCriterion(cards, 0.05, knowledge, draw(st.integers(1, 3)))
    return criterion, support, draw(st.sampled_from(support)), draw(st.booleans())


@given(draw_case())
def test_p_values_reach_alpha_at_the_critical_value(case):
    criterion, support, t, by_size = case
    c = criterion.critical_value(t, support, by_size)
    assert criterion.p_value(c * (1 + 1e-9) + 1e-9, t, support, by_size) <= 0.05 * (1 + 1e-9)
    if c > 0:
        assert criterion.p_value(c * 0.999, t, support, by_size) > 0.05
    assert 0 <= criterion.p_value(1e6, t, support, by_size) <= 1


@given(draw_case(), st.floats(0, 900), st.floats(0, 900))
def test_p_values_fall_with_the_drop_cost(case, one, other):
    criterion, support, t, by_size = case
    low, high = sorted([one, other])
    p_values = [criterion.p_value(cost, t, support, by_size) for cost in (low, high)]
    assert p_values[0] >= p_values[1]


@given(draw_case(), st.floats(0, 300))
def test_p_values_follow_from_what_is_reported(case, cost):
    criterion, support, t, by_size = case
    correction = criterion.correction(t, support, by_size)
    tail = 0.5 * math.erfc(math.sqrt(cost))
    expected = min(1.0, correction.shares * math.exp(correction.log_count) * tail)
    assert criterion.p_value(cost, t, support, by_size) == pytest.approx(expected, rel=1e-6)


@given(st.integers(1, 4), st.integers(1, 3))
def test_a_suspected_target_competes_with_its_list(count, families):
    named = tuple(((i, 0), (i + 1, 1)) for i in range(count))
    criterion = SelectionCriterion([3] * 6, 0.05, BackgroundKnowledge((), named), families)
    expected = count * families * 0.5 * math.erfc(math.sqrt(5.0))
    assert criterion.p_value(5.0, named[0], [(), named[0]]) == pytest.approx(expected)


def test_a_long_list_makes_no_test_harder():
    """Of 80 suspected targets, more than compete with this one for a place beside do()."""
    values = itertools.product([None, 0, 1], repeat=4)
    targets = [tuple((i, v) for i, v in enumerate(row) if v is not None) for row in values]
    named, support = tuple(t for t in targets if t), [(), ((0, 0),)]
    plain = SelectionCriterion([2] * 4, 0.05)
    listed = SelectionCriterion([2] * 4, 0.05, BackgroundKnowledge((), named))
    assert listed.correction(support[1], support) == plain.correction(support[1], support)


def test_p_values_match_critical_values_where_tails_underflow():
    """The critical value of a target on half of 1,200 variables has a tail below any float."""
    criterion = SelectionCriterion([2] * 1200, 0.05)
    support = [(), tuple((i, 0) for i in range(600))]
    critical = criterion.critical_value(support[1], support)
    assert critical > 750
    assert criterion.p_value(critical + 1e-6, support[1], support) == pytest.approx(0.05, rel=1e-3)
    assert criterion.p_value(critical - 5, support[1], support) > 0.05
    assert criterion.p_value(critical + 800, support[1], support) == 0


def test_counts_are_those_of_the_method_page():
    n, k = 10, 3
    criterion = SelectionCriterion([k] * n, 0.05)
    lone = ((0, 1), (4, 0), (7, 1))
    absolute = math.log(math.comb(n, 3)) + 3 * math.log(k - 1) + math.log(n + 1)
    assert criterion.log_count(lone, [lone]) == pytest.approx(absolute)
    near = ((0, 1), (4, 0))
    relative = math.log(1) + math.log(n) + math.log(k) + math.log(2)
    assert criterion.log_count(lone, [lone, near]) == pytest.approx(min(absolute, relative))


@given(st.data())
def test_the_penalty_is_a_minimum_spanning_tree(data):
    criterion = SelectionCriterion([3] * 6, 0.05)
    pool = [(), ((0, 1),), ((0, 1), (1, 0)), ((2, 1), (3, 1), (4, 0), (5, 1)), ((5, 0),)]
    support = data.draw(st.lists(st.sampled_from(pool), unique=True, min_size=1, max_size=4))
    n, k, others, log_alpha = 6, 3, len(support) - 1, math.log(0.05 / 3)

    def edge(a, b):
        d = len({i for i, _ in set(a) ^ set(b)})
        log_count = math.log(others * math.comb(n, d) * k**d * d * (d + 1))
        return critical_value(log_count, log_alpha)

    def from_root(target):
        r = len(target)
        log_count = math.log(math.comb(n, r) * (k - 1) ** r * (n + 1))
        return critical_value(log_count, log_alpha)

    root = [from_root(target) for target in support]
    best = math.inf
    for choice in itertools.product(range(-1, len(support)), repeat=len(support)):
        if not _is_tree(choice):
            continue
        total = sum(
            root[a] if up < 0 else edge(support[up], support[a]) for a, up in enumerate(choice)
        )
        best = min(best, total)
    assert criterion.penalty(support) == pytest.approx(best)


def _is_tree(parents):
    for a in range(len(parents)):
        ancestors, node = set(), a
        while node >= 0:
            if node in ancestors:
                return False
            ancestors.add(node)
            node = parents[node]
    return True
