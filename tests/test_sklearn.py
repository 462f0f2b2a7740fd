"""The estimator by scikit-learn's conventions."""

from __future__ import annotations

import importlib
import pickle
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

from domix import (
    DataError,
    Discretizer,
    DomixWarning,
    MissingExtraError,
    Mixture,
    Network,
    disentangle,
    do,
)
from domix.sklearn import Disentangler


@parametrize_with_checks([Disentangler()])
def test_scikit_learn_accepts_it(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def net():
    return Network(
        {"A": [], "B": ["A"]},
        {"A": ["low", "mid", "high"], "B": ["no", "yes"]},
        {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]},
    )


@pytest.fixture(scope="module")
def rows(net):
    return Mixture(net, {do(): 0.7, do(A="low", B="yes"): 0.3}).sample(1000, rng=0)


@pytest.mark.parametrize("kind", ["codes", "floats", "pandas", "polars"])
def test_it_answers_as_disentangle_does(net, rows, kind):
    made = {"codes": lambda: rows, "floats": lambda: rows.astype(float)}
    X = made.get(kind, lambda: net.decode(rows, kind))()
    estimator = Disentangler(net).fit(X)
    result = disentangle(net, rows)
    assert estimator.interventions_ == (do(), do(A="low", B="yes"))
    assert estimator.get_feature_names_out().tolist() == ["do()", "do(A=low, B=yes)"]
    assert np.array_equal(estimator.predict_proba(X), result.posterior(rows))
    labels = [estimator.interventions_[number] for number in estimator.predict(X)]
    assert labels == list(result.assign(rows).interventions)
    assert np.array_equal(estimator.score_samples(X), result.mixture.log_prob(rows))
    assert estimator.score(X) == pytest.approx(result.log_likelihood / len(rows))


def test_rows_that_nothing_can_produce(net):
    certain = Network(net.parents, net.states, {"A": [0.5, 0.5, 0], "B": net.cpt("B")})
    estimator = Disentangler(certain).fit(certain.sample(500, rng=1))
    assert estimator.predict([[2, 0], [0, 0]]).tolist() == [-1, 0]
    assert estimator.score([[2, 0], [0, 0]]) == -np.inf
    with pytest.warns(DomixWarning, match="impossible"):
        assert np.isnan(estimator.predict_proba([[2, 0]])).all()


def test_tables_are_learnt_from_control_rows(net, rows):
    controls = net.sample(2000, rng=2, as_frame=True)
    X = net.decode(rows)
    estimator = Disentangler(net.parents, observational=controls).fit(X)
    expected = disentangle(net.parents, X, observational=controls)
    assert estimator.interventions_ == expected.mixture.interventions
    assert estimator.interventions_[1] == do(A="low", B="yes")
    with pytest.raises(DataError, match="observational: control rows need the graph"):
        Disentangler(observational=controls).fit(X)


def test_options_reach_the_search(net, rows):
    estimator = Disentangler(net, options={"never_intervened": ["A"]}).fit(rows)
    assert not any("A" in t for t in estimator.interventions_)
    with pytest.raises(TypeError, match="unknown_option"):
        Disentangler(net, options={"unknown_option": 1}).fit(rows)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": ["a", "b"] * 500}, "options: 'groups' would give several results; fit one"),
        ({"alpha": 0.1}, "options: 'alpha' is not an option here; give it as alpha="),
        ({"rng": 1}, "options: 'rng' is not an option here; give it as random_state="),
    ],
)
def test_arguments_that_are_not_options_are_refused(net, rows, options, message):
    with pytest.raises(DataError, match=message):
        Disentangler(net, options=options).fit(rows)


def test_cross_validation_prefers_the_true_size(net, rows):
    bound = Mixture(net, {do(): 0.7, do(A="low", B="yes"): 0.3}).log_prob(rows).mean()
    for X in (rows, net.decode(rows, "pandas"), net.decode(rows, "polars")):
        scores = cross_val_score(Disentangler(net), X, cv=2)
        assert scores.mean() == pytest.approx(bound, abs=0.01)
    grid = {"alpha": [0.01, 0.05], "max_target_size": [0, 2]}
    search = GridSearchCV(Disentangler(net), grid, error_score="raise", cv=2).fit(rows)
    assert search.best_params_["max_target_size"] == 2
    assert search.best_estimator_.interventions_[1] == do(A="low", B="yes")


