"""Algorithm 1: recovery from every form of P_mix, the examples of the paper, and errors."""

from __future__ import annotations

import itertools
import time
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
    disentangle_population,
    do,
)
from domix.core.tables import Target
from domix.population.algorithm1 import lift_distribution
from domix.population.readers import read_distribution
from domix.query.probability import exact_prob
from domix.study.instances.generator import random_instance
from strategies import every_row, mixtures, networks

SEEDS = st.integers(0, 10**6)


def weights(result):
    if isinstance(result, Mixture):
        return dict(zip(result.interventions, result.weights, strict=True))
    return {c.intervention: c.weight for c in result.components}


def joint(mixture):
    return mixture.marginal(mixture.network.variables).values


def every_form(mixture):
    """The mixture in all forms that P_mix can have."""
    net = mixture.network
    table = mixture.marginal(net.variables)
    labels = itertools.product(*(net.states[name] for name in net.variables))

    def prefix_probability(assignment):
        if not assignment:
            return sum(mixture.weights)
        assert list(assignment) == list(net.order[: len(assignment)])
        return mixture.marginal(list(assignment))[tuple(assignment.values())]

    mapping = {key: p for key, p in zip(labels, table.values.ravel(), strict=True) if p}
    return {
        "mixture": mixture,
        "array": table.values,
        "table": table,
        "mapping": mapping,
        "function": prefix_probability,
    }


def weighted(net, targets, rng):
    """A mixture of the targets with random fractions as weights."""
    targets = sorted(set(targets))
    parts = rng.integers(1, 9, size=len(targets)).tolist()
    assignments = [net.space.assignment(t) for t in targets]
    return Mixture(net, [(t, F(p, sum(parts))) for t, p in zip(assignments, parts, strict=True)])


@st.composite
def excluding(draw, net):
    """A mixture with an unused state of each variable, and those states."""
    rng = np.random.default_rng(draw(SEEDS))
    cards = net.space.cards.tolist()
    unused = [int(rng.integers(k)) for k in cards]
    targets = [
        tuple(
            (i, int((unused[i] + rng.integers(1, k)) % k))
            for i, k in enumerate(cards)
            if k > 1 and rng.random() < 0.5
        )
        for _ in range(draw(st.integers(1, 8)))
    ]
    return weighted(net, targets, rng), unused


@st.composite
def excluding_per_prefix(draw, net):
    """A mixture in which each prefix leaves a state of the next variable unused."""
    rng = np.random.default_rng(draw(SEEDS))
    cards, unused, targets = net.space.cards.tolist(), {}, []
    for _ in range(draw(st.integers(1, 8))):
        target: Target = ()
        for i in net.tables.layout.order:
            e = unused.setdefault((i, target), int(rng.integers(cards[i])))
            if cards[i] > 1 and rng.random() < 0.5:
                value = int((e + rng.integers(1, cards[i])) % cards[i])
                target = tuple(sorted((*target, (i, value))))
        targets.append(target)
    return weighted(net, targets, rng)


POSITIVE = networks(cards=(2, 4), zeros=False, exact=True)


@given(st.data())
def test_fractions_are_recovered_from_every_form(data):
    net = data.draw(POSITIVE)
    mixture, _ = data.draw(excluding(net))
    for name, form in every_form(mixture).items():
        result = disentangle_population(net, form)
        assert weights(result) == weights(mixture), name
        assert all(isinstance(c.weight, F) for c in result.components)
        assert result.facts == {
            "exclusion": "global",
            "positivity": "everywhere",
            "equality": {"mixture": "structural", "function": "on the cells read"}.get(
                name, "everywhere"
            ),
        }
        assert result.network is net
        assert result.method == "population"


@given(st.data())
def test_exclusion_per_prefix_is_sufficient(data):
    net = data.draw(POSITIVE)
    mixture = data.draw(excluding_per_prefix(net))
    used = {pair for target in mixture.targets for pair in target}
    full = any(all((i, v) in used for v in range(int(k))) for i, k in enumerate(net.space.cards))
    for form in (mixture, joint(mixture)):
        result = disentangle_population(net, form)
        assert weights(result) == weights(mixture)
        assert result.facts["exclusion"] == ("per prefix" if full else "global")


def possible(mixture, unused):
    """Whether each unused state is possible for all parents' states that targets allow."""
    layout, values = mixture.network.tables.layout, mixture.network.tables.values
    for target in mixture.targets:
        state = dict(enumerate(unused)) | dict(target)
        for i in range(layout.n):
            at = [state[j] if j != i else unused[i] for j in range(layout.n)]
            if values[layout.entry(i, at)] == 0:
                return False
    return True


