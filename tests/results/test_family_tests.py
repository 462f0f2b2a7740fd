"""The test of one table row, against plain formulas and against its own chances."""

from __future__ import annotations

import numpy as np
import pytest

from domix import Mixture, Network, do
from domix.model.learn import count_entries
from domix.results.family_tests import compare_families, holm
from domix.util.numerics import chi_square_tail


def families(mix, codes, control=None, alpha=0.05):
    layout = mix.network.tables.layout
    return compare_families(
        mix.network.tables,
        mix.targets,
        mix.weights,
        count_entries(layout, codes),
        None if control is None else count_entries(layout, control),
        alpha,
    )


def g_statistic(observed, expected):
    seen = observed > 0
    return 2 * (observed[seen] * np.log(observed[seen] / expected[seen])).sum()


@pytest.fixture(scope="module")
def mix(chain):
    return Mixture(chain, {do(): 0.5, do(B="high"): 0.3, do(A="on", C="no"): 0.2})


def test_fitted_counts_are_the_mixtures_given_the_parents(mix):
    codes = mix.sample(4000, rng=0)
    joint = mix.marginal(["B", "A", "C"]).values
    given = joint / joint.sum(axis=2, keepdims=True)
    found = [f for f in families(mix, codes) if f.node == 2]
    assert len(found) == 6
    for family in found:
        expected = family.observed.sum() * given.reshape(6, 2)[family.row]
        np.testing.assert_allclose(family.fitted, expected, rtol=1e-9)
        assert family.statistic == pytest.approx(g_statistic(family.observed, expected))
        assert family.p_value == pytest.approx(chi_square_tail(family.statistic, 1))


def test_with_controls_and_nothing_set_it_is_the_test_of_two_samples(chain):
    codes, control = chain.sample(3000, rng=1), chain.sample(1000, rng=2)
    found = [f for f in families(Mixture(chain, {do(): 1}), codes, control) if f.node == 1]
    for family in found:
        both = np.array([family.observed, family.control])
        expected = both.sum(axis=1, keepdims=True) * both.sum(axis=0) / both.sum()
        assert family.statistic == pytest.approx(g_statistic(both, expected), rel=1e-9)
        assert family.df == 2


def test_with_controls_the_common_row_is_the_best_for_both(mix):
    codes, control = mix.sample(3000, rng=3), mix.network.sample(2000, rng=4)
    (root,) = [f for f in families(mix, codes, control) if f.node == 0]
    # A is set to "on" in .2 of the rows, whatever the table says.
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


def test_what_the_model_excludes_has_no_chance():
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.5, 0.5, 0.0]})
    codes = np.array([[0]] * 50 + [[1]] * 50 + [[2]], dtype=np.uint8)
    (family,) = families(Mixture(net, {do(): 1}), codes)
    assert (family.statistic, family.p_value) == (np.inf, 0.0)


def test_there_is_no_test_where_no_control_row_holds_the_table(chain):
    codes = chain.sample(500, rng=5)
    control = codes[codes[:, 0] == 1]
    found = {(f.node, f.row): f for f in families(Mixture(chain, {do(): 1}), codes, control)}
    assert found[1, 0].p_value is None
    assert found[1, 1].p_value is not None


@pytest.mark.parametrize("controlled", [False, True])
def test_few_rows_do_not_make_flags(controlled):
    net = Network({"A": []}, {"A": [0, 1, 2]}, {"A": [0.9, 0.08, 0.02]})
    mix = Mixture(net, {do(): 0.7, do(A=1): 0.3})
    p_values = []
    for seed in range(400):
        control = net.sample(15, rng=10_000 + seed) if controlled else None
        (family,) = families(mix, mix.sample(12, rng=seed), control)
        if family.p_value is not None:
            p_values.append(family.p_value)
    # Discrete statistics may be rarer than their level, never more frequent: three standard errors.
    for level in (0.05, 0.2):
        assert np.mean(np.array(p_values) <= level) <= level + 3 * np.sqrt(level / len(p_values))
    assert min(p_values) < 0.1


def test_holm():
    assert holm([0.02, 0.9, None, 0.01]) == pytest.approx([0.04, 0.9, None, 0.03])
    assert holm([]) == []
