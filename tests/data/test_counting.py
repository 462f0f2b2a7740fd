"""Tables of counts, and counts of partial assignments."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import twins
from domix import DataError
from domix._kernels import _bits
from domix.data.counting import RowBits, count_table


@st.composite
def rows_with_columns(draw):
    cards = draw(st.lists(st.sampled_from([1, 2, 3, 7, 256]), min_size=1, max_size=6))
    rows = draw(st.sampled_from([0, 1, 5, 64, 65, 700]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    codes = np.column_stack([rng.integers(0, k, rows) for k in cards]).astype(np.uint8)
    columns = draw(st.lists(st.sampled_from(range(len(cards))), unique=True))
    return codes, cards, columns, rng


@given(rows_with_columns())
def test_a_table_has_what_occurs_in_order(case):
    codes, cards, columns, _ = case
    found, counts = count_table(codes, cards, columns)
    if columns:
        expected, times, _ = twins.distinct(codes[:, columns])
        np.testing.assert_array_equal(found, expected)
        np.testing.assert_array_equal(counts, times)
    else:
        assert found.shape == (min(len(codes), 1), 0)
        assert counts.sum() == len(codes)
    assert found.dtype == np.uint8


@given(rows_with_columns())
def test_partial_assignments_are_counted_as_masks_count_them(case):
    codes, cards, columns, rng = case
    bits = RowBits.build(codes, cards)
    for arranged in (np.asfortranarray(codes), np.repeat(codes, 2, axis=0)[::2]):
        np.testing.assert_array_equal(RowBits.build(arranged, cards).bits, bits.bits)
    target = tuple((i, int(rng.integers(cards[i]))) for i in columns)
    assert bits.count(target) == twins.count_assignment(codes, target)


def test_more_rows_than_a_block_of_words():
    codes = np.random.default_rng(0).integers(0, 3, (100_003, 4)).astype(np.uint8)
    bits = RowBits.build(codes, [3] * 4)
    for target in (((0, 2),), ((0, 1), (3, 0)), ((0, 0), (1, 1), (2, 2), (3, 0))):
        assert bits.count(target) == twins.count_assignment(codes, target)


def test_a_count_of_no_set_is_refused_by_the_kernel():
    with pytest.raises(ValueError, match="no set"):
        _bits.count(np.zeros((1, 1), np.uint64), np.zeros(0, np.int64))


@pytest.mark.parametrize("bad", [[[0, 3]], [[0, -1]], [[0.5, 0]], [[0, 0, 0]], [0, 0], None])
def test_what_are_no_codes_of_such_variables_is_refused(bad):
    for question in (lambda: RowBits.build(bad, [2, 3]), lambda: count_table(bad, [2, 3], [0])):
        with pytest.raises(DataError, match="codes"):
            question()


def test_what_is_not_there_is_named():
    bits = RowBits.build([[1, 2]], [2, 3])
    for assignment, says in (
        ([(2, 0)], "there is no variable 2; there are 2"),
        ([(-1, 0)], "there is no variable -1"),
        ([(0, 0), (1, 3)], "variable 1 has no value 3; its values are 0 to 2"),
        ([(0, -1)], "variable 0 has no value -1"),
    ):
        with pytest.raises(DataError, match=says):
            bits.count(assignment)
    with pytest.raises(DataError, match="there is no column 2; there are 2"):
        count_table([[1, 2]], [2, 3], [2])


@pytest.mark.parametrize("cards", [[400], [0], [257]])
def test_more_values_than_codes_can_have_are_refused(cards):
    for count in (lambda: count_table([[0]], cards, [0]), lambda: RowBits.build([[0]], cards)):
        with pytest.raises(DataError, match="1 to 256 can be counted"):
            count()