@settings(max_examples=150)
@given(st.data())
def test_zeros_that_do_not_matter(data):
    net = data.draw(networks(cards=(2, 4), zeros=True, exact=True))
    mixture, unused = data.draw(excluding(net))
    for form in (mixture, joint(mixture)):
        try:
            result = disentangle_population(net, form)
        except PositivityError:
            assert not possible(mixture, unused)
            continue
        assert (joint(result.mixture) == joint(mixture)).all()
        if form is mixture or possible(mixture, unused) or result.facts["positivity"] != "weak":
            assert weights(result) == weights(mixture)


@given(st.data())
def test_floats_with_zeros_agree_with_fractions(data):
    net = data.draw(networks(cards=(2, 4), zeros=True, exact=True))
    mixture, _ = data.draw(excluding(net))
    approximate = net.to_float()
    rounded = Mixture(approximate, {t: float(w) for t, w in weights(mixture).items()})
    for form, other in ((mixture, rounded), (joint(mixture), joint(rounded))):
        try:
            exact = disentangle_population(net, form)
        except PositivityError:
            with pytest.raises(PositivityError):
                disentangle_population(approximate, other)
            continue
        result = disentangle_population(approximate, other)
        assert result.facts == exact.facts
        assert weights(result) == pytest.approx(
            {t: float(w) for t, w in weights(exact).items()}, abs=1e-9
        )


@given(st.integers(1, 12), SEEDS)
def test_floats_are_recovered_to_nine_digits(n, seed):
    instance = random_instance(n, seed, cards=range(2, 5) if seed % 2 else 3)
    result = disentangle_population(instance.network, instance.mixture)
    assert weights(result) == pytest.approx(weights(instance.mixture), abs=1e-9)


@settings(max_examples=20)
@given(st.integers(1, 7), SEEDS)
def test_floats_are_recovered_from_every_form(n, seed):
    instance = random_instance(n, seed)
    for form in every_form(instance.mixture).values():
        result = disentangle_population(instance.network, form)
        assert weights(result) == pytest.approx(weights(instance.mixture), abs=1e-9)


def test_joint_table_of_twelve_variables():
    instance = random_instance(12, 7, targets=(16, 16))
    result = disentangle_population(instance.network, joint(instance.mixture))
    assert weights(result) == pytest.approx(weights(instance.mixture), abs=1e-9)


def solve_exactly(matrix, right):
    """The solution of a regular linear system, in fractions."""
    rows = [[*row, b] for row, b in zip(matrix, right, strict=True)]
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [x / rows[i][i] for x in rows[i]]
        for r in range(len(rows)):
            if r != i and rows[r][i]:
                rows[r] = [x - rows[r][i] * y for x, y in zip(rows[r], rows[i], strict=True)]
    return [row[-1] for row in rows]


def by_brute_force(net, table):
    """All mixtures with this distribution that leave one state of each variable unused."""
    rows = every_row(net)
    found = []
    for unused in itertools.product(*(range(int(k)) for k in net.space.cards)):
        targets = [
            tuple((i, v) for i, v in enumerate(row) if v != unused[i]) for row in rows.tolist()
        ]
        matrix = np.array([exact_prob(net.tables, rows, target) for target in targets]).T
        solution = solve_exactly(matrix.tolist(), table.ravel().tolist())
        if min(solution) >= 0:
            pairs = [(t, w) for t, w in zip(targets, solution, strict=True) if w]
            found.append({do(net.space.assignment(t)): w for t, w in pairs})
    return found


@settings(max_examples=60)
@given(st.data())
def test_agreement_with_the_linear_system_of_all_targets(data):
    """The mixture may break exclusion and still have an equivalent one that respects it."""
    net = data.draw(networks(most=3, cards=(2, 3), zeros=False, exact=True))
    table = joint(data.draw(mixtures(net)))
    if table.size > 12:
        return
    expected = by_brute_force(net, table)
    assert all(other == expected[0] for other in expected)
    try:
        result = disentangle_population(net, table)
    except (ExclusionError, NotAMixtureError):
        assert not expected
    else:
        assert (joint(result.mixture) == table).all()
        if result.facts["exclusion"] == "global":
            assert weights(result) == expected[0]
        else:
            assert not expected


@given(st.data())
def test_each_lift_satisfies_its_equation(data):
    net = data.draw(POSITIVE)
    mixture, unused = data.draw(excluding(net))
    lifting = lift_distribution(net, read_distribution(net, mixture))
    assert {do(net.space.assignment(t)): w for t, w in lifting.weights.items()} == weights(mixture)
    for lift in lifting.lifts:
        assert all(
            r == lift.unset * p + x for r, p, x in zip(lift.r, lift.a, lift.sets, strict=True)
        )
        assert min(lift.sets) >= 0
        assert lift.unset == min(r / p for r, p in zip(lift.r, lift.a, strict=True))
        assert unused[lift.variable] in lift.free
        assert not lift.impossible


