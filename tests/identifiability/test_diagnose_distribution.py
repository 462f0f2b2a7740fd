"""The diagnosis of a distribution: of the mixture found, or of explanations without exclusion."""

from __future__ import annotations

import re
from fractions import Fraction as F

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix import (
    DataError,
    ExclusionError,
    Mixture,
    Network,
    NotAMixtureError,
    PositivityError,
    diagnose,
    disentangle_population,
    do,
)
from exact_instances import FORMS, given_as, random_instance, random_network
from strategies import mixtures, networks

REFUSALS = (ExclusionError, NotAMixtureError, PositivityError)


@pytest.fixture(scope="module")
def pair():
    return Network(
        {"B": ["A"], "A": []},
        {"B": ["low", "high"], "A": ["off", "on"]},
        {"B": [[F(1, 2), F(1, 2)], [F(1, 3), F(2, 3)]], "A": [F(1, 2), F(1, 2)]},
    )


@pytest.fixture(scope="module")
def half(pair):
    """It breaks exclusion on B, and no equivalent mixture respects exclusion."""
    return Mixture(pair, {do(B="low"): F(1, 2), do(B="high"): F(1, 2)})


def components(mixture):
    return dict(zip(mixture.interventions, mixture.weights.tolist(), strict=True))


def joint(mixture):
    return mixture.marginal(mixture.network.variables).values.ravel().tolist()


def refusal(net, p_mix):
    try:
        disentangle_population(net, p_mix)
    except REFUSALS as error:
        return str(error)
    return None


def test_every_form_has_the_diagnosis_of_its_mixture(is_full):
    for seed in range(12 if is_full else 4):
        mixture = random_instance(seed, n=3)
        of_mixture = diagnose(mixture.network, mixture)
        for form in FORMS[1:]:
            found = diagnose(mixture.network, given_as(mixture, form))
            assert components(found.mixture) == components(mixture)
            for name in ("exclusion", "positivity", "unique", "unused", "zeros", "limit"):
                assert getattr(found, name) == getattr(of_mixture, name), (seed, form, name)
            expected = "on the cells read" if form == "function" else "everywhere"
            assert (found.equality, found.refusal) == (expected, None)
            assert f"equality    {expected}: " in found.summary()
        assert of_mixture.equality is None
        assert "equality" not in of_mixture.summary()


@given(networks(most=3, cards=(1, 3), exact=True, zeros=True), st.data())
def test_guarantees_equal_the_facts_of_the_result(net, data):
    table = data.draw(mixtures(net)).marginal(net.variables)
    try:
        result = disentangle_population(net, table)
    except REFUSALS:
        return
    for found in (diagnose(net, table), diagnose(net, result)):
        assert components(found.mixture) == components(result.mixture)
        said = {name: getattr(found, name) for name in ("exclusion", "positivity", "equality")}
        assert said == result.facts


def test_floats_are_diagnosed_too(pair):
    mixture = Mixture(pair, {do(): F(3, 4), do(A="on"): F(1, 4)})
    found = diagnose(pair, given_as(mixture, "table").astype(float))
    assert found.converted
    assert components(found.mixture) == components(mixture)
    found = diagnose(pair.to_float(), given_as(mixture, "mapping"))
    assert found.converted
    assert found.mixture.interventions == mixture.interventions


def test_a_result_keeps_its_equality(pair):
    result = disentangle_population(pair, Mixture(pair, {do(): 1}))
    assert diagnose(pair, result).equality == "structural"
    assert "structural: the targets and weights" in diagnose(pair, result).summary()


# Without exclusion


