"""The search for soft components: planted ones, hard ones that stay, and what must not change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from domix import DataError, Disentanglement, Misread, Mixture, Network, disentangle, do
from domix.core.background import BackgroundKnowledge
from domix.core.soft.values import Stochastic
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit as fit_hard
from domix.options.search import SearchOptions
from domix.options.soft import SoftOptions
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.estimate import estimate_soft
from domix.soft.free import merged
from domix.soft.slots import SlotData
from domix.soft.trials import Trials
from strategies import planted

ROWS = 5000
HARD = [{}, {0: 1, 2: 0}, {1: 2, 4: 1, 5: 0}]


def network(n=6, k=3, seed=4):
    return planted(n, [{}], k=k, seed=seed).network


def leak(states, mode, rate=0.2):
    others = [s for s in states if s != mode]
    return {mode: 1 - rate, **dict.fromkeys(others, rate / len(others))}


def modes(result):
    return {c.intervention.mode for c in result.components}


def run(net, mix, rows=ROWS, *, known=False, **options):
    if known:
        return disentangle(net, mix.sample(rows, rng=1), **options)
    controls = net.sample(rows, rng=2)
    settings = {"graph": "given", "contrast": False, **options}
    return disentangle(
        net.without_tables(), mix.sample(rows, rng=1), observational=controls, **settings
    )


@pytest.fixture(scope="module")
def leaky():
    net = network()
    s = net.states["V0"]
    targets = {
        do(): 0.3,
        do(V0=leak(s, "s1"), V2=leak(s, "s0")): 0.4,
        do(V1=leak(s, "s2"), V4=leak(s, "s1"), V5=leak(s, "s0")): 0.3,
    }
    return net, Mixture(net, targets)


@pytest.fixture(scope="module")
def leaky_result(leaky):
    return run(*leaky)


@pytest.mark.parametrize("known", [False, True])
def test_a_leak_is_found_with_its_rate(leaky, leaky_result, known):
    net, mix = leaky
    result = run(net, mix, known=True) if known else leaky_result
    assert modes(result) == {t.mode for t in mix.interventions}
    assert result.soft.shape == "leak"
    assert result.soft.rate == pytest.approx(0.2, abs=0.03)
    assert result.soft.gain > SoftOptions().margin
    assert len(result.soft.hard) > len(result.components)
    for component in result.components:
        weight = mix.weights[[t.mode for t in mix.interventions].index(component.intervention.mode)]
        low, high = component.interval
        assert low - 0.02 <= weight <= high + 0.02
        assert component.p_value <= 0.05
    assert "settings fail at one rate" in result.summary()


def test_soft_results_do_what_others_do(leaky, leaky_result):
    net, mix = leaky
    result = leaky_result
    assert result.to_json() == run(net, mix).to_json()
    assert Disentanglement.from_json(result.to_json()).to_json() == result.to_json()
    rows = mix.sample(50, rng=3)
    np.testing.assert_allclose(result.posterior(rows).sum(axis=1), 1.0)
    assert len(result.assign(rows).interventions) == 50
    logs = result.mixture.log_prob(mix.sample(ROWS, rng=1))
    assert logs.sum() == pytest.approx(result.log_likelihood)
    hard = run(net, mix, soft=False)
    assert hard.soft is None
    assert {str(t.intervention) for t in result.soft.hard} == {
        str(c.intervention) for c in hard.components
    }
    assert result.log_likelihood > hard.log_likelihood


def test_distributions_of_their_own_are_found():
    net = network()
    drawn = do(V0={"s0": 0.1, "s1": 0.6, "s2": 0.3}, V2={"s0": 0.65, "s2": 0.35})
    result = run(net, Mixture(net, {do(): 0.4, drawn: 0.4, do(V4="s1", V5="s0"): 0.2}))
    assert modes(result) == {do(), drawn.mode, do(V4="s1", V5="s0")}
    assert result.soft.shape == "free"
    assert result.soft.rate is None
    (found,) = [c.intervention for c in result.components if c.intervention.mode == drawn.mode]
    for name, true in drawn.items():
        own = found[name]
        assert isinstance(own, Stochastic)
        assert isinstance(true, Stochastic)
        assert math.fsum(own.values()) == pytest.approx(1.0, abs=1e-12)
        for state, p in true.items():
            assert own[state] == pytest.approx(float(p), abs=0.06)


def test_misread_values_are_found():
    net = network()
    s = net.states["V0"]

    def misread(state):
        return Misread(state, leak(s, state, 0.12))

    targets = {
        do(): 0.3,
        do(V0=misread("s1"), V1=misread("s0")): 0.4,
        do(V1=misread("s2"), V2=misread("s1"), V3=misread("s0")): 0.3,
    }
    result = run(net, Mixture(net, targets))
    assert result.soft.shape == "misread"
    assert modes(result) == {t.mode for t in targets}
    values = [v for c in result.components for v in c.intervention.values()]
    assert all(isinstance(v, Misread) for v in values)


@pytest.mark.parametrize("seed", range(4))
def test_hard_answers_stay_as_they_are(seed):
    mix = planted(6, [*HARD, {3: 1}, {3: 0}], seed=seed)
    auto, hard = run(mix.network, mix), run(mix.network, mix, soft=False)
    assert auto.soft is None
    assert auto.to_json() == hard.to_json()


@pytest.mark.parametrize("margin", [0.0, SoftOptions().margin])
@pytest.mark.parametrize("soft", [False, True])
def test_many_rows_are_softened_on_a_sample_first(leaky, soft, margin):
    """Where the sample shows nothing soft, no shape but the hard one is left."""
    net, mix = leaky
    hard = {do(): 0.5, do(V0="s1", V2="s0"): 0.5}
    rows = distinct((mix if soft else Mixture(net, hard)).sample(ROWS, rng=1), net.space.cards)
    problem = Problem(net.tables, rows, None, options=SearchOptions(sample_rows=100))
    targets = [net.target(i.mode) for i in (mix.interventions if soft else hard)]
    weights = np.full(len(targets), 1 / len(targets))
    answer = fit_hard(problem, targets, weights, problem.log_theta)
    criterion = SelectionCriterion(net.space.cards, 0.05)
    found = estimate_soft(
        problem, criterion, answer, SoftOptions(margin=margin), np.random.default_rng(0)
    )
    assert (found is not None) == soft


def test_targets_known_to_be_there_keep_their_values(leaky):
    net, mix = leaky
    known = do(V0="s1", V2="s0")
    result = run(net, mix, include=[known])
    assert known in modes(result)
    assert [c.known for c in result.components if c.intervention.mode == known] == [True]


def test_labelled_targets_stay_hard(leaky):
    net, mix = leaky
    known = do(V0="s1", V2="s0")
    labelled = net.sample(40, do=known, rng=9)
    rows = np.concatenate([mix.sample(ROWS, rng=1), labelled])
    result = disentangle(net, rows, labels=[None] * ROWS + [known] * 40)
    assert known in {c.intervention for c in result.components}
    assert result.posterior(labelled, labels=[known] * 40).max(axis=1).min() == 1.0


def test_variables_that_are_never_set_are_not_drawn(leaky):
    net, mix = leaky
    result = run(net, mix, never_intervened=["V3"], max_target_size=3)
    assert all("V3" not in c.intervention for c in result.components)
    assert max(len(c.intervention) for c in result.components) <= 3


def test_groups_are_softened_one_by_one(leaky):
    net, mix = leaky
    hard = Mixture(net, {do(): 0.5, do(V3="s1", V4="s0"): 0.5})
    rows = np.concatenate([mix.sample(ROWS, rng=1), hard.sample(ROWS, rng=5)])
    groups = ["leaky"] * ROWS + ["hard"] * ROWS
    results = disentangle(
        net.without_tables(),
        rows,
        observational=net.sample(ROWS, rng=2),
        groups=groups,
        graph="given",
        contrast=False,
    )
    assert results["leaky"].soft.shape == "leak"
    assert results["hard"].soft is None
    assert modes(results["leaky"]) == {t.mode for t in mix.interventions}
    assert modes(results["hard"]) == set(hard.interventions)


def test_bootstrap_and_information_agree(leaky):
    net, mix = leaky
    quick, slow = run(net, mix), run(net, mix, bootstrap=40)
    for one, other in zip(quick.components, slow.components, strict=True):
        assert one.intervention == other.intervention
        assert one.std_error == pytest.approx(other.std_error, rel=0.5)


def test_more_values_than_three_and_two():
    net = planted(6, [{}], k=5, seed=2).network
    s = net.states["V0"]
    target = do(V0=leak(s, "s1", 0.3), V3=leak(s, "s4", 0.3))
    result = run(net, Mixture(net, {do(): 0.5, target: 0.5}))
    assert modes(result) == {do(), target.mode}
    net = planted(8, [{}], k=2, seed=2).network
    target = do({f"V{i}": leak(net.states["V0"], "s1", 0.15) for i in (1, 3, 5)})
    result = run(net, Mixture(net, {do(): 0.5, target: 0.5}))
    assert target.mode in modes(result)


@pytest.mark.parametrize("value", ["always", 1, None])
def test_other_values_of_soft_are_refused(leaky, value):
    net, mix = leaky
    with pytest.raises(DataError, match="'auto', True or False"):
        disentangle(net, mix.sample(50, rng=1), soft=value)


def trials_of(targets, knowledge=None):
    net = network()
    mix = Mixture(net, {do(): 1.0})
    problem = Problem(net.tables, distinct(mix.sample(500, rng=0), [3] * 6), None, 1.0, knowledge)
    criterion = SelectionCriterion([3] * 6, 0.05, knowledge)
    trials = Trials(SlotData(problem), criterion, SoftOptions())
    hard = fit_hard(problem, targets, np.ones(len(targets)), problem.log_theta)
    components = [SoftComponent.hard(t, [3] * 6) for t in targets]
    return trials, trials.begin(
        components, hard.weights, hard.log_theta, 0.0, SoftOptions().first_fit
    )


def test_merges_without_gain_count_as_none():
    trials, pair = trials_of([(), ((0, 0),), ((0, 1),)])
    saved = merged(trials, pair.fit)
    assert saved > 0
    joined = [SoftComponent(()), SoftComponent((Setting.free(0, [0.5, 0.5, 0.0], [0, 1]),))]
    weights = np.array([pair.fit.weights[0], pair.fit.weights[1:].sum()])
    before = trials.penalty(pair.fit.components, pair.fit.weights)
    assert before - trials.penalty(joined, weights) == pytest.approx(saved)
    found = trials.begin(joined, weights, pair.fit.log_theta, 0.0, SoftOptions().last_fit)
    assert found.fit.objective == pytest.approx(pair.fit.objective, abs=0.05)
    trials, pair = trials_of([(), ((0, 0), (1, 0)), ((0, 1), (1, 1))])
    assert merged(trials, pair.fit) == 0


def test_what_background_knowledge_excludes_is_not_tried():
    knowledge = BackgroundKnowledge(
        included=(((0, 0),),), excluded={1: frozenset({0, 1, 2})}, largest=1
    )
    trials, now = trials_of([(), ((0, 0),)], knowledge)
    assert not trials.admits([SoftComponent(())])
    extra = SoftComponent.hard(((1, 0),), [3] * 6)
    assert not trials.admits([*now.fit.components, extra])
    assert not trials.admits([*now.fit.components, now.fit.components[1]])
    assert trials.values(1) == ()


def test_a_network_without_parents_is_no_special_case():
    net = Network({"A": []}, {"A": ["x", "y"]}, {"A": [0.5, 0.5]})
    rows = Mixture(net, {do(): 0.2, do(A="x"): 0.8}).sample(2000, rng=0)
    assert disentangle(net, rows, soft=True).components
