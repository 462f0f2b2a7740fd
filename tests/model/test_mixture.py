"""Mixtures: what they refuse, and what they answer."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import domix.query.marginal as marginals
from domix import DataError, DomixWarning, InterventionError, Mixture, Network, do
from strategies import every_row, mixtures, networks


@pytest.mark.parametrize(
    ("components", "words"),
    [
        ({do(): 0.5}, "sum to 0.5"),
        ({}, "sum to"),
        ({do(): 1.5, do(A="on"): -0.5}, "-0.5"),
        ({do(): float("nan")}, "nan"),
        ({do(): "much"}, "is not a number"),
        ({do(): 10**400, do(A="on"): 0.5}, r"do\(\) is 1e\+400; a weight is between 0 and 1"),
        ({do(): Fraction(10**5000, 3)}, r"do\(\) is ~3\.33\d*e\+4999; a weight is between"),
        ([(do(A="on"), 0.5), ({"A": "on"}, 0.5)], "duplicate target"),
        ({do(Z="on"): 1.0}, "unknown variable 'Z'"),
        ({do(A="up"): 1.0}, "no state 'up'"),
    ],
)
def test_an_invalid_mixture_is_refused(chain, components, words):
    with pytest.raises(InterventionError, match=words):
        Mixture(chain, components)


def test_components_keep_order_and_network_labels(chain):
    mix = Mixture(chain, {do(B="mid", A="on"): 0.25, do(): 0.75})
    assert mix.interventions == (do(A="on", B="mid"), do())
    assert mix.weights.tolist() == [0.25, 0.75]


@given(st.data(), st.booleans())
def test_a_mixture_is_the_weighted_sum_of_its_components(data, exact):
    net = data.draw(networks(most=4, exact=exact))
    mix = data.draw(mixtures(net))
    rows = every_row(net)
    parts = [w * net.prob(rows, do=t) for t, w in zip(mix.interventions, mix.weights, strict=True)]
    expected = sum(parts)
    if exact:
        assert mix.prob(rows).tolist() == expected.tolist()
        assert mix.prob(rows).sum() == Fraction(1)
    else:
        np.testing.assert_allclose(mix.prob(rows), expected, atol=1e-12)
    names = data.draw(st.lists(st.sampled_from(net.variables), unique=True))
    table = mix.marginal(names)
    joint = expected.reshape([len(net.states[name]) for name in net.variables])
    others = tuple(i for i, name in enumerate(net.variables) if name not in names)
    rest = [name for name in net.variables if name in names]
    summed = np.asarray(joint.sum(axis=others)).transpose([rest.index(name) for name in names])
    if exact:
        assert table.values.tolist() == summed.tolist()
    else:
        np.testing.assert_allclose(table.values, summed, atol=1e-12)


def test_irrelevant_variables_are_not_summed(chain, monkeypatch):
    asked = []
    once = marginals.marginal
    monkeypatch.setattr(marginals, "marginal", lambda *a: asked.append(a[2]) or once(*a))
    components = {do(): 0.25, do(C="yes"): 0.25, do(B="low", C="no"): 0.5}
    table = Mixture(chain, components).marginal(["B"])
    assert asked == [{}, {1: 0}]
    np.testing.assert_allclose(
        table.values, 0.5 * chain.marginal(["B"]).values + 0.5 * np.array([1, 0, 0])
    )


@given(st.data())
def test_exact_posteriors_are_bayes_rule_in_fractions(data):
    net = data.draw(networks(most=4, exact=True))
    mix = data.draw(mixtures(net))
    rows = every_row(net)
    rows = rows[mix.prob(rows) > 0]
    post = mix.posterior(rows)
    for c, (t, w) in enumerate(zip(mix.interventions, mix.weights, strict=True)):
        assert (post[:, c] * mix.prob(rows)).tolist() == (w * net.prob(rows, do=t)).tolist()
    assert all(type(p) is Fraction for p in post.ravel().tolist())
    floats = Mixture(
        net.to_float(), dict(zip(mix.interventions, map(float, mix.weights), strict=True))
    )
    np.testing.assert_allclose(floats.posterior(rows), post.astype(float), atol=1e-12)


@given(st.data())
def test_logarithms_of_exact_probabilities_are_floats(data):
    net = data.draw(networks(most=4, exact=True))
    mix = data.draw(mixtures(net))
    rows = every_row(net)
    for source in (net, mix):
        with np.errstate(divide="ignore"):
            expected = np.log(source.prob(rows).astype(float))
        assert source.log_prob(rows).dtype == np.float64
        np.testing.assert_allclose(source.log_prob(rows), expected, atol=1e-12)


def test_exact_posteriors_of_what_is_impossible():
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [1, 0]})
    with pytest.warns(DomixWarning, match="first is row 0"):
        post = Mixture(net, {do(): 1}).posterior([[1], [0]])
    assert np.isnan(post[0, 0])
    assert post[1, 0] == 1


@given(st.data())
def test_posteriors_are_bayes_rule(data):
    net = data.draw(networks(most=4))
    mix = data.draw(mixtures(net))
    rows = every_row(net)
    rows = rows[mix.prob(rows) > 0]
    post = mix.posterior(rows)
    for c, (t, w) in enumerate(zip(mix.interventions, mix.weights, strict=True)):
        np.testing.assert_allclose(
            post[:, c] * mix.prob(rows), w * net.prob(rows, do=t), atol=1e-12
        )


def test_impossible_rows_have_no_posterior_and_are_named(chain):
    mix = Mixture(chain, {do(A="on"): 1.0})
    with pytest.warns(DomixWarning, match="first is row 1"):
        post = mix.posterior([[1, 0, 0], [0, 0, 0]])
    assert post[0].tolist() == [1.0]
    assert np.isnan(post[1]).all()
    assert mix.log_prob([[0, 0, 0]]).tolist() == [-np.inf]


def test_sampled_rows_fit_their_components(chain):
    mix = Mixture(chain, {do(A="off"): 0.25, do(B="high"): 0.75})
    rows, origin = mix.sample(40_000, rng=2, return_components=True)
    assert (rows[origin == 0, 0] == 0).all()
    assert (rows[origin == 1, 1] == 2).all()
    assert (origin == 1).mean() == pytest.approx(0.75, abs=0.015)
    np.testing.assert_array_equal(rows, mix.sample(40_000, rng=2))


@pytest.mark.parametrize("n", [-1, 2.5, "3", None])
def test_a_number_of_rows_that_is_none_is_refused(chain, n):
    for source in (chain, Mixture(chain, {do(): 1.0})):
        with pytest.raises(DataError, match="whole number"):
            source.sample(n)
