"""``domix discretize``, and ``--discretize`` and ``--cuts`` of other commands."""

from __future__ import annotations

import json

import numpy as np
import polars
import pytest

import domix
from domix import cli
from domix.cli.files import rows
from domix.data import files as files_of_rows

GRAPH = {"A": [], "B": ["A"], "C": ["B"]}


def draw(n, share, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=n)
    off = rng.random(n) < share
    a = np.where(off, -5 + 0.3 * rng.normal(size=n), a)
    b = 1.5 * np.tanh(a) + rng.normal(size=n)
    c = 1.5 * np.tanh(b) + rng.normal(size=n)
    return polars.DataFrame({"A": a, "B": b, "C": c})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    control = draw(2000, 0.0, 1)
    control.write_csv(folder / "control.csv")
    rows = draw(800, 0.3, 2)
    guides = polars.Series("guide", ["one", "two"] * 400)
    rows.write_csv(folder / "rows.csv")
    rows.with_columns(guides).write_csv(folder / "guides.csv")
    states = domix.Discretizer().fit(control).transform(control)
    domix.write_network(domix.Network.fit(GRAPH, states), folder / "net.json")
    (folder / "graph.csv").write_text("A,B\nB,C\n")
    return folder


@pytest.fixture
def run(capsys, monkeypatch, files):
    monkeypatch.chdir(files)

    def run(*args):
        code = cli.main([str(arg) for arg in args])
        return code, *capsys.readouterr()

    return run


def save_cuts(run, path):
    cuts = path.with_name("cuts.json")
    assert run("discretize", path, "--save-cuts", cuts)[0] == 0
    return cuts


def test_rows_are_written_in_states_and_cut_points_as_json(run, files, tmp_path):
    cuts = tmp_path / "cuts.json"
    code, out, err = run(
        "discretize", "control.csv", "rows.csv", "--out", tmp_path, "--save-cuts", cuts
    )
    assert (code, err) == (0, "")
    control = polars.read_csv(files / "control.csv")
    discretizer = domix.Discretizer().fit(control)
    assert out == f"{discretizer}\n"
    assert domix.Discretizer.from_json(cuts.read_text()).edges == discretizer.edges
    for name in ("control.csv", "rows.csv"):
        expected = discretizer.transform(polars.read_csv(files / name))
        written = polars.read_csv(tmp_path / name)
        assert written.equals(expected.cast(polars.String))


def test_options_are_those_of_the_class(run, files, tmp_path):
    path = tmp_path / "cuts.json"
    strategy = ["--strategy", "A=metrics,B=keep", "--strategy", "C=quantile", "--bins", 2]
    assert run("discretize", "control.csv", *strategy, "--save-cuts", path)[0] == 0
    control = polars.read_csv(files / "control.csv")
    by_name = {"A": "metrics", "B": "keep", "C": "quantile"}
    assert path.read_text() == domix.Discretizer(by_name, bins=2).fit(control).to_json()


@pytest.mark.parametrize("model", ["net.json", "graph.csv"])
@pytest.mark.parametrize("option", [["--discretize"], ["--cuts", "cuts.json"]])
def test_measurements_are_disentangled(run, files, tmp_path, option, model):
    assert run("discretize", "control.csv", "--save-cuts", "cuts.json")[0] == 0
    labels = tmp_path / "labels.csv"
    args = [model, "rows.csv", "--observational", "control.csv", "--assign", labels]
    code, out, err = run("disentangle", *args, *option)
    assert (code, err) == (0, "")
    assert {line.split("  ")[-1] for line in out.splitlines()[2:4]} == {"do()", "do(A=off)"}
    assert polars.read_csv(labels)["A"].equals(polars.read_csv(files / "rows.csv")["A"])


def test_columns_of_groups_are_not_cut(run):
    args = ["net.json", "guides.csv", "--observational", "control.csv", "--groups", "guide"]
    code, out, err = run("disentangle", *args, "--discretize", "--format", "json")
    assert (code, err) == (0, "")
    assert list(json.loads(out)) == ["one", "two"]


