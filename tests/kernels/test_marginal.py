"""Plans and their contraction by the kernel and by NumPy, compared with enumeration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import domix.query.marginal as marginals
import domix.query.plan as plans
from domix import DataError, Network
from domix.query.marginal import contract as contract_plan
from domix.query.marginal import marginal
from domix.query.plan import plan
from reference import marginal as reference
from strategies import interventions, networks

WAYS = ["kernel", "numpy"]


def contract(way, tables, names, do, given):
    """The answer over the names that are free, flat, not rescaled."""
    steps = plan(tables.layout, tuple(names), tuple(sorted(do)), tuple(sorted(given)))
    known = {**given, **do}
    if way == "numpy":
        return contract_plan(steps, tables, known).ravel()
    return marginals._contract_floats(steps, tables, known, rescale=False)


@st.composite
def questions(draw, *, most=6, cards=(1, 4), exact=False):
    """A network, some of its variables, what is set, and what is given and does not contradict."""
    net = draw(networks(most=most, cards=cards, exact=exact))
    everything = list(range(len(net.variables)))
    names = draw(st.lists(st.sampled_from(everything), unique=True))
    do = dict(net.target(draw(interventions(net))))
    evidence = {**dict(net.target(draw(interventions(net))))}
    evidence = {i: do.get(i, v) for i, v in evidence.items()}
    return net.tables, names, do, evidence


def free(question, table):
    _, names, do, evidence = question
    known = {**evidence, **do}
    return table[tuple(known.get(i, slice(None)) for i in names)].ravel()


@pytest.mark.parametrize("way", WAYS)
@given(questions())
def test_contraction_equals_enumeration(way, question):
    expected = reference.marginal(*question)
    found = contract(way, *question)
    np.testing.assert_allclose(found, free(question, expected), rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(found == 0, free(question, expected) == 0)


@given(questions(most=8))
def test_the_other_order_gives_the_same(question):
    ordered: Any = plans._find_order
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "_find_order", lambda *a, by_fill: ordered(*a, by_fill=True))
        plan.cache_clear()
        found = contract("kernel", *question)
    plan.cache_clear()
    np.testing.assert_allclose(found, contract("kernel", *question), rtol=1e-12, atol=0)


@pytest.mark.parametrize("by_fill", [False, True])
@given(networks(most=12, cards=(1, 5)), st.data())
def test_the_order_equals_the_reference(by_fill, net, data):
    everything = list(range(len(net.variables)))
    names = data.draw(st.lists(st.sampled_from(everything), unique=True, min_size=1, max_size=3))
    layout = net.tables.layout
    found = plans._find_order(layout, tuple(names), (), (), by_fill)
    assert list(found.summed[: found.steps]) == reference.elimination_order(layout, names, by_fill)


def test_the_cheaper_order_is_taken(monkeypatch):
    rng = np.random.default_rng(0)
    names = [f"V{i}" for i in range(30)]
    parents = {v: sorted(rng.choice(i, min(i, 3), replace=False)) for i, v in enumerate(names)}
    parents = {v: [names[p] for p in ps] for v, ps in parents.items()}
    k = dict(zip(names, map(int, rng.integers(2, 5, 30)), strict=True))
    cpts = {v: rng.dirichlet(np.ones(k[v]), size=[k[p] for p in parents[v]]) for v in names}
    layout = Network(parents, {v: list(range(k[v])) for v in names}, cpts).tables.layout
    question = (layout, (29, 0), (), ())
    costs = [plans._find_order(*question, by_fill=way).cost for way in (False, True)]
    monkeypatch.setattr(plans, "SECOND_ORDER", 0)
    assert costs[0] != costs[1]
    plan.cache_clear()
    chosen = plan(*question)
    cheaper = plans._find_order(*question, by_fill=costs[1] < costs[0])
    np.testing.assert_array_equal(chosen.summed, cheaper.summed[: cheaper.steps])


@given(questions())
def test_marginals_have_an_axis_for_every_name(question):
    evidence = question[-1]
    found, expected = marginal(*question), reference.marginal(*question)
    assert found.shape == expected.shape
    assert not found.flags.writeable
    if evidence and expected.sum() > 0:
        found, expected = found / found.sum(), expected / expected.sum()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found == 0, expected == 0)


@given(questions(exact=True, most=4))
def test_fractions_follow_the_same_plan(question):
    found = marginal(*question)
    assert found.dtype == object
    np.testing.assert_allclose(found.astype(float), reference.marginal(*question), atol=1e-12)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("card", [2, 3, 23, 256])
def test_tables_larger_than_a_block(way, card):
    # What is summed has card ** 2 entries and more: several blocks, and one that is cut.
    rng = np.random.default_rng(card)
    parents = {"A": [], "B": [], "C": ["A", "B"], "D": ["A", "B"]}
    k = {"A": card, "B": card, "C": 2, "D": 3}
    cpts = {v: rng.dirichlet(np.ones(k[v]), size=[k[p] for p in parents[v]]) for v in parents}
    net = Network(parents, {v: list(range(k[v])) for v in parents}, cpts)
    joint = np.einsum("a,b,abc,abd->abcd", *map(net.cpt, parents))
    for names in ([2, 3], [3, 0, 2], [0, 1, 3]):
        axes = "".join("abcd"[i] for i in names)
        expected = np.einsum(f"abcd->{axes}", joint).ravel()
        found = contract(way, net.tables, names, {}, {})
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("way", WAYS)
def test_many_factors_in_one_step(way):
    # One cause of 300 observed effects: they all wait for the step that sums the cause out.
    names = ["X", *(f"Y{i}" for i in range(300))]
    parents = {name: [] if name == "X" else ["X"] for name in names}
    table = [[0.9, 0.1], [0.8, 0.2]]
    cpts = {name: [0.5, 0.5] if name == "X" else table for name in names}
    net = Network(parents, {name: [0, 1] for name in names}, cpts)
    evidence = dict.fromkeys(range(1, 301), 0)
    found = contract(way, net.tables, [], {}, evidence)
    assert found[0] == pytest.approx(0.5 * 0.9**300 + 0.5 * 0.8**300, rel=1e-12)


def test_irrelevant_tables_are_not_in_the_plan(chain):
    layout = chain.tables.layout
    assert len(plan(layout, (0,), (), ()).summed) == 0
    # A is set, so nothing is left to sum out for B; observing C brings A's table back.
    assert list(plan(layout, (1,), (0,), ()).factors(0)) == [1]
    assert len(plan(layout, (1,), (), (2,)).summed) == 2


def test_equal_questions_are_computed_once(chain, monkeypatch):
    calls = []
    run = marginals._contract_floats
    marginals._cached_answer.cache_clear()
    monkeypatch.setattr(
        marginals, "_contract_floats", lambda *a, **k: calls.append(1) or run(*a, **k)
    )
    first = chain.marginal(["C"], do={"A": "on"}).values
    assert chain.marginal(["C"], do={"A": "on"}).values is first
    assert len(calls) == 1
    chain.marginal(["C"], do={"A": "off"})
    assert len(calls) == 2


def test_caches_are_bounded():
    assert marginals._cached_answer.cache_info().maxsize == marginals.ANSWERS
    assert plans.plan.cache_info().maxsize == plans.PLANS
    net = Network({"A": []}, {"A": range(200)}, {"A": np.full(200, 1 / 200)})
    wide = Network(
        {"A": [], "B": []},
        {"A": range(200), "B": range(200)},
        {"A": np.full(200, 1 / 200), "B": np.full(200, 1 / 200)},
    )
    assert net.marginal(["A"]).values is net.marginal(["A"]).values
    assert wide.marginal(["A", "B"]).values is not wide.marginal(["A", "B"]).values


def test_plans_with_too_large_a_table_are_refused():
    # A grid of 40 x 40 binary variables: every order meets a table of about 2 ** 40 entries.
    side = 40
    parents, cpts = {}, {}
    for i in range(side):
        for j in range(side):
            above = [f"V{i - 1}_{j}"] * (i > 0) + [f"V{i}_{j - 1}"] * (j > 0)
            parents[f"V{i}_{j}"] = above
            cpts[f"V{i}_{j}"] = np.full([2] * len(above) + [2], 0.5)
    net = Network(parents, {name: [0, 1] for name in parents}, cpts)
    with pytest.raises(DataError, match="a table of more than 2 \\*\\* 31 entries"):
        net.marginal([f"V{side - 1}_{side - 1}"])
