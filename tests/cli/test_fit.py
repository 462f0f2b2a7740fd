"""``domix fit``, and commands that take a graph without tables in place of a network."""

from __future__ import annotations

import json

import polars as pl
import pytest

import domix
from domix import cli
from domix.cli.commands.graph import NETWORK_SUFFIXES
from domix.data.files import write_frame

NET = domix.Network(
    {"A": [], "B": [], "C": ["A", "B"], "D": ["C"]},
    {name: ["low", "high"] for name in "ABCD"},
    {
        "A": [0.5, 0.5],
        "B": [0.4, 0.6],
        "C": [[[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.5], [0.1, 0.9]]],
        "D": [[0.8, 0.2], [0.3, 0.7]],
    },
)
MIX = domix.Mixture(NET, {domix.do(): 0.6, domix.do(C="high"): 0.4})
GRAPHS = {
    "graph.csv": "cause,effect\nA,C\nB,C\nC,D\n",
    "graph.dot": "digraph { A; B; {A B} -> C -> D }",
    "calls.csv": "caller,callee\nD,C\nC,A\nC,B\n",
}


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_frame(NET.sample(1000, rng=1, as_frame=True), tmp_path / "control.csv")
    write_frame(MIX.sample(1000, rng=2, as_frame=True), tmp_path / "rows.csv")
    for name, text in GRAPHS.items():
        (tmp_path / name).write_text(text)

    def run(text):
        code = cli.main(text.split())
        return code, *capsys.readouterr()

    return run


def read(name):
    return domix.read_network(name)


@pytest.mark.parametrize("suffix", NETWORK_SUFFIXES)
def test_the_network_is_the_one_that_python_fits(run, suffix):
    assert run(f"fit graph.dot control.csv --out n{suffix} --pseudocount 0.5 --quiet")[0] == 0
    fitted = domix.Network.fit(NET.parents, pl.read_csv("control.csv"), pseudocount=0.5)
    net = read(f"n{suffix}")
    assert net.parents == fitted.parents
    assert all(abs(net.cpt(name) - fitted.cpt(name)).max() < 1e-12 for name in net.variables)
    assert (net.counts is not None) == (suffix == ".json")


def test_what_is_printed(run):
    out = run("fit graph.csv control.csv --out n.json")[1].splitlines()
    counts = read("n.json").counts["C"].sum(axis=-1)
    assert out[3].split() == f"C 2 A, B {counts.min():.0f} to {counts.max():.0f}".split()
    assert out[-1] == "4 variables, 3 edges from cause to effect, learnt from 1,000 rows"
    pl.DataFrame({name: ["low", "high"] for name in "ABCD"}).write_csv("few.csv")
    out = run("fit graph.csv few.csv --out n.json")[1]
    assert "no row shows 2 of 8 configurations of parents" in out


def test_edges_of_callers_are_turned_round(run):
    code, _, err = run("fit calls.csv control.csv --out n.json")
    assert code == 2
    assert "turn them round with --reverse-edges" in err
    assert run("fit calls.csv control.csv --out n.json --reverse-edges")[0] == 0
    assert {name: set(above) for name, above in read("n.json").parents.items()} == {
        "A": set(), "B": set(), "C": {"A", "B"}, "D": {"C"},
    }  # fmt: skip
    code, _, err = run("fit n.json control.csv --out m.json --reverse-edges")
    assert code == 2
    assert err.startswith("domix: error: --reverse-edges: n.json is a network, whose tables follow")


def test_rows_with_known_interventions(run):
    rows = NET.sample(200, do={"C": "high"}, rng=3, as_frame=True)
    labels = pl.Series("known", ["do(C=high)"] * 200)
    rows.with_columns(labels).write_csv("experiments.csv")
    assert run("fit graph.csv experiments.csv --labels known --out n.json")[0] == 0
    counts = read("n.json").counts
    assert counts["C"].sum() == 0
    assert counts["D"].sum() == 200
    pl.DataFrame({name: ["low", "high"] for name in "ABCD"} | {"known": ["do()", ""]}).write_csv(
        "unknown.csv"
    )
    code, _, err = run("fit graph.csv unknown.csv --labels known --out m.json")
    assert code == 2
    assert "--labels: row 1 (counting from 0): no intervention is given" in err


def test_a_network_gives_graph_and_states(run):
    domix.write_network(NET, "net.json")
    pl.DataFrame({name: ["low"] for name in "ABCD"}).write_csv("one.csv")
    assert run("fit net.json one.csv --out n.json")[0] == 0
    assert read("n.json").states == NET.states


@pytest.mark.parametrize("graph", ["graph.csv", "graph.dot", "calls.csv --reverse-edges"])
def test_disentangle_and_check_take_graphs(run, graph):
    name, *option = graph.split()
    more = f"--observational control.csv {' '.join(option)}"
    code, out, _ = run(f"disentangle {name} rows.csv {more} --format json --seed 1")
    assert code == 0
    parents = domix.read_graph(name, reverse_edges=bool(option))
    rows, control = pl.read_csv("rows.csv"), pl.read_csv("control.csv")
    expected = domix.disentangle(parents, rows, control, rng=1)
    assert json.loads(out) == json.loads(expected.to_json())
    code, out, _ = run(f"check {graph} control.csv rows.csv --splits 0 --format json")
    assert code == 0
    check = domix.check_model(parents, control, rows, splits=0)
    assert domix.ModelCheck.from_json(out) == check


