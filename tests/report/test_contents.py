"""What a report says, in both forms."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars
import pytest

from domix import (
    Alternative,
    Component,
    Discretizer,
    Disentanglement,
    DomixWarning,
    Mixture,
    Network,
    disentangle,
    disentangle_plugin,
    disentangle_population,
    do,
    example,
)
from domix.report import About
from domix.results.contrast import ContrastReport, WeightedTarget
from domix.results.graph import EdgeChange, EdgeDirection, GraphEdge, GraphReport
from domix.results.groups import GroupResults
from report.made import DATE, found, section


def test_findings_are_sentences_first(read):
    text = read(
        found(
            Component(do(Tarn="low"), 0.337, 0.01, (0.31, 0.36), 1e-9, exact=True),
            Component(do(), 0.333, 0.01, (0.31, 0.36), 1e-9, exact=True),
            Component(do(Quen="low", Sivo="high"), 0.33, 0.01, (0.31, 0.35), 1e-9, exact=True),
        )
    )
    short = section(text, "In short")
    assert "In about 34 % of the rows (31.0 to 36.0 %) Tarn was set to low." in short
    assert "nothing was set: these look untouched." in short
    assert "Quen was set to low and Sivo to high." in short
    assert "where none is needed, the chance of reporting any is 5 % at most" in short
    assert "Each target is exact" in short
    assert text.index("## In short") < text.index("## What was asked")


def test_look_alikes_are_named_with_their_probability(read):
    target, other = do(Tarn="low"), do(Tarn="low", Ungo="low")
    doubtful = Component(
        target,
        0.4,
        p_value=0.001,
        exact=False,
        alternatives=(Alternative(target, 0.7), Alternative(other, 0.27)),
    )
    text = read(found(doubtful, Component(do(), 0.6, p_value=1e-9, exact=True)))
    assert f"or a look-alike stands in its place: {other}" in section(text, "In short")
    assert f"|  | {other} | .27 |" in text
    assert "this or a look-alike" in text


def test_nothing_found_is_not_nothing_done(read):
    only = Component(do(), 1.0, p_value=1e-9, exact=True)
    text = read(found(only, facts={"unseen": "up to 0.08 of the rows might come from do(A=1)"}))
    assert "Nothing was found" in text
    assert "That does not show that nothing was done: up to 0.08 of the rows" in text


def test_every_problem_is_in_the_summary(read):
    text = read(
        found(
            Component(do(), 1.0, p_value=1e-9),
            converged=False,
            best_move_significant=True,
            unexplained=(3, 8),
            facts={"alpha": "not measured for 100 rows (at least 256)"},
        )
    )
    short = section(text, "In short")
    for words in ("converged", "ended too early", "2 rows are impossible", "100 rows"):
        assert words in short
    assert "outside of where alpha was measured" in text
    assert "by number from 0: 3, 8" in text
    assert "No test of this run speaks against" not in text


def test_misfit_is_named_where_rows_are_given(read):
    net = example.network()
    parents = {**net.parents, "Rhun": ()}
    controls = net.sample(1500, rng=0, as_frame=True)
    rows = Mixture(net, {do(): 0.7, do(Tarn="low"): 0.3}).sample(1500, rng=1, as_frame=True)
    with pytest.warns(DomixWarning, match="control rows contradict"):
        result = disentangle(parents, rows, observational=controls, graph="given", contrast=False)
    text = read(result, data=rows, observational=controls)
    assert "control rows contradict the graph" in section(text, "In short").lower()
    assumptions = section(text, "What the answer takes for granted")
    assert re.search(r"The graph is right.*✗ against.*Control rows reject", assumptions)
    assert re.search(r"Rows are independent.*not tested", assumptions)
    assert "of 5" in section(text, "Do the model and the rows fit?")
    assert "observational=...) adds them" not in text
    assert "observational=...) adds them" in read(result, data=rows)


@pytest.mark.parametrize("target", [do(Tarn="low"), do(Tarn={"low": 0.8, "high": 0.2})])
@pytest.mark.parametrize(
    ("side", "reason"),
    [
        ("background", "control rows contradict the model"),
        ("explained", "control rows leave targets in doubt"),
    ],
)
def test_no_target_is_judged_within_a_doubtful_model(read, target, side, reason):
    rivals = (Alternative(target, 0.55), Alternative(do(Quen="low"), 0.42))
    contrast = ContrastReport(float("inf"), **{side: (WeightedTarget(do(Tarn="low"), 0.1),)})
    certain = (Alternative(do(), 1.0),)
    result = found(
        Component(target, 0.4, p_value=0.001, alternatives=rivals),
        Component(do(), 0.6, p_value=1e-9, alternatives=certain),
        contrast=contrast,
    )
    assert result.contradicted
    text = read(result)
    assert f"None is called exact, as {reason}." in text
    assert f"not judged, as {reason}" in text
    assert "no look-alike comes near" not in text
    assert "targets are soft" not in text


@pytest.mark.parametrize(
    "early",
    [
        {"converged": False},
        {"best_move_significant": True},
        {"facts": {"interrupted": "while targets were added"}},
    ],
)
def test_nothing_found_too_early_is_no_answer(read, early):
    result = found(Component(do(), 1.0, p_value=1e-9), **early)
    alone = section(read(result), "In short")
    groups = section(read(GroupResults({"a": result, "b": result})), "In short")
    for text in (alone, groups):
        assert "Nothing was found before the search ended" in text
        assert "needed to explain" not in text


def test_what_the_caller_knows_is_in_the_report(read):
    about = About(
        call="domix disentangle a.json b.csv",
        options={"--soft": "no"},
        seed=7,
        rows_read=1010,
        warnings=("a note of the run",),
        limits=("what is left out",),
        date=DATE,
    )
    text = read(found(Component(do(), 1.0, p_value=0.1)), about=about)
    for words in (about.call, "| --soft | no |", "**seed**: 7", "a note of the run"):
        assert words in text
    assert "10 of 1,010 rows miss a value, and were left out" in text
    assert "2026-01-02 03:04 UTC" in text
    assert "what is left out" in text


def test_what_was_not_recorded_is_not_denied(read):
    text = read(found(Component(do(), 1.0, p_value=0.1)))
    preparation = section(text, "Preparation of the data")
    assert "no measurement was cut" not in text
    assert "was not recorded; report(..., discretizer=...) records it" in preparation
    notes = section(text, "Notes and warnings")
    for words in ("data=...", "discretizer=...", "About(call=..., files=..., seed=..., warnings="):
        assert words in notes
    text = read(found(Component(do(), 1.0, p_value=0.1)), about=About(is_complete=True))
    assert "no measurement was cut" in text
    assert "The run gave no warnings." in text


def test_rows_and_columns_without_effect_are_named(read):
    net = example.network()
    rows = net.sample(300, rng=0, as_frame=True).with_columns(
        Tarn=polars.when(polars.int_range(polars.len()) >= 9).then(polars.col("Tarn")),
        Tarm=polars.lit("low"),
    )
    with pytest.warns(DomixWarning, match="dropped 9"):
        result = disentangle(net, rows, missing="drop", extra="ignore")
    with pytest.warns(DomixWarning, match="dropped 9"):
        text = read(result, data=rows, missing="drop", extra="ignore")
    preparation = section(text, "Preparation of the data")
    assert "9 of 300 rows miss a value, and were left out" in preparation
    assert "1 column of the rows is not among the variables, and had no effect: Tarm" in preparation


def test_few_control_rows_limit_what_is_exact(read):
    exact = Component(do(Tarn="low"), 0.5, p_value=1e-9, exact=True)
    facts = {"few control rows": "show the tables of Quen under do(Tarn=low) (3 of them)"}
    short = section(read(found(exact, facts=facts)), "In short")
    assert "exact: hardly any other one can stand in its place. But this holds only if" in short
    assert "But this holds" not in section(read(found(exact)), "In short")


def test_support_of_edges_is_explained(read):
    edges = (
        GraphEdge("Tarn", "Quen", EdgeChange.GIVEN, EdgeDirection.OPEN, -247.9),
        GraphEdge("Tarn", "Sivo", EdgeChange.GIVEN, EdgeDirection.INTERVENTIONS, 12.5, 8.25),
    )
    text = read(found(Component(do(), 1.0), graph=GraphReport("repair", edges)))
    checks = section(text, "Do the model and the rows fit?")
    assert "| Tarn → Quen | given | not determined |  | -247.9 |" in checks
    assert "| interventions | 8.2 | 12.5 |" in checks
    assert "A negative support does not say that an edge is wrong." in checks


def test_cut_points_are_listed(read):
    values = np.random.default_rng(0).normal(5, 1, 500)
    discretizer = Discretizer(bins=2).fit(polars.DataFrame({"Tarn": values}))
    text = read(found(Component(do(), 1.0)), discretizer=discretizer)
    cuts = section(text, "Preparation of the data")
    assert all(f"{edge:.4g}" in cuts for edge in discretizer.edges["Tarn"])
    assert " | ".join(discretizer.states["Tarn"]) in cuts
    assert "were cut into states" in cuts


def test_cut_points_differ_and_say_what_was_scaled(read):
    rng = np.random.default_rng(0)
    frame = polars.DataFrame(
        {
            "Tarn": rng.normal(1e6, 40, 600),
            "Quen": rng.poisson(30, 600),
            "plate": ["a", "b"] * 300,
            "reads": rng.poisson(900, 600),
        }
    )
    discretizer = Discretizer(depth="reads").fit(frame, by="plate")
    text = read(found(Component(do(), 1.0)), discretizer=discretizer)
    cuts = section(text, "Preparation of the data")
    listed = re.search(r"^\| Tarn \| ([^|]*) \|", cuts, re.M)[1].split(", ")
    assert len(set(listed)) == len(listed) == len(discretizer.edges["Tarn"])
    assert f"Tarn: off | {listed[0]} | " in repr(discretizer)
    scaled = "were scaled (those of each 'plate' to a typical one, counts to a typical 'reads')"
    assert f"{scaled} and then cut into states" in cuts


def test_rows_that_miss_values_have_no_fit(read):
    net = example.network()
    rows = net.sample(500, rng=0, as_frame=True)
    rows = rows.with_columns(
        Tarn=polars.when(polars.int_range(polars.len()) >= 9).then(polars.col("Tarn"))
    )
    result = disentangle(net, rows, missing="marginalize")
    text = read(result, data=rows, missing="marginalize")
    assert "summed out as missing at random" in section(text, "Preparation of the data")
    assert "is not in this report" in section(text, "Do the model and the rows fit?")
    assert "Values are missing at random" in text


@pytest.mark.parametrize("method", [disentangle_population, disentangle_plugin])
def test_answers_without_tests_have_reports(read, method):
    net = Network({"A": []}, {"A": ["low", "mid", "high"]}, {"A": [0.25, 0.5, 0.25]})
    mix = Mixture(net, {do(): 0.75, do(A="low"): 0.25})
    population = method is disentangle_population
    text = read(method(net, mix if population else mix.sample(4000, rng=0)))
    assert "they have no p-values" in text
    assert "promises" not in text
    assert ("Preparation of the data" in text) is not population
    unique = "No other mixture that leaves a state of each variable unused" in text
    assert unique is population
    assert ("was not tested" in section(text, "In short")) is not population


def test_soft_targets_are_said_in_words(read):
    soft = do(Tarn={"low": 0.75, "high": 0.25})
    text = read(found(Component(soft, 0.5, p_value=0.01), Component(do(), 0.5, p_value=0.01)))
    assert "Tarn was drawn, whatever its causes: low in 75 % and high in 25 %" in text
    assert "| do(Tarn~{low: .75, high: .25}) |" in text


def evidence(text, assumption):
    """The row of an assumption: its evidence, and what the run says."""
    return re.search(rf"^\| {assumption}[^|]*\| ([^|]*) \| ([^|]*) \|$", text, re.M).groups()


@pytest.mark.parametrize(
    ("contrast", "verdict"),
    [
        (ContrastReport(float("inf")), "✓ for"),
        (ContrastReport(9.0), "✗ against"),
        (ContrastReport(float("inf"), (WeightedTarget(do(Tarn="low"), 0.1),)), "✗ against"),
        (ContrastReport(float("inf"), (), (WeightedTarget(do(Tarn="low"), 0.1),)), "✗ against"),
    ],
)
def test_control_rows_that_contradict_are_no_support(read, contrast, verdict):
    text = read(found(Component(do(), 1.0), contrast=contrast))
    assert evidence(text, "Control rows and mixture")[0] == verdict


def test_a_graph_without_independences_is_not_tested(read):
    states = dict.fromkeys("AB", ("low", "high"))
    tables: dict[str, list] = {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.2, 0.8]]}
    net = Network({"A": [], "B": ["A"]}, states, tables)
    rows, controls = (net.sample(500, rng=seed, as_frame=True) for seed in (0, 1))
    result = disentangle(net.parents, rows, observational=controls, graph="given")
    text = read(result, data=rows, observational=controls)
    for assumption in ("The graph is right", "No two variables have"):
        assert evidence(text, assumption)[0] == "– not tested"


@pytest.mark.parametrize(
    ("facts", "verdicts"),
    [
        (("everywhere", "global", "everywhere"), "✓✓✓"),
        (("on the cells read", "per prefix", "weak"), "–✓–"),
        (("on the cells read and at 9 configurations drawn", "global", "where needed"), "–✓✓"),
    ],
)
def test_guarantees_of_a_distribution_are_explained(read, facts, verdicts):
    names = ("equality", "exclusion", "positivity")
    net = example.network()
    result = Disentanglement(
        net, (Component(do(), 1.0),), "population", facts=dict(zip(names, facts, strict=True))
    )
    text = section(read(result), "What the answer takes for granted")
    rows = [evidence(text, start) for start in ("The distribution", "Exclusion", "Positivity")]
    assert "".join(verdict[0] for verdict, _ in rows) == verdicts
    found_one = replace(result, components=(Component(do(Tarn="low"), 1.0),))
    short = section(read(found_one), "In short")
    assert ("No other mixture" in short) is (verdicts == "✓✓✓")
    assert ("Other mixtures may have this distribution" in short) is (verdicts != "✓✓✓")
    assert all(len(said.split()) > 4 for _, said in rows)


def test_nothing_found_says_nothing_of_what_was_not_seen(read):
    exact = Disentanglement(example.network(), (Component(do(), 1.0),), "population")
    short = section(read(exact), "In short")
    assert "Nothing was found" in short
    assert "row" not in short
    impossible = found(Component(do(), 1.0), unexplained=tuple(range(50)))
    short = section(read(impossible), "In short")
    assert "50 rows are impossible" in short
    assert "look like rows in which nothing was set" not in short


def test_interrupted_runs_promise_no_same_answer(read):
    target = Component(do(Tarn="low"), 1.0, p_value=1e-9)
    where = "during 'search, round 1'; left out: undetected targets"
    stopped, whole = read(found(target, facts={"interrupted": where})), read(found(target))
    assert "give the same result" in whole
    assert "Some rows can come from an undetected neighbour" in whole
    assert "give the same result" not in stopped
    assert "its answer depends on the moment" in stopped
    assert "Some rows can come from an undetected neighbour" not in stopped
    assert "Undetected neighbours were not looked for" in stopped


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"tables": "known"}, "no control rows"),
        ({"tables": "learnt from 9 control rows and these"}, "too many variables"),
        (
            {
                "tables": "learnt from 9 control rows and these",
                "model": "not checked, as the control rows themselves are missing",
            },
            "not checked, as the control rows themselves are missing",
        ),
    ],
)
def test_why_the_graph_was_not_checked_is_said(read, facts, words):
    text = section(read(found(Component(do(), 1.0), facts=facts)), "Do the model and the rows fit?")
    assert words in text
    assert ("no control rows" in text) == (facts["tables"] == "known")


def test_times_say_from_when_until_when(read):
    net = Network({"A": []}, {"A": ["usual", "over"]}, {"A": [1.0, 0.0]})
    result = Disentanglement(
        net, (Component(do(), 0.6), Component(do(A="over"), 0.4)), "likelihood"
    )
    faults = [0, 0, 1, 1, 1, 0, 0, 1, 0, 0]
    start = datetime(2026, 3, 10, tzinfo=UTC)
    rows = polars.DataFrame(
        {
            "A": ["over" if fault else "usual" for fault in faults],
            "time": [start + timedelta(minutes=10 * i) for i in range(10)],
        }
    )[::-1]
    text = read(result, data=rows, time="time", extra="ignore")
    assert "| A | over | 2026-03-10 00:20:00+00:00 | 2026-03-10 00:40:00+00:00 | 3 |" in text
    assert "| A | over | 2026-03-10 01:10:00+00:00 | 2026-03-10 01:10:00+00:00 | 1 |" in text
    assert "When it was set" not in read(result, data=rows, extra="ignore")


def test_names_of_times_are_kept_and_rows_weighted(read):
    net = Network({"A": []}, {"A": ["usual", "over"]}, {"A": [1.0, 0.0]})
    components = Component(do(), 0.6), Component(do(A="over"), 0.4)
    result = Disentanglement(net, components, "likelihood")
    text = read(result, data=[[0], [1], [0]], time=["v1.0", "T-shirt v2.0", "w"], counts=[1, 7, 1])
    assert "| A | over | T-shirt v2.0 | T-shirt v2.0 | 7 |" in text


def test_a_declared_order_of_times_is_kept(read):
    phases = ["start", "late", "end"]
    rows = polars.DataFrame(
        {
            "A": ["over", "over", "usual"],
            "phase": polars.Series(["late", "start", "end"], dtype=polars.Enum(phases)),
        }
    )
    net = Network({"A": []}, {"A": ["usual", "over"]}, {"A": [1.0, 0.0]})
    components = Component(do(), 0.6), Component(do(A="over"), 0.4)
    result = Disentanglement(net, components, "likelihood")
    text = read(result, data=rows, time="phase", extra="ignore")
    assert "| A | over | start | late | 2 |" in text


def test_the_figure_of_rows_counts_them_as_often_as_given(tmp_path):
    result = found(Component(do(Tarn="low"), 0.5), Component(do(), 0.5))
    rows = result.network.sample(4, rng=0)
    result.report(tmp_path / "report.html", data=rows, counts=[100, 200, 5000, 4700])
    page = (tmp_path / "report.html").read_text("utf-8")
    posterior = result.posterior(rows)
    expected = (np.array([100, 200, 5000, 4700]) @ posterior)[0]
    assert f"{expected:,.0f} ({expected / 10_000:.1%})" in page


def test_small_shares_are_not_nothing(read):
    text = read(found(Component(do(Tarn="low"), 1e-7, 1e-8, (1e-8, 0.02), 1e-9)))
    assert "about <0.001" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert "e-0" not in section(text, "In short")
    assert "<0.001 to 2.0 %" in text.replace("\N{NO-BREAK SPACE}", " ")
    assert " 0.000" not in text
