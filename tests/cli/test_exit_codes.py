"""``domix disentangle --fail-on-intervention``: exit codes for scripts."""

from __future__ import annotations

import re

import polars
import pytest

from domix import Disentanglement, Mixture, cli, disentangle, do, example, write_network
from domix.data.files import write_frame

TARGET = do(Tarn="low")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Rows with and without a target, and both as groups."""
    folder, net = tmp_path_factory.mktemp("script"), example.network()
    write_network(net, folder / "net.json")
    quiet = net.sample(2000, rng=1, as_frame=True)
    changed = Mixture(net, {do(): 0.7, TARGET: 0.3}).sample(2000, rng=2, as_frame=True)
    write_frame(quiet, folder / "quiet.csv")
    write_frame(changed, folder / "changed.csv")
    for name, second in (("quiet", quiet), ("changed", changed)):
        parts = [rows.with_columns(day=polars.lit(d)) for d, rows in enumerate([quiet, second])]
        write_frame(polars.concat(parts), folder / f"{name}_days.csv")
    return folder


@pytest.fixture
def run(capsys, folder):
    def run(rows, *options):
        words = ["disentangle", folder / "net.json", folder / f"{rows}.csv", *options]
        return cli.main([str(word) for word in words]), *capsys.readouterr()

    return run


@pytest.mark.parametrize(("rows", "code"), [("quiet", 0), ("changed", 1)])
def test_targets_are_found_in_the_rows_or_any_group(run, rows, code):
    assert run(rows)[0] == 0
    assert run(rows, "--fail-on-intervention")[0] == code
    days = [f"{rows}_days", "--groups", "day"]
    assert run(*days)[0] == 0
    assert run(*days, "--fail-on-intervention")[0] == code


def test_files_and_output_are_those_without_the_option(run, tmp_path):
    out = tmp_path / "result.json"
    _, printed, _ = run("changed")
    code, same, err = run("changed", "--fail-on-intervention", "--out", out)
    assert (code, same, err) == (1, printed, "")
    assert TARGET in Disentanglement.from_json(out.read_text()).mixture.interventions


def test_a_known_target_counts_if_it_passes_the_test(run):
    known = ["--include", "Tarn=low", "--fail-on-intervention"]
    assert run("quiet", *known)[0] == 0
    assert run("changed", *known)[0] == 1


def test_bad_input_keeps_its_code(run):
    assert run("missing", "--fail-on-intervention")[0] == 2


def test_nothing_found_names_the_share_that_would_be_seen(run):
    _, printed, _ = run("quiet")
    assert "\nnothing beyond do() was found, method: likelihood, 2,000 rows\n" in printed
    low = float(re.search(r"(0\.\d+) to 1\.0000", printed)[1])
    share = re.search(r"\nunseen: up to (\S+) of the rows might come from do\(", printed)[1]
    assert float(share) == pytest.approx(1 - low, rel=0.05)
    assert "a larger share of any target of one variable would have been seen" in printed
    assert "nothing beyond" not in run("changed")[1]


def test_a_share_well_above_it_is_seen():
    net = example.network()
    (lone,) = disentangle(net, net.sample(2000, rng=3)).components
    share = 2 * (1 - lone.interval[0])
    for target in (do(Tarn="low"), do(Vesk="normal")):
        rows = Mixture(net, {do(): 1 - share, target: share}).sample(2000, rng=4)
        assert len(disentangle(net, rows).components) > 1
