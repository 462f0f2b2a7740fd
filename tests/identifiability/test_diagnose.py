"""The diagnosis of networks and mixtures, compared with their distributions and with lifting."""

from __future__ import annotations

import dataclasses
import time
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from domix.core.intervention import do
from domix.errors import DataError, DomixError, InterventionError
from domix.identifiability import candidates
from domix.identifiability.diagnose import diagnose
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.population.algorithm1 import disentangle_population
from domix.results.component import Component
from domix.results.result import Disentanglement
from strategies import every_row, mixtures, networks

F = Fraction
TWO = {"V1": [0, 1], "V2": [0, 1]}


def two(v1, v2):
    return Network({"V1": [], "V2": ["V1"]}, TWO, {"V1": v1, "V2": v2})


@pytest.fixture(scope="module")
def coin():
    return Network({"V1": []}, {"V1": [0, 1]}, {"V1": [F(1, 3), F(2, 3)]})


@pytest.fixture(scope="module")
def pair():
    return two([F(1, 2), F(1, 2)], [[F(1, 4), F(3, 4)], [F(2, 3), F(1, 3)]])


@pytest.fixture(scope="module")
def broken(pair):
    return Mixture(pair, {do(): F(1, 2), do(V1=0): F(1, 8), do(V1=1): F(3, 8)})


def components(mixture):
    return dict(zip(mixture.interventions, mixture.weights.tolist(), strict=True))


def joint(mixture):
    return mixture.marginal(mixture.network.variables).values.ravel().tolist()


# Networks alone


def test_a_network_without_zeros(pair):
    found = diagnose(pair)
    assert found.positivity == "everywhere"
    assert found.zeros == found.constant == ()
    assert found.mixture is found.unique is found.explanations is None
    assert str(found) == "positivity  everywhere: no table entry is 0"


def test_zeros_are_named_row_by_row():
    net = Network(
        {"B": ["A"], "A": [], "C": []},
        {"B": ["no", "maybe", "yes"], "A": ["low", "high"], "C": ["only"]},
        {"B": [[1, 0, 0], [F(1, 2), F(1, 2), 0]], "A": [F(1, 2), F(1, 2)], "C": [1]},
    )
    found = diagnose(net)
    assert found.positivity == "not everywhere"
    assert [str(row) for row in found.zeros] == [
        "P(B=maybe or yes | A=low) = 0",
        "P(B=yes | A=high) = 0",
    ]
    assert dict(found.zeros[0].given) == {"A": "low"}
    assert found.constant == ("C",)
    assert "C: setting it has no effect" in found.summary()


# Worked examples


def test_example_3_1_without_exclusion(coin):
    found = diagnose(coin, Mixture(coin, {do(): 1}), free=["V1"])
    assert (found.exclusion, found.unique) == ("global", True)
    shown = found.explanations
    assert shown.free == ("V1",)
    assert dict(shown.intervals) == {
        do(): (0, 1),
        do(V1=0): (0, F(1, 3)),
        do(V1=1): (0, F(2, 3)),
    }
    assert [dict(d) for d in shown.directions] == [
        {do(): 1, do(V1=0): F(-1, 3), do(V1=1): F(-2, 3)}
    ]
    assert [components(v) for v in shown.vertices] == [
        {do(): 1},
        {do(V1=0): F(1, 3), do(V1=1): F(2, 3)},
    ]
    # The verdict is consistent with the list of explanations.
    assert "exclusion; no, with exclusion given up on V1\n" in found.summary()


def test_example_3_1_without_positivity():
    net = Network({"V1": []}, {"V1": [0, 1]}, {"V1": [1, 0]})
    found = diagnose(net, Mixture(net, {do(): F(2, 3), do(V1=0): F(1, 3)}))
    assert (found.exclusion, found.positivity, found.unique) == ("global", "not", False)
    assert dict(found.explanations.intervals) == {do(): (0, 1), do(V1=0): (0, 1)}
    assert found.lookalikes == ((do(), do(V1=0)),)
    assert components(found.line.twin) == {do(): 1}
    found = diagnose(net, Mixture(net, {do(): 1}))
    assert (found.positivity, found.unique) == ("weak", True)
    assert found.lookalikes == ((do(), do(V1=0)),)
    assert "if their unused states are possible" in found.summary()


