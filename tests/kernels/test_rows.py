"""Hashing and counting of rows, compared with NumPy, on difficult inputs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, Network
from domix._kernels import _rows
from domix.data.rows import distinct
from domix.model.learn import count_entries
from domix.query.flat import flat_layout
from reference import rows as reference
from strategies import networks

ARRANGED = {
    "read-only": lambda codes: codes,
    "fortran": np.asfortranarray,
    "every second row": lambda codes: np.repeat(codes, 2, axis=0)[::2],
    "every third column": lambda codes: np.repeat(codes, 3, axis=1)[:, ::3],
    "backwards": lambda codes: codes[::-1, ::-1].copy()[::-1, ::-1],
}


@given(networks(cards=(1, 5)), st.sampled_from([0, 1, 3, 31, 32, 33, 1000]))
def test_counts_of_entries_equal_the_reference(net, rows):
    codes = net.sample(rows, rng=rows)
    layout = net.tables.layout
    np.testing.assert_array_equal(
        count_entries(layout, codes), reference.count_entries(layout, codes)
    )
    ones = count_entries(layout, codes, np.ones(rows))
    np.testing.assert_array_equal(ones, reference.count_entries(layout, codes))


@pytest.mark.parametrize("arrange", ARRANGED.values(), ids=ARRANGED)
@pytest.mark.parametrize("rows", [1, 5, 70])
def test_any_memory_order_gives_the_same_counts(arrange, rows, chain):
    codes = chain.sample(rows, rng=0)
    arranged = arrange(codes)
    arranged.flags.writeable = False
    layout = chain.tables.layout
    np.testing.assert_array_equal(
        count_entries(layout, arranged), reference.count_entries(layout, codes)
    )
    found, counts, inverse = reference.distinct(codes)
    result = distinct(arranged, layout.cards)
    np.testing.assert_array_equal(result.codes, found)
    np.testing.assert_array_equal(result.counts, counts)
    np.testing.assert_array_equal(result.inverse, inverse)


@pytest.mark.parametrize("card", [2, 16, 256])
@pytest.mark.parametrize("n", [1, 8, 9, 70])
def test_distinct_rows_of_many_words(card, n):
    # Prefixes are shared by many rows, so that later words have to tell them apart.
    rng = np.random.default_rng([card, n])
    codes = rng.integers(0, card, (5000, n)).astype(np.uint8)
    codes[:, : n // 2] = codes[rng.integers(0, 3, 5000), : n // 2]
    codes[2500:] = codes[:2500]
    found, counts, inverse = reference.distinct(codes)
    result = distinct(codes, [card] * n)
    np.testing.assert_array_equal(result.codes, found)
    np.testing.assert_array_equal(result.counts, counts)
    np.testing.assert_array_equal(result.inverse, inverse)


def test_packed_words_are_ordered_as_rows_are():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (50, 6)).astype(np.uint8)
    keys = np.empty((50, 2), np.uint64)
    _rows.pack(codes, np.full(6, 4, np.uint64), np.array([0, 3, 6]), keys)
    assert sorted(map(tuple, codes.tolist())) == [
        tuple(codes[i].tolist()) for i in np.lexsort((keys[:, 1], keys[:, 0]))
    ]


def test_keys_that_hash_alike_stay_distinct():
    # A table as full as it may be, and keys in runs: probing has to walk.
    keys = np.arange(1000, dtype=np.uint64).repeat(3)[:, None]
    first, number = np.empty(3000, np.int64), np.empty(3000, np.int64)
    assert _rows.number(keys, np.zeros(8192, np.int32), first, number) == 1000
    np.testing.assert_array_equal(number, np.arange(1000).repeat(3))
    np.testing.assert_array_equal(first[:1000], np.arange(1000) * 3)


@pytest.mark.parametrize("codes", [np.zeros((3, 2), np.int64), np.zeros(3, np.uint8), None])
def test_arrays_of_another_type_are_refused(codes, chain):
    layout = chain.tables.layout
    with pytest.raises((ValueError, TypeError)):
        _rows.pack(codes, np.ones(2, np.uint64), np.array([0, 2]), np.empty((3, 1), np.uint64))
    with pytest.raises((ValueError, TypeError)):
        _rows.count_entries(codes, flat_layout(layout), np.zeros(layout.size, np.int64))


def test_codes_out_of_range_do_not_reach_the_kernel(chain):
    codes = chain.sample(10, rng=0)
    codes[7, 1] = 3
    with pytest.raises(DataError, match="row 7"):
        Network.fit(chain.parents, codes, states=chain.states)
