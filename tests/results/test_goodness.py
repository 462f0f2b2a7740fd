"""The goodness-of-fit table: its flags, its frame and its text."""

from __future__ import annotations

import numpy as np
import pytest

import domix
from domix import DataError, Network, do
from strategies import planted

TARGETS = [{}, {0: 1}, {1: 2, 3: 1}]


@pytest.fixture(scope="module")
def planted_mix():
    return planted(5, TARGETS, seed=11)


@pytest.fixture(scope="module")
def learnt(planted_mix):
    """A learnt network, the mixture's rows, and the result."""
    net = planted_mix.network
    fitted = Network.fit(net.parents, net.sample(4000, rng=1), net.states)
    rows = planted_mix.sample(4000, rng=2)
    return fitted, rows, domix.disentangle(fitted, rows)


@pytest.fixture(scope="module")
def misfit():
    """A CPT of B that is wrong where A is 1, so that do(B=0) is reported falsely."""
    parents, states = {"A": [], "B": ["A"]}, {"A": [0, 1], "B": [0, 1]}
    true = Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.4, 0.6]]})
    wrong = Network(parents, states, {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.1, 0.9]]})
    rows = domix.Mixture(true, {do(): 0.8, do(A=0): 0.2}).sample(2000, rng=0)
    result = domix.disentangle(wrong, rows)
    return result, rows, result.goodness_of_fit(rows, observational=true.sample(2000, rng=1))


def test_true_model_has_no_flags(learnt):
    net, rows, result = learnt
    fit = result.goodness_of_fit(rows, observational=net)
    assert fit.flagged == ()
    assert fit.doubtful == ()
    assert sum(row.p_value is not None for row in fit.rows) > 10


def test_misfit_is_flagged_in_its_configuration(misfit):
    result, _, fit = misfit
    assert do(B=0) in [c.intervention for c in result.components]
    assert [(row.variable, dict(row.given)) for row in fit.flagged] == [("B", {"A": 1})]
    assert [c.intervention for c in fit.doubtful] == [do(B=0)]
    assert fit.by_misfit()[0] == fit.flagged[0]


def test_component_that_sets_nothing_is_not_doubtful(misfit):
    _, _, fit = misfit
    shares = {c.intervention: (c.variable, c.share) for c in fit.components}
    assert shares[do()] == (None, 0.0)
    assert shares[do(A=0)] == ("A", 0.0)


def test_control_rows_equal_the_network_learnt_from_them(planted_mix):
    net = planted_mix.network
    control, rows = net.sample(1000, rng=3), planted_mix.sample(1000, rng=4)
    result = domix.disentangle(net, rows, observational=control)
    by_rows = result.goodness_of_fit(rows, observational=control)
    learnt = Network.fit(net.parents, control, net.states)
    assert by_rows == result.goodness_of_fit(rows, observational=learnt)


def test_counts_stand_for_repeated_rows(learnt):
    net, rows, result = learnt
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    once = result.goodness_of_fit(rows, observational=net)
    assert result.goodness_of_fit(unique, counts=counts, observational=net) == once


def test_each_row_counts_once_per_variable(learnt):
    _, rows, result = learnt
    fit = result.goodness_of_fit(rows)
    for name in result.network.variables:
        observed = sum(sum(row.observed) for row in fit.rows if row.variable == name)
        fitted = sum(sum(row.fitted) for row in fit.rows if row.variable == name)
        assert (observed, fitted) == (len(rows), pytest.approx(len(rows)))


def test_frame(misfit):
    _, _, fit = misfit
    frame = fit.to_frame("polars")
    assert frame.columns[:6] == ["variable", "given", "state", "observed", "fitted", "control"]
    assert len(frame) == sum(len(row.states) for row in fit.rows)
    assert frame.filter(frame["flagged"])["given"].to_list() == ["A=1", "A=1"]


def test_summary_and_html(misfit):
    _, _, fit = misfit
    lines = fit.summary().splitlines()
    assert lines[2].startswith("B         A=1")
    assert lines[2].endswith("*")
    assert "1 of 3 tests depart from the fit" in fit.summary()
    assert "B: do(B=0)" in lines[-1]
    assert "<td>A=1</td>" in fit._repr_html_()


def test_summary_counts_families_without_a_test(chain):
    result = domix.disentangle(chain, chain.sample(500, rng=0), observational=[[1, 0, 0]] * 50)
    fit = result.goodness_of_fit(chain.sample(500, rng=0), observational=[[1, 0, 0]] * 50)
    untested = [row for row in fit.rows if row.p_value is None]
    assert untested
    assert not any(row.flagged for row in untested)
    assert f"{len(untested)} more had nothing to test" in fit.summary()


def test_bad_input(learnt, chain):
    net, rows, result = learnt
    with pytest.raises(DataError, match="no rows"):
        result.goodness_of_fit(rows[:0])
    with pytest.raises(DataError, match="observational: there are no rows"):
        result.goodness_of_fit(rows, observational=rows[:0])
    with pytest.raises(DataError, match="other variables"):
        result.goodness_of_fit(rows, observational=chain)
    cpts = {name: net.cpt(name) for name in net.variables}
    with pytest.raises(DataError, match="not learnt from rows"):
        result.goodness_of_fit(rows, observational=Network(net.parents, net.states, cpts))
