"""The share that could have gone unseen beside a lone target, against slow fits."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Mixture, Network, disentangle, do
from domix.claims.unseen_share import find_unseen_share
from domix.core.background import BackgroundKnowledge
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.options.claims import ClaimOptions
from domix.selection.criterion import SelectionCriterion
from reference.mixture import PlainEm
from strategies import planted

DROP = ClaimOptions().bound_drop


def problem_of(mix, rows, learn, **knowledge):
    net = mix.network
    prior = Network.fit(net.parents, net.sample(rows, rng=2), net.states).flat_counts
    codes = distinct(mix.sample(rows, rng=1), net.space.cards)
    known = BackgroundKnowledge(**knowledge)
    return Problem(net.tables, codes, prior if learn else None, 0.1, known)


def find(problem, target=()):
    criterion = SelectionCriterion(problem.layout.cards, 0.05)
    return find_unseen_share(problem, criterion, target, ClaimOptions())


def profile(problem, targets, share):
    """The largest log-likelihood where the second target has this share, by plain EM."""
    em, log_theta, objective = PlainEm(problem, targets, problem.log_theta), problem.log_theta, 0.0
    for _ in range(150 if problem.learn else 1):
        objective, _, log_theta = em.step(np.array([1 - share, share]), log_theta)
    return objective


def reference_limit(problem, targets):
    shares = np.linspace(0.001, 0.4, 400)
    logs = np.array([profile(problem, targets, share) for share in shares])
    return shares[np.flatnonzero(logs >= logs.max() - DROP)[-1]]


@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("target", [{}, {0: 1}, {1: 1, 3: 0}])
def test_the_bound_is_the_largest_limit_by_plain_em(learn, target):
    mix = planted(4, [target], seed=3)
    problem, lone = problem_of(mix, 400, learn), mix.targets[0]
    share, other = find(problem, lone)
    assert reference_limit(problem, [lone, other]) == pytest.approx(share, abs=1.5e-3)
    if not learn:
        frees = [tuple(p for p in lone if p != pair) for pair in lone]
        sets = [
            tuple(sorted([*lone, (i, v)]))
            for i in set(range(4)) - {i for i, _ in lone}
            for v in range(3)
        ]
        limits = [reference_limit(problem, [lone, t]) for t in [*frees, *sets]]
        assert max(limits) == pytest.approx(share, abs=1.5e-3)


def test_more_rows_lower_the_bound():
    mix = planted(5, [{}], seed=4)
    shares = [find(problem_of(mix, rows, learn=True))[0] for rows in (100, 1000, 10_000)]
    assert shares[0] > 1.5 * shares[1] > 2.25 * shares[2] > 0


def test_only_possible_targets_count():
    problem = problem_of(planted(3, [{}], seed=5), 300, learn=False)
    all_values = {i: frozenset(range(3)) for i in range(3)}
    assert find(problem)[1] is not None
    none = problem_of(planted(3, [{}], seed=5), 300, learn=False, excluded=all_values)
    assert find(none) == (0.0, None)
    for variable in range(3):
        others = {i: values for i, values in all_values.items() if i != variable}
        some = problem_of(planted(3, [{}], seed=5), 300, learn=False, excluded=others)
        assert [i for i, _ in find(some)[1]] == [variable]


def test_look_alikes_do_not_count():
    net = Network(
        {"A": [], "B": []}, {"A": [0, 1], "B": [0, 1]}, {"A": [0.999, 0.001], "B": [0.5, 0.5]}
    )
    share, other = find(problem_of(Mixture(net, {do(): 1.0}), 1000, learn=False))
    assert other[0][0] == 1
    assert share < 0.15


def test_a_lone_target_has_an_interval():
    mix = planted(5, [{}], seed=6)
    result = disentangle(mix.network, mix.sample(1000, rng=0))
    (lone,) = result.components
    low, high = lone.interval
    assert (lone.weight, lone.std_error, high) == (1.0, 0.0, 1.0)
    assert 0.8 < low < 0.99
    assert f"up to {1 - low:.2g} of the rows" in result.facts["unseen"]
    included = disentangle(mix.network, mix.sample(1000, rng=0), include=[do()])
    assert included.components[0].interval == lone.interval


@pytest.mark.parametrize("learn", [False, True])
def test_larger_shares_than_the_bound_are_seen(learn, is_full):
    """Of 40 targets, seeds 7000 to 7039, or the first 12, with shares of 1.5 times the bound."""
    missed = 0
    for seed in range(7000, 7040 if is_full else 7012):
        net = planted(5, [{}], seed=seed).network
        given = Network.fit(net.parents, net.sample(500, rng=seed), net.states) if learn else net
        (lone, *more) = disentangle(given, net.sample(500, rng=seed + 1)).components
        rng = np.random.default_rng(seed)
        variable, value = rng.integers(5), rng.integers(3)
        share = min(1.5 * (1 - lone.interval[0]), 0.9)
        if more:
            continue
        target = do({net.variables[variable]: net.states[net.variables[variable]][value]})
        mix = Mixture(net, {do(): 1 - share, target: share})
        parts = disentangle(given, mix.sample(500, rng=seed + 2)).components
        missed += len(parts) == 1 and parts[0].interval[0] > 1 - share
    assert missed <= (2 if is_full else 1)
