"""The default estimator: what a user relies on when rows go in."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest

from ablation import disentangle_with
from domix import (
    Component,
    DataError,
    Disentanglement,
    DomixWarning,
    Mixture,
    Network,
    disentangle,
    do,
    read_network,
)
from domix.options.search import EmLimits, SearchOptions
from strategies import planted


@pytest.fixture(scope="module")
def screen():
    """Six variables of three states, four targets, tables without zeros; seed 11."""
    return planted(6, [{}, {0: 1}, {2: 0, 3: 2}, {1: 2, 4: 1, 5: 0}], seed=11)


def found(result):
    return {c.intervention: c.weight for c in result.components}


def test_known_tables_recover_targets_and_weights(screen):
    result = disentangle(screen.network, screen.sample(20_000, rng=1))
    assert set(found(result)) == set(screen.interventions)
    for target, weight in zip(screen.interventions, screen.weights, strict=True):
        assert found(result)[target] == pytest.approx(weight, abs=0.015)
    assert result.network == screen.network
    assert all(c.p_value <= 0.05 for c in result.components)
    assert not result.best_move_significant


def test_learnt_tables_recover_targets_and_are_refitted(screen):
    net = screen.network
    control = net.sample(20_000, rng=2)
    rows = screen.sample(20_000, rng=3)
    result = disentangle(net, rows, observational=control)
    assert set(found(result)) == set(screen.interventions)
    learnt = Network.fit(net.parents, control, net.states)
    assert found(disentangle(learnt, rows)) == found(result)
    error = max(abs(result.network.cpt(v) - net.cpt(v)).max() for v in net.variables)
    assert 0 < error < 0.12


def test_observational_rows_add_to_counts_already_there(screen):
    net = screen.network
    control, rows = net.sample(8000, rng=2), screen.sample(8000, rng=3)
    half = Network.fit(net.parents, control[:4000], net.states)
    both = disentangle(half, rows, observational=control[4000:])
    at_once = disentangle(net, rows, observational=control, graph="given", contrast=False)
    # The check reads the rows of this call alone.
    assert (both.check.controls, at_once.check.controls) == (4000, 8000)
    assert replace(both, check=None).to_json() == replace(at_once, check=None).to_json()


def test_rows_frames_and_counts_say_the_same(screen):
    net = screen.network
    rows = screen.sample(5000, rng=4)
    expected = disentangle(net, rows).to_json()
    shuffled = rows[np.random.default_rng(0).permutation(len(rows))]
    assert disentangle(net, shuffled).components == disentangle(net, rows).components
    assert disentangle(net, net.decode(rows)).to_json() == expected
    unique, counts = np.unique(rows, axis=0, return_counts=True)
    weighted = disentangle(net, unique, counts=counts)
    assert weighted.components == disentangle(net, rows).components
    assert weighted.rows == 5000


def test_the_log_likelihood_is_that_of_the_mixture(screen):
    rows = screen.sample(3000, rng=5)
    result = disentangle(screen.network, rows)
    assert result.log_likelihood == pytest.approx(result.mixture.log_prob(rows).sum())
    assert result.log_likelihood >= screen.log_prob(rows).sum() - 30


def test_only_do_nothing_is_reported_where_nothing_was_done(screen):
    net = screen.network
    rows = net.sample(20_000, rng=6)
    result = disentangle(net, rows, observational=net.sample(20_000, rng=7))
    (only,) = result.components
    assert only.intervention == do()
    assert only.weight == 1.0
    assert only.std_error == 0.0


def test_assign_labels_rows_as_the_posterior_does(screen):
    rows, origin = screen.sample(4000, rng=8, return_components=True)
    result = disentangle(screen.network, rows)
    labels, probabilities = result.assign(rows)
    truth = np.array([screen.interventions[c] for c in origin], dtype=object)
    ideal = screen.posterior(rows).argmax(axis=1)
    agreement = np.mean([a == b for a, b in zip(labels, truth, strict=True)])
    assert agreement >= (ideal == origin).mean() - 0.02
    np.testing.assert_allclose(probabilities, result.posterior(rows).max(axis=1))


def test_of_equally_probable_targets_the_first_is_assigned():
    """Setting what is certain anyway changes nothing but the order of the same sums."""
    net = Network(
        {"A": [], "B": [], "C": ["A", "B"]},
        {"A": ["0", "1"], "B": ["0", "1"], "C": ["0", "1", "2"]},
        {"A": [1.0, 0.0], "B": [0.3, 0.7], "C": [[[0.1, 0.2, 0.7]] * 2] * 2},
    )
    alike = do(B="0"), do(A="0", B="0")
    rows = net.sample(50, do=alike[0], rng=1)
    for first, second in (alike, alike[::-1]):
        others = do(C="0"), do(C="1"), do(B="1", C="0")
        parts = [
            Component(first, 0.2),
            *(Component(t, 0.2) for t in others),
            Component(second, 0.2),
        ]
        labels, shares = Disentanglement(net, tuple(parts), "given", alpha=0.05).assign(rows)
        mine = np.array([label == first for label in labels])
        assert not any(label == second for label in labels)
        assert mine.any()
        assert (shares[mine] <= 0.5 + 1e-12).all()


@pytest.fixture(scope="module")
def deterministic():
    """B copies A, so some rows are impossible unless something was done."""
    return Network(
        {"A": [], "B": ["A"], "C": ["B"]},
        {"A": ["0", "1", "2"], "B": ["0", "1", "2"], "C": ["0", "1"]},
        {"A": [0.5, 0.25, 0.25], "B": np.eye(3), "C": [[0.9, 0.1], [0.5, 0.5], [0.2, 0.8]]},
    )


def test_impossible_rows_are_evidence_for_an_intervention(deterministic):
    mix = Mixture(deterministic, {do(): 0.9, do(B="2"): 0.1})
    result = disentangle(deterministic, mix.sample(3000, rng=1))
    assert set(found(result)) == {do(), do(B="2")}
    assert found(result)[do(B="2")] == pytest.approx(0.1, abs=0.03)
    assert result.unexplained == ()


def test_rows_that_no_target_explains_are_reported_by_number():
    # B has one state, so nothing can be done about a row that its table forbids.
    net = Network(
        {"A": [], "B": ["A"]},
        {"A": ["0", "1"], "B": ["0", "1"]},
        {"A": [1.0, 0.0], "B": [[1.0, 0.0], [0.5, 0.5]]},
    )
    rows = [[0, 0]] * 50 + [[1, 0], [0, 1]] + [[0, 0]] * 50
    result = disentangle(net, rows)
    labels, probabilities = result.assign(rows)
    for row in result.unexplained:
        assert row in (50, 51)
        assert labels[row] is None
        assert np.isnan(probabilities[row])
    explained = [i for i in range(len(rows)) if i not in result.unexplained]
    assert all(labels[i] is not None for i in explained)
    assert np.isfinite(result.log_likelihood)


def test_a_target_that_sets_every_variable_is_found(screen):
    full = dict.fromkeys(range(6), 1)
    mix = planted(6, [{}, full], seed=12)
    result = disentangle(mix.network, mix.sample(4000, rng=1))
    assert set(found(result)) == set(mix.interventions)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.5}, "alpha"),
        ({"counts": [1.0]}, "counts"),
        ({"counts": -np.ones(10)}, "counts"),
    ],
)
def test_bad_options_are_refused(screen, options, words):
    with pytest.raises(DataError, match=words):
        disentangle(screen.network, screen.sample(10, rng=0), **options)


def test_no_rows_are_refused(screen):
    with pytest.raises(DataError, match="no rows"):
        disentangle(screen.network, np.zeros((0, 6), dtype=np.uint8))


def test_results_read_well_and_survive_json(screen):
    result = disentangle(screen.network, screen.sample(3000, rng=9))
    again = Disentanglement.from_json(result.to_json())
    assert again.components == result.components
    assert again.network == result.network
    assert again.to_json() == result.to_json()
    text = result.summary()
    assert all(str(t) in text for t in found(result))
    assert "<table" in result._repr_html_()
    frame = result.to_frame()
    assert frame.columns[:2] == ["intervention", "weight"]
    assert len(frame) == len(result.components)


@pytest.mark.parametrize(("name", "controls"), [("insurance", 5000), ("hailfinder", 2000)])
def test_a_pseudocount_makes_no_interventions(data_dir, name, controls, is_full):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DomixWarning)
        net = read_network(data_dir / "networks" / f"{name}.bif")
    for seed in range(3 if is_full else 1):
        control, rows = net.sample(controls, rng=seed), net.sample(2 * controls, rng=50 + seed)
        with warnings.catch_warnings():
            # Edges that the rows show to be weak are deleted.
            warnings.simplefilter("ignore", DomixWarning)
            result = disentangle(net, rows, observational=control)
        assert [c.intervention for c in result.components] == [do()]


def test_no_observational_rows_are_refused(screen):
    with pytest.raises(DataError, match="observational: there are no rows"):
        disentangle(screen.network, screen.sample(10, rng=0), observational=np.zeros((0, 6), int))
    with pytest.raises(DataError, match="observational: row 0"):
        disentangle(screen.network, screen.sample(10, rng=0), observational=[[9] * 6])


def test_an_iteration_limit_is_reported_and_warned_of():
    mix = planted(6, [{}, {0: 1}, {2: 0, 3: 1}], seed=3)
    rows, control = mix.sample(2000, rng=1), mix.network.sample(300, rng=2)
    assert disentangle(mix.network, rows, control).converged is True
    limited = SearchOptions(elimination_end=EmLimits(tol=1e-9, steps=3))
    with pytest.warns(DomixWarning, match="an iteration limit ended the estimation"):
        result = disentangle_with(limited, mix.network, rows, control)
    assert result.converged is False
    assert "an iteration limit ended the estimation" in result.summary()
