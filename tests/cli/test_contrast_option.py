"""``domix disentangle --contrast``: what it prints, and the note where controls contradict it."""

from __future__ import annotations

import pytest

from domix import Disentanglement, cli, write_network
from domix.data.files import write_frame
from wrong_models import World


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Rows to which nothing was done, from tables that drifted, and control rows; seed 0."""
    folder, world = tmp_path_factory.mktemp("drift"), World(0, drift=0.01)
    net = world.network
    write_network(net, folder / "graph.json")
    for name, codes in (("control", world.controls(3000)), ("rows", world.mixture(3000))):
        write_frame(net.decode(codes, "polars"), folder / f"{name}.csv")
    write_frame(net.decode(world.controls(199), "polars"), folder / "few.csv")
    return folder


@pytest.fixture
def run(capsys, folder):
    def run(*options, control="control.csv"):
        files = [folder / "graph.json", folder / "rows.csv"]
        files += ["--observational", folder / control] if control else []
        code = cli.main(
            [str(part) for part in ("disentangle", *files, "--graph", "given", *options)]
        )
        return code, *capsys.readouterr()

    return run


def test_the_contrast_is_on_where_there_are_controls(run, folder):
    out = folder / "result.json"
    code, printed, err = run("--out", out)
    assert code == 0
    assert "\ncontrols: the tables of the mixture differ " in printed
    (note,) = [line for line in err.splitlines() if "do not fit one model" in line]
    assert note.startswith(
        "domix: note: control rows and mixture do not fit one model: the tables "
    )
    result = Disentanglement.from_json(out.read_text(encoding="utf-8"))
    assert result.contrast.misfit
    assert len(result.components) == 1
    assert run("--contrast", "yes")[1] == printed


def test_the_contrast_can_be_left_out(run):
    code, printed, err = run("--contrast", "no")
    assert code == 0
    assert "controls:" not in printed
    assert "contradict" not in err
    assert printed.count("do(") > 1


def test_few_controls_are_compared_on_request(run):
    printed = [
        run("--format", "json", *options, control="few.csv")[1]
        for options in ([], ["--contrast", "yes"])
    ]
    reports = [Disentanglement.from_json(text).contrast for text in printed]
    assert reports[0] is None
    assert reports[1] is not None


def test_a_contrast_without_controls_is_refused(run):
    code, printed, err = run("--contrast", "yes", control=None)
    assert (code, printed) == (2, "")
    assert err.startswith("domix: error: --contrast: needs the control rows themselves")
    assert len(err.splitlines()) == 1
