"""Lifting in integers, fractions and python-flint's rationals: the answers are the same."""

from __future__ import annotations

import contextlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DomixError, Mixture, diagnose, disentangle_population
from domix.exact import certify, check
from domix.population import arithmetic
from domix.population.algorithm1 import lift_distribution
from domix.population.readers import read_distribution
from exact_instances import FORMS, given_as, large_mixture, random_instance, random_network
from field_arithmetic import FRACTIONS, flint_rationals

SEEDS = st.integers(0, 10**6)
VALUES = st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=6)


@pytest.fixture(scope="module", params=["fractions", "integers", "flint"])
def numbers(request):
    if request.param == "flint":
        pytest.importorskip("flint")
        return flint_rationals()
    return {"fractions": FRACTIONS, "integers": arithmetic.INTEGERS}[request.param]


@contextlib.contextmanager
def lifting_in(numbers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "INTEGERS", numbers)
        yield


def outcome(numbers, net, p_mix):
    """The text of the certificate, or the error."""
    with lifting_in(numbers):
        try:
            return certify(net, p_mix).to_json()
        except DomixError as error:
            return type(error), str(error)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(12))
def test_mixtures_are_recovered_and_certificates_check(numbers, form, seed):
    """Every third respects exclusion per prefix only."""
    mixture = random_instance(seed, n=seed % 4 + 2)
    net, p_mix = mixture.network, given_as(mixture, form)
    with lifting_in(numbers):
        found = disentangle_population(net, p_mix)
        certificate = certify(net, p_mix)
    weights = {c.intervention: c.weight for c in found.components}
    assert weights == dict(zip(mixture.interventions, mixture.weights, strict=True))
    assert all(type(weight) is Fraction for weight in weights.values())
    check(certificate, net, p_mix)
    assert certificate.to_json() == outcome(FRACTIONS, net, p_mix)


@given(seed=SEEDS, zeros=st.sampled_from([0.0, 0.3]), form=st.sampled_from(FORMS))
def test_certificates_are_identical(numbers, seed, zeros, form):
    """With zeros, lifting tries several configurations, and may fail."""
    mixture = random_instance(seed, n=seed % 4 + 1, zeros=zeros)
    net, p_mix = mixture.network, given_as(mixture, form)
    assert outcome(numbers, net, p_mix) == outcome(FRACTIONS, net, p_mix)


@given(seed=SEEDS, zeros=st.sampled_from([0.0, 0.3]))
def test_messages_for_other_distributions_are_identical(numbers, seed, zeros):
    rng = np.random.default_rng(seed)
    net = random_network(rng, rng.integers(2, 4, size=3).tolist(), zeros=zeros)
    # Near the network's own distribution, lifting fails late.
    table = net.marginal(net.variables).values.copy()
    at = tuple(rng.integers(0, table.shape, size=(2, table.ndim)).T)
    table[at] += Fraction(int(rng.integers(1, 50)), 100)
    table = table / table.sum()
    assert outcome(numbers, net, table) == outcome(FRACTIONS, net, table)


def equivalent_mixture(numbers, mixture):
    with lifting_in(numbers):
        line = diagnose(mixture.network, mixture).line
    return line and dict(zip(line.twin.interventions, line.twin.weights, strict=True))


def test_equivalent_mixtures_are_identical(numbers):
    """A mixture that breaks exclusion may be equivalent to one that respects it."""
    mixtures = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        net = random_network(rng, [2, 2, 3])
        targets = [{}, {"V0": "s0"}, {"V0": "s1"}, {"V1": "s0"}, {"V2": "s1"}]
        parts = rng.integers(1, 9, size=len(targets)).tolist()
        weights = [Fraction(part, sum(parts)) for part in parts]
        mixture = Mixture(net, list(zip(targets, weights, strict=True)))
        mixtures.append(equivalent_mixture(numbers, mixture))
        assert mixtures[-1] == equivalent_mixture(FRACTIONS, mixture)
    assert any(mixtures)


def test_lifts_show_fractions(numbers):
    mixture = large_mixture(12, 8, seed=3)
    with lifting_in(numbers):
        lifting = lift_distribution(mixture.network, read_distribution(mixture.network, mixture))
    shown = [
        [lift.weight, lift.unset, *lift.a, *lift.m, *lift.r, *lift.sets, *lift.others.values()]
        for lift in lifting.lifts
    ]
    assert {type(number) for row in shown for number in row} == {Fraction}
    assert any(lift.others for lift in lifting.lifts)


@given(values=VALUES)
def test_conversion_and_back(numbers, values):
    numerators, denominator = numbers.ratios(values)
    assert [numbers.value(numerator, denominator) for numerator in numerators] == values


@given(values=VALUES, factor=st.integers(1, 10**30))
def test_reduction_to_lowest_terms(numbers, values, factor):
    numerators, denominator = numbers.ratios(values)
    reduced = numbers.reduced([part * factor for part in numerators], denominator * factor)
    assert reduced == (numerators, denominator)
    assert [numbers.value(part, reduced.denominator) for part in reduced.numerators] == values


def test_zero_is_a_fraction_too(numbers):
    """A sum of no terms is the integer 0."""
    assert type(numbers.value(0, 1)) is Fraction
