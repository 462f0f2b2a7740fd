"""The simulators of the stories do what they say, and their figures are read right."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest

stories = pytest.importorskip("stories", reason="polars is not installed")
simulators = pytest.importorskip("simulators")

FOLDER = Path(simulators.__file__).parent
SMALL = ["linear", "nonlinear", "counts", "services"]


@pytest.fixture(scope="module", params=list(simulators.SIMULATORS))
def story(request):
    return simulators.SIMULATORS[request.param](3)


def test_simulators_import_numpy_alone():
    allowed = {"__future__", "collections", "dataclasses", "numpy", "simulators"}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module]
            else:
                continue
            assert {name.split(".")[0] for name in names} <= allowed, path.name


def test_six_groups_and_one_held_out(story):
    assert len(story.truth) == 7
    assert story.truth[simulators.HELD_OUT] == {simulators.NOTHING: 1.0}
    assert set(story.group) == set(story.truth)
    for shares in story.truth.values():
        assert sum(shares.values()) == pytest.approx(1.0)
        assert all(name not in story.fixed for target in shares for name, _ in target)


def test_columns_are_the_variables_of_an_acyclic_graph(story):
    columns = set(story.rows) - {story.batch}
    assert columns == set(story.control) - {story.batch} == set(story.null) - {story.batch}
    assert columns == set(story.parents)
    placed: set[str] = set()
    while len(placed) < len(columns):
        ready = {v for v, own in story.parents.items() if v not in placed and placed >= set(own)}
        assert ready
        placed |= ready


@pytest.mark.parametrize("name", SMALL)
def test_same_seed_gives_the_same_rows(name):
    one, again = (simulators.SIMULATORS[name](5) for _ in range(2))
    other = simulators.SIMULATORS[name](6)
    variable = list(one.parents)[-1]
    assert np.array_equal(one.rows[variable], again.rows[variable])
    assert not np.array_equal(one.rows[variable], other.rows[variable])


@pytest.mark.parametrize("name", SMALL)
def test_set_values_lie_where_few_control_values_are(name):
    story = simulators.SIMULATORS[name](4)
    for group, shares in story.truth.items():
        own = story.group == group
        for variable, side in {setting for target in shares for setting in target}:
            sign = 1 if side == "up" else -1
            share = sum(w for t, w in shares.items() if (variable, side) in t)
            usual = sign * story.control[variable].astype(float)
            rows = sign * story.rows[variable][own].astype(float)
            assert (rows >= np.quantile(usual, 0.85)).mean() > 0.8 * share


def test_share_of_missing_values():
    story = simulators.SIMULATORS["exposures"](3)
    ages = story.rows["age"]
    assert np.mean([label is None for label in ages]) == pytest.approx(0.03, abs=0.002)
    assert all(label is not None for label in story.rows["purchase"])


def test_targets_are_read_by_their_side_of_the_usual_state():
    from domix import Component, Disentanglement, Network, Stochastic, do

    states = {"A": ("off", "low", "high"), "B": ("no", "yes")}
    net = Network({"A": [], "B": []}, states, {"A": [0.1, 0.4, 0.5], "B": [0.5, 0.5]})
    parts = [
        Component(do(), 0.4),
        Component(do(A="off"), 0.3),
        Component(do(A=Stochastic({"off": 0.2, "low": 0.8})), 0.2),
        Component(do(A="high", B="yes"), 0.1),
    ]
    result = Disentanglement(net, tuple(parts), "known", alpha=0.05)
    table = stories.Table(*[None] * 6, {"A": states["A"]}, {"A": "high"})
    weights = stories.read_weights(result, table)
    down, usual = frozenset({("A", "down")}), frozenset({("A", "usual"), ("B", "yes")})
    assert weights == {frozenset(): 0.4, down: 0.5, usual: 0.1}
    truth = {frozenset(): 0.5, down: 0.5}
    assert stories.distance(weights, truth) == pytest.approx(0.1)


def test_what_is_recorded_is_not_measured_again(tmp_path, monkeypatch):
    calls = []

    def measure(simulator, cut, kind, seed):
        calls.append((kind, seed))
        held_out = int(kind == "null")
        return stories.Record(simulator, cut, kind, seed, 6, 5, 9, 8, 10, held_out, 0.1, 2.0)

    monkeypatch.setattr(stories, "measure", measure)
    path = tmp_path / "records.jsonl"
    stories.measure_all(path, ["exposures"], [1], [], ["dropped"])
    records = stories.measure_all(path, ["exposures"], [1, 2], [7], ["dropped"])
    assert calls == [("groups", 1), ("groups", 2), ("null", 7)]
    row = stories.write_table(records).splitlines()[-1]
    assert row.split(" | ")[3:9] == ["5.0 of 6", "5 to 5", "0.89", "0.80", "0.10", "0 of 2"]
    assert row.split(" | ")[9] == "1 of 1"


def test_page_has_a_row_for_each_simulator_and_cut():
    page = (Path(__file__).parents[1] / "docs" / "data" / "stories.md").read_text(encoding="utf-8")
    for simulator, cuts in stories.CUTS.items():
        for cut in cuts:
            assert f"| {simulator} | {cut} |" in page
