"""Which soft answers are reported."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.em.mixture import Fit
from domix.em.squarem import Ended
from domix.options.soft import SoftOptions
from domix.soft.components import SoftComponent
from domix.soft.em import SoftFit
from domix.soft.estimate import _hides_baseline


def _soft(weight):
    components = tuple(SoftComponent.hard(target, (2, 2)) for target in ((), ((0, 1),)))
    kept = components if weight else components[1:]
    weights = np.array([weight, 1 - weight] if weight else [1.0])
    return SoftFit(kept, weights, np.zeros(4), 0.0, 0.0)


def _hard(weight):
    return Fit(((), ((0, 1),)), np.array([weight, 1 - weight]), np.zeros(4), 0.0, Ended.CONVERGED)


@given(st.floats(0.05, 1.0), st.floats(0.0, 1.0))
def test_do_keeps_a_share_of_its_weight(hard, soft):
    hidden = _hides_baseline(_soft(soft), _hard(hard), SoftOptions())
    assert hidden == (soft < SoftOptions().least_baseline_share * hard)


@pytest.mark.parametrize("soft", [0.0, 0.5])
def test_nothing_is_hidden_where_do_was_not_found(soft):
    hard = Fit((((0, 1),),), np.ones(1), np.zeros(4), 0.0, Ended.CONVERGED)
    assert not _hides_baseline(_soft(soft), hard, SoftOptions())