def test_explanations_without_exclusion(pair, half):
    for form in ("table", "mapping"):
        found = diagnose(pair, given_as(half, form), free=["B"])
        assert components(found.mixture) == components(half)
        assert (found.exclusion, found.unique) == ("broken", True)
        assert found.explanations.free == ("B",)
    for form in ("table", "mapping"):
        with pytest.raises(NotAMixtureError) as caught:
            disentangle_population(pair, given_as(half, form))
        found = diagnose(pair, given_as(half, form))
        assert found.refusal == str(caught.value)
        assert found.refusal in found.summary()
        assert (found.exclusion, found.unique, found.line) == ("broken", False, None)
        # Giving up exclusion on either variable is enough, so both are given up.
        assert set(found.explanations.free) == {"A", "B"}
        assert components(half) in [components(v) for v in found.explanations.vertices]
        assert found.explanations.intervals[do()] == (0, F(3, 4))


@settings(max_examples=80)
@given(networks(most=3, cards=(1, 3), exact=True, zeros=True), st.data())
def test_a_refused_distribution_is_explained(net, data):
    mixture = data.draw(mixtures(net))
    table = mixture.marginal(net.variables)
    found = diagnose(net, table)
    assert joint(found.mixture) == joint(mixture)
    assert found.equality == "everywhere"
    intervals = found.explanations.intervals
    for vertex in found.explanations.vertices or ():
        assert joint(vertex) == joint(mixture)
    for target, weight in components(found.mixture).items():
        assert intervals[target][0] <= weight <= intervals[target][1]
    assert found.refusal == refusal(net, table)
    if found.refusal is None:
        return
    assert found.exclusion == "broken" or found.positivity != "everywhere"
    if found.positivity == "everywhere":
        # As few as possible: not more variables than the original mixture exhausts.
        exhausted = {place.variable for place in found.used_up}
        states = {n: {t[n] for t in mixture.interventions if n in t} for n in net.variables}
        given_up = {n for n in net.variables if states[n] == set(net.states[n])}
        assert len(exhausted) <= len(given_up)
        assert exhausted <= set(found.explanations.free)
        if len(exhausted) == len(given_up):
            assert given_up <= set(found.explanations.free)
            for target, weight in components(mixture).items():
                assert intervals[target][0] <= weight <= intervals[target][1]


def test_a_mixture_that_lifting_misses_because_of_a_zero():
    """Exclusion need not be given up for it."""
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [F(1), F(0)]})
    found = diagnose(net, [F(0), F(1)])
    assert components(found.mixture) == {do(A=1): 1}
    assert found.exclusion == "global"


def test_a_refused_distribution_over_a_large_network():
    net = random_network(np.random.default_rng(1), [4, 4, 4])
    name = next(name for name in net.variables if net.parents[name])
    mixture = Mixture(net, {do({name: state}): F(1, 4) for state in net.states[name]})
    for form in ("table", "mapping"):
        with pytest.raises(REFUSALS) as caught:
            disentangle_population(net, given_as(mixture, form))
        with pytest.raises(caught.type, match=re.escape(str(caught.value))):
            diagnose(net, given_as(mixture, form))


def test_a_function_is_only_called_where_lifting_reads(pair, half):
    found = diagnose(pair, given_as(half, "function"))
    assert components(found.mixture) == {do(): 1}
    assert found.equality == "on the cells read"
    assert "if that is of any such mixture" in found.summary()


def test_a_refused_function_is_called_everywhere(pair):
    """P_mix(A=off, B=low) is too small for do(A=off) alone. Inconsistent functions are refused."""
    joint_ = {("off", "low"): F(1, 10), ("off", "high"): F(1, 10), ("on", "low"): F(7, 10)}
    joint_[("on", "high")] = F(1, 10)

    def p_mix(assignment):
        return sum(
            (
                p
                for where, p in joint_.items()
                if where[: len(assignment)] == tuple(assignment.values())
            ),
            F(0),
        )

    with pytest.raises(REFUSALS):
        disentangle_population(pair, p_mix)
    found = diagnose(pair, p_mix)
    assert joint(found.mixture) == [F(1, 10), F(7, 10), F(1, 10), F(1, 10)]
    assert found.refusal
    with pytest.raises(DataError, match="sum to"):
        diagnose(pair, lambda known: p_mix(known) * (2 if known == {"A": "on", "B": "high"} else 1))
