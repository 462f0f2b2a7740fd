"""Sets of alternatives of soft components: what they hold, and when components are exact."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Disentanglement, Mixture, Network, disentangle, do
from domix.alternatives.exactness import find_exact, judge
from domix.alternatives.shares import Shares
from domix.alternatives.soft import find_soft_shares
from domix.core.background import BackgroundKnowledge
from domix.core.soft.targets import mode
from domix.data.rows import distinct
from domix.em.data import Problem
from domix.options.alternatives import AlternativesOptions
from domix.options.search import EmLimits
from domix.selection.criterion import SelectionCriterion
from domix.soft.components import Setting, SoftComponent
from domix.soft.em import fit
from domix.soft.estimate import SoftEstimate, to_target
from domix.soft.search import Shape
from domix.soft.slots import SlotData
from em_problems import problems, soft_components
from strategies import planted

SEEDS = st.integers(0, 2**32 - 1)


def estimated(problem, targets, weights, seed):
    """Fit components of any shape with the variables of targets."""
    data = SlotData(problem)
    components = soft_components(data, targets, np.random.default_rng(seed))
    return SoftEstimate(
        Shape.FREE, 0.0, fit(data, components, weights, problem.log_theta, 0.1), [], data
    )


@given(problems(), SEEDS, st.booleans())
def test_sets_hold_the_component_and_what_is_allowed(made, seed, small):
    problem, targets, weights = made
    problem.knowledge = BackgroundKnowledge(
        included=(targets[-1],) if small else (), largest=2 if small else None
    )
    estimate = estimated(problem, targets, weights, seed)
    criterion = SelectionCriterion(problem.layout.cards, 0.05, problem.knowledge)
    found = find_soft_shares(estimate, criterion)
    own_modes = estimate.fit.targets
    for c, shares in enumerate(found):
        members = dict(shares.members)
        assert len(members) == len(shares.members)
        own = to_target(estimate.fit.components[c])
        assert members[own] == shares.own
        assert list(members.values()) == sorted(members.values(), reverse=True)
        total = math.fsum(members.values())
        assert 0.95 - 1e-9 <= total <= 1 + 1e-9
        others = [(target, share) for target, share in members.items() if target != own]
        # Without its last member but the component itself, the set is too small.
        own_is_last = shares.members[-1][0] == own
        before = [share for _, share in others[:-1]] + [shares.own] * (not own_is_last)
        assert not others or math.fsum(before) < 0.95 + 1e-9
        beside = {*own_modes[:c], *own_modes[c + 1 :]}
        for target, _ in others:
            assert mode(target) not in beside
            assert problem.knowledge.allows(mode(target))
        if problem.knowledge.stays(own_modes[c]):
            assert shares.own == 1.0


def symmetric(seed, rows=100):
    """Rows that say the same of B and of C, beside A, where settings fail; with their network."""
    states = {name: ["x", "y", "z"] for name in "ABC"}
    net = Network(
        dict.fromkeys("ABC", ()),
        states,
        {"A": [0.1, 0.4, 0.5], "B": [0.6, 0.2, 0.2], "C": [0.6, 0.2, 0.2]},
    )
    leak = {"x": 0.8, "y": 0.1, "z": 0.1}
    codes = Mixture(net, {do(): 0.5, do(A=leak, B=leak): 0.5}).sample(rows, rng=seed)
    return net, np.concatenate([codes, codes[:, [0, 2, 1]]])


@given(SEEDS)
def test_variables_that_rows_treat_alike_have_equal_shares(seed):
    net, codes = symmetric(seed)
    problem = Problem(net.tables, distinct(codes, net.space.cards), None)
    data, limits = SlotData(problem), EmLimits(1e-9, 3000)
    leak = SoftComponent(tuple(Setting.failing(v, 0, 3, 0.2) for v in (0, 1)))
    components = [SoftComponent(()), leak]
    fitted = fit(data, components, [0.5, 0.5], problem.log_theta, 0.2, limits)
    estimate = SoftEstimate(Shape.LEAK, 0.0, fitted, [], data)
    everything = AlternativesOptions(coverage=1.0, score_loss=300.0, fit=limits)
    criterion = SelectionCriterion(net.space.cards, 0.05)
    _, found = find_soft_shares(estimate, criterion, everything)
    shares = {mode(target): share for target, share in found.members}
    assert shares[((0, 0), (2, 0))] == pytest.approx(shares[((0, 0), (1, 0))], rel=1e-3)


@given(st.lists(st.lists(st.floats(0, 1), max_size=5), max_size=4), st.floats(0.001, 0.5))
def test_all_mixtures_are_judged_together(own, alpha):
    answers = judge([[Shares(share, (((), share),)) for share in of] for of in own], alpha)
    assert list(map(len, answers)) == list(map(len, own))
    exact = [answer.exact for of_mixture in answers for answer in of_mixture]
    assert exact == find_exact([share for of_mixture in own for share in of_mixture], alpha)


@pytest.fixture(scope="module")
def mixtures():
    """A soft and a hard mixture over one known network, estimated together."""
    net = planted(6, [{}], seed=4).network
    soft = {do(): 0.4, do(V0={"s0": 0.1, "s1": 0.5, "s2": 0.4}, V2={"s0": 0.65, "s2": 0.35}): 0.6}
    hard = {do(): 0.5, do(V1="s2", V4="s1"): 0.5}
    rows = [Mixture(net, parts).sample(1500, rng=seed) for seed, parts in enumerate((soft, hard))]
    groups = ["soft"] * 1500 + ["hard"] * 1500
    return disentangle(net, np.concatenate(rows), groups=groups)


def test_only_hard_targets_are_called_exact(mixtures):
    soft, hard = mixtures["soft"], mixtures["hard"]
    assert soft.soft is not None
    assert hard.soft is None
    assert all(c.exact is None and c.alternatives for c in soft.components)
    own = [
        share
        for c in hard.components
        for share in [a.share for a in c.alternatives if a.intervention == c.intervention]
    ]
    assert [c.exact for c in hard.components] == find_exact(own, 0.05)


def test_drawn_values_may_have_another_mode(mixtures):
    """With .5 and .4 in a few hundred rows, it is open which value is the more probable."""
    result = mixtures["soft"]
    [drawn] = [c for c in result.components if c.intervention]
    modes = {a.intervention.mode["V0"] for a in drawn.alternatives}
    assert {"s1", "s2"} == modes
    assert Disentanglement.from_json(result.to_json()).components == result.components
    [other] = [a for a in drawn.alternatives if a.intervention != drawn.intervention]
    assert f"or a look-alike: {other}" in result.summary()


def test_sets_of_variables_that_few_rows_cannot_tell_apart():
    """B has state x in .85 of all rows: 80 rows under the target hardly show whether it is set."""
    states = {name: ["x", "y", "z"] for name in "ABC"}
    tables = {
        "A": np.array([0.1, 0.1, 0.8]),
        "B": np.array([0.85, 0.1, 0.05]),
        "C": np.random.default_rng(3).dirichlet([2] * 3, (3, 3)),
    }
    net = Network({"A": [], "B": [], "C": ["A", "B"]}, states, tables)
    mix = Mixture(net, {do(): 0.6, do(A={"x": 0.6, "y": 0.4}, B="x"): 0.4})
    result = disentangle(net, mix.sample(200, rng=5), soft=True)
    [drawn] = [c for c in result.components if c.intervention]
    shares = {frozenset(a.intervention): a.share for a in drawn.alternatives}
    assert shares.keys() == {frozenset("A"), frozenset("AB")}
    assert min(shares.values()) > 0.05
    [other] = [a for a in drawn.alternatives if a.intervention != drawn.intervention]
    shown = result.to_frame()["alternatives"].to_list()[result.components.index(drawn)]
    assert shown.endswith(f"; {other}")
