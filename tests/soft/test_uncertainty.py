"""Standard errors of differences between the probabilities of a drawn variable."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Network
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import fit
from domix.soft.slots import SlotData
from domix.soft.uncertainty import ValuePair, difference_errors


def drawn(counts):
    """Rows with these counts of the values of A, and the fit of one component that draws A."""
    k = len(counts)
    net = Network({"A": []}, {"A": list(range(k))}, {"A": np.full(k, 1 / k)})
    codes = np.repeat(np.arange(k, dtype=np.uint8), counts)[:, None]
    problem = Problem(net.tables, distinct(codes, net.space.cards), None)
    data = SlotData(problem)
    component = SoftComponent((Setting.free(0, np.ones(k), range(k)),))
    return data, fit(data, [component], [1.0], problem.log_theta)


@given(st.lists(st.integers(1, 400), min_size=2, max_size=4))
def test_a_sole_component_has_multinomial_errors(counts):
    data, fitted = drawn(counts)
    n, (a, b, *_) = sum(counts), counts
    [error] = difference_errors(data, fitted, [ValuePair(0, 0, 0, 1)])
    expected = math.sqrt((a + b - (a - b) ** 2 / n) / n**2)
    assert error == pytest.approx(expected, rel=1e-3)
    [same] = difference_errors(data, fitted, [ValuePair(0, 0, 1, 0)])
    assert same == pytest.approx(error, rel=1e-6)


@given(st.integers(1, 400), st.integers(1, 400))
def test_a_value_that_never_occurs_is_certain(a, b):
    data, fitted = drawn([a, b, 0])
    assert difference_errors(data, fitted, []) == []
    [error] = difference_errors(data, fitted, [ValuePair(0, 0, 0, 2)])
    assert error == pytest.approx(math.sqrt(a * b / (a + b) ** 3), rel=1e-3)
