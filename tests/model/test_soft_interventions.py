"""Probabilities, marginals and samples under soft interventions equal those by enumeration."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import InterventionError, Misread, Mixture, Network, do
from domix.util.numerics import chi_square_tail
from reference.soft_target import joint_of
from strategies import every_row, networks, soft_interventions, soft_mixtures

F = Fraction


def small_networks(exact):
    return networks(most=4, cards=(1, 3), exact=exact)


def close(found, expected):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), atol=1e-12)


def mixture_joint(mix):
    parts = zip(mix.interventions, mix.weights, strict=True)
    return sum(weight * joint_of(mix.network, target) for target, weight in parts)


@given(st.data())
def test_fractions_equal_enumeration(data):
    net = data.draw(small_networks(exact=True))
    target = data.draw(soft_interventions(net, exact=True))
    joint = joint_of(net, target)
    assert net.prob(every_row(net), do=target).tolist() == joint.ravel().tolist()
    names = data.draw(st.lists(st.sampled_from(net.variables), unique=True))
    expected = marginal_of(net, joint, names)
    found = net.marginal(names, do=target).values
    assert found.tolist() == expected.tolist()
    assert found.sum() == 1


def marginal_of(net, joint, names):
    axes = [net.variables.index(name) for name in names]
    others = tuple(i for i in range(joint.ndim) if i not in axes)
    summed = joint.sum(axis=others) if others else joint
    kept = sorted(axes)
    return np.asarray(summed).transpose([kept.index(i) for i in axes])


@given(st.data())
def test_floats_equal_enumeration(data):
    net = data.draw(small_networks(exact=False))
    target = data.draw(soft_interventions(net))
    joint = joint_of(net, target)
    close(net.prob(every_row(net), do=target), joint.ravel())
    close(np.exp(net.log_prob(every_row(net), do=target)), joint.ravel())
    names = data.draw(st.lists(st.sampled_from(net.variables), unique=True))
    close(net.marginal(names, do=target).values, marginal_of(net, joint, names))


@given(st.data())
def test_evidence_is_of_what_rows_show(data):
    net = data.draw(small_networks(exact=True))
    target = data.draw(soft_interventions(net, exact=True))
    joint = joint_of(net, target)
    rows = np.argwhere(joint > 0)
    shown = rows[data.draw(st.integers(0, len(rows) - 1))]
    i = data.draw(st.integers(0, joint.ndim - 1))
    name, state = net.variables[i], net.states[net.variables[i]][shown[i]]
    expected = np.zeros_like(joint)
    index = (slice(None),) * i + (shown[i],)
    expected[index] = joint[index] / np.sum(joint[index])
    found = net.marginal(net.variables, do=target, given={name: state}).values
    assert found.tolist() == expected.tolist()


@given(st.data())
def test_mixtures_equal_enumeration(data):
    mix = data.draw(small_networks(exact=True).flatmap(soft_mixtures))
    assert mix.is_exact
    rows, joint = every_row(mix.network), mixture_joint(mix)
    assert mix.prob(rows).tolist() == joint.ravel().tolist()
    assert mix.marginal(mix.network.variables).values.tolist() == joint.tolist()
    possible = rows[joint.ravel() > 0]
    parts = [
        weight * joint_of(mix.network, target).ravel()[joint.ravel() > 0]
        for target, weight in zip(mix.interventions, mix.weights, strict=True)
    ]
    expected = np.array(parts).T / joint.ravel()[joint.ravel() > 0, None]
    assert mix.posterior(possible).tolist() == expected.tolist()
    rounded = Mixture(
        mix.network.to_float(), zip(mix.interventions, map(float, mix.weights), strict=True)
    )
    close(rounded.prob(rows), joint.ravel())
    close(rounded.posterior(possible), expected)
    close(rounded.marginal(mix.network.variables).values, joint)


def test_components_keep_their_order_beside_soft_ones():
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": ["low", "high"], "B": ["low", "high"]},
        {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.2, 0.8]]},
    )
    targets = [do(A={"low": k / 40, "high": 1 - k / 40}) if k % 3 else do() for k in range(2, 40)]
    targets = list(dict.fromkeys([*targets, do(A="low"), do(B="low"), do(A="high", B="high")]))
    mix = Mixture(net, [(t, 1 / len(targets)) for t in targets])
    expected = np.array([net.prob(every_row(net), do=t) for t in targets]).T
    close(mix.posterior(every_row(net)), expected / expected.sum(axis=1, keepdims=True))


@given(st.data())
def test_drawn_values_are_mixtures_of_hard_ones(data):
    mix = data.draw(small_networks(exact=True).flatmap(soft_mixtures))
    try:
        hard = mix.expand()
    except InterventionError:
        assert any(isinstance(v, Misread) for t in mix.interventions for v in t.values())
        return
    assert not hard.is_soft
    rows = every_row(mix.network)
    assert hard.prob(rows).tolist() == mix.prob(rows).tolist()


@given(st.data())
def test_mixtures_keep_their_interventions(data):
    mix = data.draw(small_networks(exact=True).flatmap(soft_mixtures))
    again = Mixture(mix.network, zip(mix.interventions, mix.weights, strict=True))
    assert again.any_targets == mix.any_targets
    assert again.interventions == mix.interventions


def test_samples_have_the_probabilities():
    net = Network(
        {"A": [], "B": ["A"], "C": ["A", "B"]},
        {name: ["x", "y", "z"] for name in "ABC"},
        {
            "A": [0.5, 0.3, 0.2],
            "B": np.random.default_rng(5).dirichlet([1] * 3, 3),
            "C": np.random.default_rng(6).dirichlet([1] * 3, (3, 3)),
        },
    )
    mix = Mixture(
        net,
        {
            do(): 0.4,
            do(A={"x": 0.2, "y": 0.8}, B="z"): 0.3,
            do(A=Misread("x", {"x": 0.6, "y": 0.3, "z": 0.1})): 0.3,
        },
    )
    rows, components = mix.sample(50_000, rng=7, return_components=True)
    assert fits(np.bincount(components, minlength=3), mix.weights)
    assert fits(configurations(rows), mixture_joint(mix).ravel())
    for target, rng in zip(mix.interventions, (8, 9, 10), strict=True):
        alone = net.sample(50_000, do=target, rng=rng)
        assert fits(configurations(alone), joint_of(net, target).ravel())


def configurations(rows):
    return np.bincount(np.ravel_multi_index(tuple(rows.T), (3, 3, 3)), minlength=27)


def fits(counts, probabilities):
    """Whether Pearson's chi-square is within its 99.9 % bound, and nothing impossible occurred."""
    possible = probabilities > 0
    expected = counts.sum() * probabilities[possible]
    statistic = ((counts[possible] - expected) ** 2 / expected).sum()
    tail = chi_square_tail(statistic, int(possible.sum()) - 1)
    return counts[~possible].sum() == 0 and tail > 1e-3


