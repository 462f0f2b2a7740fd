"""Counts and scores of families: the kernel and its reference, and arrays that do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix._kernels import _family
from reference import family as reference

IMPLEMENTATIONS = pytest.mark.parametrize("module", [_family, reference])


@st.composite
def families(draw):
    """Draw the arguments of ``count``: up to four variables, no row or many, some weights 0."""
    cards = np.array(draw(st.lists(st.integers(1, 4), min_size=1, max_size=4)))
    rows = draw(st.sampled_from([0, 1, 2, 7, 60]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    columns = rng.integers(0, cards[:, None], (len(cards), rows)).astype(np.uint8)
    weights = np.where(rng.random(rows) < 0.3, 0.0, rng.exponential(5.0, rows))
    chosen = rng.permutation(len(cards))[: draw(st.integers(1, len(cards)))]
    return columns, weights, cards, chosen, rng.random(int(cards[chosen].prod()))


@st.composite
def tables(draw):
    """Draw counts, many of them 0, the card, and a sample size."""
    card, rows = draw(st.integers(1, 5)), draw(st.integers(1, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    counts = rng.exponential(draw(st.sampled_from([0.01, 1.0, 1000.0])), card * rows)
    counts[rng.random(len(counts)) < draw(st.sampled_from([0.0, 0.5, 1.0]))] = 0.0
    return counts, card, draw(st.floats(0.1, 1000.0))


@given(families())
def test_counts_equal_the_reference(arguments):
    columns, weights, cards, family, out = arguments
    found, expected = out.copy(), out.copy()
    _family.count(columns, weights, cards, family, found)
    reference.count(columns, weights, cards, family, expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(families(), st.floats(0.1, 1000.0))
def test_additions_equal_the_reference(arguments, sample_size):
    columns, weights, cards, family, _ = arguments
    room = int(cards[family].prod()) * np.random.default_rng(0).integers(1, 5)
    found, expected = np.full((2, len(cards)), -np.inf)
    for module, out in ((_family, found), (reference, expected)):
        at, counts = np.empty(len(weights), np.int32), np.empty(room)
        module.score_additions(columns, weights, cards, family, sample_size, at, counts, out)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-8)


@given(tables())
def test_scores_equal_the_reference(table):
    np.testing.assert_allclose(_family.bdeu(*table), reference.bdeu(*table), rtol=1e-9, atol=1e-8)


@given(tables())
def test_log_likelihoods_equal_the_reference(table):
    np.testing.assert_allclose(
        _family.log_likelihood(*table[:2]), reference.log_likelihood(*table[:2]), rtol=1e-9
    )


@given(tables())
def test_no_table_is_likelier_than_the_fitted_one(table):
    counts, card, _ = table
    assert _family.bdeu(*table) <= _family.log_likelihood(counts, card) + 1e-8


@IMPLEMENTATIONS
def test_one_parent_by_hand(module):
    columns = np.array([[0, 0, 1, 1], [0, 1, 1, 1]], np.uint8)
    out = np.zeros(4)
    module.count(columns, np.array([1.0, 1.0, 1.0, 0.5]), np.array([2, 2]), np.array([0, 1]), out)
    assert out.tolist() == [1.0, 1.0, 0.0, 1.5]
    # Rows (1, 1) and (0, 1.5) under a uniform prior: P = 1/6, and B(1, 2.5) = 1/2.5.
    assert module.bdeu(out, 2, 4.0) == pytest.approx(np.log(1 / 6) + np.log(1 / 2.5))
    assert module.log_likelihood(out, 2) == pytest.approx(2 * np.log(0.5))


@IMPLEMENTATIONS
def test_no_rows_score_nothing(module):
    assert module.bdeu(np.zeros(6), 3, 10.0) == pytest.approx(0.0, abs=1e-12)
    assert module.log_likelihood(np.zeros(6), 3) == 0.0


@IMPLEMENTATIONS
def test_a_variable_of_one_state_scores_nothing(module):
    counts = np.array([3.0, 0.0, 8.5])
    assert module.bdeu(counts, 1, 10.0) == pytest.approx(0.0, abs=1e-12)
    assert module.log_likelihood(counts, 1) == 0.0


# There are no rows, so that a kernel without checks reads nothing outside its arrays.
FITTING: dict[str, Any] = {
    "columns": np.zeros((2, 0), np.uint8),
    "weights": np.zeros(0),
    "cards": np.array([2, 3]),
    "family": np.array([0, 1]),
    "out": np.zeros(6),
}
SPOILT = [
    ("columns", np.zeros((1, 0), np.uint8)),
    ("columns", np.zeros((3, 0), np.uint8)),
    ("weights", np.zeros(1)),
    ("cards", np.array([2])),
    ("cards", np.array([2, 3, 2])),
    ("family", np.array([0, 2])),
    ("family", np.array([-1, 1])),
    ("family", np.array([0])),
    ("family", np.zeros(0, np.int64)),
    ("out", np.zeros(5)),
    ("out", np.zeros(7)),
]


@pytest.mark.parametrize(("name", "array"), SPOILT)
def test_count_refuses_arrays_that_do_not_fit(name, array):
    _family.count(**FITTING)
    with pytest.raises(ValueError, match="do not fit"):
        _family.count(**{**FITTING, name: array})


@pytest.mark.parametrize("card", [2, 4])
def test_scores_refuse_counts_that_do_not_fit(card):
    with pytest.raises(ValueError, match="do not fit"):
        _family.bdeu(np.ones(3), card, 1.0)
    with pytest.raises(ValueError, match="do not fit"):
        _family.log_likelihood(np.ones(3), card)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("columns", np.zeros((2, 0), np.int64)),
        ("weights", np.zeros(0, np.float32)),
        ("cards", np.array([2, 3], np.int32)),
        ("family", np.array([0.0, 1.0])),
        ("out", np.zeros((6, 1))),
    ],
)
def test_arrays_of_another_type_are_refused(name, array):
    with pytest.raises(ValueError, match=r"Buffer (dtype mismatch|has wrong number)"):
        _family.count(**{**FITTING, name: array})
