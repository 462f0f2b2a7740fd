"""How a report is written: what is refused, what is replaced, and what stays."""

from __future__ import annotations

import importlib.util
import re
import warnings

import numpy as np
import pandas
import polars
import pytest

from domix import (
    Component,
    Disentanglement,
    DomixError,
    DomixWarning,
    MissingExtraError,
    Network,
    disentangle,
    do,
)
from domix.report import About
from domix.results.groups import GroupResults
from domix.results.showing.faces import call_face
from report.made import DATE, found


def test_a_usual_report_is_small(tmp_path, odd_run):
    result, options = odd_run
    result.report(tmp_path / "one.html", **options)
    assert (tmp_path / "one.html").stat().st_size < 1e6
    assert not re.search(
        r"(src|href)=\"http|@import|url\(http", (tmp_path / "one.html").read_text()
    )


def test_other_suffixes_are_refused(tmp_path):
    with pytest.raises(DomixError, match=r"report\.txt: .* \.html, \.htm, \.md"):
        found(Component(do(), 1.0)).report(tmp_path / "report.txt")


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_missing_packages_are_named(tmp_path, monkeypatch, package):
    find = importlib.util.find_spec
    for module in ("domix.report.html", "domix.util.figures"):
        monkeypatch.setattr(
            f"{module}.find_spec", lambda name: None if name == package else find(name)
        )
    result = found(Component(do(), 1.0))
    with pytest.raises(MissingExtraError, match=rf"{package}.*domix\[app\]"):
        result.report(tmp_path / "report.html")
    assert not list(tmp_path.iterdir())
    result.report(tmp_path / "report.md")


def test_a_failed_report_leaves_the_old_one(tmp_path):
    path = tmp_path / "report.md"
    path.write_text("old")
    with pytest.raises(DomixError, match="data"):
        found(Component(do(), 1.0)).report(path, data=np.full((2, 10), 99))
    assert path.read_text() == "old"


def test_groups_of_rows_must_be_named(group_run, tmp_path):
    result, options = group_run
    with pytest.raises(DomixError, match="groups"):
        result.report(tmp_path / "report.md", data=options["data"])


def test_reports_give_no_warnings(odd_run, group_run, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for result, options in (odd_run, group_run):
            result.report(tmp_path / "report.html", **options)


def test_a_figure_that_fails_is_replaced_by_words(tmp_path):
    result = found(Component(do(Tarn="low"), 1.0))
    rows = result.network.sample(5, do(Tarn="high"), rng=0, as_frame=True)
    with pytest.warns(DomixWarning):
        result.report(tmp_path / "report.html", data=rows)
    assert "cannot be drawn: no row has a posterior." in (tmp_path / "report.html").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"dta": [[0]]}, "dta"),
        *(({name: [1]}, name) for name in ("counts", "time", "labels", "groups")),
        ({"data": [[0] * 10], "groups": ["a"]}, "groups"),
    ],
)
def test_arguments_without_effect_are_refused(tmp_path, options, name):
    with pytest.raises(DomixError) as caught:
        found(Component(do(), 1.0)).report(tmp_path / "report.md", **options)
    assert caught.value.argument == name


@pytest.mark.parametrize("name", ["time", "labels", "counts", "groups"])
def test_entries_of_other_rows_are_refused(tmp_path, name):
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    rows = pandas.DataFrame({"A": ["low", "high", "low"]})
    entries = pandas.Series([1, 2, 3] if name != "labels" else [None] * 3)
    result = Disentanglement(net, (Component(do(), 1.0),), "likelihood", rows=3.0, alpha=0.05)
    results = GroupResults({1: result, 2: result, 3: result}) if name == "groups" else result
    for data in (rows[::-1], rows):
        if data is rows:
            results.report(tmp_path / "report.md", data=data, **{name: entries})
        else:
            with pytest.raises(DomixError, match="the index is not that of the rows") as caught:
                results.report(tmp_path / "report.md", data=data, **{name: entries})
            assert caught.value.argument == name


@pytest.mark.parametrize("name", ["time", "labels"])
def test_reports_of_groups_refuse_what_they_do_not_show(tmp_path, group_run, name):
    results, options = group_run
    with pytest.raises(DomixError, match=f"{name}: has no place in the report of several groups"):
        results.report(tmp_path / "report.md", **options, **{name: options["groups"]})


def test_groups_read_from_a_file_find_their_rows(read, group_run):
    _, options = group_run
    numbers = [int(group[-1]) for group in options["groups"]]
    results = GroupResults({str(n): r for n, r in enumerate(group_run[0].values())})
    options = {"data": options["data"], "about": About(date=DATE)}
    text = read(results, groups=numbers, **options)
    assert text == read(results, groups=list(map(str, numbers)), **options)
    with pytest.raises(DomixError, match="no row of data has the group '0'"):
        read(results, groups=[n + 1 for n in numbers], **options)


def test_what_has_no_report_is_refused(tmp_path, group_run):
    with pytest.raises(DomixError, match="there are no groups"):
        GroupResults().report(tmp_path / "report.md")
    with pytest.raises(DomixError, match=r"not dict; .*GroupResults"):
        call_face("report", "write_report", dict(group_run[0]), tmp_path / "report.md")


@pytest.mark.parametrize("missing", ["drop", "marginalize"])
def test_control_rows_may_miss_values_as_rows_may(read, missing):
    net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.5, 0.5]})
    rows = polars.DataFrame({"A": ["low", "high"] * 50})
    controls = polars.DataFrame({"A": [None, "low", "high", "high"] * 50})
    result = disentangle(net, rows)
    assert "Rows and fitted mixture" in read(
        result, data=rows, observational=controls, missing=missing
    )
