"""``domix study`` from the command line."""

from __future__ import annotations

import csv
import json

import pytest

from domix import cli
from domix.study import run as study_run
from domix.study.studies import STUDIES


@pytest.fixture
def run(capsys):
    def run(*args):
        try:
            code = cli.main(["study", *map(str, args)])
        except SystemExit as error:
            code = int(error.code)
        return code, *capsys.readouterr()

    return run


def test_study_runs_writes_and_resumes(run, tmp_path):
    out = tmp_path / "study"
    cells = ["--cells", "4x2^4", "4x2^6", "8x2^6"]
    code, first, err = run("paper", *cells, "--instances", 2, "--out", out)
    assert (code, err) == (0, "")
    names = {path.name for path in out.iterdir()}
    tables = {"table.csv", "table.json", "table.md"}
    assert names == {"records", "by-rows.png", "by-variables.png", "by-graph.png"} | tables
    # Three cells of each kind of graph; all targets can be listed on four variables alone.
    assert len(first.splitlines()) == 2 + 6 * 3 + 4 + 2
    assert "block development (root 20210727), instances 0 to 1" in first.splitlines()[-1]
    rows = list(csv.DictReader((out / "table.csv").open()))
    assert {row["method"] for row in rows} == {"domix", "plug-in", "oracle", "all-targets"}
    assert len(json.loads((out / "table.json").read_text())) == 6 * 3 + 4
    # Seconds are not measured again either, so that all is the same.
    assert run("paper", *cells, "--instances", 2, "--out", out)[1] == first


def test_rows_needed_writes_its_findings(run, tmp_path):
    options = ["--instances", 2, "--methods", "plug-in", "--out", tmp_path]
    code, out, _ = run("rows-needed", "--cells", "4x2^6", "4x2^7", *options)
    assert code == 0
    assert "> 2^7" in out
    assert (tmp_path / "findings.txt").read_text() in out
    assert (tmp_path / "rows-needed.png").stat().st_size > 1000


def test_default_folder_has_the_name_of_the_study(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, _ = run("plug-in", "--cells", "4x2^10", "--instances", 2)
    assert code == 0
    assert "compared with a re-implementation" in out
    assert [path.name for path in tmp_path.iterdir()] == ["domix-study-plug-in"]


def test_invalid_arguments_are_refused_in_one_line(run, tmp_path):
    for args, words in (
        (["nothing"], "invalid choice"),
        (["paper", "--block", "mine"], "invalid choice"),
        (["paper", "--jobs", "0"], "0 is not at least 1"),
        (["paper", "--cells", "5", "--out", tmp_path / "a"], "matches no cell"),
    ):
        code, out, err = run(*args)
        assert (code, out) == (2, "")
        assert words in err
    (tmp_path / "file").write_text("")
    code, _, err = run("paper", "--out", tmp_path / "file")
    assert code == 2
    assert err.startswith("domix: error: ")
    assert err.count("\n") == 1


def test_interrupt_has_no_traceback(run, tmp_path, monkeypatch):
    def interrupt(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(study_run, "measure_cells", interrupt)
    assert run("accuracy", "--out", tmp_path) == (130, "", "domix: interrupted\n")


def test_help_names_every_study(run):
    _, out, _ = run("--help")
    text = " ".join(out.split()).replace("- ", "-")
    assert all(f"{name}: " in text for name in STUDIES)
