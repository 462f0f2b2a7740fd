"""``domix graph``: edges as a table, the network as a file, a figure, and errors in one line."""

from __future__ import annotations

import re

import polars
import pytest

import domix
from domix import cli
from domix.cli.commands.graph import NETWORK_SUFFIXES
from domix.data.files import write_frame

NET = domix.Network(
    {"A": [], "B": [], "C": ["A", "B"], "D": ["C"], "E": []},
    {name: ["low", "high"] for name in "ABCDE"},
    {
        "A": [0.5, 0.5],
        "B": [0.4, 0.6],
        "C": [[[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.5], [0.1, 0.9]]],
        "D": [[0.8, 0.2], [0.3, 0.7]],
        "E": [0.5, 0.5],
    },
)


@pytest.fixture(scope="module")
def control(tmp_path_factory):
    path = tmp_path_factory.mktemp("control") / "control.csv"
    write_frame(NET.sample(4000, rng=1, as_frame=True), path)
    return path


@pytest.fixture
def run(capsys):
    def run(*args):
        code = cli.main(["graph", *map(str, args)])
        return code, *capsys.readouterr()

    return run


def edges(out):
    return dict(re.findall(r"^(\S+ -> \S+) +(\S.*?)  +[-\d.]+$", out, re.MULTILINE))


def test_edges_are_printed_with_what_directs_them(run, control):
    code, out, err = run(control)
    assert (code, err) == (0, "")
    assert edges(out) == dict.fromkeys(["A -> C", "B -> C", "C -> D"], "controls")
    tiers = ["--tiers", "D", "--tiers", "A,B,C,E"]
    assert edges(run(control, *tiers)[1])["D -> C"] == "background knowledge"


@pytest.mark.parametrize("suffix", NETWORK_SUFFIXES)
def test_the_network_is_written_as_python_learns_it(run, control, tmp_path, suffix):
    path = tmp_path / f"network{suffix}"
    figure = tmp_path / "graph.png"
    assert run(control, "--out", path, "--plot", figure)[0] == 0
    net = domix.read_network(path)
    learnt = domix.learn_graph(polars.read_csv(control))
    assert net.parents == learnt.parents
    assert all((abs(net.cpt(v) - learnt.cpt(v)) < 1e-12).all() for v in net.variables)
    assert (net.counts is not None) == (suffix == ".json")
    assert figure.read_bytes().startswith(b"\x89PNG")


def test_required_and_forbidden_edges_hold(run, control):
    out = run(control, "--required-edges", "E,A", "--forbidden-edges", "A,C")[1]
    assert "E -> A" in edges(out)
    assert "A -> C" not in edges(out)


def test_rows_without_edges_say_so(run, tmp_path):
    path = tmp_path / "rows.csv"
    write_frame(polars.DataFrame({"A": ["x", "y"] * 20, "B": ["u", "u", "v", "v"] * 10}), path)
    assert run(path)[:2] == (0, "no edges: all variables are independent\n")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--required-edges", "A"], "--required-edges: ['A'] is not a pair of two variables"),
        (["--forbidden-edges", "A,Q"], "--forbidden-edges: unknown variable 'Q'"),
        (["--tiers", "A"], "--tiers: 'B' is in no tier"),
        (["--out", "net.xml"], "--out: net.xml must end in one of"),
        (["--plot", "net.gif"], "--plot: net.gif must end in one of"),
    ],
)
def test_invalid_options_are_refused_in_one_line(run, control, args, message):
    code, out, err = run(control, *args)
    assert (code, out) == (2, "")
    assert err.startswith(f"domix: error: {message}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A,B\nx,u\ny,\n", "missing values, by column: 'B' 1"),
        ("A,B\n", "there are no rows"),
        ("A\n" + "\n".join(map(str, range(300))) + "\n", "column 'A' looks continuous"),
    ],
)
def test_invalid_rows_are_refused_with_their_file(run, tmp_path, text, message):
    path = tmp_path / "rows.csv"
    path.write_text(text)
    code, out, err = run(path)
    assert (code, out) == (2, "")
    assert err.startswith(f"domix: error: {path}: {message}")
    assert run(tmp_path / "none.csv")[0] == 2


def test_rows_with_missing_values_can_be_dropped(run, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("A,B\nx,u\ny,\ny,v\n")
    code, _, err = run(path, "--missing", "drop")
    assert code == 0
    assert "note:" in err
    assert "dropped 1 of 3 rows" in err


@pytest.mark.parametrize(
    ("text", "said", "option"),
    [
        ("#A,B\nx,u\ny,v\n", "'#A' is read as a name", "--comment '#'"),
        ("# mine, 2024\nA,B\nx,u\ny,v\n", "'# mine' is read as a name", "--comment '#'"),
        ("A,B\nx,u\n// a,b\ny,v\n", "'// a' is read as a label", "--comment //"),
    ],
)
def test_what_looks_like_a_comment_is_noted(run, tmp_path, text, said, option):
    path = tmp_path / "control.csv"
    path.write_text(text)
    code, _, err = run(path)
    assert code == 0
    assert said in err
    assert option in err
    assert "is read as" not in run(path, "--comment", option.split()[1].strip("'"))[2]
