"""The likelihood of drift: the kernel and its reference, and arrays that do not fit."""

from __future__ import annotations

from itertools import product
from math import factorial, prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix._kernels import _drift
from reference import drift as reference

IMPLEMENTATIONS = pytest.mark.parametrize("module", [_drift, reference])


@st.composite
def tables(draw):
    """Draw rows of CPTs of one to five states: counts, means, sampling errors, and 1 / kappa."""
    lengths = draw(st.lists(st.integers(1, 5), max_size=8))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    ptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    counts = rng.exponential(draw(st.sampled_from([0.1, 5.0, 2000.0])), int(ptr[-1]))
    counts[rng.random(len(counts)) < 0.3] = 0.0
    means = [rng.dirichlet(np.full(k, 2.0)) for k in lengths]
    sampling = 1.0 / rng.uniform(1.0, 1e4, len(lengths))
    inverse = draw(st.sampled_from([0.0, 1e-5, 0.01, 0.1]))
    return ptr, counts, np.concatenate([*means, np.zeros(0)]), sampling, inverse


@given(tables())
def test_likelihoods_equal_the_reference(table):
    found, expected = _drift.log_likelihood(*table), reference.log_likelihood(*table)
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-6)


@IMPLEMENTATIONS
def test_probabilities_of_all_counts_sum_to_one(module):
    means, rows = np.array([0.2, 0.5, 0.3]), 4
    total = 0.0
    for own in product(range(rows + 1), repeat=3):
        if sum(own) == rows:
            logs = module.log_likelihood(
                np.array([0, 3]), np.array(own, float), means, np.array([0.1]), 0.2
            )
            total += factorial(rows) / prod(map(factorial, own)) * np.exp(logs)
    assert total == pytest.approx(1.0)


@IMPLEMENTATIONS
def test_rows_of_tables_add_up(module):
    ptr, sampling = np.array([0, 2, 5]), np.array([0.01, 0.02])
    counts, means = np.array([3.0, 5.0, 0.0, 7.5, 1.0]), np.array([0.5, 0.5, 0.1, 0.8, 0.1])
    parts = [
        module.log_likelihood(np.array([0, b - a]), counts[a:b], means[a:b], sampling[r : r + 1], 0)
        for r, (a, b) in enumerate([(0, 2), (2, 5)])
    ]
    assert module.log_likelihood(ptr, counts, means, sampling, 0) == pytest.approx(sum(parts))


@IMPLEMENTATIONS
def test_no_rows_say_nothing(module):
    none = np.zeros(0)
    assert module.log_likelihood(np.array([0]), none, none, none, 0.1) == 0.0


@pytest.mark.parametrize(
    ("place", "array"),
    [
        (0, np.array([0, 2, 6])),
        (0, np.array([0, 6, 5])),
        (0, np.array([0, 5])),
        (0, np.array([-1, 2, 5])),
        (0, np.zeros(0, np.int64)),
        (1, np.ones(4)),
        (2, np.ones(6)),
        (3, np.ones(3)),
        (3, np.ones(1)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(place, array):
    arguments = [np.array([0, 2, 5]), np.ones(5), np.full(5, 0.4), np.ones(2), 0.0]
    function: Any = _drift.log_likelihood
    function(*arguments)
    with pytest.raises(ValueError, match="do not fit"):
        function(*arguments[:place], array, *arguments[place + 1 :])
