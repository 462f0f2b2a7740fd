"""Figures that ``domix disentangle --plot`` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

import domix
from domix import cli, do, example
from domix.cli.files.figures import FigureFile
from domix.data.files import write_frame

pytest.importorskip("matplotlib")
polars = pytest.importorskip("polars")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    net = example.network()
    domix.write_network(net, folder / "net.json")
    codes = domix.Mixture(net, {do(): 0.5, do(Tarn="low"): 0.5}).sample(600, rng=5)
    rows = net.decode(codes, "polars").with_columns(polars.Series("plate", ["one", "two"] * 300))
    write_frame(rows, folder / "rows.csv")
    return folder


def run(capsys, folder, *options):
    line = ["disentangle", folder / "net.json", folder / "rows.csv", "--quiet", *options]
    code = cli.main([str(part) for part in line])
    return code, *capsys.readouterr()


def test_kinds_are_written_to_their_files(capsys, folder, tmp_path):
    kinds = ["targets", "network", "weights", "posterior", "lifting", "graph"]
    options = [part for k in kinds for part in ("--plot", f"{k}:{tmp_path / k}.svg")]
    code, _, err = run(capsys, folder, "--extra", "ignore", *options)
    assert (code, err) == (0, "")
    texts = {kind: (tmp_path / f"{kind}.svg").read_text("utf-8") for kind in kinds}
    assert len(set(texts.values())) == len(kinds)
    assert all("Tarn" in text for text in texts.values())
    assert "expected rows" in texts["posterior"]


def test_groups_are_one_figure(capsys, folder, tmp_path):
    path = tmp_path / "groups.svg"
    assert run(capsys, folder, "--groups", "plate", "--plot", path)[0] == 0
    text = path.read_text("utf-8")
    assert ">one</text>" in text
    assert ">two</text>" in text


@pytest.mark.parametrize(
    ("text", "kind", "path"),
    [
        ("./we:ird.svg", None, "./we:ird.svg"),
        ("2026-12-01T10:00.svg", None, "2026-12-01T10:00.svg"),
        ("C:figure.svg", None, "C:figure.svg"),
        ("weights:we:ird.svg", "weights", "we:ird.svg"),
    ],
)
def test_a_path_can_have_a_colon(text, kind, path):
    figure = FigureFile.read(text)
    assert (figure.kind, figure.path) == (kind, Path(path))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--plot", "we:ird.svg"], "a file of this name is written ./we:ird.svg"),
        (["--plot", "pie:a.svg"], "'pie' is not a kind of figure; choose from 'targets'"),
        (["--plot", "network:a.gif"], "--plot: a.gif must end in one of"),
        (["--plot", "a.svg", "--plot", "network:a.svg"], "a.svg is the same file as --plot a.svg"),
        (["--plot", "posterior:a.svg", "--memory-limit", "1GB"], "without --memory-limit"),
    ],
)
def test_figures_that_cannot_be_are_refused(capsys, folder, options, message):
    try:
        code, _, err = run(capsys, folder, "--extra", "ignore", *options)
    except SystemExit as exit:
        code, err = exit.code, capsys.readouterr().err
    assert code == 2
    assert message in err
