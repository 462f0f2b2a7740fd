"""Comparison of a function with the mixture found, at drawn configurations."""

from __future__ import annotations

import ast
import re
from fractions import Fraction as F

import numpy as np
import pytest

from domix import DataError, Mixture, Network, NotAMixtureError, disentangle_population, do
from exact_instances import FORMS, given_as, random_instance


def changed_function(mixture, share):
    """The mixture's function, changed at two configurations that lifting does not read.

    Returns the function, the two configurations and the probability moved between them.
    """
    net = mixture.network
    truth, asked = given_as(mixture, "function"), set()

    def listening(assignment):
        asked.add(tuple(assignment.items()))
        return truth(assignment)

    disentangle_population(net, listening)
    unread = {}
    for codes in np.ndindex(*(int(k) for k in net.space.cards)):
        row = net.space.assignment((i, codes[i]) for i in net.tables.layout.order)
        key = tuple(row.items())
        if key not in asked and truth(row):
            unread.setdefault(key[:-1], []).append(key)
    pairs = [keys[:2] for keys in unread.values() if len(keys) > 1]
    one, other = max(pairs, key=lambda pair: truth(dict(pair[0])))
    shift = share * truth(dict(one))

    def p_mix(assignment):
        key = tuple(assignment.items())
        return truth(assignment) + shift * ((key == other) - (key == one))

    return p_mix, (dict(one), dict(other)), shift


# With seed 1, lifting reads one of every two configurations that could be changed unseen.
@pytest.mark.parametrize("seed", [0, *range(2, 13)])
def test_draws_detect_differences_that_lifting_does_not_read(seed):
    mixture = random_instance(seed, n=4)
    net = mixture.network
    p_mix, places, distance = changed_function(mixture, F(1, 2))
    result = disentangle_population(net, p_mix)
    assert result.facts["equality"] == "on the cells read"
    assert {c.intervention: c.weight for c in result.components} == dict(
        zip(mixture.interventions, mixture.weights, strict=True)
    )
    draws = int(30 / distance)  # (1 - distance) ** draws < e ** -30
    with pytest.raises(NotAMixtureError) as caught:
        disentangle_population(net, p_mix, compare=draws, rng=seed)
    # Either may be drawn: these two differ, and no others.
    assert ast.literal_eval(str(caught.value).partition("differs at ")[2]) in places


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("seed", range(6))
def test_the_true_function_passes_and_facts_state_the_draws(seed, exact):
    mixture = random_instance(seed)
    net, p_mix = mixture.network, given_as(mixture, "function")
    if not exact:
        net = net.to_float()
    result = disentangle_population(net, p_mix, compare=200, rng=seed)
    assert result.facts["equality"] == "on the cells read and at 200 configurations drawn"
    plain = disentangle_population(net, p_mix)
    assert result.components == plain.components
    assert {**result.facts, "equality": "on the cells read"} == plain.facts


@pytest.mark.parametrize("seed", [26, 136, 432, 937])
def test_draws_reject_configurations_where_lifting_is_wrong(seed):
    """Zeros leave a choice of configurations, and the first choice leads to another mixture."""
    mixture = random_instance(seed, zeros=0.3)
    p_mix = given_as(mixture, "function")
    truth = dict(zip(mixture.interventions, mixture.weights, strict=True))
    first = disentangle_population(mixture.network, p_mix)
    assert {c.intervention: c.weight for c in first.components} != truth
    assert first.facts["positivity"] == "weak"
    found = disentangle_population(mixture.network, p_mix, compare=1000, rng=0)
    assert {c.intervention: c.weight for c in found.components} == truth
    assert (
        found.facts["positivity"]
        == disentangle_population(mixture.network, mixture).facts["positivity"]
    )


@pytest.mark.parametrize("form", FORMS[:3])
def test_other_forms_need_no_draws(form):
    mixture = random_instance(1, n=3)
    p_mix = given_as(mixture, form)
    result = disentangle_population(mixture.network, p_mix, compare=10)
    assert result.facts == disentangle_population(mixture.network, p_mix).facts


@pytest.fixture
def pair():
    return Network(
        {"B": ["A"], "A": []},
        {"B": ["low", "high"], "A": ["off", "on"]},
        {"B": [[F(1, 2), F(1, 2)], [F(1, 3), F(2, 3)]], "A": [F(1, 2), F(1, 2)]},
    )


def test_a_mixture_that_passes_every_lift(pair):
    """Half do(B=low), half do(B=high) has the same lifts as do() alone."""
    half = Mixture(pair, {do(B="low"): F(1, 2), do(B="high"): F(1, 2)})
    p_mix = given_as(half, "function")
    assert disentangle_population(pair, p_mix).facts["equality"] == "on the cells read"
    with pytest.raises(NotAMixtureError, match=r"differs at {'B': 'low', 'A': 'on'}"):
        disentangle_population(pair, p_mix, compare=100, rng=0)


@pytest.mark.parametrize(
    ("answer", "words"),
    [(None, "None"), (-1, "-1"), (0.25, "not a fraction"), (10**400, "is 1e+400")],
)
def test_invalid_answers_to_draws_are_refused(pair, answer, words):
    truth = given_as(Mixture(pair, {do(): 1}), "function")
    asked = []

    def p_mix(assignment):
        asked.append(assignment)
        return truth(assignment) if len(asked) <= reads else answer

    reads = 10**6
    disentangle_population(pair, p_mix)
    reads = len(asked)
    asked.clear()
    with pytest.raises(DataError, match=re.escape(words)):
        disentangle_population(pair, p_mix, compare=5, rng=0)


@pytest.mark.parametrize("compare", [-1, 2.5, None])
def test_an_invalid_number_of_draws_is_refused(pair, compare):
    with pytest.raises(DataError, match="compare: must be a whole number"):
        disentangle_population(pair, Mixture(pair, {do(): 1}), compare=compare)