def test_the_equivalent_mixture_and_the_line_to_it(pair, broken):
    found = diagnose(pair, broken)
    assert (found.exclusion, found.positivity, found.unique) == ("broken", "everywhere", False)
    assert [str(place) for place in found.used_up] == [
        "every state of V1 is used, by do(V1=0), do(V1=1)"
    ]
    assert dict(found.unused) == {"V1": (), "V2": (0, 1)}
    assert dict(found.explanations.kept) == {"V2": 0}
    assert found.line.reach == (-2, 1)
    assert components(found.line.twin) == {do(): F(3, 4), do(V1=1): F(1, 4)}
    for share in (-2, F(-1, 2), 0, F(1, 3), 1):
        assert joint(found.line.at(share)) == joint(broken)
    assert components(found.line.at(0)) == components(broken)
    assert components(found.line.at(-2)) == {do(V1=0): F(3, 8), do(V1=1): F(5, 8)}
    with pytest.raises(InterventionError):
        found.line.at(2)


def test_example_b_1_does_not_need_the_zero():
    net = two([F(1, 2), F(1, 2)], [[F(1, 2), F(1, 2)], [1, 0]])
    found = diagnose(net, Mixture(net, {do(V1=0): F(1, 3), do(V1=0, V2=0): F(2, 3)}))
    assert (found.exclusion, found.positivity, found.unique) == ("global", "where needed", True)
    assert [len(v.targets) for v in found.explanations.vertices] == [2]


def test_unique_although_all_states_are_used(pair):
    found = diagnose(pair, Mixture(pair, {do(V2=0): F(1, 2), do(V2=1): F(1, 2)}))
    assert (found.exclusion, found.unique, found.line) == ("broken", True, None)
    assert found.explanations.directions == ()


def test_exclusion_per_prefix(pair):
    mix = Mixture(pair, {do(V2=0): F(1, 2), do(V1=0, V2=1): F(1, 2)})
    found = diagnose(pair, mix)
    assert (found.exclusion, found.unique) == ("per prefix", True)
    assert found.explanations.free == ("V2",)
    assert "Exclusion fails globally" in found.summary()
    assert "in this order\n" in found.summary()
    parts = {do(V2=0): F(1, 2), do(V1=0, V2=1): F(1, 4), do(V1=0): F(1, 4)}
    found = diagnose(pair, Mixture(pair, parts))
    assert found.unique
    assert "in this order; no, with exclusion given up on V2\n" in found.summary()
    assert "per prefix, in the order V1, V2" in found.summary()


# Random mixtures


def lifted_from_the_table(mixture):
    try:
        table = mixture.marginal(mixture.network.variables)
        return components(disentangle_population(mixture.network, table).mixture)
    except DomixError:
        return None


@given(networks(most=3, cards=(1, 3), exact=True, zeros=True), st.data())
def test_with_zeros_the_line_leads_to_what_lifting_finds(net, data):
    mix = data.draw(mixtures(net))
    found = diagnose(net, mix)
    lifted = lifted_from_the_table(mix)
    if (found.exclusion == "broken" or found.positivity == "not") and lifted is not None:
        assert components(found.line.twin) == lifted


@given(networks(most=3, cards=(1, 3), exact=True, zeros=False), st.data())
def test_the_line_leads_to_what_lifting_finds(net, data):
    mix = data.draw(mixtures(net))
    found = diagnose(net, mix)
    lifted = lifted_from_the_table(mix)
    if found.exclusion == "broken":
        assert (found.line and components(found.line.twin)) == lifted
    else:
        assert found.unique
        assert lifted == components(mix)
    if found.line is not None:
        for end in found.line.reach:
            assert joint(found.line.at(end)) == joint(mix)
            assert len(found.line.at(end).targets) < len(
                {*mix.interventions, *found.line.twin.interventions}
            )