# Examples of the paper


@pytest.fixture
def pair():
    """V1 -> V2, both binary."""
    return Network(
        {"V1": [], "V2": ["V1"]},
        {"V1": [0, 1], "V2": [0, 1]},
        {"V1": [F(1, 2), F(1, 2)], "V2": [[F(1, 2), F(1, 2)], [F(1, 3), F(2, 3)]]},
    )


def test_the_equivalent_mixture_with_exclusion_is_found(pair):
    breaking = Mixture(pair, {do(): F(1, 2), do(V1=0): F(1, 8), do(V1=1): F(3, 8)})
    result = disentangle_population(pair, joint(breaking))
    assert weights(result) == {do(): F(3, 4), do(V1=1): F(1, 4)}
    with pytest.raises(ExclusionError, match=r"'V1'.*do\(V1=0\), do\(V1=1\)"):
        disentangle_population(pair, breaking)


def test_a_mixture_that_only_the_comparison_refuses(pair):
    breaking = Mixture(pair, {do(V2=0): F(1, 2), do(V2=1): F(1, 2)})
    with pytest.raises(ExclusionError, match="'V2'"):
        disentangle_population(pair, breaking)
    with pytest.raises(NotAMixtureError, match=r"differs at {'V1'"):
        disentangle_population(pair, joint(breaking))


def test_example_b1_does_not_need_the_zero_entry():
    net = Network(
        {"V1": [], "V2": ["V1"]},
        {"V1": [0, 1], "V2": [0, 1]},
        {"V1": [F(1, 2), F(1, 2)], "V2": [[F(1, 2), F(1, 2)], [1, 0]]},
    )
    mixture = Mixture(net, {do(V1=0): F(1, 3), do(V1=0, V2=0): F(2, 3)})
    for form in every_form(mixture).values():
        result = disentangle_population(net, form)
        assert weights(result) == weights(mixture)
        assert result.facts["positivity"] == "where needed"


def test_example_3_1_without_positivity_is_not_identified():
    net = Network({"V1": []}, {"V1": [0, 1]}, {"V1": [F(1), F(0)]})
    mixture = Mixture(net, {do(): F(2, 3), do(V1=0): F(1, 3)})
    with pytest.raises(PositivityError, match=r"P\(V1=1\) is 0"):
        disentangle_population(net, mixture)
    result = disentangle_population(net, joint(mixture))
    assert weights(result) == {do(): 1}
    assert result.facts["positivity"] == "weak"


def test_example_c2_of_three_nodes():
    half = [F(1, 2), F(1, 2)]
    net = Network(
        {"V1": [], "V2": ["V1"], "V3": ["V1", "V2"]},
        {"V1": [0, 1], "V2": [0, 1], "V3": [0, 1]},
        {"V1": [F(1, 4), F(3, 4)], "V2": [half, [F(1, 3), F(2, 3)]], "V3": [[half] * 2] * 2},
    )
    parts = {
        do(V1=0): F(1, 6),
        do(V1=0, V3=0): F(1, 4),
        do(V1=0, V2=0): F(1, 3),
        do(V1=0, V2=0, V3=0): F(1, 4),
    }
    assert weights(disentangle_population(net, joint(Mixture(net, parts)))) == parts


def test_search_returns_to_a_configuration_without_zeros():
    # At A=0, B=0 seems unused because it is impossible, and do() explains all of B.
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": [0, 1], "B": [0, 1, 2]},
        {"A": [F(1, 2), F(1, 2)], "B": [[0, F(1, 2), F(1, 2)], [F(1, 3), F(1, 3), F(1, 3)]]},
    )
    mixture = Mixture(net, {do(): F(1, 2), do(B=1): F(1, 4), do(B=2): F(1, 4)})
    for form in (mixture, joint(mixture)):
        result = disentangle_population(net, form)
        assert weights(result) == weights(mixture)
        assert result.facts["positivity"] == "where needed"


# Errors


TINY = F(1, 10**6000)
"""Too long for Python to print."""


