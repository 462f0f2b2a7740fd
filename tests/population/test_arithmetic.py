"""The numbers that lifting counts in: whichever they are, the answers are the same fractions."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DomixError, Mixture, diagnose, disentangle_population
from domix.exact import certify, check
from domix.population import arithmetic
from domix.population.algorithm1 import lift_distribution
from domix.population.inputs import read
from exact_instances import FORMS, given_as, large_mixture, random_instance, random_network

NUMBERS = {
    "fractions": lambda: arithmetic.FRACTIONS,
    "integers": lambda: arithmetic.INTEGERS,
    "flint": arithmetic.flint,
}
SEEDS = st.integers(0, 10**6)
FRACTIONS = st.lists(st.fractions(max_denominator=10**6), min_size=1, max_size=6)


@pytest.fixture(
    scope="module",
    params=[
        "fractions",
        "integers",
        pytest.param(
            "flint",
            marks=pytest.mark.skipif(not find_spec("flint"), reason="python-flint is not there"),
        ),
    ],
)
def numbers(request):
    return NUMBERS[request.param]()


@contextlib.contextmanager
def counting_in(numbers):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "exact", lambda: numbers)
        yield


def outcome(numbers, net, p_mix):
    """The certificate, word for word, or the error."""
    with counting_in(numbers):
        try:
            return certify(net, p_mix).to_json()
        except DomixError as error:
            return type(error), str(error)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(12))
def test_mixtures_come_back_and_their_certificates_check(numbers, form, seed):
    """Every third respects exclusion per prefix only."""
    mixture = random_instance(seed, n=seed % 4 + 2)
    net, p_mix = mixture.network, given_as(mixture, form)
    with counting_in(numbers):
        found = disentangle_population(net, p_mix)
        certificate = certify(net, p_mix)
    weights = {c.intervention: c.weight for c in found.components}
    assert weights == dict(zip(mixture.interventions, mixture.weights, strict=True))
    assert all(type(weight) is Fraction for weight in weights.values())
    check(certificate, net, p_mix)
    assert certificate.to_json() == outcome(arithmetic.FRACTIONS, net, p_mix)


@given(seed=SEEDS, zeros=st.sampled_from([0.0, 0.3]), form=st.sampled_from(FORMS))
def test_every_word_of_a_certificate_is_the_same(numbers, seed, zeros, form):
    """With zeros, lifting tries several cells, and may fail."""
    mixture = random_instance(seed, n=seed % 4 + 1, zeros=zeros)
    net, p_mix = mixture.network, given_as(mixture, form)
    assert outcome(numbers, net, p_mix) == outcome(arithmetic.FRACTIONS, net, p_mix)


@given(seed=SEEDS, zeros=st.sampled_from([0.0, 0.3]))
def test_what_is_no_mixture_is_refused_in_the_same_words(numbers, seed, zeros):
    rng = np.random.default_rng(seed)
    net = random_network(rng, rng.integers(2, 4, size=3).tolist(), zeros=zeros)
    # Near to the network's own distribution, lifting goes on for a while.
    table = net.marginal(net.variables).values.copy()
    at = tuple(rng.integers(0, table.shape, size=(2, table.ndim)).T)
    table[at] += Fraction(int(rng.integers(1, 50)), 100)
    table = table / table.sum()
    assert outcome(numbers, net, table) == outcome(arithmetic.FRACTIONS, net, table)


def twin_of(numbers, mixture):
    with counting_in(numbers):
        line = diagnose(mixture.network, mixture).line
    return line and dict(zip(line.twin.interventions, line.twin.weights, strict=True))


def test_twins_are_the_same(numbers):
    """A mixture that breaks exclusion may equal one that respects it."""
    twins = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        net = random_network(rng, [2, 2, 3])
        targets = [{}, {"V0": "s0"}, {"V0": "s1"}, {"V1": "s0"}, {"V2": "s1"}]
        parts = rng.integers(1, 9, size=len(targets)).tolist()
        weights = [Fraction(part, sum(parts)) for part in parts]
        mixture = Mixture(net, list(zip(targets, weights, strict=True)))
        twins.append(twin_of(numbers, mixture))
        assert twins[-1] == twin_of(arithmetic.FRACTIONS, mixture)
    assert any(twins)


def test_what_a_lift_shows_is_fractions(numbers):
    mixture = large_mixture(12, 8, seed=3)
    with counting_in(numbers):
        lifting = lift_distribution(mixture.network, read(mixture.network, mixture))
    shown = [
        [lift.weight, lift.silent, *lift.a, *lift.mass, *lift.r, *lift.sets, *lift.known.values()]
        for lift in lifting.lifts
    ]
    assert {type(number) for row in shown for number in row} == {Fraction}
    assert any(lift.known for lift in lifting.lifts)


@given(values=FRACTIONS)
def test_numbers_go_in_and_come_out(numbers, values):
    parts, whole = numbers.shares(values)
    assert [numbers.public(part, whole) for part in parts] == values


@given(values=FRACTIONS, factor=st.integers(1, 10**30))
def test_lowest_terms_are_the_same_numbers(numbers, values, factor):
    parts, whole = numbers.shares(values)
    lowest = numbers.lowest([part * factor for part in parts], whole * factor)
    assert lowest == (parts, whole)
    assert [numbers.public(part, lowest.whole) for part in lowest.parts] == values


def test_zeros_are_fractions_too(numbers):
    """Lifting adds up to the integer 0 where there is nothing."""
    assert type(numbers.public(0, 1)) is Fraction


def test_integers_are_chosen():
    """No other exact number was faster: benchmarks/test_lifting.py."""
    assert arithmetic.exact() is arithmetic.INTEGERS
