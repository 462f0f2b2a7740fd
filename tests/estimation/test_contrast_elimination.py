"""Targets that control rows explain as well are dropped; those of the mixture alone stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from contrast_problems import starting_fit, witnesses_of
from domix import Mixture, do
from domix.estimation.contrast.elimination import ContrastTest, drop_target, eliminate
from domix.estimation.contrast.model import fit_contrast
from domix.options.contrast import ContrastOptions
from domix.selection.criterion import SelectionCriterion
from strategies import planted

OPTIONS = ContrastOptions()
NET = planted(4, [{}], seed=2).network
BOTH, OWN = ((1, 0),), ((0, 1), (2, 0))
CRITERION = SelectionCriterion(NET.tables.layout.cards, 0.05)


def rows_of(weights, seed, rows=3000):
    """Draw from do() and targets with the weights that are given."""
    parts = {do(NET.space.assignment(target)): weight for target, weight in weights.items()}
    rest = {do(): 1.0 - sum(parts.values())}
    return Mixture(NET, rest | parts).sample(rows, rng=seed)


def contrast_test(stays=()):
    return ContrastTest(CRITERION, lambda target: target in stays, by_size=True)


def fitted(witnesses, targets, background=((),)):
    start = starting_fit(witnesses, targets, background, np.random.default_rng(0))
    return fit_contrast(witnesses, targets, background, start, OPTIONS.first_fit)


@pytest.fixture(scope="module")
def contaminated():
    """Control rows contain a target as well, with the same weight."""
    return witnesses_of(NET, rows_of({BOTH: 0.15}, 1), rows_of({BOTH: 0.15, OWN: 0.1}, 2))


def test_only_what_the_mixture_has_more_of_stays(contaminated):
    fit, costs = eliminate(
        contaminated, fitted(contaminated, [[(), BOTH, OWN]]), [contrast_test()], OPTIONS
    )
    assert fit.targets == (((), OWN),)
    assert BOTH in fit.background
    assert costs.keys() == {(0, OWN)}
    assert costs[0, OWN] > CRITERION.critical_value(OWN, (), by_size=True)


def test_both_stay_where_controls_are_clean():
    witnesses = witnesses_of(NET, rows_of({}, 3), rows_of({BOTH: 0.15, OWN: 0.1}, 4))
    fit, costs = eliminate(
        witnesses, fitted(witnesses, [[(), BOTH, OWN]]), [contrast_test()], OPTIONS
    )
    assert set(fit.targets[0]) == {(), BOTH, OWN}
    assert costs.keys() == {(0, BOTH), (0, OWN)}


def test_a_subset_takes_over_where_the_rest_is_background():
    """Of the target, one setting is what control rows contain under every target."""
    joined = tuple(sorted(BOTH + OWN))
    witnesses = witnesses_of(
        NET, rows_of({BOTH: 0.2}, 5), rows_of({BOTH: 0.2 * 0.7, OWN: 0.3 * 0.8, joined: 0.06}, 6)
    )
    fit, _ = eliminate(
        witnesses, fitted(witnesses, [[(), BOTH, OWN, joined]]), [contrast_test()], OPTIONS
    )
    assert set(fit.targets[0]) == {(), OWN}


def test_targets_that_stay_are_not_tested(contaminated):
    fit, costs = eliminate(
        contaminated, fitted(contaminated, [[(), BOTH, OWN]]), [contrast_test({BOTH})], OPTIONS
    )
    assert set(fit.targets[0]) == {(), BOTH, OWN}
    assert costs.keys() == {(0, OWN)}


def test_each_mixture_is_tested_by_its_own_rows():
    witnesses = witnesses_of(
        NET, rows_of({BOTH: 0.1}, 7), rows_of({BOTH: 0.1}, 8), rows_of({BOTH: 0.4}, 9)
    )
    start = fitted(witnesses, [[(), BOTH], [(), BOTH]])
    fit, costs = eliminate(witnesses, start, [contrast_test(), contrast_test()], OPTIONS)
    assert fit.targets == (((),), ((), BOTH))
    assert costs.keys() == {(1, BOTH)}


def test_a_dropped_target_joins_the_background(contaminated):
    fit = fitted(contaminated, [[(), BOTH, OWN]])
    reduced = drop_target(contaminated, fit, (0, OWN), OPTIONS, -np.inf)
    assert reduced.targets == (((), BOTH),)
    assert reduced.background == ((), OWN)
    assert reduced.objective < fit.objective
    again = drop_target(contaminated, reduced, (0, BOTH), OPTIONS, -np.inf)
    assert again.background == ((), OWN, BOTH)


def test_nothing_to_test_is_left_as_it_is(contaminated):
    fit = replace(fitted(contaminated, [[()]]), objective=-1.0)
    assert eliminate(contaminated, fit, [contrast_test()], OPTIONS) == (fit, {})
