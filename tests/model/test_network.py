"""Networks: what they refuse, and what they answer."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from domix import (
    DataError,
    DomixError,
    DomixWarning,
    InterventionError,
    Mixture,
    Network,
    NetworkError,
    disentangle_population,
    do,
)
from strategies import every_row, interventions, networks

STATES = {"A": ["off", "on"], "B": ["low", "high"]}


def build(parents=None, states=None, cpts=None):
    return Network(
        parents or {"A": [], "B": ["A"]},
        states or STATES,
        cpts or {"A": [0.5, 0.5], "B": [[0.5, 0.5], [0.25, 0.75]]},
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"parents": {"A": ["B"], "B": ["A"]}}, ["cycle", "A -> B"]),
        ({"parents": {"A": [], "B": ["C"]}}, ["'B'", "unknown parent 'C'"]),
        ({"parents": {"A": [], "B": [["A"]]}}, ["'B'", "unknown parent ['A']"]),
        ({"parents": {"A": [], "B": ["A", "A"]}}, ["'B'", "duplicate"]),
        ({"parents": {"A": [], "B": "A"}}, ["'B'", "sequence"]),
        ({"states": {"A": ["off", "on"]}}, ["states", "'B'"]),
        ({"states": {**STATES, "C": ["x"]}}, ["states", "'C'"]),
        ({"states": {**STATES, "B": ["low", "low"]}}, ["'B'", "'low'", "duplicate"]),
        ({"states": {**STATES, "B": []}}, ["'B'", "0 states"]),
        ({"states": {**STATES, "B": range(257)}}, ["'B'", "257"]),
        ({"states": {**STATES, "B": [1, "1"]}}, ["'B'", "duplicate"]),
        ({"cpts": {"A": [0.5, 0.5], "B": [0.5, 0.5]}}, ["'B'", "(2, 2) (A, B)", "(2,)"]),
        ({"cpts": {"A": [0.5, 0.5], "B": [[0.5, 0.5], [1.5, -0.5]]}}, ["A=on", "'high'", "-0.5"]),
        ({"cpts": {"A": [np.nan, 0.5], "B": [[0.5, 0.5], [1, 0]]}}, ["'A'", "'off'", "nan"]),
        ({"cpts": {"A": [0.5, 0.5], "B": [[0.5, 0.5], [0.5, 0.4]]}}, ["'B'", "A=on", "0.9"]),
        ({"cpts": {"A": [0.5, 0.5], "B": [[0.5, 0.5], [0.5]]}}, ["'B'"]),
        ({"cpts": {"A": ["a", "b"], "B": [[0.5, 0.5], [0.5, 0.5]]}}, ["'A'"]),
    ],
)
def test_an_invalid_network_is_refused_with_the_place(change, words):
    with pytest.raises(NetworkError) as caught:
        build(**change)
    for word in words:
        assert word in str(caught.value)


def test_renormalising_warns_and_names_the_worst_row():
    with pytest.warns(DomixWarning, match=r"1 of 3 table rows.*'B' given A=on"):
        net = build(cpts={"A": [0.5, 0.5], "B": [[0.5, 0.5], [0.25, 0.749999]]})
    assert net.cpt("B")[1].sum() == pytest.approx(1.0, abs=1e-15)


def test_rows_within_rounding_stay_as_they_are():
    row = [0.1, 0.9 - 1e-13]
    net = build(cpts={"A": row, "B": [[0.5, 0.5], [0.25, 0.75]]})
    assert net.cpt("A").tolist() == row


def test_rationals_of_any_kind_make_an_exact_network():
    half = sympy.Rational(1, 2)
    net = build(cpts={"A": [half, half], "B": [[1, 0], [Fraction(1, 3), Fraction(2, 3)]]})
    assert net.is_exact
    assert net.cpt("B")[1, 0] == Fraction(1, 3)
    assert net.prob([[1, 0]]).tolist() == [Fraction(1, 6)]
    assert not net.to_float().is_exact
    again = net.to_float().to_exact()
    assert again.cpt("B")[1].sum() == 1
    assert float(again.cpt("B")[1, 0]) == pytest.approx(1 / 3, abs=1e-15)
    with pytest.raises(NetworkError, match="'A'"):
        build(cpts={"A": [Fraction(1, 3), Fraction(1, 3)], "B": [[1, 0], [0, 1]]})


@pytest.mark.parametrize(
    "tables",
    [
        {"A": [10**400, 0.5], "B": [[0.5, 0.5]] * 2},
        {"A": [10**400, 0], "B": [[0.5, 0.5]] * 2},
        {"A": [Fraction(10**5000, 3), 0.5], "B": [[0.5, 0.5]] * 2},
        {"A": [np.longdouble("1e400"), 0], "B": [[0.5, 0.5]] * 2},
        {"A": [10**400, 0], "B": [[0, 1]] * 2},
    ],
)
def test_entries_too_large_for_doubles_are_refused(tables):
    with pytest.raises(NetworkError, match=r"^variable 'A': .*(between 0 and 1|not 1)"):
        build(cpts=tables)


def test_a_table_shows_fractions_of_any_length():
    tiny = Fraction(1, 10**6000)
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [tiny, 1 - tiny]})
    assert repr(net.marginal(["A"])) == "Table(names=('A',), values=[1e-6000, ~1])"
    assert repr(build().marginal(["A"], do={"A": "on"})) == "Table(names=('A',), values=[0.0, 1.0])"


def _rationals(kind):
    """A third and a quarter, and what is left of 1, in one of the ways to write fractions."""
    if kind == "sympy":
        third, quarter, one = sympy.Rational(1, 3), sympy.Rational(1, 4), sympy.Integer(1)
    else:
        third, quarter, one = Fraction(1, 3), Fraction(1, 4), 1
    if kind == "array":
        return np.array([third, one - third]), np.array([[quarter, one - quarter], [one, 0 * one]])
    return [third, one - third], [[quarter, one - quarter], [one, 0 * one]]


@pytest.mark.parametrize("kind", ["sympy", "Fraction", "array"])
def test_exact_answers_are_fractions_for_all_rationals(kind):
    a, b = _rationals(kind)
    net = build(cpts={"A": a, "B": b})
    weight = sympy.Rational(2, 5) if kind == "sympy" else Fraction(2, 5)
    mix = Mixture(net, {do(): weight, do(A="on"): 1 - weight})
    rows = every_row(net)
    answers = [
        net.prob(rows),
        net.prob(rows, do={"B": "low"}),
        net.marginal(["B"]).values,
        net.marginal(["A"], do={"A": "on"}).values,
        net.marginal(["B", "A"], given={"A": "on", "B": "low"}).values,
        net.marginal([]).values,
        mix.weights,
        mix.prob(rows),
        mix.marginal(["B", "A"]).values,
        mix.posterior(rows[:-1]),
    ]
    for answer in answers:
        assert answer.dtype == object
        assert all(type(p) is Fraction for p in answer.ravel().tolist())
    found = disentangle_population(net, mix.marginal(net.variables))
    assert all(type(c.weight) is Fraction for c in found.components)
    assert {c.intervention: c.weight for c in found.components} == {
        do(): Fraction(2, 5),
        do(A="on"): Fraction(3, 5),
    }


def test_the_decimals_of_a_float_network_come_back_exactly():
    tenths = {"A": [Fraction(1, 10), Fraction(9, 10)], "B": [[Fraction(1, 4), Fraction(3, 4)]] * 2}
    net = build(cpts=tenths)
    assert net.to_float().to_exact() == net


def test_order_follows_the_graph_and_then_the_order_given():
    net = Network(
        {"C": ["A"], "B": [], "A": []},
        {name: [0, 1] for name in "CBA"},
        {"C": [[0.5, 0.5]] * 2, "B": [0.5, 0.5], "A": [0.5, 0.5]},
    )
    assert net.variables == ("C", "B", "A")
    assert net.order == ("B", "A", "C")


def test_tables_cannot_be_written_to():
    net = build()
    with pytest.raises(ValueError, match="read-only"):
        net.cpt("A")[0] = 1.0


def test_a_network_survives_pickling():
    net = build()
    assert pickle.loads(pickle.dumps(net)) == net


@given(networks())
def test_probabilities_of_all_rows_sum_to_one(net):
    assert net.prob(every_row(net)).sum() == pytest.approx(1.0)


@given(networks(exact=True, most=4))
def test_exact_probabilities_sum_to_one_exactly(net):
    assert net.prob(every_row(net)).sum() == 1


def _truncated(net, target):
    """P(. | do(target)) of all rows, straight from the truncated product."""
    rows = every_row(net)
    out = np.ones(len(rows), dtype=object if net.is_exact else float)
    fixed = {net.variables.index(name): net.states[name].index(s) for name, s in target.items()}
    for r, row in enumerate(rows):
        for i, name in enumerate(net.variables):
            if i in fixed:
                out[r] = out[r] * int(row[i] == fixed[i])
            else:
                parents = [row[net.variables.index(p)] for p in net.parents[name]]
                out[r] = out[r] * net.cpt(name)[(*parents, row[i])]
    return rows, out


@given(st.data(), st.booleans())
def test_do_is_the_truncated_product(data, exact):
    net = data.draw(networks(most=4, exact=exact))
    target = data.draw(interventions(net))
    rows, expected = _truncated(net, target)
    got = net.prob(rows, do=target)
    if exact:
        assert got.tolist() == expected.tolist()
    else:
        np.testing.assert_allclose(got, expected.astype(float), atol=1e-13)


@given(st.data(), st.booleans())
def test_marginals_agree_with_enumeration(data, exact):
    net = data.draw(networks(most=4, exact=exact))
    target = data.draw(interventions(net))
    names = data.draw(st.lists(st.sampled_from(net.variables), unique=True))
    evidence = data.draw(interventions(net))
    rows, joint = _truncated(net, target)
    keep = np.ones(len(rows), dtype=bool)
    for name, label in evidence.items():
        keep &= rows[:, net.variables.index(name)] == net.states[name].index(label)
    total = joint[keep].sum()
    if total == 0:
        with pytest.raises(DataError, match="probability zero"):
            net.marginal(names, do=target, given=evidence)
        return
    table = net.marginal(names, do=target, given=evidence)
    assert table.names == tuple(names)
    columns = [net.variables.index(name) for name in names]
    expected = np.zeros(table.values.shape, dtype=joint.dtype)
    for row, p in zip(rows[keep], joint[keep], strict=True):
        expected[tuple(row[columns])] += p
    if exact:
        assert (table.values == expected / total).all()
    else:
        np.testing.assert_allclose(table.values, expected / total, atol=1e-12)


@given(networks(zeros=False), st.randoms(use_true_random=False))
def test_answers_do_not_depend_on_any_order(net, random):
    names = list(net.variables)
    random.shuffle(names)
    states = {name: random.sample(net.states[name], len(net.states[name])) for name in names}
    parents = {name: random.sample(net.parents[name], len(net.parents[name])) for name in names}
    cpts = {}
    for name in names:
        table = net.cpt(name)
        axes = [net.parents[name].index(p) for p in parents[name]]
        table = table.transpose([*axes, len(axes)])
        for axis, variable in enumerate([*parents[name], name]):
            codes = [net.states[variable].index(s) for s in states[variable]]
            table = table.take(codes, axis=axis)
        cpts[name] = table
    other = Network(parents, states, cpts)
    frame = net.decode(every_row(net))
    np.testing.assert_allclose(net.log_prob(frame), other.log_prob(frame), atol=1e-12)
    target = do({names[0]: states[names[0]][0]})
    a, b = net.marginal(names, do=target), other.marginal(names, do=target)
    for labels in zip(*[states[name] for name in names], strict=False):
        assert a[labels] == pytest.approx(b[labels], abs=1e-13)


def test_interventions_outside_the_network_are_refused(chain):
    with pytest.raises(InterventionError, match="unknown variable 'Z'"):
        chain.prob([[0, 0, 0]], do={"Z": "on"})
    with pytest.raises(InterventionError, match=r"'B' has no state 'mad'.*'low', 'mid', 'high'"):
        chain.prob([[0, 0, 0]], do={"B": "mad"})


def test_same_seed_same_rows(chain):
    np.testing.assert_array_equal(chain.sample(500, rng=3), chain.sample(500, rng=3))
    assert not np.array_equal(chain.sample(500, rng=3), chain.sample(500, rng=4))
    assert not np.array_equal(chain.sample(500), chain.sample(500))


def test_samples_have_the_frequencies_of_the_marginals(chain):
    rows = chain.sample(200_000, do={"B": "low"}, rng=1)
    assert (rows[:, 1] == 0).all()
    expected = chain.marginal(["A", "C"], do={"B": "low"}).values
    for a in range(2):
        for c in range(2):
            share = ((rows[:, 0] == a) & (rows[:, 2] == c)).mean()
            assert share == pytest.approx(expected[a, c], abs=5 * np.sqrt(0.25 / 200_000))


def test_fit_counts_and_smooths():
    net = Network.fit({"A": [], "B": ["A"]}, [[0, 0], [0, 1], [0, 1]], STATES, pseudocount=1)
    assert net.counts["B"].tolist() == [[1, 2], [0, 0]]
    np.testing.assert_allclose(net.cpt("B"), [[2 / 5, 3 / 5], [0.5, 0.5]])
    np.testing.assert_allclose(net.cpt("A"), [4 / 5, 1 / 5])
    assert Network.fit({"A": [], "B": ["A"]}, [[0, 1]]).states["A"] == (0,)
    with pytest.raises(NetworkError, match="pseudocount"):
        Network.fit({"A": []}, [[0]], pseudocount=-1)


def test_a_thousand_variables_are_no_trouble():
    names = [f"V{i}" for i in range(1200)]
    net = Network(
        {name: names[max(0, i - 3) : i] for i, name in enumerate(names)},
        {name: ["a", "b"] for name in names},
        {
            name: np.broadcast_to([0.25, 0.75], (2,) * (min(i, 3) + 1))
            for i, name in enumerate(names)
        },
    )
    rows = net.sample(50, rng=0)
    assert np.isfinite(net.log_prob(rows)).all()
    assert net.marginal(["V1199", "V0"]).values.sum() == pytest.approx(1.0)


def test_much_evidence_does_not_underflow():
    names = [f"X{i}" for i in range(1100)]
    net = Network(
        {name: names[:1] if i == 1 else [] for i, name in enumerate(names)},
        {name: [0, 1] for name in names},
        {
            name: [[0.25, 0.75], [0.5, 0.5]] if i == 1 else [0.5, 0.5]
            for i, name in enumerate(names)
        },
    )
    table = net.marginal(["X0"], given=dict.fromkeys(names[1:], 0))
    np.testing.assert_allclose(table.values, [1 / 3, 2 / 3])


def test_thousands_of_observed_children_do_not_underflow():
    names = ["X", *(f"Y{i}" for i in range(4001))]
    net = Network(
        {name: [] if name == "X" else ["X"] for name in names},
        {name: [0, 1] for name in names},
        {name: [0.5, 0.5] if name == "X" else [[0.9, 0.1], [0.1, 0.9]] for name in names},
    )
    table = net.marginal(["X"], given={name: i % 2 for i, name in enumerate(names[1:])})
    np.testing.assert_allclose(table.values, [0.9, 0.1], rtol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda net: net.sample(3, rng=-1),
        lambda net: net.sample(3, rng="x"),
        lambda net: net.prob([[0, 0]], do="A"),
        lambda net: Network.fit(net.parents, [[0, 0]], pseudocount="1"),  # type: ignore[arg-type]
        lambda net: Network.fit(["A"], [[0]]),
        lambda net: Network({}, {}, {}),
        lambda net: Network({"A": None}, {"A": [0]}, {"A": [1]}),
        lambda net: Network({"A": []}, {"A": [0, 1]}, {"A": [10**400, 1.0]}),
    ],
)
def test_invalid_arguments_give_domix_errors(call):
    with pytest.raises(DomixError):
        call(build())


def test_fit_leaves_out_what_was_set():
    rows = [[0, 0], [1, 0], [1, 1], [1, 1]]
    known = Network.fit(
        {"A": [], "B": ["A"]},
        rows,
        {"A": ["no", "yes"], "B": [0, 1]},
        intervened=[{}, {}, do(A="yes"), ["A", "B"]],
    )
    assert known.counts["A"].tolist() == [1, 1]
    assert known.counts["B"].tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize(
    ("intervened", "message"),
    [
        ([{}], "one entry for each of the 2 rows is needed, not 1"),
        ([{}, {"C"}], r"row 1 \(counting from 0\): unknown variable 'C'"),
        ([{}, "A"], "'A' is not a set of variables; write"),
        ([{}, None], "None is not a set of variables; write .* for none"),
        (7, "one entry for each row is needed, not 7"),
    ],
)
def test_fit_refuses_intervened_that_do_not_fit_rows(intervened, message):
    with pytest.raises(DataError, match=message):
        Network.fit({"A": []}, [[0], [1]], intervened=intervened)
