"""What limits.md and alpha.md say was measured is what the simulations give."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

DOCS = Path(__file__).parents[1] / "docs"
FIGURES = DOCS / "figures"
LARGEST = 100_000
"""Bytes of a figure."""


@pytest.fixture(scope="module")
def limits():
    return runpy.run_path(str(FIGURES / "limits.py"))


@pytest.fixture(scope="module")
def drawing():
    return runpy.run_path(str(FIGURES / "draw_limits.py"))


@pytest.fixture(scope="module")
def alpha():
    return runpy.run_path(str(FIGURES / "alpha.py"))


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def between(text, name):
    return re.search(f"<!-- {name} -->\n(.*?)\n<!-- end of {name} -->", text, re.DOTALL)[1]


def test_every_instance_was_run_once(limits):
    expected = [
        (limits["NOTHING"], 0.0, way, seed) for seed in limits["SEEDS"] for way in limits["WAYS"]
    ] + [
        (name, level, way, seed)
        for name, limit in limits["LIMITS"].items()
        for level in limit.levels
        for seed in limits["SEEDS"]
        for way in limit.ways
    ]
    assert sorted(run[:4] for run in limits["read_runs"]()) == sorted(expected)


@pytest.mark.parametrize(("name", "level"), [("few-tables", 3.0), ("all-values", 0.2)])
def test_an_instance_comes_out_as_committed(limits, name, level):
    seed = limits["SEEDS"][0]
    committed = [tuple(r) for r in limits["read_runs"]() if r[:2] == (name, level) and r[3] == seed]
    assert [tuple(run) for run in limits["simulate"](name, level, seed)] == committed


def test_tables_of_limits_are_those_of_the_results(drawing):
    page, runs = read("explanation/limits.md"), drawing["read_runs"]()
    for name in drawing["LIMITS"]:
        assert between(page, name) == drawing["tabulate"](runs, name)


def test_figures_are_drawn_and_small(drawing, tmp_path):
    drawing["draw"](tmp_path)
    drawn = {path.name for path in tmp_path.iterdir()}
    shown = re.findall(r"!\[.+?\]\(\.\./figures/(.*?)\)", read("explanation/limits.md"))
    assert drawn == set(shown)
    assert max((FIGURES / name).stat().st_size for name in drawn) < LARGEST


def test_model_is_right_at_the_first_level(drawing):
    runs = drawing["read_runs"]()
    for name, limit in drawing["LIMITS"].items():
        first = next(iter(drawing["select"](runs, name, "default").values()))
        assert drawing["summarize"](first, lambda run: run.precision)[0] > 0.95, limit.axis


def test_table_of_alpha_is_that_of_the_results(alpha):
    runs = alpha["read_runs"]()
    assert between(read("how-to/alpha.md"), "alpha") == alpha["tabulate"](runs)
    rows, seed = runs[0].rows, runs[0].seed
    committed = [run for run in runs if (run.rows, run.seed) == (rows, seed)]
    again = [tuple(run) for run in alpha["simulate"](rows, seed)]
    assert again == [tuple(run) for run in committed]