@pytest.mark.parametrize(
    ("p_mix", "error", "words"),
    [
        ([[F(1, 2), 0], [0, F(1, 2)]], NotAMixtureError, "differs at {'V1': 1, 'V2': 1}"),
        ([F(1, 2), F(1, 2)], DataError, r"shape \(2, 2\).*the shape is \(2,\)"),
        ([[0.5, 0.5], [0.5, 0.5]], DataError, "sums to 2.0, not 1"),
        ([[F(1, 2), F(1, 2)], [0, F(1, 10**12)]], DataError, "not 1"),
        ([[0.5, -0.5], [0.5, 0.5]], DataError, r"{'V1': 0, 'V2': 1} is -0\.5"),
        ([["a", "b"], ["c", "d"]], DataError, "numbers"),
        ({(0, 0): 0.5, (0,): 0.5}, DataError, r"key \(0,\)"),
        ({(0, 0): 0.5, (0, 7): 0.5}, DataError, "'V2' has no state 7"),
        ({(0, 0): 1.5, (0, 1): -0.5}, DataError, "-0.5"),
        ({(0, 0): 0.5, (0, "0"): 0.5}, DataError, "duplicate"),
        ({}, DataError, "sums to 0"),
        ({(0, 0): 10**400, (0, 1): 0.5}, DataError, r"\(0, 0\) is 1e\+400; .* between 0 and 1"),
        ([[10**400, 0.5], [0, 0]], DataError, r"'V2': 0} is 1e\+400; .* between 0 and 1"),
        ([[10**5000, 0], [0, 0]], DataError, r"'V2': 0} is 1e\+5000; .* between 0 and 1"),
        (lambda known: 10**400 if known else 1.0, DataError, r"is 1e\+400; .* between 0 and 1"),
        ({(0, 0): F(1, 2) + TINY, (0, 1): F(1, 2)}, DataError, "sums to ~1, not 1"),
        ({(0, 0): -TINY, (0, 1): 1}, DataError, "is -1e-6000"),
        (lambda known: 1 - TINY, DataError, r"everything, not ~1"),
        (lambda known: TINY if known else 1, DataError, "sum to 2e-6000"),
        (lambda known: 0.5, DataError, r"p_mix\({}\) must be 1"),
        (lambda known: 1, DataError, "sum to 2"),
        (lambda known: 1 if not known else None, DataError, "None"),
        (lambda known: 1 if not known else 0.5, DataError, "fraction"),
        ("V1", DataError, "shape"),
    ],
)
def test_invalid_distributions_are_refused_with_their_place(pair, p_mix, error, words):
    with pytest.raises(error, match=words):
        disentangle_population(pair, p_mix)


def test_a_negative_remainder_names_its_variable(pair):
    # From V1: do() and do(V1=0), half each. Then do() alone exceeds P_mix at V1=0, V2=1.
    table = [[F(3, 4), 0], [F(1, 12), F(1, 6)]]
    with pytest.raises(ExclusionError, match=r"'V2'.*do\(V1=0\).*-0\.125"):
        disentangle_population(pair, table)


def test_a_mixture_over_another_network_is_refused(pair):
    other = Network(
        {"V1": [], "V2": ["V1"]},
        {"V1": [0, 1], "V2": [0, 1]},
        {"V1": [F(1, 2), F(1, 2)], "V2": [[F(1, 2), F(1, 2)], [F(1, 4), F(3, 4)]]},
    )
    with pytest.raises(DataError, match="tables"):
        disentangle_population(pair, Mixture(other, {do(): 1}))
    apart = Network({"V1": [], "V2": []}, pair.states, {"V1": [1, 0], "V2": [1, 0]})
    with pytest.raises(DataError, match="edges"):
        disentangle_population(pair, Mixture(apart, {do(): 1}))
    with pytest.raises(DataError, match="over 'V1'"):
        disentangle_population(pair, Mixture(pair, {do(): 1}).marginal(["V1"]))


def test_floats_over_an_exact_network_are_floats(pair):
    mixture = Mixture(pair, {do(): 0.25, do(V1=1): 0.75})
    for form in (mixture, joint(mixture).astype(float)):
        result = disentangle_population(pair, form)
        assert weights(result) == pytest.approx(weights(mixture))
        assert result.network is pair


def test_120_variables_and_64_targets_take_seconds():
    instance = random_instance(120, 1, targets=(64, 64))
    net = instance.network
    coarse = Network(
        net.parents,
        net.states,
        {name: rounded_table(net.cpt(name)) for name in net.variables},
    )
    targets = instance.mixture.interventions
    mixture = Mixture(coarse, {t: F(1, len(targets)) for t in targets})
    start = time.perf_counter()
    result = disentangle_population(coarse, mixture)
    assert time.perf_counter() - start < 20
    assert weights(result) == weights(mixture)


def rounded_table(table):
    """The table in fractions with small denominators."""
    counts = np.maximum((table * 100).astype(int), 1)
    sums = counts.sum(axis=-1, keepdims=True)
    fraction = np.vectorize(lambda c, s: F(int(c), int(s)), otypes=[object])
    return fraction(counts, np.broadcast_to(sums, counts.shape))
