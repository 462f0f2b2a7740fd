"""Messages name options on the command line, and arguments in Python."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import polars
import pytest

import domix
from domix import cli, example
from domix.cli.options import OptionNames
from domix.cli.program import build_parser

ROOT = Path(domix.__file__).parent
ROOMS = ("data", "model", "formats", "structure", "results", "estimation", "work")
"""Rooms whose messages the command line prints."""

SETTING = re.compile(r"""\b([a-z_]+)=(?:"|'|True|False|None|\.\.\.|\[)""")

ROUNDED = """network n { }
variable A { type discrete [ 3 ] { a, b, c }; }
variable B { type discrete [ 2 ] { a, b }; }
probability ( A ) { table 0.3333, 0.3333, 0.3333; }
probability ( B | A ) { (a) 0.5, 0.5; (b) 0.25, 0.5; (c) 0.1, 0.9; }
"""


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*args):
        code = cli.main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def messages():
    """Texts of the library that are neither documentation nor XML, with their places."""
    for path in sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
        constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
        for node in constants:
            text = node.value if isinstance(node.value, str) else ""
            if text and id(node) not in documentation and not text.startswith("<?xml"):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", text


def test_every_setting_in_a_message_is_an_option():
    names = build_parser().parse_args(["show", "n.bif"]).names
    named = [(place, found[1]) for place, text in messages() for found in SETTING.finditer(text)]
    assert {"normalize", "missing", "extra", "graph"} <= {name for _, name in named}
    assert [(place, name) for place, name in named if name not in names.others] == []


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ('leave them out with missing="drop"', "leave them out with --missing drop"),
        ("normalize=True divides", "--normalize divides"),
        ("pass observational=..., so that", "pass --observational ..., so that"),
        ("name it in required_edges; or", "name it in --required-edges; or"),
        ('name it with missing_values=["?", "a b"]', "name it with --missing-values '?,a b'"),
        ('repair it with graph="repair".', "repair it with --graph repair of domix disentangle."),
        ('name it with missing_values=["-9"]', "name it with --missing-values=-9"),
        ("the graph is missing; labels = 3", "the graph is missing; labels = 3"),
        ("premissing=True", "premissing=True"),
        ("do(labels=[low], B=x): 0.5", "do(labels=[low], B=x): 0.5"),
        ("do(labels=[0, 2])", "do(labels=[0, 2])"),
        ("do(labels=True)", "do(labels=True)"),
        ("unknown variable 'missing_values'", "unknown variable 'missing_values'"),
        ("do(missing_values=3)", "do(missing_values=3)"),
    ],
)
def test_settings_are_written_as_options(text, translated):
    own = ["missing", "missing_values", "normalize", "observational", "required_edges", "labels"]
    names = OptionNames(
        {name: f"--{name.replace('_', '-')}" for name in own},
        {"graph": "--graph of domix disentangle", "missing": "--missing of domix check"},
        {"normalize"},
    )
    assert names.translate(text) == translated


def test_results_keep_variables_named_as_options(run):
    net = domix.Network(
        {"alpha": [], "graph": []},
        {"alpha": ["[low]", "high"], "graph": [False, True]},
        {"alpha": [0.5, 0.5], "graph": [0.5, 0.5]},
    )
    domix.write_network(net, "net.json")
    done = {"alpha=[low]": 0.4, "graph=True": 0.3, "": 0.3}
    domix.Mixture(net, done).sample(2000, rng=1, as_frame=True).write_csv("rows.csv")
    code, out, _ = run("disentangle", "net.json", "rows.csv")
    assert code == 0
    assert "do(alpha=[low])" in out
    assert "do(graph=True)" in out
    wrong = ["simulate", "net.json", "--rows", "9", "--out", "out.csv", "--do", "alpha=[lo]@1"]
    code, _, err = run(*wrong)
    assert code == 2
    assert "'alpha' has no state '[lo]'" in err


# Tables whose rows do not sum to 1


@pytest.fixture
def rounded(tmp_path):
    (tmp_path / "n.bif").write_text(ROUNDED)
    domix.Network(
        {"A": [], "B": ["A"]},
        {"A": list("abc"), "B": list("ab")},
        {"A": [0.2] * 2 + [0.6], "B": [[0.5] * 2] * 3},
    ).sample(200, rng=1, as_frame=True).write_csv(tmp_path / "rows.csv")
    return ["n.bif"]


READ = [
    ["show", "n.bif"],
    ["convert", "n.bif", "out.json"],
    ["simulate", "n.bif", "--rows", "9", "--out", "out.csv"],
    ["disentangle", "n.bif", "rows.csv"],
    ["check", "n.bif", "rows.csv", "--splits", "0"],
]


@pytest.mark.parametrize("args", READ, ids=lambda args: args[0])
@pytest.mark.usefixtures("rounded")
def test_tables_are_normalized_on_request(run, args):
    code, _, err = run(*args)
    assert code == 2
    assert "the entries sum to 0.9999, not 1; fix the row; --normalize divides each" in err
    assert run(*args, "--normalize")[0] in (0, 1 if args[0] == "check" else 0)


@pytest.mark.usefixtures("rounded")
def test_normalized_tables_are_divided_by_their_sums(run):
    assert run("convert", "n.bif", "out.json", "--normalize")[0] == 0
    net = domix.read_network("out.json")
    assert net.cpt("A").tolist() == pytest.approx([1 / 3] * 3, abs=1e-15)
    assert net.cpt("B")[1].tolist() == pytest.approx([1 / 3, 2 / 3], abs=1e-15)
    with pytest.raises(domix.NetworkError, match="fix the row; normalize=True divides"):
        domix.read_network("n.bif")


# Arguments and options


def test_python_names_arguments_and_the_command_line_options(run, tmp_path):
    net = example.network()
    domix.write_network(net, "net.json")
    rows = net.sample(50, rng=1, as_frame=True)
    rows = rows.with_columns(polars.lit("x").alias("plate"))
    rows.write_csv("rows.csv")
    with pytest.raises(domix.DataError, match='pass extra="ignore"'):
        net.encode(rows)
    assert "pass --extra ignore" in run("disentangle", "net.json", "rows.csv")[2]
    args = ["disentangle", "net.json", "rows.csv", "--extra", "ignore"]
    assert "error: --tiers: " in run(*args, "--tiers", "Zed")[2]
    assert "--excluded: unknown variable 'Zed'" in run(*args, "--excluded", "Zed=1")[2]
    assert (
        "--contrast: needs the control rows themselves: pass --observational ..., with"
        in run(*args, "--contrast", "yes")[2]
    )