@given(networks(most=3, cards=(1, 3), exact=True), st.data())
def test_a_diagnosis_holds_for_any_mixture(net, data):
    mix = data.draw(mixtures(net))
    found = diagnose(net, mix)
    intervals = found.explanations.intervals
    for target, weight in components(mix).items():
        low, high = intervals[target]
        assert low <= weight <= high
    for vertex in found.explanations.vertices or ():
        assert joint(vertex) == joint(mix)
        assert set(vertex.interventions) <= set(intervals)
        used = {pair for target in vertex.interventions for pair in target.items()}
        assert not used & set(found.explanations.kept.items())
    for one, other in found.lookalikes:
        assert one != other
        assert joint(Mixture(net, {one: 1})) == joint(Mixture(net, {other: 1}))
    if found.exclusion != "broken" and found.positivity != "not":
        facts = disentangle_population(net, mix).facts
        assert found.exclusion == facts["exclusion"]
        assert found.positivity == facts["positivity"]
    assert found.summary()
    assert found._repr_html_().count("<table") == found._repr_html_().count("</table>")


@given(networks(most=3, cards=(1, 3), exact=True), st.data())
def test_directions_span_all_changes_of_weights(net, data):
    mix = data.draw(mixtures(net))
    shown = diagnose(net, mix).explanations
    rows = every_row(net)
    distributions = {t: net.prob(rows, do=t).tolist() for t in shown.targets}
    for direction in shown.directions:
        parts = [[change * p for p in distributions[t]] for t, change in direction.items()]
        assert not any(sum(column) for column in zip(*parts, strict=True))
    rank = sympy.Matrix(list(distributions.values())).rank()
    assert len(shown.directions) == len(shown.targets) - rank
    changes = [[d.get(t, 0) for t in shown.targets] for d in shown.directions]
    assert not changes or sympy.Matrix(changes).rank() == len(changes)
    if shown.vertices is not None:
        weights = [components(vertex) for vertex in shown.vertices]
        for target, ends in shown.intervals.items():
            reached = [w.get(target, 0) for w in weights]
            assert ends == (min(reached), max(reached))


@given(networks(most=3, cards=(1, 3), exact=True), st.data())
def test_exclusion_is_kept_on_the_other_variables(net, data):
    mix = data.draw(mixtures(net))
    used = {pair for target in mix.interventions for pair in target.items()}
    affected = {n for n in net.variables if all((n, s) in used for s in net.states[n])}
    shown = diagnose(net, mix).explanations
    assert set(shown.free) == affected
    assert set(shown.kept) == set(net.variables) - affected
    assert not used & set(shown.kept.items())
    assert not {pair for target in shown.targets for pair in target.items()} & shown.kept.items()


# Arguments


def test_floats_are_read_as_they_print(pair, broken):
    weights = {t: float(w) for t, w in components(broken).items()}
    table = pair.to_float()
    found = diagnose(table, Mixture(table, weights))
    assert found.converted
    assert found.network.is_exact
    assert components(found.line.twin) == {do(): F(3, 4), do(V1=1): F(1, 4)}
    assert "floats" in found.summary()
    assert diagnose(table).converted
    assert not diagnose(pair, broken).converted
    # Exact tables with weights in floats are converted too.
    thirds = Mixture(pair, {do(): 1 / 3, do(V1=0): 2 / 3})
    assert sum(diagnose(pair, thirds).mixture.weights) == 1


def test_a_result_is_diagnosed_with_its_own_tables(pair, broken):
    learnt = two([F(1, 4), F(3, 4)], [[F(1, 4), F(3, 4)], [F(2, 3), F(1, 3)]])
    parts = tuple(Component(t, w) for t, w in components(broken).items())
    found = diagnose(pair, Disentanglement(learnt, parts, "likelihood"))
    assert found.network == learnt
    assert found.unique is False


def test_weights_of_zero_are_ignored(pair):
    found = diagnose(pair, Mixture(pair, {do(): 1, do(V1=0): 0, do(V1=1): 0}))
    assert found.exclusion == "global"
    assert found.mixture.interventions == (do(),)


