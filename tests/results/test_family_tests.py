"""Tests of families against plain formulas, and their p-values under the null hypothesis."""

from __future__ import annotations

import numpy as np
import pytest

from domix import DomixWarning, Mixture, Network, do
from domix.model.learn import count_entries
from domix.results.family_tests import run_family_tests
from domix.results.goodness import goodness_of_fit
from domix.util.contingency import holm
from domix.util.numerics import chi_square_tail


def run_tests(mix, codes, control=None, alpha=0.05):
    layout = mix.network.tables.layout
    return run_family_tests(
        mix.network.tables,
        mix.targets,
        mix.weights,
        count_entries(layout, codes),
        None if control is None else count_entries(layout, control),
        alpha,
    )


def g_statistic(observed, expected):
    positive = observed > 0
    return 2 * (observed[positive] * np.log(observed[positive] / expected[positive])).sum()


@pytest.fixture(scope="module")
def mix(chain):
    return Mixture(chain, {do(): 0.5, do(B="high"): 0.3, do(A="on", C="no"): 0.2})


def test_fitted_counts_are_conditionals_of_the_mixture(mix):
    codes = mix.sample(4000, rng=0)
    joint = mix.marginal(["B", "A", "C"]).values
    given = joint / joint.sum(axis=2, keepdims=True)
    tests = [f for f in run_tests(mix, codes) if f.node == 2]
    assert len(tests) == 6
    for test in tests:
        expected = test.observed.sum() * given.reshape(6, 2)[test.row]
        np.testing.assert_allclose(test.fitted, expected, rtol=1e-9)
        assert test.statistic == pytest.approx(g_statistic(test.observed, expected))
        assert test.p_value == pytest.approx(chi_square_tail(test.statistic, 1))


def test_do_with_controls_is_the_two_sample_test(chain):
    codes, control = chain.sample(3000, rng=1), chain.sample(1000, rng=2)
    tests = [f for f in run_tests(Mixture(chain, {do(): 1}), codes, control) if f.node == 1]
    for test in tests:
        both = np.array([test.observed, test.control])
        expected = both.sum(axis=1, keepdims=True) * both.sum(axis=0) / both.sum()
        assert test.statistic == pytest.approx(g_statistic(both, expected), rel=1e-9)
        assert test.df == 2


def test_common_cpt_row_minimizes_the_statistic(mix):
    codes, control = mix.sample(3000, rng=3), mix.network.sample(2000, rng=4)
    (root,) = [f for f in run_tests(mix, codes, control) if f.node == 0]
    # A is set to "on" in .2 of the rows.
    least = np.inf
    for on in np.linspace(0.01, 0.99, 9801):
        theta = np.array([1 - on, on])
        fitted = 0.8 * theta + np.array([0, 0.2])
        least = min(
            least,
            g_statistic(root.observed, root.observed.sum() * fitted)
            + g_statistic(root.control, root.control.sum() * theta),
        )
    assert root.statistic == pytest.approx(least, abs=1e-3)


def test_impossible_value_has_p_value_zero():
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.5, 0.5, 0.0]})
    codes = np.array([[0]] * 50 + [[1]] * 50 + [[2]], dtype=np.uint8)
    (test,) = run_tests(Mixture(net, {do(): 1}), codes)
    assert (test.statistic, test.p_value) == (np.inf, 0.0)


def test_no_test_without_control_rows(chain):
    codes = chain.sample(500, rng=5)
    control = codes[codes[:, 0] == 1]
    tests = {(f.node, f.row): f for f in run_tests(Mixture(chain, {do(): 1}), codes, control)}
    assert tests[1, 0].p_value is None
    assert tests[1, 1].p_value is not None


@pytest.mark.parametrize("controlled", [False, True])
def test_p_values_are_conservative_for_few_rows(controlled):
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.9, 0.08, 0.02]})
    mix = Mixture(net, {do(): 0.7, do(A=1): 0.3})
    p_values = []
    for seed in range(400):
        control = net.sample(15, rng=10_000 + seed) if controlled else None
        (test,) = run_tests(mix, mix.sample(12, rng=seed), control)
        if test.p_value is not None:
            p_values.append(test.p_value)
    # Discrete statistics may reject less often than their level, not more: three standard errors.
    for level in (0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= level + 3 * np.sqrt(level / len(p_values))
    assert min(p_values) < 0.1


def test_holm():
    assert holm([0.02, 0.9, None, 0.01]) == pytest.approx([0.04, 0.9, None, 0.03])
    assert holm([]) == []


def test_fits_that_the_iteration_limit_ends_say_so(mix, monkeypatch):
    codes, control = mix.sample(3000, rng=3), mix.network.sample(2000, rng=4)
    assert all(test.converged for test in run_tests(mix, codes, control))
    monkeypatch.setattr("domix.results.family_tests.EM_ITERATIONS", 2)
    assert not all(test.converged for test in run_tests(mix, codes, control))
    with pytest.warns(DomixWarning, match="before it converged"):
        goodness_of_fit(mix, codes, observational=control)