def test_decimals_make_an_exact_network_inexact():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [F(1, 4), F(3, 4)]})
    assert net.prob([[0]], do={"A": {0: F(1, 3), 1: F(2, 3)}}).tolist() == [F(1, 3)]
    assert net.prob([[0]], do={"A": {0: 0.5, 1: 0.5}}).dtype == np.float64
    mix = Mixture(net, {do(): F(1, 2), do(A={0: 0.5, 1: 0.5}): F(1, 2)})
    assert not mix.is_exact
    assert mix.prob([[0]]).tolist() == pytest.approx([0.375])
    assert mix.marginal(["A"]).values.dtype == np.float64
    assert mix.expand().weights.tolist() == [0.5, 0.25, 0.25]


def test_exactness_does_not_depend_on_earlier_calls():
    decimals, fractions = do(A={0: 0.5, 1: 0.5}), do(A={0: F(1, 2), 1: F(1, 2)})
    for order in ([decimals, fractions], [fractions, decimals]):
        net = Network(
            {"A": [], "B": ["A"]},
            {"A": [0, 1], "B": [0, 1]},
            {"A": [F(1, 4), F(3, 4)], "B": [[F(1, 3), F(2, 3)], [F(1, 2), F(1, 2)]]},
        )
        for drawn in order:
            exact = drawn is fractions
            found = [*net.prob(every_row(net), do=drawn), *net.marginal(["B"], do=drawn).values]
            assert all(isinstance(p, Fraction) is exact for p in found)


def test_rounding_errors_of_two_sums_expand():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [0.25, 0.75]})
    nearly_half = 0.5 + 9e-10
    mix = Mixture(net, {do(A={0: 0.5, 1: nearly_half}): 0.5, do(): nearly_half})
    assert mix.expand().weights.tolist() == pytest.approx([0.25, 0.25, 0.5])


def test_soft_components_have_no_hard_codes():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [0.25, 0.75]})
    mix = Mixture(net, {do(): 0.5, do(A={0: 0.5, 1: 0.5}): 0.5})
    with pytest.raises(InterventionError, match="'A'; only states"):
        _ = mix.targets
    with pytest.raises(InterventionError, match="duplicate"):
        Mixture(net, [({"A": {0: 0.5, 1: 0.5}}, 0.5), ({"A": {1: 0.5, "0": 0.5}}, 0.5)])
