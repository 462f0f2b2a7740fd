"""Rows with missing values and extra columns: counts, labels and groups follow the rows kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import domix
from domix import do
from domix.errors import DataError, DomixWarning

NET = domix.Network(
    {"A": [], "B": ["A"]},
    {"A": ["low", "mid", "high"], "B": ["low", "high"]},
    {"A": [0.5, 0.25, 0.25], "B": [[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]]},
)
MIX = domix.Mixture(NET, {do(): 0.6, do(A="high", B="low"): 0.4})
ROWS = MIX.sample(900, rng=1, as_frame=True)
ABSENT = np.random.default_rng(2).random(900) < 0.1
FORM: Any = {"missing": "drop", "extra": "ignore", "missing_values": ["?"]}


def spoil(rows):
    """Rows without the ones that ABSENT names; all rows, with marks there and one more column."""
    gaps = pl.Series("B", np.where(ABSENT, "?", rows["B"].to_numpy()))
    return rows.filter(~pl.Series(ABSENT)), rows.with_columns(gaps, pl.lit(7).alias("cell"))


COMPLETE, SPOILED = spoil(ROWS)


def read(function, *args, **options):
    with pytest.warns(DomixWarning, match=r"dropped \d+ of 900 rows"):
        return function(*args, **options, **FORM)


def test_result_is_that_of_the_rows_kept():
    counts = np.random.default_rng(3).integers(1, 4, 900)
    labels = np.where(np.arange(900) % 9, None, [None] * 900)
    for row in np.flatnonzero((ROWS["A"] == "high") & (ROWS["B"] == "low"))[:40].tolist():
        labels[row] = "A=high,B=low"
    given: Any = {"counts": counts, "labels": labels}
    kept: Any = {name: values[~ABSENT] for name, values in given.items()}
    spoiled = read(domix.disentangle, NET, SPOILED, **given)
    assert spoiled.to_json() == domix.disentangle(NET, COMPLETE, **kept).to_json()


def test_groups_follow_the_rows_kept():
    groups = np.arange(900) % 2
    spoiled = read(domix.disentangle, NET, SPOILED, groups=groups)
    expected = domix.disentangle(NET, COMPLETE, groups=groups[~ABSENT])
    for group, result in expected.items():
        assert spoiled[group].to_json() == result.to_json()


def test_dropped_rows_need_no_group():
    groups = [None if gap else "one" for gap in ABSENT]
    assert list(read(domix.disentangle, NET, SPOILED, groups=groups)) == ["one"]
    groups[int(np.argmin(ABSENT))] = None
    with pytest.raises(DataError, match="has no group"):
        read(domix.disentangle, NET, SPOILED, groups=groups)


def test_group_without_any_row_left_is_named():
    groups = np.where(ABSENT, "gone", "here")
    with pytest.raises(DataError, match="groups: every row of 'gone' misses a value"):
        read(domix.disentangle, NET, SPOILED, groups=groups)


def test_observational_rows_are_read_alike():
    controls = NET.sample(900, rng=4, as_frame=True)
    complete, spoiled = spoil(controls)
    graph = {"A": [], "B": ["A"]}
    found = read(domix.disentangle, graph, SPOILED, observational=spoiled)
    assert found.to_json() == domix.disentangle(graph, COMPLETE, observational=complete).to_json()


def test_posterior_and_labels_have_an_entry_for_every_row():
    result = domix.disentangle(NET, COMPLETE)
    posterior = read(result.posterior, SPOILED)
    assert np.isnan(posterior[ABSENT]).all()
    assert (posterior[~ABSENT] == result.posterior(COMPLETE)).all()
    interventions, probabilities = result.assign(SPOILED, **FORM)
    assert set(interventions[ABSENT]) == {None}
    assert np.isnan(probabilities[ABSENT]).all()
    assert (interventions[~ABSENT] == result.assign(COMPLETE).interventions).all()


def test_labels_are_those_of_all_rows():
    result = domix.disentangle(NET, COMPLETE, include=["B=low"])
    row = int(np.flatnonzero(~ABSENT & (ROWS["B"] == "low").to_numpy())[-1])
    labels: list[str | None] = [None] * 900
    labels[row] = "B=low"
    interventions, probabilities = result.assign(SPOILED, labels, **FORM)
    assert (interventions[row], probabilities[row]) == (do(B="low"), 1.0)
    labels[row] = "A=mid"
    with pytest.raises(DataError, match=rf"row {row} \(counting from 0\)"):
        result.assign(SPOILED, labels, **FORM)


def test_impossible_rows_have_their_own_numbers():
    net = domix.Network({"A": []}, {"A": ["low", "high", "off"]}, {"A": [0.5, 0.5, 0.0]})
    rows = pl.DataFrame({"A": ["", "low", "high", "off"] + ["low", "high"] * 50})
    with pytest.warns(DomixWarning, match="dropped"):
        result = domix.disentangle(net, rows, missing="drop", never_intervened=["A"])
    assert result.unexplained == (3,)
    with (
        pytest.warns(DomixWarning, match="dropped"),
        pytest.warns(DomixWarning, match="the first is row 3"),
    ):
        result.posterior(rows, missing="drop")


@pytest.mark.parametrize("exact", [False, True])
def test_probabilities_of_dropped_rows_are_not_numbers(exact):
    net = NET.to_exact() if exact else NET
    mixture = domix.Mixture(net, {do(): 1})
    for values in (mixture.prob, mixture.log_prob, mixture.posterior):
        found = read(values, SPOILED)
        assert np.isnan(found[ABSENT].astype(float)).all()
        assert (found[~ABSENT] == values(COMPLETE)).all()


def test_goodness_of_fit_and_checks_read_rows_alike():
    result = domix.disentangle(NET, COMPLETE)
    counts = np.arange(900)
    fit = read(result.goodness_of_fit, SPOILED, counts)
    assert fit == result.goodness_of_fit(COMPLETE, counts[~ABSENT])
    complete, spoiled = spoil(NET.sample(900, rng=5, as_frame=True))
    check = read(domix.check_model, NET, spoiled, splits=0)
    assert check == domix.check_model(NET, complete, splits=0)
    learnt = read(domix.learn_graph, spoiled, NET.states)
    assert learnt == domix.learn_graph(complete, NET.states)


def test_masked_codes_are_missing():
    codes = NET.encode(ROWS)
    masked = np.ma.array(codes, mask=np.column_stack([np.zeros(900, bool), ABSENT]))
    with pytest.raises(DataError, match="missing values, by column: 'B'"):
        NET.encode(masked)
    with pytest.warns(DomixWarning, match="dropped"):
        assert (NET.encode(masked, missing="drop") == NET.encode(COMPLETE)).all()
    with pytest.warns(DomixWarning, match="dropped"):
        learnt = domix.Network.fit(NET.parents, masked, missing="drop")
    assert learnt.counts["A"].sum() == (~ABSENT).sum()


def test_rows_that_all_miss_a_value_are_refused():
    rows = pl.DataFrame({"A": [None, "low"], "B": ["low", None]})
    with (
        pytest.warns(DomixWarning, match="dropped 2 of 2"),
        pytest.raises(DataError, match="every row misses a value"),
    ):
        domix.disentangle(NET, rows, missing="drop")


def test_marks_in_doubt_name_an_argument_there_is():
    graph, controls = {"A": [], "B": ["A"]}, NET.sample(900, rng=4, as_frame=True)
    with pytest.raises(DataError, match=r'may stand for missing values.*missing_values=\["\?"\]'):
        domix.disentangle(graph, SPOILED, observational=controls, extra="ignore")
    with pytest.raises(DataError, match=r'may stand for missing values.*missing_values=\["\?"\]'):
        domix.check_model(graph, controls, SPOILED, extra="ignore")
    check = read(domix.check_model, graph, controls, SPOILED, splits=0)
    assert check.rows == len(COMPLETE)


def test_frames_of_labels_have_every_row():
    result = domix.disentangle(NET, COMPLETE)
    frame = result.assign(SPOILED, as_frame=True, **FORM)
    best = result.assign(COMPLETE, as_frame=True)
    assert frame.filter(~pl.Series(ABSENT)).equals(best)
    assert frame.filter(pl.Series(ABSENT)).null_count().row(0) == (int(ABSENT.sum()),) * 5
    counts = read(result.expected_counts, SPOILED)
    assert counts == pytest.approx(result.expected_counts(COMPLETE))


def test_labels_of_rows_with_gaps_make_them_certain():
    mask = [[True, False], [False, False], [False, True], [False, False]]
    codes = np.ma.array([[0, 0], [0, 0], [2, 0], [1, 1]], mask=mask)
    labels = ["A=high,B=low", None, None, None]
    result = domix.disentangle(NET, COMPLETE)
    posterior = result.posterior(codes, labels, missing="marginalize")
    known = [c.intervention for c in result.components].index(do(A="high", B="low"))
    assert posterior[0, known] == 1.0
    np.testing.assert_array_equal(posterior[1:], result.posterior(codes[1:], missing="marginalize"))
