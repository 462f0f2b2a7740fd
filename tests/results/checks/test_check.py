"""The check of a model as a value: its verdict, its text, its frame and its JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from domix import Component, Disentanglement, FormatError, ModelCheck, Network, do
from domix.results.checks.independences import IndependenceTest
from domix.results.checks.negative_control import FalseTarget, NegativeControl
from domix.results.graph import GraphReport

RIGHT = IndependenceTest("D", "A", ("B", "C"), 3.5, 4, 0.48, 0.9, False)
UNTESTED = IndependenceTest("D", "E", (), 0.0, 0, None, None, False)
WRONG = IndependenceTest("C", "A", ("B",), 90.5, 4, 1e-18, 2e-18, True)
FALSE = FalseTarget(do(A="low", B=1), 0.03, 1e-5)


def runs(failed, number=8):
    return tuple(
        NegativeControl(i // 2, 500, 501, (FALSE, FALSE) if i < failed else ())
        for i in range(number)
    )


def check(*tests, **fields):
    return ModelCheck(0.05, 1001, fields.pop("rows", None), "given", tests, **fields)


def test_check_without_any_test_says_so():
    assert check(UNTESTED).verdict.startswith("Nothing could be tested")


@pytest.mark.parametrize(
    ("tests", "words"),
    [
        ([UNTESTED] * 3, ["the control rows test none of its 3 independences"]),
        ([RIGHT, UNTESTED, UNTESTED], ["the control rows test only 1 of its 3 independences"]),
        ([RIGHT, UNTESTED], []),
        ([], []),
    ],
)
@pytest.mark.parametrize(
    ("graph", "changes"), [(None, []), (GraphReport("repair", ()), ["as given"])]
)
def test_a_summary_says_if_the_graph_is_hardly_tested(tests, words, graph, changes):
    net = Network({"A": []}, {"A": [0, 1]}, {"A": [0.5, 0.5]})
    components = (Component(do(), 1.0),)
    found = Disentanglement(net, components, "likelihood", check=check(*tests), graph=graph)
    assert found.check.tested == tests.count(RIGHT)
    expected = [f"graph: {'; '.join(changes + words)}"] if changes + words else []
    assert [line for line in found.summary().splitlines() if line.startswith("graph")] == expected


def test_model_that_fits():
    found = check(RIGHT, UNTESTED, negative_controls=runs(1), drift=math.inf)
    assert found.fits
    assert found.rejected == ()
    assert found.expected_false_targets == 0.25
    assert found.verdict == (
        "The control rows fit the model: none of 1 independences is rejected, and 1 of 8 negative "
        "controls of 500 rows have a false target."
    )


def test_missing_edge_is_named_with_what_to_do():
    found = check(RIGHT, WRONG)
    assert not found.fits
    assert found.rejected == (WRONG,)
    assert found.verdict == (
        "The control rows contradict the graph: C depends on A given its parent B (p = 2e-18); "
        'repair the graph with graph="repair" (of a network without counts), or add an edge '
        "between the two. Targets found under this graph may be false."
    )


@pytest.mark.parametrize(
    ("graph", "begin"),
    [("repair", ", and repair does not help: "), ("learn", " that was learnt: ")],
)
def test_misfit_after_a_change_is_no_missing_edge(graph, begin):
    verdict = replace(check(WRONG, replace(WRONG, other="E", given=())), graph=graph).verdict
    assert verdict.startswith(f"The control rows contradict the graph{begin}")
    assert "and 1 more" in verdict
    assert "no further edge explains it" in verdict


def test_finite_drift_does_not_fit():
    found = check(RIGHT, drift=120.0)
    assert not found.fits
    assert "predicts as well as 120 rows" in found.verdict


@pytest.mark.parametrize(("failed", "fits"), [(0, True), (2, True), (3, False), (8, False)])
def test_more_false_targets_than_chance_do_not_fit(failed, fits):
    found = check(RIGHT, negative_controls=runs(failed))
    assert found.fits == fits
    assert found.expected_false_targets == failed / 4


def test_no_negative_control_expects_nothing():
    assert check(RIGHT).expected_false_targets is None


def test_tests_of_a_variable_are_combined():
    weak = [replace(RIGHT, other=f"V{i}", p_value=0.02) for i in range(20)]
    combined = check(*weak, WRONG, UNTESTED).by_variable()
    assert combined["D"] == pytest.approx(0.02)
    assert combined["C"] == pytest.approx(1e-18)
    assert check(UNTESTED).by_variable() == {"D": None}
    assert check(replace(RIGHT, p_value=1.0)).by_variable()["D"] >= 0.5


def test_text_shows_the_worst_first_and_ends_with_the_verdict():
    found = check(RIGHT, UNTESTED, WRONG, rows=9000, negative_controls=runs(1))
    lines = str(found).splitlines()
    assert lines[2].split() == ["C", "A", "B", "90.5", "4", "1e-18", "2e-18*"]
    assert lines[3].startswith("D")
    assert lines[-1] == found.verdict
    assert "the mixture has 9,000 rows" in str(found)
    assert "split 0: do(A=low, B=1), weight 0.0300, p 1e-05" in str(found)
    assert "2e-18*" in found._repr_html_()
    assert repr(found) == "<ModelCheck: does not fit, 1 independences rejected>"


def test_frame_has_a_row_per_independence():
    frame = check(RIGHT, UNTESTED, WRONG).to_frame("polars")
    assert frame["given"].to_list() == ["B, C", "", "B"]
    assert frame["adjusted"].to_list() == [0.9, None, 2e-18]
    assert frame["rejected"].to_list() == [False, False, True]


@pytest.mark.parametrize("drift", [None, math.inf, 33.5])
def test_json_round_trips(drift):
    found = check(RIGHT, WRONG, rows=9, negative_controls=runs(2), drift=drift)
    assert ModelCheck.from_json(found.to_json()) == found


def test_error_of_json_names_the_place():
    document = json.loads(check(RIGHT).to_json())
    document["independences"][0][0] = "X"
    with pytest.raises(FormatError, match=r"check: independences\[0\]\[0\]: expected a variable"):
        ModelCheck.from_json(json.dumps(document))
