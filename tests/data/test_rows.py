"""Distinct rows with counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.data.rows import check_counts, distinct
from domix.errors import DataError


@st.composite
def coded_rows(draw):
    cards = draw(st.lists(st.sampled_from([1, 2, 3, 7, 256]), max_size=20))
    rows = draw(st.integers(0, 12))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = np.column_stack([rng.integers(0, k, rows) for k in cards] or [np.zeros((rows, 0))])
    codes = codes.astype(np.uint8)
    if rows:
        codes = codes[rng.integers(0, rows, rows)]
    return codes, cards, rng


@given(coded_rows())
def test_as_numpy_does_it(case):
    codes, cards, _ = case
    result = distinct(codes, cards)
    expected = sorted(set(map(tuple, codes.tolist())))
    assert list(map(tuple, result.codes.tolist())) == expected
    assert result.codes.dtype == np.uint8
    assert result.counts.dtype == np.float64
    assert result.inverse.dtype == np.int64
    assert result.counts.tolist() == [
        codes.tolist().count(list(row)) for row in result.codes.tolist()
    ]
    assert np.array_equal(result.codes[result.inverse], codes)


@given(coded_rows())
def test_the_order_of_rows_does_not_count(case):
    codes, cards, rng = case
    counts = rng.exponential(size=len(codes)) * 10.0 ** rng.integers(-9, 9, len(codes))
    order = rng.permutation(len(codes))
    a, b = distinct(codes, cards, counts), distinct(codes[order], cards, counts[order])
    assert np.array_equal(a.codes, b.codes)
    assert np.array_equal(a.counts, b.counts)
    assert np.array_equal(a.inverse[order], b.inverse)
    assert a.counts.sum() == pytest.approx(counts.sum())


@pytest.mark.parametrize("card", [2, 3, 256])
@pytest.mark.parametrize("n", [1, 37, 300])
def test_many_columns(card, n):
    rng = np.random.default_rng(n)
    codes = rng.integers(0, card, (400, n)).astype(np.uint8)
    # Rows that differ in the last column only are told apart after many words.
    codes[200:] = codes[:200]
    codes[200:, -1] = 0
    result = distinct(np.asfortranarray(codes), [card] * n)
    expected, inverse = np.unique(codes, axis=0, return_inverse=True)
    assert np.array_equal(result.codes, expected)
    assert np.array_equal(result.inverse, inverse.ravel())
    assert result.codes.flags.c_contiguous


def test_counts_of_zero():
    codes = np.array([[1], [0], [1], [2]], dtype=np.uint8)
    result = distinct(codes, [3], [0, 0, 2.5, 1])
    assert result.codes.tolist() == [[1], [2]]
    assert result.counts.tolist() == [2.5, 1.0]
    assert result.inverse.tolist() == [0, -1, 0, 1]


def test_the_result_is_read_only():
    result = distinct(np.zeros((2, 1), np.uint8), [2])
    for array in (result.codes, result.counts, result.inverse):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_input_stays_as_it_is():
    codes = np.array([[1, 0], [0, 1]], dtype=np.uint8)
    distinct(codes, [2, 2], [1, 2])
    assert codes.flags.writeable
    assert codes.tolist() == [[1, 0], [0, 1]]


def test_no_rows():
    result = distinct(np.zeros((0, 3), np.uint8), [2, 2, 2], [])
    assert result.codes.shape == (0, 3)
    assert result.counts.shape == result.inverse.shape == (0,)


@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([1, 2, -1], r"row 2 \(counting from 0\) has -1.0"),
        ([1, float("nan"), 1], "row 1 .* has nan"),
        ([float("inf"), 1, 1], "row 0 .* has inf"),
        ([1, None, 1], "row 1 .* has nan"),
        ([1, 2], r"each of the 3 rows is needed; the shape is \(2,\)"),
        ([[1, 2, 3]], r"the shape is \(1, 3\)"),
        ([0, 0, 0], "every row counts zero"),
        (["a", "b", "c"], "not an array of numbers"),
        ([[1], [1, 2], 3], "not an array of numbers"),
        ([2**53, 2, 0], r"the total is 9\.0072e\+15; above 9,007,199,254,740,992 .*scale"),
        ([1e308, 1e308, 0], "the total is inf; above"),
        ([10**400, 1, 1], "too large for a double; scale"),
        ([1, float("-inf"), 1], "row 1 .* has -inf"),
    ],
)
def test_bad_counts(counts, message):
    with pytest.raises(DataError, match="^counts: .*" + message):
        check_counts(counts, 3)


def test_good_counts():
    assert check_counts([1, 0, 2], 3).dtype == np.float64
    assert check_counts([], 0).shape == (0,)
    assert check_counts([2**53 - 1, 1], 2).sum() == 2**53
