"""The command that says how many rows show a target."""

from __future__ import annotations

import json

import pytest

from domix import Network, cli, power, write_network

NET = Network(
    {"A": [], "B": ["A"]},
    {"A": ["low", "high"], "B": ["low", "high"]},
    {"A": [0.5, 0.5], "B": [[0.8, 0.2], [0.3, 0.7]]},
)


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_network(NET, "net.json")

    def run(*args):
        code = cli.main(["power", "net.json", *map(str, args)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_answer_is_that_of_the_function(run):
    code, out, _ = run("B=high", "--weight", 0.1, "--controls", "needed")
    assert code == 0
    assert out.rstrip() == str(power(NET, "B=high", 0.1, controls="needed"))
    code, out, _ = run(
        *("do(B=high)", "--weight", 0.1, "--beside", "A=low@0.2", "--rows", 900),
        *("--controls", 300, "--format", "json"),
    )
    found = power(NET, "B=high", 0.1, beside={"A=low": 0.2}, rows=900, controls=300)
    assert json.loads(out) == json.loads(found.to_json())


def test_figure_is_written(run, tmp_path):
    assert run("B=high", "--weight", 0.1, "--plot", "power.svg")[0] == 0
    assert (tmp_path / "power.svg").read_text(encoding="utf-8").startswith("<?xml")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["B=high"], "domix: error: --weight: give the weight of the target, or rows"),
        (["B=top", "--weight", "0.1"], "'B' has no state 'top'"),
        (["B=high", "--weight", "0.1", "--beside", "A=low"], "--beside: 'A=low': no weight"),
        (["B=high", "--weight", "0.1", "--beside", "B=high@.1"], "duplicate target do(B=high)"),
        (["B=high", "--weight", "0.1", "--plot", "power.txt"], "--plot: power.txt must end in"),
    ],
)
def test_invalid_questions_are_one_line(run, args, message):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


def test_number_of_controls_is_a_number_or_needed(run, capsys):
    with pytest.raises(SystemExit):
        run("B=high", "--weight", "0.1", "--controls", "some")
    assert "'some' is not a whole number" in capsys.readouterr().err
