"""Scores of an estimate on four rows, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Component, Disentanglement, Mixture, Network, do
from domix.study.instances.sample import Sample
from domix.study.scoring.instance_score import score_instance


@pytest.fixture
def sample():
    """A is high in three of four rows without intervention, and low under the other component."""
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    truth = Mixture(net, {do(): 0.6, do(A="low"): 0.4})
    rows = np.array([[0], [0], [0], [1]], dtype=np.uint8)
    return Sample(truth, net, rows, np.array([0, 1, 1, 0]))


def test_scores_of_the_truth(sample):
    scores = score_instance(sample, sample.truth, (True, True), oracle_tv=0.1)
    assert (scores.recall, scores.precision, scores.tv, scores.tv_ratio) == (1, 1, 0, 0)
    # Low rows are likelier from do(A=low), .4 against .6 * .25: the first row is assigned wrongly.
    assert (scores.assigned, scores.assigned_best, scores.assignable) == (0.75, 1, 0.75)
    assert (scores.targets, scores.found, scores.exact, scores.false_target) == (2, 2, True, False)
    assert (scores.matched, scores.covered) == (0, 0)


def test_scores_with_a_false_target_and_intervals(sample):
    components = (
        Component(do(), 0.5, 0.1, (0.3, 0.7), 0.0),
        Component(do(A="low"), 0.2, 0.05, (0.1, 0.3), 0.0),
        Component(do(A="high"), 0.3, 0.05, (0.2, 0.4), 0.01),
    )
    estimate = Disentanglement(sample.net, components, "likelihood")
    scores = score_instance(sample, estimate, (True, False), oracle_tv=0.05)
    assert scores.recall_detectable == 1
    assert scores.undetectable == 0.5
    assert scores.precision == pytest.approx(2 / 3)
    assert scores.tv == pytest.approx((0.1 + 0.2 + 0.3) / 2)
    assert scores.tv_ratio == pytest.approx(6)
    # Low: .2 against .5 * .25. High: .3 against .5 * .75, so do() as well.
    assert (scores.assigned, scores.assigned_best) == (0.75, 1)
    # .6 is within (.3, .7), .4 is not within (.1, .3); the false target has no weight to cover.
    assert (scores.matched, scores.covered) == (2, 1)
    assert (scores.found, scores.exact, scores.false_target) == (3, False, True)


def test_row_assigned_to_a_false_target_is_wrong(sample):
    estimate = Mixture(sample.net, {do(): 0.1, do(A="low"): 0.1, do(A="high"): 0.8})
    scores = score_instance(sample, estimate, (True, True), oracle_tv=0.0)
    assert scores.assigned == 0.5
    assert scores.assigned_best == 0.75
    assert scores.tv_ratio is None


def test_impossible_rows_are_assigned_to_no_target(sample):
    estimate = Mixture(sample.net, {do(A="low"): 1.0})
    scores = score_instance(sample, estimate, (False, False), oracle_tv=0.1)
    assert (scores.assigned, scores.assigned_best) == (0.5, 0.75)
    assert scores.recall_detectable is None
