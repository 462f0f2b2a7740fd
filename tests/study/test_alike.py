"""Targets that are the same to all rows, held against their distributions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Network
from domix.query.probability import log_prob
from domix.study.scoring.alike import closure, recall_and_precision
from strategies import interventions, networks


@pytest.fixture
def sure():
    """B is what A is."""
    return Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.0, 1.0]]},
    )


def test_a_lookalike_is_as_good_as_the_target(sure):
    target, alike, other = ((0, 1),), ((0, 1), (1, 1)), ((0, 0),)
    found = recall_and_precision(sure.tables, [target], [target, other], [alike, ((1, 0),)])
    assert found == (1.0, 0.5)
    assert recall_and_precision(sure.tables, [], [target], [alike]) == (None, 1.0)


def test_without_certainty_there_are_no_lookalikes(chain):
    assert recall_and_precision(chain.tables, [()], [()], [()]) is None


@given(st.data(), networks(most=4, cards=(1, 3)))
def test_a_closure_has_the_distribution_of_its_target(data, net):
    target = net.target(data.draw(interventions(net)))
    closed = closure(net.tables, target)
    assert set(target) <= set(closed)
    codes = np.indices(net.space.cards).reshape(len(net.variables), -1).T.astype(np.uint8)
    np.testing.assert_allclose(
        log_prob(net.tables, codes, closed), log_prob(net.tables, codes, target), atol=1e-12
    )
