"""The demonstration on the embedded example."""

from __future__ import annotations

import re
import shlex
import time
from fractions import Fraction

import polars
import pytest

import domix
import golden_files
from domix import cli, example
from domix.cli.commands import demo
from domix.errors import MissingExtraError
from domix.results.assignment import assignment_columns
from domix.results.result import Disentanglement

FILES = ["control.csv", "labels.csv", "network.json", "picture.png", "result.json", "screen.csv"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The demo as a user runs it: folder, report, seconds."""
    folder = tmp_path_factory.mktemp("demo") / "domix-demo"
    start = time.perf_counter()
    report = demo.demonstrate(folder)
    return folder, report, time.perf_counter() - start


def test_demo_takes_under_ten_seconds(done):
    assert done[2] < 10


def test_exactly_the_planted_targets_are_found(done):
    result = Disentanglement.from_json((done[0] / "result.json").read_text())
    truth = example.planted()
    weights = dict(zip(truth.interventions, truth.weights, strict=True))
    assert {c.intervention for c in result.components} == set(weights)
    assert all(abs(c.weight - weights[c.intervention]) < 0.03 for c in result.components)


def test_report_is_the_golden_text(done):
    folder, report, _ = done
    text = report.replace(str(folder), "domix-demo")
    table = re.sub(r"<?\d[\d.]*(e-\d+)?", "#", text)
    golden_files.check("demo.txt", re.sub(r" +|-{3,}", " ", table) + "\n")


def test_files_are_those_of_the_report(done):
    folder = done[0]
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["domix-demo"]
    screen, labels = (polars.read_csv(folder / name) for name in ("screen.csv", "labels.csv"))
    assert labels.columns == [*screen.columns, *assignment_columns(example.network().variables)]
    assert len(screen) == len(labels) == demo.ROWS


def test_printed_command_gives_the_same_result(done, capsys):
    folder, report, _ = done
    line = shlex.split(report.splitlines()[-1])
    assert line[0] == "domix"
    assert cli.main([*line[1:], "--format", "json"]) == 0
    assert capsys.readouterr().out == (folder / "result.json").read_text()


def test_same_seed_same_files(tmp_path):
    for name in ("a", "b"):
        demo.demonstrate(tmp_path / name, rows=300, seed=4)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("make", ["mkdir", "touch"])
def test_existing_folder_is_not_overwritten(tmp_path, capsys, monkeypatch, make):
    monkeypatch.setattr(demo, "disentangle", lambda *_, **__: pytest.fail("disentangled first"))
    out = tmp_path / "there"
    getattr(out, make)()
    assert cli.main(["demo", "--out", str(out)]) == 2
    err = capsys.readouterr().err
    assert f"--out: {out} exists: remove it, or name another folder" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("where", ["disentangle", "plot_targets"])
def test_interrupt_leaves_no_files(tmp_path, capsys, monkeypatch, where):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, where, interrupt)
    assert cli.main(["demo", "--rows", "300", "--out", str(tmp_path / "new")]) == 130
    assert capsys.readouterr().err == "domix: interrupted\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("package", ["polars", "matplotlib"])
def test_missing_package_is_named(tmp_path, monkeypatch, package):
    monkeypatch.setattr(demo, "find_spec", lambda name: None if name == package else True)
    with pytest.raises(MissingExtraError, match=rf"{package}: .*pip install \"domix\[app\]\""):
        demo.demonstrate(tmp_path / "new")


def test_example_tables_are_positive_and_sum_to_one():
    net = example.network()
    assert 8 <= len(net.variables) <= 12
    for name in net.variables:
        for row in net.cpt(name).reshape(-1, 3).tolist():
            assert min(row) > 0
            assert sum(Fraction(str(p)) for p in row) == 1


def test_planted_targets_respect_exclusion():
    mixture = example.planted()
    assert all("normal" not in t.values() for t in mixture.interventions)
    assert domix.do() in mixture.interventions
