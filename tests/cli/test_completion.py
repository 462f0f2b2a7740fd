"""Words are completed for shells, and ``domix`` alone says how to begin."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from argcomplete.shell_integration import shellcode

import domix
from domix import cli, example
from domix.cli.program import COMMANDS, WELCOME


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("files")
    for name in (
        "net.bif",
        "net.json",
        "edges.dot",
        "rows.csv",
        "rows.tsv.gz",
        "a.svg",
        "notes.md",
    ):
        (folder / name).touch()
    (folder / "screens").mkdir()
    return folder


def ask(line, folder, **environment):
    """Ask for the last word of a line, as the scripts of argcomplete do."""
    asked = {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_IFS": "\n",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "PYTHONPATH": str(Path(domix.__file__).parents[1]),
    }
    return subprocess.run(
        ["bash", "-c", 'exec "$0" -m domix 8>&1 9>&2 >/dev/null', sys.executable],
        cwd=folder,
        env=os.environ | asked | environment,
        capture_output=True,
        text=True,
        check=True,
    )


def complete(line, folder):
    done = ask(line, folder)
    assert done.stderr == ""
    return [word.strip() for word in done.stdout.split("\n") if word]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("domix ", set(COMMANDS)),
        ("domix dis", {"discretize", "disentangle"}),
        ("domix disentangle --g", {"--graph", "--groups"}),
        ("domix disentangle net.bif rows.csv --graph ", {"given", "repair", "learn"}),
        ("domix disentangle ", {"net.bif", "net.json", "edges.dot", "rows.csv", "rows.tsv.gz"}),
        ("domix disentangle net.bif r", {"rows.csv", "rows.tsv.gz"}),
        ("domix show ", {"net.bif", "net.json"}),
        ("domix disentangle net.bif rows.csv --plot ", {"a.svg"}),
        ("domix check net.bif rows.csv --plot ", {"a.svg"}),
        ("domix disentangle net.bif rows.csv --report ", {"notes.md"}),
        ("domix simulate net.bif --rows ", set()),
    ],
)
def test_completions(folder, line, expected):
    found = set(complete(line, folder))
    assert found - {"screens/"} == expected
    if "net.bif" in expected:
        assert "screens/" in found


def test_shells_find_the_marker():
    # Only the beginning of the module that the entry point names is searched.
    assert "PYTHON_ARGCOMPLETE_OK" in Path(cli.__file__).read_text(encoding="utf-8")[:1024]
    assert shellcode(["domix"], shell="bash")


@pytest.mark.parametrize("command", ["show", "disentangle"])
def test_commands_are_completed_without_their_packages(folder, command):
    done = ask(f"domix {command} --h", folder, PYTHONVERBOSE="1")
    assert done.stdout.split() == ["--help"]
    loaded = set(re.findall(r"^import '(\S+)'", done.stderr, re.MULTILINE))
    assert f"domix.cli.commands.{command}" in loaded
    heavy = {"polars", "pandas", "pyarrow", "matplotlib", "jinja2", "domix.cli.commands.check"}
    assert not heavy & loaded


def test_without_argcomplete_nothing_is_completed(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "argcomplete", None)
    monkeypatch.setenv("_ARGCOMPLETE", "1")
    assert cli.main([]) == 0
    assert capsys.readouterr().out == WELCOME


def test_domix_alone_fits_on_a_terminal():
    done = subprocess.run([sys.executable, "-m", "domix"], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, WELCOME, "")
    lines = WELCOME.splitlines()
    assert len(lines) < 24
    assert max(map(len, lines)) <= 80


def test_the_examples_of_domix_alone_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    net = domix.Network(
        {"A": [], "B": ["A"]},
        {"A": ["low", "high"], "B": ["low", "high"]},
        {"A": [0.5, 0.5], "B": [[0.8, 0.2], [0.3, 0.7]]},
    )
    Path("graph.csv").write_text("cause,effect\nA,B\n", encoding="utf-8")
    net.sample(400, rng=1, as_frame=True).write_csv("control.csv")
    net.sample(400, do={"B": "high"}, rng=2, as_frame=True).write_csv("rows.csv")
    Path("domix-demo").mkdir()
    domix.write_network(example.network(), "domix-demo/network.json")
    demo, *examples = re.findall(r"^  domix (\w.*)", WELCOME, re.MULTILINE)
    assert demo == "demo"
    assert [line.split()[0] for line in examples] == ["disentangle", "power", "disentangle"]
    for line in examples[:2]:
        assert cli.main(line.split()) == 0
        assert capsys.readouterr().out