def test_steps_of_a_pipeline_can_make_the_states(net, rows):
    rng = np.random.default_rng(3)

    def measure(codes):
        return pd.DataFrame(codes + rng.uniform(0.0, 0.5, codes.shape), columns=["A", "B"])

    control = measure(net.sample(2000, rng=4))
    discretizer = Discretizer({"A": "uniform", "B": "uniform"}, bins=3).fit(control)
    step, measured = FunctionTransformer(discretizer.transform), measure(rows)
    fitted = Network.fit(net.parents, discretizer.transform(control))
    pipeline = make_pipeline(step, Disentangler(fitted)).fit(measured)
    expected = disentangle(fitted, discretizer.transform(measured))
    assert pipeline[-1].interventions_ == expected.mixture.interventions
    assert len(pipeline[-1].interventions_) > 1
    grid = {"disentangler__alpha": [0.05, 0.2]}
    assert GridSearchCV(pipeline, grid, error_score="raise", cv=2).fit(measured).best_score_ < 0
    states = [list(net.states[name]) for name in net.variables]
    encoder = OrdinalEncoder(categories=states)
    encoded = make_pipeline(encoder, Disentangler(net)).fit(net.decode(rows, "pandas"))
    assert encoded[-1].interventions_ == (do(), do(A="low", B="yes"))


def test_measurements_are_refused_with_their_place():
    X = np.array([[0.0, 1.0], [1.0, 0.25]])
    for call in (Disentangler().fit, Disentangler().fit([[0, 1], [1, 1]]).predict):
        with pytest.raises(DataError, match=r"X: row 1 .*, column 1: 0\.25 is not a whole number"):
            call(X)


def test_without_a_network_variables_are_independent():
    X = pl.DataFrame({"A": ["x", "y"] * 200, "B": ["x", "y"] * 200, "C": ["x"] * 200 + ["y"] * 200})
    estimator = Disentangler().fit(X)
    assert estimator.result_.network.parents == {"A": (), "B": (), "C": ()}
    assert len(estimator.interventions_) > 1
    assert not any("C" in t for t in estimator.interventions_)
    assert estimator.feature_names_in_.tolist() == ["A", "B", "C"]
    with pytest.raises(ValueError, match="feature names"):
        estimator.predict(X.rename({"A": "Z"}))


def test_it_can_be_copied_before_and_after_the_fit(net, rows):
    estimator = Disentangler(net, alpha=0.01, random_state=3)
    assert clone(estimator).get_params() == estimator.get_params()
    with pytest.raises(NotFittedError):
        estimator.get_feature_names_out()
    estimator.fit(rows)
    copied = pickle.loads(pickle.dumps(estimator))
    assert np.array_equal(copied.predict(rows), estimator.predict(rows))
    drawn = Disentangler(net, random_state=np.random.RandomState(4)).fit(rows)
    assert drawn.interventions_ == estimator.interventions_


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    monkeypatch.delitem(sys.modules, "domix.sklearn")
    with pytest.raises(MissingExtraError, match=r'pip install "domix\[sklearn\]"'):
        importlib.import_module("domix.sklearn")


def test_rows_with_missing_values_are_read_as_options_say(net, rows):
    absent = np.random.default_rng(5).random(rows.shape) < 0.05
    X = net.decode(rows, "pandas").mask(absent)
    summed = Disentangler(net, options={"missing": "marginalize"}).fit(X)
    result = disentangle(net, X, missing="marginalize")
    assert summed.result_.to_json() == result.to_json()
    np.testing.assert_array_equal(
        summed.predict_proba(X), result.posterior(X, missing="marginalize")
    )
    with pytest.warns(DomixWarning, match="dropped"):
        dropped = Disentangler(net, options={"missing": "drop"}).fit(X)
    with pytest.warns(DomixWarning, match="dropped"):
        score = dropped.score(X)
    kept = net.decode(rows[~absent.any(axis=1)], "pandas")
    assert score == pytest.approx(dropped.score(kept))
    np.testing.assert_array_equal(dropped.predict(X)[~absent.any(axis=1)], dropped.predict(kept))
    assert (dropped.predict(X)[absent.any(axis=1)] == -1).all()
