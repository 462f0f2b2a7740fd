"""What a distribution determines of drawn values, in fractions."""

from __future__ import annotations

from fractions import Fraction as F

import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from domix import (
    CertificateError,
    Disentanglement,
    InterventionError,
    Misread,
    Mixture,
    Network,
    NotAMixtureError,
    diagnose,
    disentangle_population,
    do,
    exact,
)
from domix.core.soft.targets import draws_of
from domix.core.soft.values import states_of
from domix.identifiability.soft import describe_draws, soft_exclusion
from domix.results.component import Component
from strategies import every_row, interventions, networks, soft_mixtures

positive = networks(most=4, cards=(2, 3), zeros=False, exact=True)


@st.composite
def drawn_beside_its_smaller_target(draw):
    """w0 do(H) + w do(H, V ~ q), with q of full support or with zeros, on a positive network."""
    net = draw(positive)
    name = draw(st.sampled_from(net.variables))
    rest = {k: v for k, v in draw(interventions(net)).items() if k != name}
    parts = draw(st.lists(st.integers(0, 5), min_size=3, max_size=3))[: len(net.states[name])]
    assume(sum(part > 0 for part in parts) > 1)
    q = {s: F(p, sum(parts)) for s, p in zip(net.states[name], parts, strict=True)}
    weight = F(draw(st.integers(1, 9)), 10)
    mix = Mixture(net, {do(rest): 1 - weight, do(rest, **{name: q}): weight})
    return mix, name, rest


def column(net, target):
    return net.prob(every_row(net), do=target).tolist()


@given(drawn_beside_its_smaller_target())
def test_weight_moves_where_one_row_is_read(case):
    # The lemma of docs/explanation/identifiability.md: the solutions of
    #   w_0 P(. | do(H)) + sum_v u_v P(. | do(H, V = v)) = P_mix
    # are one point if the rows that do(H) reads differ, else a line in the direction of theta.
    mix, name, rest = case
    net = mix.network
    columns = [column(net, do(rest))]
    columns += [column(net, do(rest, **{name: state})) for state in net.states[name]]
    null = sympy.Matrix([[sympy.Rational(p) for p in c] for c in columns]).T.nullspace()
    [found] = describe_draws(mix)
    assert found.varies == (not null)
    if not null:
        assert soft_exclusion(mix).any_targets == mix.any_targets
        return
    direction = [-x / null[0][0] for x in list(null[0])[1:]]
    assert direction == [sympy.Rational(p) for p in net.marginal([name], do=rest).values]
    whole = dict(zip(mix.interventions, mix.weights, strict=True))
    form = dict(pairs(soft_exclusion(mix)))
    moved = form.pop(do(rest)) - whole[do(rest)]
    assert moved == found.movable * (1 - whole[do(rest)])
    for target in form:
        assert len(states_of(target[name])) < len(net.states[name])


@given(drawn_beside_its_smaller_target(), st.data())
def test_the_form_does_not_depend_on_what_was_moved(case, data):
    mix, name, rest = case
    net = mix.network
    [found] = describe_draws(mix)
    share = found.movable * F(data.draw(st.integers(0, 7)), 8)
    assume(share < 1)
    drawn = next(t for t in mix.any_targets if draws_of(t))
    q = drawn.draws[0].probabilities
    read = net.marginal([name], do=rest).values.tolist()
    other = {
        s: (a - share * b) / (1 - share) for s, a, b in zip(net.states[name], q, read, strict=True)
    }
    weight = mix.weights[mix.any_targets.index(drawn)]
    moved = Mixture(
        net,
        {
            do(rest): 1 - weight + weight * share,
            do(rest, **{name: other}): weight * (1 - share),
        },
    )
    rows = every_row(net)
    assert moved.prob(rows).tolist() == mix.prob(rows).tolist()
    assert as_mapping(soft_exclusion(moved)) == as_mapping(soft_exclusion(mix))


def as_mapping(mixture):
    return dict(zip(mixture.any_targets, mixture.weights, strict=True))


@given(networks(most=3, cards=(1, 3), exact=True).flatmap(soft_mixtures))
def test_soft_exclusion_keeps_the_distribution(mix):
    form = soft_exclusion(mix)
    rows = every_row(mix.network)
    assert form.prob(rows).tolist() == mix.prob(rows).tolist()
    assert as_mapping(soft_exclusion(form)) == as_mapping(form)
    for draw in describe_draws(form):
        assert draw.movable == 0
        assert not draw.beside
    rounded = soft_exclusion(
        Mixture(
            mix.network.to_float(), zip(mix.interventions, map(float, mix.weights), strict=True)
        )
    )
    np.testing.assert_allclose(rounded.prob(rows), mix.prob(rows).astype(float), atol=1e-9)