def test_states_of_rows_that_controls_lack(run):
    rows = pl.read_csv("rows.csv")
    rows.with_columns(A=pl.Series(["off"] * 7 + rows["A"].to_list()[7:])).write_csv("off.csv")
    command = "disentangle graph.csv {} --observational control.csv --format json"
    code, out, err = run(command.format("off.csv"))
    assert code == 0
    assert "off.csv: no row of control.csv has 'off' of 'A' (7 rows); their share" in err
    states = {v["name"]: v["states"] for v in json.loads(out)["network"]["variables"]}
    assert states["A"] == ["high", "low", "off"]
    rows.with_columns(A=pl.col("A").str.to_uppercase()).write_csv("upper.csv")
    code, _, err = run(command.format("upper.csv"))
    assert code == 2
    assert "control.csv: no label of column 'A' is one of upper.csv: 'HIGH', 'LOW' there" in err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("disentangle graph.csv rows.csv", "--observational: a graph without tables needs control"),
        ("fit none.csv control.csv --out n.json", "none.csv: there is no such file"),
        ("fit graph.csv none.csv --out n.json", "none.csv: there is no such file"),
        ("fit graph.csv control.csv --out n.txt", "--out: n.txt must end in one of '.json'"),
        ("fit graph.csv control.csv --out none/n.json", "--out: none/n.json cannot be written"),
        ("fit net.json control.csv --out net.json", "--out: net.json is the same file as GRAPH"),
        ("fit graph.csv control.csv --out n.json --labels D", "'D' is a variable of the network"),
        ("fit graph.csv control.csv --out n.json --normalize", "--normalize: graph.csv is a graph"),
        ("fit less.csv control.csv --out n.json", "control.csv: columns that are not variables"),
        ("fit more.csv control.csv --out n.json", "control.csv: no column for 'E'; every other"),
        ("fit odd.csv control.csv --out n.json", "odd.csv:1: 'gene', 'tf' could be names"),
        ("disentangle odd.csv rows.csv --observational control.csv", "odd.csv:1: "),
        ("fit graph.csv mark.csv --out n.json", "mark.csv: column 'D': '?' may stand for missing"),
        ("disentangle graph.csv rows.csv --observational mark.csv", "give --missing-values '?'"),
        ("fit graph.csv alike.csv --out n.json", "column 'D' has '1', '1.0', which denote the"),
        ("fit graph.csv empty.csv --out n.json", "empty.csv: no row has a value of 'D'"),
    ],
)
def test_errors_are_one_line_and_name_the_place(run, tmp_path, command, message):
    domix.write_network(NET, "net.json")
    frame = pl.DataFrame({name: ["low", "high"] for name in "ABCD"})
    for name, labels in {
        "mark": ["?", "low"],
        "alike": ["1", "1.0"],
        "empty": [None, None],
    }.items():
        frame.with_columns(D=pl.Series(labels, dtype=pl.String)).write_csv(f"{name}.csv")
    (tmp_path / "less.csv").write_text("cause,effect\nA,C\n")
    (tmp_path / "more.csv").write_text(GRAPHS["graph.csv"] + "D,E\n")
    (tmp_path / "odd.csv").write_text("gene,tf\n" + GRAPHS["graph.csv"].partition("\n")[2])
    code, _, err = run(command)
    assert code == 2
    assert message in err
    assert err.count("\n") <= 1
    assert not (tmp_path / "n.json").exists()


@pytest.mark.parametrize("number", ["-1", "inf", "nan", "x"])
def test_pseudocounts_are_checked(run, capsys, number):
    with pytest.raises(SystemExit) as refused:
        run(f"fit graph.csv control.csv --out n.json --pseudocount={number}")
    assert refused.value.code == 2
    assert f"argument --pseudocount: {number}".replace("x", "'x'") in capsys.readouterr().err


def test_marks_and_missing_values_of_a_bare_graph(run):
    rows = pl.read_csv("control.csv")
    marked = ["?"] * 5 + rows["A"].to_list()[5:]
    rows.with_columns(A=pl.Series(marked)).write_csv("marked.csv")
    options = "--missing drop --missing-values ?"
    assert run(f"fit graph.csv marked.csv --out n.json {options}")[0] == 0
    assert read("n.json").counts["A"].sum() == 995
    code, _, err = run(f"disentangle graph.csv rows.csv --observational marked.csv {options}")
    assert code == 0
    assert "dropped 5 of 1000 rows" in err


def test_missing_values_are_summed_out_of_the_tables(run):
    table = pl.read_csv("control.csv")
    hole = pl.when(pl.int_range(len(table)) % 7 == 3).then(None).otherwise(pl.col("C"))
    gaps = table.with_columns(hole.alias("C"))
    gaps.write_csv("gaps.csv")
    assert run("fit graph.csv gaps.csv --out net.json")[0] == 2
    assert run("fit graph.csv gaps.csv --missing marginalize --out net.json --quiet")[0] == 0
    fitted = domix.Network.fit(NET.parents, gaps, missing="marginalize")
    net = read("net.json")
    assert all(abs(net.cpt(name) - fitted.cpt(name)).max() < 1e-12 for name in net.variables)
