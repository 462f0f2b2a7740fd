"""Neighbours of reported targets: flags, hulls, and the search that ended too early."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import Mixture, Network, disentangle, do
from domix.claims.claims import make_claims
from domix.claims.undetected import are_neighbours, fit_neighbours
from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.em.uncertainty import log_odds_intervals, weight_covariance
from domix.options.claims import ClaimOptions
from domix.options.search import EmLimits
from domix.selection.criterion import SelectionCriterion
from strategies import planted

OPTIONS = ClaimOptions()


def problem_of(mix, rows, learn, seed, **knowledge):
    net = mix.network
    controls = net.sample(rows, rng=seed + 1)
    prior = Network.fit(net.parents, controls, net.states).flat_counts if learn else None
    codes = distinct(mix.sample(rows, rng=seed), net.space.cards)
    return Problem(net.tables, codes, prior, 0.1, BackgroundKnowledge(**knowledge))


def fitted_without(mix, problem, missing):
    """Fit the true support without one target."""
    targets = [t for t in mix.targets if t != missing]
    return fit(problem, targets, np.ones(len(targets)), problem.log_theta)


def claims_of(problem, fitted):
    criterion = SelectionCriterion(problem.layout.cards, 0.05, problem.knowledge)
    errors = np.sqrt(np.diag(weight_covariance(problem, fitted)[0]))
    intervals = log_odds_intervals(fitted.weights, errors)
    return make_claims(problem, criterion, fitted, intervals), intervals


@pytest.mark.parametrize("learn", [False, True])
def test_a_missing_neighbour_is_found_with_its_gain(learn):
    mix = planted(5, [{}, {0: 1, 2: 0}, {0: 1}], seed=2)
    problem, missing = problem_of(mix, 2000, learn, seed=3), ((0, 1),)
    short = fitted_without(mix, problem, missing)
    full = fit(problem, mix.targets, mix.weights, problem.log_theta, EmLimits(1e-6, 5000))
    best = fit_neighbours(problem, short, (), OPTIONS)[0]
    assert best.target == missing
    assert best.gain == pytest.approx(full.objective - short.objective, abs=0.1)
    assert missing not in [n.target for n in fit_neighbours(problem, short, {missing}, OPTIONS)]
    claims, _ = claims_of(problem, short)
    flagged = dict(zip(short.support, claims.undetected, strict=True))
    assert all(flagged[t][0][0] == missing for t in [(), ((0, 1), (2, 0))])
    gain, critical = claims.missed
    assert gain == best.gain > critical


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.booleans())
def test_neighbours_keep_exclusion_and_knowledge(seed, learn):
    mix = planted(4, [{}, {0: 1}, {1: 1, 2: 0}, {2: 0}], seed=seed)
    known = {"excluded": {3: frozenset(range(3))}, "largest": 2}
    problem = problem_of(mix, 500, learn, seed, **known)
    short = fitted_without(mix, problem, ((2, 0),))
    for neighbour in fit_neighbours(problem, short, (), OPTIONS):
        assert neighbour.target not in short.support
        assert any(are_neighbours(neighbour.target, target) for target in short.support)
        assert problem.knowledge.allows(neighbour.target)
        for variable in range(4):
            used = {v for t in neighbour.fit.support for i, v in t if i == variable}
            assert len(used) < 3
        assert neighbour.gain >= OPTIONS.hull_gain


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.booleans())
def test_a_hull_contains_its_interval(seed, learn):
    mix = planted(4, [{}, {0: 1}, {1: 1, 2: 0}, {2: 0}], seed=seed)
    problem = problem_of(mix, 500, learn, seed)
    short = fitted_without(mix, problem, ((2, 0),))
    claims, intervals = claims_of(problem, short)
    assert claims.intervals == intervals
    for (low, high), (least, most) in zip(intervals, claims.hulls, strict=True):
        assert 0 <= least <= low <= high <= most <= 1


def test_few_rows_flag_a_target_with_an_undetected_one(is_full):
    """Of 60 mixtures, seeds 5000 to 5059, those that miss a target of weight .1 in 400 rows.

    Unless all are asked for, only the first 20 are tried. The target beside it takes its rows over:
    the interval of its own weight is too high.
    """
    undetected, flagged, own, hull = 0, 0, 0, 0
    for seed in range(5000, 5060 if is_full else 5020):
        net = planted(6, [{}], seed=seed).network
        large, small = do(V1="s1", V4="s0"), do(V1="s1", V2="s0", V4="s0")
        mix = Mixture(net, {do(): 0.6, large: 0.3, small: 0.1})
        result = disentangle(net, mix.sample(400, rng=seed))
        by_target = {c.intervention: c for c in result.components}
        if small in by_target or large not in by_target:
            continue
        undetected += 1
        component = by_target[large]
        flagged += small in [claim.intervention for claim in component.undetected]
        own += component.interval[0] <= 0.3 <= component.interval[1]
        hull += component.hull[0] <= 0.3 <= component.hull[1]
        assert all(claim.gain >= OPTIONS.flagged_gain for claim in component.undetected)
    assert undetected >= (10 if is_full else 3)
    assert flagged >= 0.6 * undetected
    assert own <= 0.2 * undetected
    assert hull >= 0.8 * undetected
