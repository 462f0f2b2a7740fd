"""Entries that are missing are summed out: compared with marginals and with enumeration."""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import domix
from domix import do
from domix.errors import DataError, DomixWarning

SUMMED: Any = {"missing": "marginalize"}
STATES: Any = {"A": ["low", "mid", "high"], "B": ["low", "high"], "C": [0, 1, 2]}
PARENTS: Any = {"A": [], "B": ["A"], "C": ["A", "B"]}


def network(rng):
    def table(*shape):
        return rng.dirichlet([0.7] * shape[-1], shape[:-1])

    return domix.Network(PARENTS, STATES, {"A": table(3), "B": table(3, 2), "C": table(3, 2, 3)})


def mask(rng, rows, share):
    return np.ma.array(rows, mask=rng.random(rows.shape) < share)


@st.composite
def problems(draw):
    """A mixture, hard or soft or exact, and rows with missing entries."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    net = network(rng)
    if draw(st.booleans()):
        net = net.to_exact()
    exact = net.is_exact
    weights = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)] if exact else [0.5, 0.3, 0.2]
    soft = do(B="low") if exact else do(B={"low": 0.25, "high": 0.75})
    targets = [do(), do(A="high", C=1), soft]
    mixture = domix.Mixture(net, dict(zip(targets, weights, strict=True)))
    return mixture, mask(rng, mixture.sample(30, rng=rng), draw(st.sampled_from([0.1, 0.5, 1.0])))


@given(problems())
def test_probabilities_are_marginals(problem):
    mixture, rows = problem
    net = mixture.network
    found = mixture.prob(rows, **SUMMED)
    posterior = mixture.posterior(rows, **SUMMED)
    logs = mixture.log_prob(rows, **SUMMED)
    for r, row in enumerate(rows):
        names = [name for name, gap in zip(net.variables, row.mask, strict=True) if not gap]
        place = tuple(row.compressed().tolist())
        parts = [
            weight * (net.marginal(names, do=target).values[place] if names else 1)
            for target, weight in zip(mixture.interventions, mixture.weights, strict=True)
        ]
        assert float(found[r]) == pytest.approx(float(sum(parts)), rel=1e-9)
        assert logs[r] == pytest.approx(np.log(float(sum(parts))), abs=1e-9)
        assert posterior[r].astype(float) == pytest.approx(
            np.array(parts, dtype=float) / float(sum(parts)), abs=1e-9
        )
        if net.is_exact:
            assert found[r] == sum(parts)


def test_complete_rows_are_read_as_ever():
    mixture = domix.Mixture(network(np.random.default_rng(0)), {do(): 0.5, do(C=1): 0.5})
    rows = mixture.sample(40, rng=1)
    assert (mixture.posterior(rows, **SUMMED) == mixture.posterior(rows)).all()
    assert (mixture.log_prob(rows, **SUMMED) == mixture.log_prob(rows)).all()


def test_impossible_rows_are_named():
    net = domix.Network(
        {"A": [], "B": []}, {"A": [0, 1], "B": [0, 1]}, {"A": [1.0, 0.0], "B": [0.5, 0.5]}
    )
    rows = pl.DataFrame({"A": [0, 1, None], "B": [None, None, None]})
    mixture = domix.Mixture(net, {do(): 1})
    assert mixture.prob(rows, **SUMMED).tolist() == [1.0, 0.0, 1.0]
    with pytest.warns(DomixWarning, match="1 rows are impossible .* the first is row 1"):
        assert np.isnan(mixture.posterior(rows, **SUMMED)).ravel().tolist() == [False, True, False]


def test_rows_that_miss_too_much_are_refused():
    names = [f"V{i}" for i in range(20)]
    net = domix.Network(
        dict.fromkeys(names, ()), dict.fromkeys(names, (0, 1)), dict.fromkeys(names, (0.5, 0.5))
    )
    rows = np.ma.array(np.zeros((2, 20), int), mask=[[False] * 20, [True] * 20])
    with pytest.raises(DataError, match=r"a row misses 20 values, .* 1,048,576 ways; .* leave out"):
        domix.Mixture(net, {do(): 1}).log_prob(rows, **SUMMED)


def test_marginalize_is_refused_where_nothing_is_summed():
    net = network(np.random.default_rng(0))
    with pytest.raises(DataError, match="missing: must be 'error' or 'drop'"):
        net.encode(net.sample(3), missing="marginalize")


def log_likelihood(net, rows, sets):
    """The log-likelihood of rows with missing entries, by enumeration of all completions."""
    total = 0.0
    cards = [range(len(net.states[name])) for name in net.variables]
    for row, names in zip(rows, sets, strict=True):
        density = 0.0
        for values in itertools.product(*cards):
            if (~row.mask & (np.array(values) != row.data)).any():
                continue
            state = dict(zip(net.variables, values, strict=True))
            density += np.prod(
                [
                    net.cpt(name)[(*[state[p] for p in net.parents[name]], state[name])]
                    for name in net.variables
                    if name not in names
                ]
            )
        total += np.log(density)
    return total


@pytest.mark.parametrize("pseudocount", [1.0, 0.25])
@pytest.mark.parametrize("intervened", [False, True])
def test_fitted_tables_maximize_the_observed_likelihood(pseudocount, intervened):
    rng = np.random.default_rng(3)
    net = network(rng)
    rows = mask(rng, net.sample(60, rng=rng), 0.25)
    sets = [{"B"} if intervened and r % 4 == 0 else set() for r in range(60)]
    for r in range(60):
        rows.mask[r, 1] &= not sets[r]
    fit = domix.Network.fit(PARENTS, rows, STATES, pseudocount, intervened=sets, **SUMMED)

    def objective(net):
        prior = sum(np.log(net.cpt(name)).sum() for name in net.variables)
        return log_likelihood(net, rows, sets) + pseudocount * prior

    best = objective(fit)
    for _ in range(20):
        tables = {}
        for name in net.variables:
            near = fit.cpt(name) * np.exp(rng.normal(scale=0.01, size=fit.cpt(name).shape))
            tables[name] = near / near.sum(axis=-1, keepdims=True)
        assert objective(domix.Network(PARENTS, STATES, tables)) < best
    assert fit.counts["A"].sum() == pytest.approx(60)
    assert fit.counts["B"].sum() == pytest.approx(60 - sum(map(len, sets)))


def test_fit_to_complete_rows_is_the_same():
    net = network(np.random.default_rng(4))
    rows = net.sample(50, rng=5)
    assert domix.Network.fit(PARENTS, rows, STATES, **SUMMED) == domix.Network.fit(
        PARENTS, rows, STATES
    )


def test_variable_that_is_never_measured_is_no_news():
    rng = np.random.default_rng(6)
    net = network(rng)
    rows = net.sample(200, rng=7)
    hidden = np.ma.array(rows, mask=np.arange(3) == np.full((200, 1), 2))
    fit = domix.Network.fit(PARENTS, hidden, STATES, **SUMMED)
    complete = domix.Network.fit(PARENTS, rows, STATES)
    assert fit.cpt("B") == pytest.approx(complete.cpt("B"))
    assert fit.cpt("C") == pytest.approx(np.full((3, 2, 3), 1 / 3))


def test_value_that_was_set_must_be_known():
    rows, states = pl.DataFrame({"A": [None, 0]}), {"A": [0, 1]}
    with pytest.raises(DataError, match=r"row 0 .* misses a value that was set"):
        domix.Network.fit({"A": []}, rows, states, intervened=[{"A"}, {}], **SUMMED)
