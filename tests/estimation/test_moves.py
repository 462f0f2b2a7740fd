"""What the moves of the search propose, and what it must keep."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Network, disentangle, do
from domix.core.exclusion import exhausted
from domix.data.rows import distinct
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import fit
from domix.estimation.options import EmLimits
from domix.estimation.selection import local_search
from domix.estimation.selection.criterion import SelectionCriterion
from domix.estimation.selection.local_search import TRY, Search, _in_parts
from domix.estimation.selection.single_changes import Move, Outlook, single_changes
from domix.estimation.selection.splits import divisions
from domix.estimation.selection.table_refits import closures, profiled_additions, replacements
from domix.model.learn import count_entries
from domix.study.instances.generator import random_instance


@pytest.mark.parametrize(("seed", "n", "most", "rows"), [(38, 3, 5, 500), (154, 4, 3, 400)])
def test_a_division_that_uses_every_value_does_not_get_in(seed, n, most, rows):
    # 20 control rows, so that tables bend; the parts of a division broke exclusion here.
    mix = random_instance(n, seed, cards=range(2, most + 1)).mixture
    net = mix.network
    control = net.sample(20, rng=seed + 1)
    result = disentangle(net, mix.sample(rows, rng=seed), observational=control)
    assert not list(exhausted(net.tables.layout, result.mixture.targets))


def network(a=(0.9, 0.05, 0.05), c=(0.6, 0.3, 0.1)):
    """A, B -> C and D; hardly any row without interventions has A = B = 1."""
    states = {name: ["0", "1", "2"] for name in "ABCD"}
    tables = {"A": a, "B": [0.9, 0.05, 0.05], "C": np.full((3, 3, 3), c), "D": [0.5, 0.3, 0.2]}
    return Network({"A": [], "B": [], "C": ["A", "B"], "D": []}, states, tables)


def started(net, rows, support, seen=()):
    """A search that stands at a support, and its outlook; ``seen`` are all control rows that have
    A = B = 1."""
    control = net.sample(400, rng=0)
    control = control[(control[:, :2] != 1).any(axis=1)]
    control = np.concatenate([control, np.array([*seen], np.uint8).reshape(-1, 4)])
    counts = count_entries(net.tables.layout, control)
    problem = Problem(net.tables, distinct(rows, net.space.cards), counts)
    start = np.ones(len(support))
    fitted = fit(problem, support, start, problem.log_theta, EmLimits(1e-6, 3000))
    search = Search(problem, SelectionCriterion(net.space.cards, 0.05), fitted)
    return search, Outlook(problem, fitted), search.allowed(support)


def mixed(net, parts):
    """So many rows of each intervention."""
    return np.concatenate(
        [net.sample(rows, do=do(target), rng=seed) for seed, (target, rows) in enumerate(parts)]
    )


AB = ((0, 1), (1, 1))


def test_a_replacement_sees_past_a_bent_table():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1", "C": "1"}, 12)])
    # One control row says that C is not always 1 there; the twelve others outvote it.
    search, outlook, allowed = started(net, rows, [(), AB], seen=[(1, 1, 0, 0)])
    truth = (*AB, (2, 1))
    (move,) = replacements(outlook, search.criterion, allowed)
    assert (move.target, move.donor, move.replaces) == (truth, 1, True)
    # As additions it would hardly be worth a trial.
    least = search.criterion.least_critical(2)
    others = [
        *single_changes(outlook, allowed, 0.0, 60),
        *profiled_additions(outlook, allowed, 0.0, 60),
    ]
    gains = [other.gain for other in others if other.target == truth]
    assert gains
    assert max(gains) < TRY * least
    assert search.accept(search.with_moves("replace", [move]))
    assert set(search.fit.support) == {(), truth}


def test_a_closure_takes_all_that_few_rows_have_in_common():
    net = network(a=(0.94, 0.01, 0.05))
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "2", "C": "1", "D": "2"}, 3)])
    rows = rows[(rows[:, 0] != 1) | (rows[:, 1] == 2)]
    search, outlook, allowed = started(net, rows, [(), ((0, 1),)])
    truth = ((0, 1), (1, 2), (2, 1), (3, 2))
    (move,) = (move for move in closures(outlook, allowed) if move.donor == 1)
    assert move.target == truth
    assert search.accept(search.with_moves("closure", [move]))
    assert set(search.fit.support) == {(), truth}


def test_a_division_parts_what_a_bent_table_had_joined():
    net = network()
    truth = (*AB, (2, 0), (3, 0)), (*AB, (2, 1), (3, 1))
    named = {"A": "1", "B": "1", "C": "0", "D": "0"}, {"A": "1", "B": "1", "C": "1", "D": "1"}
    rows = mixed(net, [({}, 250), (named[0], 100), (named[1], 50)])
    search, outlook, allowed = started(net, rows, [(), AB])
    closed, plain = (d for d in divisions(outlook, allowed) if d.target == AB)
    assert closed.parts == truth
    assert closed.shares == pytest.approx((2 / 3, 1 / 3), abs=0.02)
    assert plain.parts == ((*AB, (2, 0)), (*AB, (2, 1)))
    assert search.accept(_in_parts(search, closed))
    assert set(search.fit.support) == {(), *truth}


def test_known_tables_stay_as_they_are():
    net = network()
    rows = mixed(net, [({}, 200), ({"A": "1", "B": "1", "C": "1"}, 50)])
    problem = Problem(net.tables, distinct(rows, net.space.cards), None)
    fitted = fit(problem, [(), AB], np.ones(2), problem.log_theta)
    search = Search(problem, SelectionCriterion(net.space.cards, 0.05), fitted)
    outlook, allowed = Outlook(problem, fitted), search.allowed(fitted.support)
    (move,) = [m for m in replacements(outlook, search.criterion, allowed) if m.donor == 1]
    assert move.target == (*AB, (2, 1))
    assert move.log_theta is None
    assert search.accept(search.with_moves("replace", [move]))
    gained = search.fit.objective - fitted.objective
    penalties = [search.criterion.penalty([(), target]) for target in (AB, move.target)]
    assert move.gain == pytest.approx(gained + penalties[0] - penalties[1], abs=0.5)
    assert search.fit.log_theta is fitted.log_theta
    search = Search(problem, search.criterion, fitted)
    assert list(divisions(outlook, allowed)) == []
    assert (*AB, (2, 1)) in [move.target for move in single_changes(outlook, allowed, 1.0, 60)]


# Instances that one kind of move alone can mend: seed, variables, rows, control rows.
NEEDED = {
    "replacements": [(52, 6, 500, 20), (87, 5, 500, 20)],
    "closures": [(5050, 8, 500, 50)],
    "divisions": [(215, 6, 1000, 20), (256, 6, 1000, 20)],
}


@pytest.mark.parametrize(
    ("kind", "instance"), [(kind, each) for kind, some in NEEDED.items() for each in some]
)
def test_the_truth_needs_the_move(kind, instance, monkeypatch):
    seed, n, rows, controls = instance
    most = 8 if kind == "closures" else 5
    mix = random_instance(n, seed, cards=range(2, 5), targets=(2, most)).mixture
    data, control = mix.sample(rows, rng=seed), mix.network.sample(controls, rng=seed + 1)

    def found():
        result = disentangle(mix.network, data, observational=control)
        return {component.intervention for component in result.components}

    assert found() == set(mix.interventions)
    monkeypatch.setattr(local_search, kind, lambda *_: [])
    assert found() != set(mix.interventions)


def test_two_targets_may_be_replaced_by_the_same_one_in_turn():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1"}, 40)])
    search, _, _ = started(net, rows, [(), AB[:1], AB[1:]])
    first, second = (
        search.with_moves("replace", [Move(1.0, donor, AB, 1.0, replaces=True)]) for donor in (1, 2)
    )
    assert set(first.targets) == {(), AB, AB[1:]}
    assert set(second.targets) == {(), AB, AB[:1]}
    assert first.key != second.key


def test_moves_made_at_once_leave_every_variable_a_value():
    net = network()
    rows = mixed(net, [({}, 400), ({"A": "1", "B": "1"}, 40)])
    search, _, _ = started(net, rows, [(), AB])
    moves = [Move(1.0, 0, ((2, value),), 0.1) for value in range(3)]
    proposal = search.with_moves("batch", moves)
    assert list(proposal.targets) == [(), AB, ((2, 0),), ((2, 1),)]
    assert proposal.weights.sum() == pytest.approx(1.0, abs=1e-5)