def test_tables_of_measurements_are_fitted(run, files, tmp_path):
    path = tmp_path / "fitted.json"
    assert run("fit", "graph.csv", "control.csv", "--discretize", "--out", path)[0] == 0
    assert domix.read_network(path) == domix.read_network(files / "net.json")


def test_graph_and_check_take_measurements(run):
    code, out, err = run("graph", "control.csv", "--discretize", "--tiers", "A", "--tiers", "B,C")
    assert (code, err) == (0, "")
    assert "A -> B" in out
    assert run("check", "net.json", "control.csv", "--discretize", "--splits", 0)[0] == 0


@pytest.mark.parametrize("model", ["net.json", "graph.csv"])
def test_columns_of_control_rows_alone_are_not_cut(run, files, tmp_path, model):
    control = polars.read_csv(files / "control.csv")
    timed = tmp_path / "timed.csv"
    control.with_columns(time=polars.Series(np.linspace(0, 9, len(control)))).write_csv(timed)
    args = [model, "rows.csv", "--discretize", "--extra", "ignore", "--observational"]
    expected = run("disentangle", *args, "control.csv")
    assert expected[0] == 0
    assert run("disentangle", *args, timed) == expected
    code, _, err = run("disentangle", "net.json", "rows.csv", "--cuts", save_cuts(run, timed))
    assert code == 2
    assert "no column for 'time'" in err
    assert "or with --strategy COLUMN=keep of domix discretize" in err


def test_a_model_without_columns_is_named(run, files):
    (files / "other.csv").write_text("cause,effect\nX,Y\n")
    code, _, err = run("check", "other.csv", "control.csv", "--discretize")
    assert code == 2
    assert "control.csv: no column is a variable of other.csv: there are 'A', 'B', 'C'" in err


@pytest.mark.parametrize("option", [["--discretize"], []])
def test_cut_points_are_those_of_rows_with_do(run, files, tmp_path, option):
    control = polars.read_csv(files / "control.csv")
    off = draw(800, 1.0, 3)
    rows = polars.concat(
        [
            control.with_columns(known=polars.lit("do()")),
            off.with_columns(known=polars.lit("A=off")),
        ]
    )
    rows.write_csv(tmp_path / "rows.csv")
    option = option or ["--cuts", save_cuts(run, files / "control.csv")]
    out = tmp_path / "net.json"
    args = ["fit", "graph.csv", tmp_path / "rows.csv", "--labels", "known", "--out", out]
    code, _, err = run(*args, *option)
    assert (code, err) == (0, "")
    discretizer = domix.Discretizer().fit(control)
    net = domix.Network.fit(
        GRAPH,
        discretizer.transform(rows.drop("known")),
        intervened=[domix.do()] * len(control) + [domix.do(A="off")] * len(off),
    )
    assert domix.read_network(out) == net


def test_rows_without_do_show_no_cut_points(run, files, tmp_path):
    rows = polars.read_csv(files / "control.csv").with_columns(known=polars.lit("A=off"))
    rows.write_csv(tmp_path / "rows.csv")
    args = ["fit", "graph.csv", tmp_path / "rows.csv", "--labels", "known", "--out", "n.json"]
    code, _, err = run(*args, "--discretize")
    assert code == 2
    assert "--discretize: learns cut points from rows with do() in 'known', and there are" in err


@pytest.mark.parametrize("option", [["--discretize"], []])
def test_each_file_is_read_once(run, monkeypatch, files, option):
    read = []

    def read_frame(path, **options):
        read.append(path.name)
        return files_of_rows.read_frame(path, **options)

    monkeypatch.setattr(rows, "read_frame", read_frame)
    option = option or ["--cuts", save_cuts(run, files / "control.csv")]
    read.clear()
    args = ["graph.csv", "rows.csv", "--observational", "control.csv"]
    assert run("disentangle", *args, *option)[0] == 0
    assert sorted(read) == ["control.csv", "rows.csv"]


