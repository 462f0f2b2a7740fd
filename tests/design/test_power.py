"""The power of a design: against hand computations, enumeration, simulation and itself."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import (
    DataError,
    InterventionError,
    Mixture,
    Network,
    NetworkError,
    disentangle,
    do,
    power,
)
from domix.design import population, rivals
from domix.study.instances.generator import random_instance

P, W = 0.3, 0.2
ONE = Network({"A": []}, {"A": ["low", "high"]}, {"A": [P, 1 - P]})
"""Under do(A=low) with weight W, A is low with probability MIXED."""

CHAIN = Network(
    {"A": [], "B": ["A"], "C": ["B"]},
    {name: ["low", "high"] for name in "ABC"},
    {"A": [0.5, 0.5], "B": [[0.8, 0.2], [0.3, 0.7]], "C": [[0.9, 0.1], [0.2, 0.8]]},
)

MIXED = W + (1 - W) * P


def divergence(p, q):
    return p * math.log(p / q) + (1 - p) * math.log((1 - p) / (1 - q))


@st.composite
def designs(draw):
    """A random mixture of do(), a target and perhaps another, and the target."""
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    size = draw(st.integers(1, 3))
    drawn = random_instance(
        draw(st.integers(3, 5)), rng, targets=(2, 2), min_size=size, max_size=size
    )
    target, *others = drawn.mixture.interventions
    weight = draw(st.sampled_from([0.05, 0.1, 0.3]))
    weights = {target: weight, **dict.fromkeys(others, 0.1)}
    return Mixture(drawn.network, {do(): 1 - sum(weights.values()), **weights}), target


# The formula


def test_known_tables_give_the_divergence_from_do():
    found = power(ONE, "A=low", W, rows=100)
    logs = math.log(MIXED / P), math.log((1 - MIXED) / (1 - P))
    assert found.mean == pytest.approx(divergence(MIXED, P), rel=1e-6)
    assert found.variance == pytest.approx(MIXED * (1 - MIXED) * (logs[0] - logs[1]) ** 2, rel=1e-6)
    assert found.nearest.interventions == (do(),)


@pytest.mark.parametrize("controls", [37, 250, 4000])
def test_learnt_tables_follow_the_pooled_rows(controls):
    n = 1000
    pooled = (n * MIXED + controls * P) / (n + controls)
    expected = n * divergence(MIXED, pooled) + controls * divergence(P, pooled)
    found = power(ONE, "A=low", W, rows=n, controls=controls)
    assert n * found.mean == pytest.approx(expected, rel=0.01)
    assert found.power < power(ONE, "A=low", W, rows=n).power


@settings(deadline=None, max_examples=6)
@given(designs())
def test_divergence_is_that_of_the_whole_joint(design):
    mixture, target = design
    found = power(mixture, target, rows=100)
    net = mixture.network
    codes = np.indices([len(s) for s in net.states.values()]).reshape(len(net.variables), -1).T
    logs = mixture.log_prob(codes), found.nearest.log_prob(codes)
    assert found.mean == pytest.approx(
        float(np.exp(logs[0]) @ (logs[0] - logs[1])), rel=1e-4, abs=1e-9
    )


def test_many_configurations_are_sampled(monkeypatch):
    mixture = Mixture(random_instance(5, 3).network, {do(): 0.7, do(V2=1): 0.3})
    exact = power(mixture, "V2=1", rows=100, controls=100)
    monkeypatch.setattr(population, "MOST_CONFIGURATIONS", 1)
    drawn = power(mixture, "V2=1", rows=100, controls=100)
    assert drawn.mean != exact.mean
    assert drawn.mean == pytest.approx(exact.mean, rel=0.1)
    assert "fixed seed" in drawn.summary()
    assert "fixed seed" not in exact.summary()


def test_power_is_that_of_simulations():
    mixture = Mixture(ONE, {do(): 1 - W, do(A="low"): W})
    found, rng, hits = power(mixture, "A=low", rows=220, controls=220), np.random.default_rng(1), 0
    for _ in range(150):
        net = Network.fit(ONE.parents, ONE.sample(220, rng=rng), ONE.states)
        result = disentangle(net, mixture.sample(220, rng=rng), soft=False)
        hits += do(A="low") in [c.intervention for c in result.components]
    assert found.power == pytest.approx(hits / 150, abs=0.1)


@pytest.mark.parametrize("controls", [20, 300, 1000])
def test_power_does_not_fall_with_more_rows(controls):
    found = power(CHAIN, "B=high", 0.1, rows=1000, controls=controls)
    powers = [found.at(round(10**tenths)) for tenths in np.arange(2, 9, 0.2)]
    assert np.diff(powers).min() > -0.002
    assert powers[-1] == pytest.approx(found.at(500 * controls), abs=0.002)


def test_whole_weight_may_be_that_of_the_others():
    found = power(CHAIN, "B=high", 0.1, beside={"A=low": 0.9}, rows=1000)
    assert 0.9 < found.power <= 1


# What is asked for


@settings(deadline=None, max_examples=4)
@given(designs(), st.sampled_from([0.5, 0.8, 0.9]))
def test_rows_are_the_fewest_that_reach_the_power(design, goal):
    mixture, target = design
    found = power(mixture, target, power=goal)
    if found.rows is None:
        assert found.obstacle is not None
        return
    assert found.power >= goal
    assert found.rows < 20 or found.at(round(0.97 * found.rows)) < goal
    assert found.rows_for(goal) == found.rows
    assert power(mixture, target, rows=found.rows).power == pytest.approx(found.power)


def test_needed_controls_reach_the_power():
    both = power(ONE, "A=low", W, controls="needed")
    assert both.power >= 0.8
    assert both.rows + both.controls <= 2 * power(ONE, "A=low", W).rows * 4
    given_rows = power(ONE, "A=low", W, rows=both.rows, controls="needed")
    assert given_rows.power >= 0.8
    assert given_rows.controls <= 1.01 * both.controls


def test_rows_are_found_where_many_rows_reach_it():
    found = power(CHAIN, "B=high", 0.1, controls=300, power=0.22)
    assert found.rows < found.controls * 20
    assert power(CHAIN, "B=high", 0.1, controls=1000, power=0.85).rows is None


@pytest.mark.parametrize(("target", "goal"), [("A=low, B=high", 0.8), ("A=high, C=low", 0.5)])
def test_needed_rows_and_controls_have_the_least_total(target, goal):
    found = power(CHAIN, target, 0.05, controls="needed", power=goal)
    assert found.power >= goal
    totals = [
        (found.rows_for(goal, controls) or math.inf) + controls
        for controls in np.rint(found.controls * np.exp2(np.arange(-1, 1.1, 0.25))).astype(int)
    ]
    assert found.rows + found.controls <= 1.012 * min(totals)


def test_needed_numbers_are_ones_alpha_was_measured_for():
    found = power(CHAIN, "A=high, B=low, C=high", 0.05, controls="needed")
    assert (found.rows, found.controls) == (256, 256)
    names = "ABCDEFG"
    net = Network(
        {v: [] for v in names}, {v: [0, 1] for v in names}, {v: [0.5, 0.5] for v in names}
    )
    beside = {do(**{v: 0}): 0.05 for v in names[1:]}
    found = power(net, "A=0", 0.6, beside=beside, controls="needed")
    assert (found.rows, found.controls) == (40 * 8, 256)
    assert "not measured" not in str(found)


def test_rows_are_found_that_more_rows_may_fall_short_of():
    drawn = random_instance(6, np.random.default_rng(8), targets=(2, 2), min_size=3, max_size=3)
    target, other = drawn.mixture.interventions
    mixture = Mixture(drawn.network, {do(): 0.6, target: 0.3, other: 0.1})
    found = power(mixture, target, rows=100, controls=100)
    assert found.at(10**8) < 0.555 < found.at(found.rows_for(0.555))


def test_smallest_weight_is_seen_by_the_rows():
    found = power(ONE, "A=low", rows=300, controls=300)
    assert found.power >= 0.8
    assert power(ONE, "A=low", 0.97 * found.weight, rows=300, controls=300).power < 0.8


def test_controls_are_those_behind_the_counts():
    net = Network.fit(ONE.parents, ONE.sample(400, rng=1), ONE.states)
    found = power(net, "A=low", W, rows=300)
    assert found.learnt
    assert found.controls == 400
    assert not power(ONE, "A=low", W, rows=300).learnt


def test_controls_are_the_fewest_of_the_variables_set():
    rows = CHAIN.sample(400, rng=1)
    sets = {do(): range(100), do(A="low"): range(100, 350), do(B="low"): range(350, 400)}
    interventions = [t for t, indices in sets.items() for _ in indices]
    net = Network.fit(CHAIN.parents, rows, CHAIN.states, intervened=interventions)
    assert power(net, "A=low", W, rows=300).controls == 150
    assert power(net, "B=low", W, rows=300).controls == 350
    assert power(net, "B=low", W, rows=300, beside={"A=low": 0.1}).controls == 150
    assert power(net, "C=low", W, rows=300).controls == 400


def test_tables_without_counts_are_called_known():
    found = disentangle(ONE, ONE.sample(300, rng=1), observational=ONE.sample(300, rng=2))
    weights = {do(): 0.9, do(A="low"): 0.1}
    for net in (ONE, found.network, Mixture(found.network, weights)):
        assert "tables: known" in str(power(net, "A=low", 0.1))
        assert "tables: known" not in str(power(net, "A=low", 0.1, controls=9000))


def test_groups_and_alpha_make_the_test_harder():
    easy = power(ONE, "A=low", W, rows=200)
    assert power(ONE, "A=low", W, rows=200, groups=4).power < easy.power
    assert power(ONE, "A=low", W, rows=200, alpha=0.01).power < easy.power


# What cannot be seen


def test_target_that_others_imitate_is_named():
    beside = {do(A="high"): 0.35}
    found = power(ONE, "A=low", 0.15, beside=beside)
    assert found.rows is None
    assert found.power == 0
    assert found.obstacle.startswith("not detectable: do() 1 has the same distribution without")
    assert found.obstacle in found.summary()
    assert power(ONE, "A=low", 0.15, beside=beside, rows=10**6).obstacle == found.obstacle


def test_few_controls_are_an_obstacle_with_their_number():
    found = power(ONE, "A=low", 0.05, controls=50)
    assert found.rows is None
    needed = int(found.obstacle.rsplit(" ", 1)[1].replace(",", ""))
    assert power(ONE, "A=low", 0.05, controls=round(1.05 * needed)).rows is not None
    assert power(ONE, "A=low", 0.05, controls=round(0.95 * needed)).rows is None


def test_look_alikes_are_named():
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [1.0, 0.0], "B": [[0.5, 0.5], [0.2, 0.8]]},
    )
    assert power(net, "B=1", 0.1).look_alikes == (do(A=0, B=1),)
    # A state that never occurs proves the target, if there is a row of it.
    assert power(net, "A=1", 0.1, rows=10).test_power == pytest.approx(1 - 0.9**10, abs=1e-6)


def test_rivals_are_compared_whatever_the_others_set():
    net = random_instance(9, 3).network
    first = {v: net.states[v][0] for v in net.variables}
    everything = {do(**first): 0.2}
    target = do(**{v: first[v] for v in net.variables[-2:]})
    found = power(net, target, 0.1, beside=everything, rows=1000)
    assert {do(**{v: s}) for v, s in target.items()} <= set(found.taken_for)
    assert "not compared" not in str(found)


def test_rivals_with_too_many_variables_are_counted(monkeypatch):
    full = power(CHAIN, "A=low", 0.1, rows=1000)
    monkeypatch.setattr(rivals, "MOST_JOINT", 2)
    found = power(CHAIN, "A=low", 0.1, rows=1000)
    left_out = len(full.taken_for) - len(found.taken_for)
    assert left_out > 0
    assert f"not compared: {left_out} targets one variable away" in str(found)
    assert "not compared" not in str(full)


# Arguments and answers


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"target": "do()"}, InterventionError, "target: do() sets nothing"),
        ({"target": "B=low"}, InterventionError, "unknown variable 'B'"),
        ({"target": {"A": {"low": 0.5, "high": 0.5}}}, InterventionError, "draws values"),
        ({"weight": 1.5}, DataError, "weight: must be a number between 0 and 1"),
        ({"weight": None}, DataError, "weight: give the weight of the target, or rows"),
        ({"rows": 0}, DataError, "rows: must be a whole number of at least 1"),
        ({"controls": "some"}, DataError, "controls: must be a number or 'needed'"),
        ({"power": 0}, DataError, "power: must be a number between 0 and 1"),
        ({"beside": {"A=high": 0.9}}, DataError, "sum to 1.1, more than 1"),
        ({"beside": {"A=low": 0.1}}, InterventionError, "duplicate target do(A=low)"),
        ({"beside": {"do()": 0.5}}, InterventionError, "beside: do() has the rest of the weight"),
        ({"beside": {"A=high": "x"}}, InterventionError, "a weight is between 0 and 1"),
    ],
)
def test_arguments_are_checked(arguments, error, message):
    with pytest.raises(error) as raised:
        power(ONE, **{"target": "A=low", "weight": 0.2, **arguments})
    assert message in str(raised.value)


def test_control_rows_are_asked_for_where_there_are_none():
    found = power(CHAIN, "B=high", 0.02, rows=200, controls="needed")
    assert found.controls is None
    for ask in (lambda: found.at(1000), lambda: found.rows_for(0.5), lambda: found.to_frame([9])):
        with pytest.raises(DataError, match="controls: give a number"):
            ask()
    assert 0 < found.at(1000, 1000) < 1


def test_control_rows_are_refused_where_tables_are_known():
    found = power(ONE, "A=low", W)
    for ask in (
        lambda: found.at(100, 50),
        lambda: found.rows_for(0.5, 50),
        lambda: found.to_frame([100], [50]),
    ):
        with pytest.raises(DataError, match="controls: the tables of this analysis are known"):
            ask()


def test_mixture_holds_weight_and_other_targets():
    mixture = Mixture(ONE, {do(): 0.8, do(A="low"): 0.2})
    assert power(mixture, "A=low").rows == power(ONE, "A=low", 0.2).rows
    assert power(mixture, "A=low", 0.3).weight == 0.3
    with pytest.raises(DataError, match="beside: the mixture holds"):
        power(mixture, "A=low", beside={})
    net: Any = 3
    with pytest.raises(NetworkError, match="a Network or a Mixture, not int"):
        power(net, "A=low")


def test_answers_are_read_as_text_frame_and_json():
    found = power(ONE, "A=low", W, controls="needed")
    assert f"{found.rows:,} rows, {found.controls:,} control rows: power 0.8" in str(found)
    frame = found.to_frame([100, 1000], [100, 500])
    assert frame["rows"].to_list() == [100, 1000, 100, 1000]
    assert frame["power"].to_list()[3] == found.at(1000, 500)
    document = json.loads(found.to_json())
    assert document["controls"] == found.controls
    assert document["learnt"]
    assert document["mixture"] == {"do()": 0.8, "do(A=low)": 0.2}
