"""Look-alike targets have the same distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Network
from domix.core.look_alikes import add_certain_values
from domix.query.probability import log_prob
from domix.study.scoring.look_alikes import recall_and_precision
from strategies import interventions, networks


@pytest.fixture
def copying():
    """B is a copy of A."""
    return Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [0.5, 0.5], "B": [[1.0, 0.0], [0.0, 1.0]]},
    )


def test_look_alike_counts_as_the_target(copying):
    target, alike, other = ((0, 1),), ((0, 1), (1, 1)), ((0, 0),)
    scores = recall_and_precision(copying.tables, [target], [target, other], [alike, ((1, 0),)])
    assert scores == (1.0, 0.5)
    assert recall_and_precision(copying.tables, [], [target], [alike]) == (None, 1.0)


def test_no_look_alikes_without_entries_of_one(chain):
    assert recall_and_precision(chain.tables, [()], [()], [()]) is None


@given(st.data(), networks(most=4, cards=(1, 3)))
def test_certain_values_keep_the_distribution(data, net):
    target = net.target(data.draw(interventions(net)))
    extended = add_certain_values(net.tables, target)
    assert set(target) <= set(extended)
    codes = np.indices(net.space.cards).reshape(len(net.variables), -1).T.astype(np.uint8)
    np.testing.assert_allclose(
        log_prob(net.tables, codes, extended), log_prob(net.tables, codes, target), atol=1e-12
    )
