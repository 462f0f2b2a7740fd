"""Likelihood does not orient a covered edge without other parents; the number of targets does."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domix import (
    CertificateError,
    InterventionError,
    Network,
    NetworkError,
    PositivityError,
    disentangle_population,
    do,
)
from domix.exact import orientation, prove_orientation, reverse_edge
from domix.exact.theorem import orientation as symbolic
from strategies import every_row

KEYS = ["C", "B", "D", "A"]
PARENTS = {"C": ["B", "A"], "B": ["A"], "D": ["C", "B"], "A": []}


def table(rng, shape, zeros=False):
    counts = rng.integers(0 if zeros else 1, 9, size=shape)
    counts[..., 0] += counts.sum(axis=-1) == 0
    exact = np.vectorize(Fraction, otypes=[object])(counts)
    return exact / exact.sum(axis=-1, keepdims=True)


def network(seed, cards=(2, 3, 2, 3), zeros=False):
    rng = np.random.default_rng(seed)
    card = dict(zip(KEYS, cards, strict=True))
    tables = {
        name: table(rng, (*(card[p] for p in PARENTS[name]), card[name]), zeros) for name in KEYS
    }
    return Network(PARENTS, {name: list(range(card[name])) for name in KEYS}, tables)


@st.composite
def cases(draw):
    cards = draw(st.tuples(*[st.integers(1, 3)] * 4))
    net = network(draw(st.integers(0, 10_000)), cards, draw(st.booleans()))
    assume(all(net.marginal(["B"]).values))
    names = {draw(st.sampled_from("AB"))} | draw(st.sets(st.sampled_from("CD")))
    return net, do({name: draw(st.sampled_from(net.states[name])) for name in names})


@given(cases())
def test_the_reversed_graph_has_a_mixture_of_equal_rows(case):
    net, target = case
    mixture = reverse_edge(net, "A", "B", target)
    rows = every_row(net)
    assert mixture.network.parents == {**net.parents, "A": ("B",), "B": ()}
    assert (mixture.network.prob(rows) == net.prob(rows)).all()
    assert (mixture.prob(rows) == net.prob(rows, do=target)).all()


@given(cases())
def test_siblings_set_one_more_and_leave_a_state_unused(case):
    net, target = case
    mixture = reverse_edge(net, "A", "B", target)
    other = "B" if "A" in target else "A"
    assert mixture.is_exact
    assert all(weight > 0 for weight in mixture.weights)
    used = set()
    for t in mixture.interventions:
        assert {name: t[name] for name in target} == dict(target)
        assert set(t) <= {*target, other}
        used |= {t[other]} if other in t else set()
    assert used < set(net.states[other])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("target", [do(A=1), do(B=2), do(A=0, D=1)])
def test_the_siblings_are_the_only_explanation_with_exclusion(seed, target):
    mixture = reverse_edge(network(seed), "A", "B", target)
    found = disentangle_population(mixture.network, mixture)
    assert {c.intervention: c.weight for c in found.components} == dict(
        zip(mixture.interventions, mixture.weights, strict=True)
    )
    assert len(found.components) > 1


def test_independent_variables_need_no_sibling():
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1]},
        {"A": [Fraction(1, 3), Fraction(2, 3)], "B": [[Fraction(1, 4), Fraction(3, 4)]] * 2},
    )
    assert reverse_edge(net, "A", "B", {"A": 1}).interventions == (do(A=1),)


IMPOSSIBLE = Network(
    {"A": [], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}, {"A": [0, 1], "B": [[0, 1], [1, 0]]}
)


@pytest.mark.parametrize(
    ("net", "edge", "target", "error", "message"),
    [
        (network(0).to_float(), "AB", do(A=0), NetworkError, "net: an exact network is needed"),
        (network(0), "AQ", do(A=0), NetworkError, "effect: unknown variable 'Q'"),
        (network(0), "QA", do(A=0), NetworkError, "cause: unknown variable 'Q'"),
        (network(0), "BA", do(A=0), NetworkError, "no edge 'B' -> 'A'"),
        (network(0), "BC", do(B=0), NetworkError, "have the common parents 'A'"),
        (network(0), "BD", do(B=0), NetworkError, "is not covered: 'A', 'C' lead to one"),
        (network(0), "AC", do(A=0), NetworkError, "is not covered: 'B' lead"),
        (network(0), "AB", do(A=0, B=0), InterventionError, "intervention: .* sets both of"),
        (network(0), "AB", do(C=0), InterventionError, "intervention: .* sets neither of"),
        (network(0), "AB", do(A=7), InterventionError, "has no state 7"),
        (IMPOSSIBLE, "AB", do(A=0), PositivityError, "a state of 'B' is impossible"),
    ],
)
def test_other_edges_and_targets_are_refused(net, edge, target, error, message):
    with pytest.raises(error, match=message):
        reverse_edge(net, edge[0], edge[1], target)


@pytest.mark.parametrize("cards", [*product([1, 2, 3], repeat=2), (2, 4)])
def test_the_lemma_is_proved_for_all_positive_tables(cards):
    obligations = prove_orientation(cards)
    assert all(o.discharged for o in obligations)
    assert obligations[-1].means == "argument"
    assert obligations[-1].uses == tuple(o.name for o in obligations[:-1])


def too_large(p, q, least):
    kept = p[least] / q[least]
    return kept, [p_j - kept * q_j + kept for p_j, q_j in zip(p, q, strict=True)]


def without_least(p, q, _):
    return 0 * p[0], list(p)


@pytest.mark.parametrize(
    ("weights", "place"), [(too_large, "cause.mixture"), (without_least, "cause.weights")]
)
def test_wrong_weights_are_refused(monkeypatch, weights, place):
    monkeypatch.setattr(symbolic, "sibling_weights", weights)
    with pytest.raises(CertificateError, match=f"'{place}'"):
        prove_orientation([2, 2])


def test_a_wrong_reversal_is_refused(monkeypatch):
    def swapped(cause, effect):
        b, a_given_b = orientation.reversed_tables(cause, effect)
        return b[::-1], a_given_b

    monkeypatch.setattr(symbolic, "reversed_tables", swapped)
    with pytest.raises(CertificateError, match="'unsplit'"):
        prove_orientation([2, 2])


def test_a_mixture_with_another_distribution_is_refused(monkeypatch):
    def equal_weights(p, _q, _least):
        return Fraction(1, 2), [Fraction(1, 2 * len(p))] * len(p)

    monkeypatch.setattr(orientation, "sibling_weights", equal_weights)
    with pytest.raises(CertificateError, match="does not have the distribution of"):
        reverse_edge(network(0), "A", "B", do(A=0))


@pytest.mark.parametrize(
    ("cards", "message"),
    [
        ([2], "two numbers are needed"),
        ([2, 0], "at least 1"),
        ([2, True], "whole number"),
        ([4, 5], "20 states of the pair, the limit is 9"),
    ],
)
def test_invalid_cardinalities_are_refused(cards, message):
    with pytest.raises(NetworkError, match=f"cardinalities: .*{message}"):
        prove_orientation(cards)
