"""Metrics computed by hand, and properties that hold for all estimates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, Mixture, disentangle_population, do
from domix.study.scoring.metrics import compare, recall_of
from strategies import mixtures, networks


def test_metrics_computed_by_hand(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.3, do(B="low"): 0.2})
    found = Mixture(chain, {do(): 0.4, do(A="on"): 0.3, do(A="off"): 0.2, do(A="on", B="low"): 0.1})
    scores = compare(truth, found)
    assert scores.recall == pytest.approx(2 / 3)
    assert scores.precision == pytest.approx(1 / 2)
    assert scores.f1 == pytest.approx(4 / 7)
    assert scores.rmse == pytest.approx(((0.01 + 0 + 0.04 + 0.04 + 0.01) / 5) ** 0.5)
    assert scores.fp_rmse == pytest.approx(((0.04 + 0.01) / 2) ** 0.5)
    assert scores.fn_rmse == pytest.approx(0.2)
    assert scores.total_variation == pytest.approx(0.3)


def test_no_error_over_an_empty_set(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.5})
    scores = compare(truth, truth)
    assert (scores.recall, scores.precision, scores.f1) == (1, 1, 1)
    assert (scores.rmse, scores.total_variation) == (0, 0)
    assert scores.fp_rmse is None
    assert scores.fn_rmse is None


def test_weight_of_zero_is_an_absent_target(chain):
    truth = Mixture(chain, {do(): 1.0, do(A="on"): 0.0})
    assert compare(truth, Mixture(chain, {do(): 1.0})).recall == 1
    assert compare(Mixture(chain, {do(): 1.0}), truth).precision == 1


def test_targets_with_other_states_differ(chain):
    truth = Mixture(chain, {do(A="on"): 1.0})
    assert compare(truth, Mixture(chain, {do(A="off"): 1.0})).f1 == 0


def test_result_scores_as_its_mixture(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.5})
    result = disentangle_population(chain, truth)
    assert compare(truth, result) == compare(truth, result.mixture)


def test_recall_over_some_targets(chain):
    truth = Mixture(chain, {do(): 0.5, do(A="on"): 0.3, do(B="low"): 0.2})
    found = Mixture(chain, {do(): 0.5, do(B="low"): 0.5})
    assert recall_of(truth, found, (True, True, True)) == pytest.approx(2 / 3)
    assert recall_of(truth, found, (True, False, True)) == 1
    assert recall_of(truth, found, (False, False, False)) is None
    with pytest.raises(DataError, match="3 targets, not 1"):
        recall_of(truth, found, (True,))


@given(st.data())
def test_swapping_truth_and_estimate_swaps_metrics(data):
    net = data.draw(networks(most=3))
    one, other = data.draw(mixtures(net)), data.draw(mixtures(net))
    there, back = compare(one, other), compare(other, one)
    assert (there.recall, there.precision) == (back.precision, back.recall)
    assert (there.fp_rmse, there.fn_rmse) == pytest.approx((back.fn_rmse, back.fp_rmse))
    assert there.total_variation == pytest.approx(back.total_variation)
    assert 0 <= there.total_variation <= 1 + 1e-9
    assert there.rmse <= 1
