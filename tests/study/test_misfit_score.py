"""Scores of hand-made results where graph or model may be wrong."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Component, Disentanglement, Mixture, Network, do
from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge, GraphReport
from domix.study.instances.sample import Sample
from domix.study.scoring.misfit_score import score_misfit

STATES = {name: ["low", "high"] for name in "ABC"}
TRUE = {"A": [], "B": ["A"], "C": ["B"]}


def network(parents):
    cpts = {name: np.full((2,) * (len(own) + 1), 0.5) for name, own in parents.items()}
    return Network(parents, STATES, cpts)


def result(weights, parents=TRUE, graph=None):
    components = tuple(Component(t, w, 0.1, (0.0, 1.0), 0.0) for t, w in weights.items())
    return Disentanglement(network(parents), components, "likelihood", graph=graph)


@pytest.fixture
def sample():
    truth = Mixture(network(TRUE), {do(): 0.5, do(A="low"): 0.3, do(B="high"): 0.2})
    rows = np.zeros((4, 3), dtype=np.uint8)
    return Sample(truth, truth.network, rows, np.zeros(4, np.int64), controls=rows, null=rows)


def test_truth_has_perfect_scores(sample):
    estimate = result({do(): 0.5, do(A="low"): 0.3, do(B="high"): 0.2})
    score = score_misfit(sample, estimate, result({do(): 1.0}))
    assert (score.recall, score.precision, score.roots) == (1, 1, 1)
    assert (score.reported, score.near, score.null_targets, score.shd) == (2, 0, 0, 0)
    assert score.tv == pytest.approx(0)
    assert (score.by_controls, score.by_interventions) == (0, 0)


def test_supersets_are_near_and_no_roots(sample):
    estimate = result(
        {
            do(): 0.4,
            do(A="low"): 0.2,
            do(A="low", C="low"): 0.1,  # near, above a reported target
            do(B="high", C="low"): 0.2,  # near, above a true target that is not reported
            do(C="high"): 0.1,
        }
    )
    score = score_misfit(sample, estimate, result({do(): 0.9, do(A="low"): 0.1}))
    assert score.recall == 0.5
    assert score.precision == 0.25
    assert score.near == 2
    assert score.roots == pytest.approx(1 / 3)
    assert score.tv == pytest.approx((0.1 + 0.1 + 0.2 + 0.1 + 0.2 + 0.1) / 2)
    # A target that is true of the mixture is false where nothing was done.
    assert score.null_targets == 1


def test_nothing_reported_has_no_precision(sample):
    score = score_misfit(sample, result({do(): 1.0}), result({do(): 1.0}))
    assert (score.recall, score.precision, score.roots, score.reported) == (0, None, None, 0)


def test_edges_are_compared_with_the_true_graph(sample):
    parents = {"A": ["B"], "B": [], "C": ["A", "B"]}
    edges = tuple(
        GraphEdge(cause, effect, EdgeChange.GIVEN, direction, 1.0)
        for cause, effect, direction in (
            ("B", "A", EdgeDirection.INTERVENTIONS),
            ("B", "C", EdgeDirection.INTERVENTIONS),
            ("A", "C", EdgeDirection.CONTROLS),
        )
    )
    estimate = result({do(): 1.0}, parents, GraphReport("repair", edges))
    score = score_misfit(sample, estimate, result({do(): 1.0}))
    # One edge is reversed, one is spurious.
    assert score.shd == 2
    assert (score.by_interventions, score.by_interventions_right) == (2, 1)
    assert (score.by_controls, score.by_controls_right) == (1, 0)
