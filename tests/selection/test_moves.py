"""What the families of moves propose, and what the search must keep."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ablation import disentangle_with
from domix import Network, disentangle, do
from domix.core.exclusion import exhausted
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.model.learn import count_entries
from domix.options.search import EmLimits, SearchOptions
from domix.selection.baseline.baseline import Baseline
from domix.selection.criterion import SelectionCriterion
from domix.selection.local_search import Search, improve_support
from domix.selection.moves.additions import rank_additions
from domix.selection.moves.extensions import list_extensions
from domix.selection.moves.move import Move
from domix.selection.moves.replacements import rank_replacements
from domix.selection.moves.single_changes import rank_single_changes
from domix.selection.moves.splits import list_splits, propose_split
from domix.study.instances.generator import random_instance


@pytest.mark.parametrize(("seed", "n", "most", "rows"), [(38, 3, 5, 500), (154, 4, 3, 400)])
def test_splits_keep_exclusion(seed, n, most, rows):
    # 20 control rows, so that rows of the CPTs follow single targets; the parts of a split used
    # every value of a variable here.
    mix = random_instance(n, seed, cards=range(2, most + 1)).mixture
    net = mix.network
    control = net.sample(20, rng=seed + 1)
    result = disentangle(net, mix.sample(rows, rng=seed), observational=control, graph="given")
    assert not list(exhausted(net.tables.layout, result.mixture.targets))


def network(a=(0.9, 0.05, 0.05), c=(0.6, 0.3, 0.1)):
    """A, B -> C and D; hardly any row without interventions has A = B = 1."""
    states = {name: ["0", "1", "2"] for name in "ABCD"}
    tables = {"A": a, "B": [0.9, 0.05, 0.05], "C": np.full((3, 3, 3), c), "D": [0.5, 0.3, 0.2]}
    return Network({"A": [], "B": [], "C": ["A", "B"], "D": []}, states, tables)


def search_from(net, rows, support, controls=(), options=None):
    """A search from a support; ``controls`` are the only control rows with A = B = 1."""
    control = net.sample(400, rng=0)
    control = control[(control[:, :2] != 1).any(axis=1)]
    control = np.concatenate([control, np.array([*controls], np.uint8).reshape(-1, 4)])
    counts = count_entries(net.tables.layout, control)
    problem = Problem(net.tables, distinct(rows, net.space.cards), counts, options=options)
    start = np.ones(len(support))
    fitted = fit(problem, support, start, problem.log_theta, EmLimits(1e-6, 3000))
    search = Search(problem, SelectionCriterion(net.space.cards, 0.05), fitted)
    return search, Baseline(problem, fitted)


def mixed(net, parts):
    """Rows of several interventions, each given with its number of rows."""
    return np.concatenate(
        [net.sample(rows, do=do(target), rng=seed) for seed, (target, rows) in enumerate(parts)]
    )


AB = ((0, 1), (1, 1))


def test_replacements_see_past_a_table_fitted_to_their_rows():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1", "C": "1"}, 12)])
    # One control row has another value of C there, against the target's twelve.
    search, baseline = search_from(net, rows, [(), AB], controls=[(1, 1, 0, 0)])
    truth = (*AB, (2, 1))
    (move,) = rank_replacements(baseline, search.criterion)
    assert (move.target, move.donor, move.replaces) == (truth, 1, True)
    # The gain of an addition would hardly be enough for a trial.
    additions = [
        *rank_single_changes(baseline, baseline.allows, 0.0, 60),
        *rank_additions(baseline, baseline.allows, 0.0, 60),
    ]
    gains = [addition.gain for addition in additions if addition.target == truth]
    assert gains
    assert max(gains) < SearchOptions().trial_gain * search.criterion.least_critical_value(2)
    assert search.accept(baseline.with_moves("replacement", [move]))
    assert set(search.fit.support) == {(), truth}


def test_an_extension_sets_all_values_that_few_rows_share():
    net = network(a=(0.94, 0.01, 0.05))
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "2", "C": "1", "D": "2"}, 3)])
    rows = rows[(rows[:, 0] != 1) | (rows[:, 1] == 2)]
    search, baseline = search_from(net, rows, [(), ((0, 1),)])
    truth = ((0, 1), (1, 2), (2, 1), (3, 2))
    (move,) = (move for move in list_extensions(baseline) if move.donor == 1)
    assert move.target == truth
    assert search.accept(baseline.with_moves("extension", [move]))
    assert set(search.fit.support) == {(), truth}


def test_a_split_separates_the_targets_behind_one_table_row():
    net = network()
    truth = (*AB, (2, 0), (3, 0)), (*AB, (2, 1), (3, 1))
    named = {"A": "1", "B": "1", "C": "0", "D": "0"}, {"A": "1", "B": "1", "C": "1", "D": "1"}
    rows = mixed(net, [({}, 250), (named[0], 100), (named[1], 50)])
    search, baseline = search_from(net, rows, [(), AB])
    extended, plain = (split for split in list_splits(baseline) if split.target == AB)
    assert extended.parts == truth
    assert extended.shares == pytest.approx((2 / 3, 1 / 3), abs=0.02)
    assert plain.parts == ((*AB, (2, 0)), (*AB, (2, 1)))
    assert search.accept(next(propose_split(baseline, extended, 0.0)))
    assert set(search.fit.support) == {(), *truth}


def test_moves_keep_known_tables():
    net = network()
    rows = mixed(net, [({}, 200), ({"A": "1", "B": "1", "C": "1"}, 50)])
    problem = Problem(net.tables, distinct(rows, net.space.cards), None)
    fitted = fit(problem, [(), AB], np.ones(2), problem.log_theta)
    search = Search(problem, SelectionCriterion(net.space.cards, 0.05), fitted)
    baseline = Baseline(problem, fitted)
    (move,) = [m for m in rank_replacements(baseline, search.criterion) if m.donor == 1]
    assert move.target == (*AB, (2, 1))
    assert move.log_theta is None
    assert search.accept(baseline.with_moves("replacement", [move]))
    gained = search.fit.objective - fitted.objective
    penalties = [search.criterion.penalty([(), target]) for target in (AB, move.target)]
    assert move.gain == pytest.approx(gained + penalties[0] - penalties[1], abs=0.5)
    assert search.fit.log_theta is fitted.log_theta
    assert list(list_splits(baseline)) == []
    changes = rank_single_changes(baseline, baseline.allows, 1.0, 60)
    assert (*AB, (2, 1)) in [change.target for change in changes]


# Families that predict tables with their targets find most of these, too.
SEPARATE = SearchOptions(
    max_grown_pairs=0, max_revisions=0, max_uninformed_variables=0, max_last_relifts=0
)
WITHOUT_REPLACEMENTS = replace(SEPARATE, min_replacement_gain=math.inf)
WITHOUT_EXTENSIONS = replace(SEPARATE, extension_share=math.inf)
WITHOUT_SPLITS = replace(SEPARATE, split_target_share=math.inf)


@pytest.mark.parametrize(
    ("options", "seed", "n", "most", "rows", "controls"),
    [
        (WITHOUT_REPLACEMENTS, 52, 6, 5, 500, 20),
        (WITHOUT_REPLACEMENTS, 87, 5, 5, 500, 20),
        (WITHOUT_EXTENSIONS, 5050, 8, 8, 500, 50),
        (WITHOUT_SPLITS, 215, 6, 5, 1000, 20),
        (WITHOUT_SPLITS, 256, 6, 5, 1000, 20),
    ],
)
def test_some_instances_need_the_family(options, seed, n, most, rows, controls):
    mix = random_instance(n, seed, cards=range(2, 5), targets=(2, most)).mixture
    data, control = mix.sample(rows, rng=seed), mix.network.sample(controls, rng=seed + 1)
    result = disentangle_with(SEPARATE, mix.network, data, control)
    assert set(result.mixture.interventions) == set(mix.interventions)
    ablated = disentangle_with(options, mix.network, data, control)
    assert set(ablated.mixture.interventions) != set(mix.interventions)


def test_the_same_replacement_of_two_targets_has_two_keys():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1"}, 40)])
    _, baseline = search_from(net, rows, [(), AB[:1], AB[1:]])
    first, second = (
        baseline.with_moves("replacement", [Move(1.0, donor, AB, 1.0, replaces=True)])
        for donor in (1, 2)
    )
    assert set(first.targets) == {(), AB, AB[1:]}
    assert set(second.targets) == {(), AB, AB[:1]}
    assert first.key != second.key


def test_moves_made_at_once_keep_exclusion():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1"}, 40)])
    _, baseline = search_from(net, rows, [(), AB])
    moves = [Move(1.0, 0, ((2, value),), 0.1) for value in range(3)]
    proposal = baseline.with_moves("batch", moves)
    assert list(proposal.targets) == [(), AB, ((2, 0),), ((2, 1),)]
    assert proposal.weights.sum() == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(("rounds", "converged"), [(0, False), (1, False), (60, True)])
def test_a_search_knows_whether_it_converged(rounds, converged):
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1"}, 60), ({"D": "1"}, 60)])
    search, _ = search_from(net, rows, [()], options=SearchOptions(max_rounds=rounds))
    start = search.score
    improve_support(search, lambda stage, share: None)
    assert search.converged is converged
    assert (search.score > start) is (rounds > 0)