@st.composite
def one_component_per_set(draw):
    """Soft components on distinct sets, of which none uses the last state of a variable."""
    net = draw(positive)
    sets = draw(
        st.lists(st.lists(st.sampled_from(net.variables), unique=True).map(frozenset), max_size=3)
    )
    targets = []
    for names in {frozenset(), *sets}:
        values = {}
        for name in names:
            parts = [draw(st.integers(1, 5)) for _ in net.states[name][:-1]]
            values[name] = {
                s: F(p, sum(parts)) for s, p in zip(net.states[name][:-1], parts, strict=True)
            }
        targets.append(do(values))
    parts = [draw(st.integers(1, 9)) for _ in targets]
    return Mixture(net, {t: F(p, sum(parts)) for t, p in zip(targets, parts, strict=True)})


@given(one_component_per_set())
def test_with_an_unused_state_draws_are_determined(mix):
    net = mix.network
    expected = as_mapping(mix.expand())
    table = mix.marginal(net.variables)
    for p_mix in (mix, table):
        found = disentangle_population(net, p_mix).mixture
        assert as_mapping(found) == expected
        certificate = exact.certify(net, p_mix)
        exact.check(certificate, net, p_mix)


@pytest.fixture
def chain():
    return Network(
        {"A": [], "B": ["A"]},
        {"A": ["x", "y", "z"], "B": ["u", "v"]},
        {
            "A": [F(1, 2), F(1, 4), F(1, 4)],
            "B": [[F(1, 2), F(1, 2)], [F(1, 4), F(3, 4)], [F(1, 3), F(2, 3)]],
        },
    )


FULL = {"x": F(1, 4), "y": F(1, 2), "z": F(1, 4)}


def test_a_diagnosis_says_what_is_determined(chain):
    drawn = do(B={"u": F(1, 3), "v": F(2, 3)})
    mix = Mixture(chain, {do(): F(1, 4), do(A=FULL): F(1, 4), do(A="x"): F(1, 4), drawn: F(1, 4)})
    text = diagnose(chain, mix).summary()
    assert "do(A~{x: 1/4, y: 1/2, z: 1/4}): up to 1/2 of its weight can move to do()" in text
    assert "not told apart from do(A=x)" in text
    assert "do(B~{u: 1/3, v: 2/3}): no weight can move to do() alone: the table of B varies" in text
    assert "by soft exclusion\n  " in text
    hard = diagnose(chain, mix.expand())
    assert hard.soft is None
    assert hard.explanations.intervals == diagnose(chain, mix).explanations.intervals


def test_a_draw_with_a_zero_is_its_own_form(chain):
    mix = Mixture(chain, {do(): 0.5, do(A={"x": 0.2, "y": 0.8}): 0.5})
    found = diagnose(chain, Disentanglement(chain, tuple(Component(*p) for p in pairs(mix)), "x"))
    assert found.unique
    assert found.converted
    assert "soft exclusion holds: a state of A is never drawn" in found.summary()
    assert "by soft exclusion\n" not in found.summary()


def pairs(mix):
    return list(zip(mix.interventions, mix.weights, strict=True))


def test_misread_values_are_not_hard_mixtures(chain):
    misread = Misread("x", {"x": F(1, 2), "y": F(1, 2)})
    mix = Mixture(chain, {do(): F(1, 2), do(A=misread): F(1, 2)})
    with pytest.raises(InterventionError, match=r"A=x~.* the children of a misread variable"):
        diagnose(chain, mix)
    with pytest.raises(NotAMixtureError, match="p_mix: do"):
        disentangle_population(chain, mix)
    # Without other children, a misread variable is only drawn.
    alone = Mixture(chain, {do(): F(1, 2), do(A=misread, B="u"): F(1, 2)})
    assert as_mapping(soft_exclusion(alone)) == as_mapping(
        Mixture(chain, {do(): F(1, 2), do(A=dict(misread.read), B="u"): F(1, 2)})
    )
    found = disentangle_population(chain, alone).mixture
    assert set(found.interventions) == {do(), do(A="x", B="u"), do(A="y", B="u")}


def test_a_certificate_is_refused_for_other_draws(chain):
    weights = {do(): F(1, 2), do(A={"x": F(1, 2), "y": F(1, 2)}): F(1, 2)}
    mix = Mixture(chain, weights)
    other = Mixture(chain, {do(): F(1, 2), do(A={"x": F(1, 3), "y": F(2, 3)}): F(1, 2)})
    misread = Mixture(
        chain, {do(): F(1, 2), do(A=Misread("x", {"x": F(1, 2), "y": F(1, 2)})): F(1, 2)}
    )
    certificate = exact.certify(chain, mix)
    exact.check(certificate, chain, mix)
    for wrong in (other, misread):
        with pytest.raises(CertificateError):
            exact.check(certificate, chain, wrong)
