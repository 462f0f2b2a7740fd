"""What a report of groups says, and how they share alpha."""

from __future__ import annotations

from dataclasses import replace

import polars
import pytest

from domix import (
    Component,
    Disentanglement,
    Network,
    disentangle,
    do,
    example,
)
from domix.report import About
from domix.report.material import Material, Rows
from domix.results.claims import TargetTest
from domix.results.groups import GroupResults
from report.made import found, section


def test_groups_share_what_is_the_same(read, group_run):
    result, options = group_run
    text = read(result, **options)
    overview = section(text, "Overview of the groups")
    assert all(f"| {group} | 300 |" in overview for group in result)
    assert "In 6 groups of 8 some variable was set." in text
    assert "any of the 8 groups is 5 % at most" in text
    assert text.count("## What the answer takes for granted") == 1
    each = section(text, "Each group")
    assert each.count("### guide ") == 8
    assert "### guide 0: nothing found" in each


def test_groups_name_what_speaks_against_them(read):
    fine = found(Component(do(), 0.7, p_value=1e-9), Component(do(Tarn="low"), 0.3, p_value=0.01))
    limited = replace(fine, facts={"few control rows": "show the tables of Quen"}, unexplained=(4,))
    text = read(GroupResults({"one": fine, "two": limited, "three": limited}))
    short = section(text, "In short")
    assert "Few control rows, in 2 groups: two and three; see there." in short
    assert "Impossible rows, in 2 groups: two and three; see there." in short
    assert "(note: impossible rows, few control rows)" in section(text, "Each group")
    assert "2 rows cannot come from any target" in section(text, "Preparation of the data")


def test_missing_values_of_groups_are_summed(read):
    net = example.network()
    rows = net.sample(600, rng=0, as_frame=True).with_columns(
        Tarn=polars.when(polars.int_range(polars.len()) % 100 > 0).then(polars.col("Tarn"))
    )
    groups = ["one"] * 350 + ["two"] * 250
    result = disentangle(net, rows, groups=groups, missing="marginalize")
    text = read(result, data=rows, groups=groups, missing="marginalize")
    assert "6 entries of 6 rows in all groups together" in section(text, "Preparation of the data")
    each = section(text, "Each group")
    assert all(f"{n} entries of {n} of these rows" in each for n in (4, 2))


def test_groups_share_the_alpha_of_their_fit(group_run, read):
    result, options = group_run
    rows = options["data"]
    own = Material(
        next(iter(result.values())), About(), Rows(example.network().encode(rows)), groups=8
    )
    assert own.fit.alpha == pytest.approx(0.05 / 8)
    assert "Its tests of the fit have an equal part of alpha" in read(result, **options)


def test_many_groups_stay_usable(tmp_path):
    one = found(
        Component(do(), 0.7, 0.01, (0.6, 0.8), 1e-9), Component(do(Tarn="low"), 0.3, p_value=0.01)
    )
    GroupResults({f"group {g}": one for g in range(150)}).report(tmp_path / "many.html")
    page = (tmp_path / "many.html").read_text("utf-8")
    assert len(page) < 2e6
    assert page.count("<details") > 150
    assert page.count("<svg") < 20
    assert "12 of 150 groups have a figure" in page
    assert "the 25 of 150 groups with most rows under a target" in page


def alpha_text(read, factor, groups=1, **facts):
    """What a report says of alpha, of groups that have one target with such a test."""
    test = TargetTest(20.0, 3.0, factor, 5.0)
    one = found(Component(do(Tarn="low"), 1.0, p_value=1e-9, test=test), facts=facts)
    results = one if groups == 1 else GroupResults(dict.fromkeys(map(str, range(groups)), one))
    return section(read(results), "How sure it is" if groups > 1 else TITLE_FOUND)


TITLE_FOUND = "What was found, and how sure it is"


def test_suspects_are_known_from_facts(read):
    suspected = {"background knowledge": "suspected: do(Tarn=low)"}
    assert "named in advance" in alpha_text(read, 3, groups=3, **suspected)
    assert "named in advance" in alpha_text(read, 1, **suspected)
    assert "named in advance" not in alpha_text(read, 3, groups=3)


def test_results_that_did_not_share_alpha_do_not_say_so(read):
    assert "any of the 3 groups" in alpha_text(read, 9, groups=3)
    assert "equal part of alpha" not in alpha_text(read, 3, groups=3)
    assert "any of the 5 groups" in alpha_text(read, 15, groups=2)


def test_fits_of_all_groups_are_tested_alike(read):
    net = example.network()
    controls, rows = net.sample(40, rng=0), net.sample(1200, rng=1)
    learnt = Network.fit(net.parents, controls, net.states)
    one = Disentanglement(learnt, (Component(do(), 1.0),), "likelihood", rows=400.0, alpha=0.05)
    groups = {"data": rows, "groups": ["a", "b", "c"] * 400}
    results = GroupResults(dict.fromkeys("abc", one))
    assert "rows and fit disagree" in read(results, **groups)
    assert "rows and fit disagree" not in read(results, observational=controls, **groups)


def test_no_other_group_is_named_where_all_have_figures(read):
    one = found(Component(do(Tarn="low"), 1.0))
    for groups, is_said in ((12, False), (13, True)):
        text = read(GroupResults(dict.fromkeys(map(str, range(groups)), one)))
        assert ("Of another group" in text) == is_said
