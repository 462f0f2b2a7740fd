"""Moves whose prediction refits tables with the target: predictions, and what the search needs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.targets import without
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.options.search import SearchOptions
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.moves.joint.additions import rank_pairs
from domix.selection.moves.joint.growth import Growth
from domix.selection.moves.joint.prediction import predict
from domix.selection.moves.joint.revisions import predict_freed
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from selection.near_deterministic import CONVERGED, draw_problem, lead_of_truth

SEEDS = st.integers(5000, 5400)


def fitted_baseline(seed, left_out=0):
    """The fit of the true targets of a small instance, the last ones left out."""
    mix, problem = draw_problem(4, seed, rows=400, controls=100)
    support = list(mix.targets)[: len(mix.targets) - left_out]
    fitted = fit(problem, support, np.ones(len(support)), problem.log_theta, CONVERGED)
    return mix, problem, Baseline(problem, fitted)


def refitted_gain(baseline, support, prediction, weights):
    """What the log-likelihood gains when everything is fitted, from the prediction."""
    best = fit(baseline.problem, support, weights, prediction.log_theta, CONVERGED)
    return best.objective - baseline.fit.objective


@given(seed=SEEDS)
def test_additions_gain_at_least_what_is_predicted(seed):
    mix, _, baseline = fitted_baseline(seed, left_out=1)
    prediction = predict(baseline, list(mix.targets)[-1])
    weights = [*(baseline.fit.weights * (1 - prediction.weight)), prediction.weight]
    support = [*baseline.fit.support, prediction.target]
    assert refitted_gain(baseline, support, prediction, weights) > prediction.gain - 0.01


@given(seed=SEEDS, place=st.integers(1, 5))
def test_freed_targets_gain_at_least_what_is_predicted(seed, place):
    _, _, baseline = fitted_baseline(seed)
    donor = min(place, len(baseline.fit.support) - 1)
    target = baseline.fit.support[donor]
    freed = without(target, target[-1][0])
    if freed in baseline.fit.support:
        return
    prediction = predict(baseline, freed, replaced=donor)
    support, weights = [*baseline.fit.support], baseline.fit.weights.copy()
    support[donor], weights[donor] = freed, prediction.weight
    assert refitted_gain(baseline, support, prediction, weights) > prediction.gain - 0.01
    if predict_freed(baseline, donor, target[-1][0]) is None:
        assert prediction.gain < -baseline.problem.options.max_replacement_loss + 1


@given(seed=SEEDS)
def test_replacing_a_target_by_itself_changes_nothing(seed):
    _, _, baseline = fitted_baseline(seed)
    prediction = predict(baseline, baseline.fit.support[-1], replaced=len(baseline.fit.support) - 1)
    assert prediction.gain == pytest.approx(0.0, abs=1e-3)
    assert prediction.weight == pytest.approx(baseline.fit.weights[-1], rel=0.01, abs=1e-4)
    np.testing.assert_array_equal(prediction.log_theta, baseline.fit.log_theta)


@given(seed=SEEDS)
def test_pairs_beside_a_target_gain_what_is_predicted(seed):
    """The prediction is that of a pass over all rows of each pair."""
    _, problem, baseline = fitted_baseline(seed, left_out=1)
    for beside in baseline.fit.support:
        for gain, target in rank_pairs(baseline, 0.0, 3, beside):
            assert set(beside) < set(target)
            assert len(target) == len(beside) + 2
            rows, ratios = baseline.density_ratios(target, 1.0)
            counts = problem.counts[rows]
            slope = counts @ ratios - problem.total
            curve = counts @ ratios**2 - 2 * counts @ ratios + problem.total
            share = min(slope / curve, 1.0)
            assert gain == pytest.approx(slope * share - 0.5 * curve * share**2, rel=1e-6)


@given(seed=SEEDS)
def test_growth_never_lowers_the_predicted_score(seed):
    mix, _, baseline = fitted_baseline(seed, left_out=1)
    growth = Growth(baseline, SelectionCriterion(mix.network.space.cards, 0.05))
    for gain, pair in rank_pairs(baseline, 0.0, 3):
        assert gain > 0
        start = growth.predict(pair)
        score, grown = growth.grow(start)
        assert set(pair) <= set(grown.target)
        assert score >= growth.score(start)
        assert score == growth.score(grown)
        assert baseline.allows(grown.target)
        assert grown.target not in baseline.fit.support


WITHOUT_ADDITIONS = SearchOptions(max_grown_pairs=0, max_last_relifts=0)
WITHOUT_PAIRS_BESIDE = SearchOptions(min_joint_pair_gain=np.inf, max_last_relifts=0)
WITHOUT_RELIFTS = SearchOptions(max_last_relifts=0)
WITHOUT_REVISIONS = SearchOptions(max_revisions=0, max_last_relifts=0)
BETTER_BY = 2.0
"""Nats by which the truth scores better where the family is missing."""


@pytest.mark.parametrize(
    ("options", "n", "seed", "rows", "controls", "nothing"),
    [
        (WITHOUT_ADDITIONS, 5, 5007, 1000, 300, 0.5),
        (WITHOUT_ADDITIONS, 5, 5010, 1000, 300, 0.5),
        (WITHOUT_ADDITIONS, 4, 5020, 500, 100, 0.5),
        (WITHOUT_PAIRS_BESIDE, 5, 5024, 500, 300, 0.0),
        (WITHOUT_REVISIONS, 4, 5036, 500, 100, 0.5),
        (WITHOUT_RELIFTS, 4, 5011, 500, 300, 0.0),
    ],
)
def test_some_instances_need_the_family(options, n, seed, rows, controls, nothing):
    def lead(options):
        drawn = draw_problem(
            n, seed, rows=rows, controls=controls, nothing=nothing, options=options
        )
        return lead_of_truth(*drawn)

    assert lead(options) > BETTER_BY
    assert lead(None) < 0.1


@pytest.mark.parametrize("number", [0, 3])
def test_other_excluded_values_are_explored(number):
    sample = draw(Cell(4, 2**12, zeros=0.2), "development", number)
    net = sample.net
    counts = np.concatenate([net.counts[name].ravel() for name in net.variables])

    def lead(**options):
        data = distinct(sample.rows, net.space.cards)
        problem = Problem(net.tables, data, counts, options=SearchOptions(**options))
        return lead_of_truth(sample.truth, problem)

    assert lead(max_uninformed_variables=0) > 10
    assert lead() < 0.1