def test_fractions_too_long_to_print_are_shown_as_decimals(pair):
    tiny = F(1, 10**6000)
    mix = Mixture(pair, {do(): 1 - tiny, do(V1=0): tiny})
    assert "do(V1=0): 1e-6000" in repr(mix)
    assert "+ 1e-6000 do(V1=0)" in diagnose(pair, mix, free=["V1"]).summary()
    assert "\n1e-6000  do(V1=0)" in disentangle_population(pair, mix).summary()
    with pytest.raises(InterventionError, match="is -1e-6000"):
        Mixture(pair, {do(): 1 + tiny, do(V1=0): -tiny})


def test_mixtures_over_other_networks_are_refused(coin, pair, broken):
    with pytest.raises(DataError, match="its variables or edges differ"):
        diagnose(coin, broken)
    with pytest.raises(DataError, match="its tables differ"):
        diagnose(two([F(1, 4), F(3, 4)], pair.cpt("V2")), broken)
    with pytest.raises(DataError, match=r"sums to 2\.0, not 1"):
        diagnose(pair, np.full((2, 2), 0.5))
    with pytest.raises(DataError, match="the table must have shape"):
        diagnose(pair, "V1")
    for mix in (broken, None):
        with pytest.raises(DataError, match="unknown variable 'V3'"):
            diagnose(pair, mix, free=["V3"])


def test_a_diagnosis_is_immutable(pair, broken):
    found = diagnose(pair, broken)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.unique = True  # type: ignore[misc]
    with pytest.raises(TypeError):
        found.explanations.intervals[do()] = (0, 1)  # type: ignore[index]
    assert repr(found) == "<Diagnosis: exclusion broken, positivity everywhere>"


# Large inputs


def chain(n, k, zeros=False):
    names = [f"V{i}" for i in range(n)]
    row = [F(1, k)] * k
    skewed = [[F(2 * (v + c + 1), k * (k + 1) + 2 * k * c) for v in range(k)] for c in range(k)]
    if zeros:
        skewed[0] = [F(0)] * (k - 1) + [F(1)]
    parents = {name: names[i - 1 : i] if i else [] for i, name in enumerate(names)}
    cpts = {name: skewed if i else row for i, name in enumerate(names)}
    return Network(parents, {name: list(range(k)) for name in names}, cpts)


def test_beyond_a_limit_the_rest_is_reported():
    net = chain(12, 3)
    names = net.variables
    targets = [do(dict.fromkeys(names, v)) for v in range(3)]
    start = time.perf_counter()
    found = diagnose(net, Mixture(net, {t: F(1, 3) for t in targets}))
    assert time.perf_counter() - start < 10
    assert (found.exclusion, found.positivity, found.unique) == ("broken", "everywhere", None)
    assert found.explanations is None
    assert f"more than {candidates.MAX_CANDIDATES} targets could have weight" in found.limit
    assert "not listed" in found.summary()
    assert "not known" in found.summary()


def test_exclusion_broken_at_the_end_of_a_long_network():
    net = chain(60, 3)
    names = net.variables
    parts = {do(dict.fromkeys(names[i : i + 20], 0)): F(1, 20) for i in range(30, 40)}
    parts |= {do({names[-1]: v}): F(1, 6) for v in range(3)}
    start = time.perf_counter()
    found = diagnose(net, Mixture(net, parts))
    assert time.perf_counter() - start < 10
    assert found.explanations.free == (names[-1],)
    # The target that sets the parent of the last variable may set it too, or leave it unset.
    (direction,) = found.explanations.directions
    assert all(names[-2] in target for target in direction)
    assert len(found.explanations.vertices) == 2


def test_zeros_far_from_the_targets_do_not_count():
    net = chain(40, 3, zeros=True)
    first = net.variables[0]
    found = diagnose(net, Mixture(net, {do(): F(1, 2), do({first: 0}): F(1, 2)}))
    assert found.exclusion == "global"
    assert found.unique
    assert len(found.zeros) == 39
    assert "(39 in all)" in found.summary()
