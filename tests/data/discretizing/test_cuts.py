"""Cut points of one column: shares, outer states, ties, and scikit-learn's strategies."""

from __future__ import annotations

import sys
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import MissingExtraError
from domix.data.discretizing.cuts import BIN_WIDTH, STRATEGIES, Cuts, find_cuts

NORMAL = np.random.default_rng(0).normal(size=10_000)
OWN = ["tails", "counts", "metrics"]


def shares(values, cuts):
    return np.bincount(cuts.encode(values), minlength=len(cuts.states)) / len(values)


@pytest.mark.parametrize(("n", "inner", "share"), [(500, 6, 0.005), (4000, 7, 5 / 4000)])
def test_tails_hold_few_rows_and_bins_are_equally_wide(n, inner, share):
    scores = np.array([NormalDist().inv_cdf((i + 0.5) / n) for i in range(n)])
    cuts = find_cuts(scores, "tails", None, "A")
    found = shares(scores, cuts)
    assert len(cuts.states) == inner + 2
    assert found[[0, -1]] == pytest.approx(share, abs=1 / n)
    assert np.diff(cuts.edges)[1:-1] == pytest.approx(BIN_WIDTH, abs=0.1)


@given(st.integers(1, 12))
def test_cut_points_do_not_depend_on_the_scale(bins):
    cuts = find_cuts(NORMAL, "tails", bins, "A")
    stretched = find_cuts(np.exp(NORMAL), "tails", bins, "A")
    assert cuts.encode(NORMAL).tolist() == stretched.encode(np.exp(NORMAL)).tolist()


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=300),
    st.sampled_from(OWN),
    st.none() | st.integers(1, 6),
)
def test_states_and_edges_fit_together(values, strategy, bins):
    values = np.array(values, dtype=float)
    cuts = find_cuts(values, strategy, bins, "A")
    assert len(cuts.states) == len(cuts.edges) + 1 == len(set(cuts.states))
    assert list(cuts.edges) == sorted(set(cuts.edges))
    low, high = cuts.encode(np.array([values.min(), values.max()]))
    outer = 0.05 * len(values)
    if cuts.states[0] == "off":
        assert low > 0 or (values < cuts.edges[0]).sum() <= outer
    if cuts.states[-1] == "over":
        assert high < len(cuts.edges) or (values >= cuts.edges[-1]).sum() <= outer


ROWS = st.lists(
    st.floats(-1e300, 1e300) | st.sampled_from([0.0, 5e-324, 1.0]), min_size=1
) | st.builds(
    lambda zeros, ones, twos: [0.0] * zeros + [1.0] * ones + [2.0] * twos,
    st.sampled_from([1, 50, 500]),
    st.integers(0, 20),
    st.integers(0, 3),
)


@pytest.mark.parametrize("strategy", sorted(STRATEGIES))
@given(values=ROWS, bins=st.none() | st.integers(2, 6))
@pytest.mark.filterwarnings("ignore")
def test_cut_points_rise_for_every_strategy(strategy, values, bins):
    values = np.abs(values) if strategy == "counts" else np.array(values)
    if strategy not in OWN:
        pytest.importorskip("sklearn")
        values = np.array([*values[np.abs(values) < 1e6], *range(6)])
    cuts = find_cuts(values, strategy, bins, "A")
    assert np.isfinite(cuts.edges).all()
    assert (np.diff(cuts.edges) > 0).all()
    assert len(cuts.states) == len(cuts.edges) + 1 == len(set(cuts.states))


def test_rare_counts_have_a_state_of_their_own():
    counts = np.repeat([0.0, 1.0], [970, 30])
    cuts = find_cuts(counts, "counts", None, "G")
    assert cuts.states == ("none", "usual", "over")
    assert cuts.encode(np.array([0.0, 1.0, 2.0])).tolist() == [0, 1, 2]


def test_counts_have_a_state_for_nothing():
    counts = np.random.default_rng(0).poisson(1.0, 5000).astype(float)
    cuts = find_cuts(counts, "counts", None, "A")
    assert cuts.states == ("none", "low", "high", "over")
    assert (cuts.encode(counts) == 0).tolist() == (counts == 0).tolist()


def test_metrics_are_over_at_twice_what_controls_show():
    quiet = np.random.default_rng(0).uniform(10, 30, 1000)
    cuts = find_cuts(quiet, "metrics", None, "A")
    assert cuts.edges == pytest.approx((quiet.min() / 2, quiet.max() * 2))
    assert set(cuts.encode(quiet)) == {1}
    signed = find_cuts(quiet - 20, "metrics", None, "A")
    assert signed.edges == pytest.approx((-20, 20), abs=1.0)


@pytest.mark.parametrize("strategy", OWN)
@pytest.mark.parametrize("value", [0.0, 3.5])
def test_a_constant_column_has_states_for_what_differs(strategy, value):
    cuts = find_cuts(np.full(50, value), strategy, None, "A")
    below, same, above = cuts.encode(np.array([value / 3, value, value * 3 + 1]))
    assert below <= same < above
    assert cuts.states[above] == "over"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("values", [[1.0, 2.0], [1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0]])
def test_fewer_values_than_clusters_have_a_state_each(values):
    values = np.array(values)
    cuts = find_cuts(values, "kmeans", 5, "A")
    assert len(cuts.states) == len(np.unique(values)) == len(set(cuts.encode(values)))


@pytest.mark.parametrize("strategy", ["quantile", "uniform", "kmeans"])
def test_strategies_of_scikit_learn_cut_as_it_does(strategy):
    preprocessing = pytest.importorskip("sklearn.preprocessing")
    cuts = find_cuts(NORMAL, strategy, 4, "A")
    learner = preprocessing.KBinsDiscretizer(4, encode="ordinal", strategy=strategy, subsample=None)
    expected = learner.fit_transform(NORMAL[:, None])[:, 0]
    assert cuts.encode(NORMAL).tolist() == expected.tolist()
    assert cuts.states == ("very low", "low", "high", "very high")


def test_the_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.preprocessing", None)
    with pytest.raises(MissingExtraError, match=r"domix\[sklearn\]"):
        find_cuts(NORMAL, "kmeans", 3, "A")


def test_many_bins_are_numbered():
    states = find_cuts(NORMAL, "tails", 8, "A").states
    assert states == ("off", *(f"bin {i}" for i in range(1, 9)), "over")


def test_every_strategy_is_tested():
    assert set(STRATEGIES) == {*OWN, "quantile", "uniform", "kmeans"}
    assert Cuts("tails", (0.0,), ("low", "high")).encode(np.array([np.nan]))[0] == -1