@pytest.mark.parametrize(
    "command",
    [
        "disentangle net.json rows.csv",
        "fit graph.csv control.csv",
        "graph control.csv",
        "check net.json control.csv",
    ],
)
def test_cut_points_are_not_overwritten(run, files, command):
    cuts = save_cuts(run, files / "control.csv")
    kept = cuts.read_bytes()
    code, _, err = run(*command.split(), "--cuts", "cuts.json", "--out", "cuts.json")
    assert code == 2
    assert "--out: cuts.json is the same file as --cuts; name another" in err
    assert cuts.read_bytes() == kept


def test_states_that_hold_too_much_are_noted(run, files):
    strategy = ["--strategy", "quantile", "--bins", 2]
    assert run("discretize", "control.csv", *strategy, "--save-cuts", "halves.json")[0] == 0
    graph = ["graph", "control.csv", "--cuts", "halves.json", "--required-edges", "A,B"]
    code, _, err = run(*graph)
    assert code == 0
    assert err.startswith("domix: note: ")
    assert "depends on the value" in err
    assert "--strategy tails of domix discretize" in err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["graph", "control.csv"], "control.csv: column 'A' looks continuous"),
        (["disentangle", "net.json", "rows.csv", "--discretize"], "--observational ..., or --cuts"),
        (["graph", "control.csv", "--discretize", "--cuts", "c"], "leave one of the two out"),
        (["graph", "control.csv", "--cuts", "c.json"], "c.json: there is no such file"),
        (["graph", "control.csv", "--cuts", "rows.csv"], "rows.csv:1:1: "),
        (["discretize", "control.csv", "rows.csv"], "--out: name the folder"),
        (["discretize", "control.csv", "rows.csv", "--out", "."], "is the same file as"),
        (["discretize", "control.csv", "--out", "none"], "there is no folder"),
        (["discretize", "control.csv", "--strategy", "tail"], "--strategy: must be one of"),
        (["discretize", "control.csv", "--strategy", "tails", "--strategy", "counts"], "one strat"),
        (["discretize", "control.csv", "--by", "plate"], "--by: there is no column 'plate'"),
        (["discretize", "control.csv", "--save-cuts", "c.csv"], "must end in '.json'"),
    ],
)
def test_errors_are_one_line_with_the_option(run, args, message):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("domix: error: ")
    assert message in err
    assert err.count("\n") == 1


def test_errors_name_the_file_of_the_rows(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("A,B,C\n1,2,3\n1,x,3\n")
    code, _, err = run(
        "disentangle", "net.json", path, "--observational", "control.csv", "--discretize"
    )
    assert code == 2
    assert err.startswith(f"domix: error: {path}: row 1 (counting from 0), column 'B': 'x'")


@pytest.mark.filterwarnings("ignore::domix.DomixWarning")
def test_measurements_that_are_missing_are_summed_out(run, files, tmp_path):
    paths = [tmp_path / name for name in ("control.csv", "rows.csv")]
    for path in paths:
        hole = polars.when(polars.int_range(polars.len()) % 9 == 4).then(None)
        table = polars.read_csv(files / path.name)
        table.with_columns(hole.otherwise("B").alias("B")).write_csv(path)
    control, rows = map(polars.read_csv, paths)
    options = ["--observational", paths[0], "--discretize", "--format", "json", "--quiet"]
    assert run("disentangle", "graph.csv", paths[1], *options)[0] == 2
    out = run("disentangle", "graph.csv", paths[1], *options, "--missing", "marginalize")[1]
    discretizer = domix.Discretizer().fit(control)
    control, rows = discretizer.transform(control), discretizer.transform(rows)
    expected = domix.disentangle(GRAPH, rows, observational=control, missing="marginalize")
    assert json.loads(out) == json.loads(expected.to_json())
