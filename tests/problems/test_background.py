"""Background knowledge: it holds in the result, and it helps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ablation import disentangle_with
from domix import Disentanglement, Mixture, Network, disentangle, do
from domix.core.background import BackgroundKnowledge
from domix.core.tables import Target
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.em.mixture import fit
from domix.model.learn import count_entries
from domix.options.search import EmLimits, SearchOptions
from domix.selection.criterion import SelectionCriterion, critical_value
from domix.study.instances.generator import random_instance
from strategies import planted


def found(result):
    return {c.intervention: c.weight for c in result.components}


@pytest.fixture(scope="module")
def screen():
    """Six variables of three states, four targets, tables without zeros; seed 11."""
    return planted(6, [{}, {0: 1}, {2: 0, 3: 2}, {1: 2, 4: 1, 5: 0}], seed=11)


def true_knowledge(mix):
    used = {(name, state) for t in mix.interventions for name, state in t.items()}
    return {
        "never_intervened": [v for v in mix.network.variables if v not in {n for n, _ in used}],
        "max_target_size": max(map(len, mix.interventions)),
        "excluded_values": {
            v: [s for s in states if (v, s) not in used] for v, states in mix.network.states.items()
        },
    }


@pytest.mark.parametrize("learnt", [False, True])
@pytest.mark.parametrize("seed", range(40, 45))
def test_what_is_known_holds_and_the_true_targets_come_back(seed, learnt):
    mix = random_instance(7, seed, targets=(3, 6), max_size=3).mixture
    net = mix.network
    known = true_knowledge(mix)
    control = net.sample(20_000, rng=seed) if learnt else None
    rows = mix.sample(20_000, rng=seed + 1)
    plain = disentangle(net, rows, observational=control)
    for name, value in known.items():
        result = disentangle(net, rows, observational=control, **{name: value})
        assert len(set(found(result)) & set(mix.interventions)) >= len(
            set(found(plain)) & set(mix.interventions)
        )
        for target in found(result):
            if name == "never_intervened":
                assert not set(target) & set(value)
            elif name == "max_target_size":
                assert len(target) <= value
            else:
                assert all(state not in value[v] for v, state in target.items())


def test_limits_hold_against_what_the_rows_say(screen):
    rows = screen.sample(4000, rng=1)
    barred = disentangle(screen.network, rows, never_intervened=["V2", "V5"])
    small = disentangle(screen.network, rows, max_target_size=1)
    other = disentangle(screen.network, rows, excluded_values={"V0": "s1", "V3": ["s1", "s2"]})
    assert not any({"V2", "V5"} & set(t) for t in found(barred))
    assert all(len(t) <= 1 for t in found(small))
    assert not any(t.get("V0") == "s1" or t.get("V3") in ("s1", "s2") for t in found(other))


def test_no_target_without_possible_variables(screen):
    rows = screen.sample(1000, rng=1)
    for nothing in ({"never_intervened": screen.network.variables}, {"max_target_size": 0}):
        assert list(found(disentangle(screen.network, rows, **nothing))) == [do()]


def test_knowing_nothing_changes_nothing(screen):
    net, rows = screen.network, screen.sample(3000, rng=2)
    control = net.sample(3000, rng=3)
    plain = disentangle(net, rows, observational=control).to_json()
    for nothing in (
        {"labels": [None] * 3000},
        {"labels": [""] * 3000},
        {"max_target_size": 6},
        {"include": [], "suspected": [], "never_intervened": [], "excluded_values": {}},
    ):
        assert disentangle(net, rows, observational=control, **nothing).to_json() == plain


@pytest.mark.parametrize("learnt", [False, True])
def test_a_known_target_stays_however_weak(screen, learnt):
    net = screen.network
    weak = do(V1="s0", V5="s1")
    rows = screen.sample(1500, rng=4)
    control = net.sample(1500, rng=5) if learnt else None
    result = disentangle(net, rows, observational=control, include=[weak, {"V0": "s1"}])
    by_target = {c.intervention: c for c in result.components}
    assert by_target[weak].known
    assert by_target[do(V0="s1")].known
    assert by_target[do(V0="s1")].p_value < 0.05 < by_target[weak].p_value
    low, high = by_target[weak].interval
    assert low < 1e-3
    assert by_target[weak].weight <= high < 0.05
    assert not any(c.known for t, c in by_target.items() if t not in (weak, do(V0="s1")))
    assert str(weak) + ", known" in result.summary()
    again = Disentanglement.from_json(result.to_json())
    assert again.components == result.components
    assert result.to_frame()["known"].to_list() == [c.known for c in result.components]


def test_a_suspicion_is_enough_for_what_the_rows_only_hint_at(is_full):
    """Of 30 weak targets, seeds 60 to 89, suspicion finds more; a false one is not believed.

    Unless all are asked for, only the first 12 are tried.
    """
    found_plain, found_suspected, believed = 0, 0, 0
    for seed in range(60, 90 if is_full else 72):
        mix = planted(6, [{}, {1: 0, 4: 1}], seed=seed)
        net, weak = mix.network, mix.interventions[1]
        rows = Mixture(net, {do(): 0.975, weak: 0.025}).sample(1000, rng=seed)
        false = do(V0="s0", V5="s1")
        found_plain += weak in found(disentangle(net, rows))
        result = found(disentangle(net, rows, suspected=[weak, false]))
        found_suspected += weak in result
        believed += false in result
    assert found_suspected >= found_plain + (4 if is_full else 2)
    assert believed <= (2 if is_full else 1)


def test_named_targets_compete_with_each_other_alone():
    named: tuple[Target, ...] = (((0, 1), (2, 0)), ((1, 2),))
    plain = SelectionCriterion([3] * 6, 0.05)
    test = SelectionCriterion([3] * 6, 0.05, BackgroundKnowledge(suspected=named))
    support = [(), named[0], ((4, 0), (5, 1))]
    assert test.critical_value(named[0], support) < plain.critical_value(named[0], support) - 3
    assert test.critical_value(support[2], support) == plain.critical_value(support[2], support)
    critical = test.critical_value(named[0], support)
    assert critical == critical_value(math.log(2), math.log(0.05))
    assert test.p_value(critical, named[0], support) == pytest.approx(0.05)


def test_a_smaller_search_space_needs_less_evidence():
    barred = {i: frozenset(range(3)) for i in range(2, 6)}
    target, support = ((0, 1),), [(), ((0, 1),), ((0, 0), (1, 1))]
    plain = SelectionCriterion([3] * 6, 0.05).critical_value(target, support)
    assert (
        SelectionCriterion([3] * 6, 0.05, BackgroundKnowledge(excluded=barred)).critical_value(
            target, support
        )
        < plain
    )
    assert (
        SelectionCriterion([3] * 6, 0.05, BackgroundKnowledge(largest=1)).critical_value(
            target, support
        )
        <= plain
    )


@pytest.fixture(scope="module")
def look_alikes():
    """B nearly always copies A, so setting A, and setting both, produce nearly the same rows."""
    net = Network(
        {"A": [], "B": ["A"], "C": ["B"]},
        {"A": ["0", "1", "2"], "B": ["0", "1", "2"], "C": ["0", "1", "2"]},
        {
            "A": [0.5, 0.3, 0.2],
            "B": [[0.98, 0.01, 0.01], [0.01, 0.98, 0.01], [0.01, 0.01, 0.98]],
            "C": [[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]],
        },
    )
    return Mixture(net, {do(): 0.4, do(A="1"): 0.3, do(A="1", B="1"): 0.3})


def test_fewer_possible_variables_find_weaker_targets(is_full):
    """Of 20 weak targets on two of ten variables, seeds 90 to 109, or the first 8."""
    plain, knowing = 0, 0
    for seed in range(90, 110 if is_full else 98):
        mix = planted(10, [{}, {2: 0, 6: 1}], seed=seed)
        net, weak = mix.network, mix.interventions[1]
        rows = Mixture(net, {do(): 0.97, weak: 0.03}).sample(1000, rng=seed)
        others = [name for name in net.variables if name not in weak]
        plain += weak in found(disentangle(net, rows))
        knowing += weak in found(disentangle(net, rows, never_intervened=others))
    assert knowing >= plain + (4 if is_full else 2)


def test_labels_tell_look_alikes_apart(look_alikes):
    net, errors, certainties = look_alikes.network, [], []
    truth = dict(zip(look_alikes.interventions, look_alikes.weights, strict=True))
    for seed in range(10):
        rows, origin = look_alikes.sample(1000, rng=seed, return_components=True)
        labels = [
            look_alikes.interventions[c] if r % 5 == 0 else None for r, c in enumerate(origin)
        ]
        runs = disentangle(net, rows), disentangle(net, rows, labels=labels)
        errors.append(
            [
                sum(abs(found(r).get(t, 0.0) - truth.get(t, 0.0)) for t in {*truth, *found(r)}) / 2
                for r in runs
            ]
        )
        assert set(found(runs[1])) >= set(truth)
        both = next(c for c in runs[1].components if c.intervention == do(A="1", B="1"))
        certainties.append(both.interval[0] <= 0.3 <= both.interval[1])
    plain, labelled = np.mean(errors, axis=0)
    assert labelled < 0.5 * plain
    assert sum(certainties) >= 8


@pytest.mark.parametrize("learnt", [False, True])
def test_a_labelled_fit_is_em_with_some_posteriors_known(screen, learnt):
    """Against plain EM over all rows, in which a labelled row belongs to its target."""
    net, targets = screen.network, screen.targets
    codes, origin = screen.sample(800, rng=6, return_components=True)
    known = np.arange(800) % 3 == 0
    layout = net.tables.layout
    observed = count_entries(layout, net.sample(300, rng=7)) if learnt else None
    labelled_counts = np.zeros(layout.size)
    row_counts = np.array([count_entries(layout, row[None]) for row in codes])
    free = np.array(
        [
            [layout.node_of_entry[entry] not in dict(t) for entry in range(layout.size)]
            for t in targets
        ]
    )
    for row in np.flatnonzero(known):
        labelled_counts += row_counts[row] * free[origin[row]]
    labelled = {t: float((origin[known] == c).sum()) for c, t in enumerate(targets)}
    problem = Problem(
        net.tables,
        distinct(codes[~known], net.space.cards),
        None if observed is None else observed + labelled_counts,
        knowledge=BackgroundKnowledge(included=targets, labelled=labelled),
    )
    start = np.full(4, 0.25)
    fast = fit(problem, targets, start, problem.log_theta, EmLimits(1e-10, 5000))
    fits = np.array([[all(row[i] == v for i, v in t) for t in targets] for row in codes])
    weights, theta = start, problem.theta
    prior = None if observed is None else problem.prior - labelled_counts
    for _ in range(1500):
        like = np.where(fits, np.exp(row_counts @ (free * np.log(theta)).T), 0.0) * weights
        posterior = like / like.sum(axis=1, keepdims=True)
        posterior[known] = np.eye(4)[origin[known]]
        weights = posterior.mean(axis=0)
        if prior is not None:
            counts = prior + ((posterior @ free) * row_counts).sum(axis=0)
            theta = counts / np.add.reduceat(counts, layout.row_starts)[layout.row_of_entry]
    np.testing.assert_allclose(fast.weights, weights, atol=2e-4)
    if learnt:
        np.testing.assert_allclose(np.exp(fast.log_theta), theta, atol=5e-3)


def test_labels_as_text_mapping_and_intervention_say_the_same(screen):
    rows, origin = screen.sample(1500, rng=8, return_components=True)
    targets = screen.interventions
    spellings = (lambda t: t, dict, str)
    results = []
    for spell in spellings:
        labels = [spell(targets[c]) if r % 4 == 0 else None for r, c in enumerate(origin)]
        results.append(disentangle(screen.network, rows, labels=labels))
    assert results[0].to_json() == results[1].to_json() == results[2].to_json()
    assert results[0].facts["labels"] == "known for 375 of these rows"
    assert results[0].rows == 1500


def test_counts_of_labelled_rows_are_rows(screen):
    rows, origin = screen.sample(900, rng=9, return_components=True)
    labels = [screen.interventions[c] if r % 3 == 0 else None for r, c in enumerate(origin)]
    once = disentangle(screen.network, rows[::2], labels=labels[::2], counts=np.full(450, 2.0))
    twice = disentangle(screen.network, np.vstack([rows[::2]] * 2), labels=labels[::2] * 2)
    assert once.components == twice.components
    assert once.log_likelihood == pytest.approx(twice.log_likelihood)


def test_the_posterior_of_a_labelled_row_is_its_label(screen):
    rows, origin = screen.sample(1200, rng=10, return_components=True)
    labels = [screen.interventions[c] if r % 2 else None for r, c in enumerate(origin)]
    result = disentangle(screen.network, rows, labels=labels)
    assigned, chances = result.assign(rows, labels)
    for row in range(1, 1200, 2):
        assert (assigned[row], chances[row]) == (labels[row], 1.0)
    assert chances[::2].max() <= 1.0
    np.testing.assert_array_equal(result.posterior(rows)[::2], result.posterior(rows, labels)[::2])


def test_every_row_may_have_a_label(screen):
    rows, origin = screen.sample(400, rng=11, return_components=True)
    labels = [screen.interventions[c] for c in origin]
    for control in (None, screen.network.sample(200, rng=1)):
        result = disentangle(screen.network, rows, observational=control, labels=labels)
        for c, target in enumerate(screen.interventions):
            assert found(result)[target] == pytest.approx((origin == c).mean())


def test_many_rows_are_searched_on_a_sample_with_labels_too(screen):
    rows, origin = screen.sample(6000, rng=12, return_components=True)
    labels = [screen.interventions[c] if r % 10 == 0 else None for r, c in enumerate(origin)]
    options = SearchOptions(sample_rows=150)
    result = disentangle_with(options, screen.network, rows, labels=labels)
    assert set(found(result)) == set(screen.interventions)


def test_zeros_labels_and_limits_go_together():
    """B copies A; labelled rows show what is done to B, and no target sets C."""
    net = Network(
        {"A": [], "B": ["A"], "C": ["B"]},
        {"A": ["0", "1", "2"], "B": ["0", "1", "2"], "C": ["0", "1"]},
        {"A": [0.5, 0.25, 0.25], "B": np.eye(3), "C": [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]},
    )
    mix = Mixture(net, {do(): 0.8, do(B="2"): 0.1, do(A="1", B="0"): 0.1})
    rows, origin = mix.sample(3000, rng=1, return_components=True)
    labels = [mix.interventions[c] if r < 60 else None for r, c in enumerate(origin)]
    result = disentangle(net, rows, labels=labels, never_intervened=["C"])
    assert set(found(result)) == set(mix.interventions)
    assert result.unexplained == ()


def test_each_group_has_suspected_targets_of_its_own():
    mix = planted(5, [{}, {1: 0, 4: 1}], seed=11)
    net, target = mix.network, mix.interventions[1]
    others = [do(V0="s0"), do(V2="s0", V3="s1")]
    rows = np.concatenate([mix.sample(800, rng=0), mix.sample(800, rng=1), mix.sample(800, rng=2)])
    results = disentangle(
        net,
        rows,
        groups=["one"] * 800 + ["three"] * 800 + ["none"] * 800,
        suspected={"one": [target], "three": [target, *others]},
    )
    tests = {
        group: next(c.test for c in result.components if c.intervention == target)
        for group, result in results.items()
    }
    assert [tests[group].factor for group in ("one", "three", "none")] == [3, 3, 9]
    assert tests["one"].log_count == 0
    assert tests["three"].log_count == pytest.approx(math.log(3))
    assert tests["none"].log_count > math.log(10)
    critical = [tests[group].critical_value for group in ("one", "three", "none")]
    assert critical == sorted(critical)


def test_reported_p_values_follow_from_their_tests():
    mix = planted(6, [{}, {0: 1}, {1: 0, 4: 1}], seed=12)
    rows = mix.sample(600, rng=0)
    result = disentangle(mix.network, rows, suspected=[do(V0="s1")], include=[do(V5="s0")])
    for c in result.components:
        tail = 0.5 * math.erfc(math.sqrt(c.test.drop_cost))
        expected = min(1.0, c.test.factor * math.exp(c.test.log_count) * tail)
        assert c.p_value == pytest.approx(expected, rel=1e-6)
        assert c.known or (c.p_value <= 0.05) == (c.test.drop_cost >= c.test.critical_value)


def test_an_answer_names_the_knowledge_that_it_rests_on(chain):
    rows = Mixture(chain, {do(): 0.6, do(A="on"): 0.4}).sample(500, rng=0)
    facts = disentangle(chain, rows).facts
    assert "background knowledge" not in facts
    facts = disentangle(
        chain,
        rows,
        include=["A=on"],
        max_target_size=1,
        never_intervened=["C"],
        excluded_values={"B": ["low", "mid"]},
    ).facts
    assert facts["background knowledge"] == (
        "never set: C; never set to low: B; never set to mid: B; targets of at most 1 variable; "
        "known: do(A=on)"
    )
