"""``domix disentangle --report``: the report of a run, with what the command line knows."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta

import polars
import pytest

from domix import DataError, Disentanglement, Mixture, cli, do, example
from domix.data.files import write_frame

TARGET = do(Tarn="low")


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run the command in a folder with a graph, rows and control rows."""
    monkeypatch.chdir(tmp_path)
    net = example.network()
    rows = Mixture(net, {do(): 0.6, TARGET: 0.4}).sample(800, rng=0, as_frame=True)
    halves = rows.with_columns(day=polars.Series(["mon", "tue"] * 400))
    write_frame(rows, tmp_path / "rows.csv")
    write_frame(halves, tmp_path / "days.csv")
    gaps = net.sample(805, rng=1, as_frame=True).with_columns(
        Tarn=polars.when(polars.int_range(polars.len()) >= 5).then(polars.col("Tarn"))
    )
    write_frame(gaps, tmp_path / "control.csv")
    edges = [f"{cause},{effect}" for effect, causes in net.parents.items() for cause in causes]
    (tmp_path / "graph.csv").write_text("\n".join(["cause,effect", *edges]))

    def run(*options, rows="rows.csv"):
        words = ["disentangle", "graph.csv", rows, "--observational", "control.csv"]
        words += ["--missing", "drop", *options]
        return cli.main(words), *capsys.readouterr()

    return run


def test_the_report_knows_files_options_and_notes(run, tmp_path):
    code, _, err = run("--report", "out.md", "--soft", "no", "--seed", "3")
    assert code == 0
    text = (tmp_path / "out.md").read_text("utf-8").replace("\\", "")
    assert str(TARGET) in text
    digits = hashlib.sha256((tmp_path / "rows.csv").read_bytes()).hexdigest()[:16]
    assert f"| rows.csv | rows | {len((tmp_path / 'rows.csv').read_bytes()) / 1000:.3g} kB" in text
    assert digits in text
    assert "| --soft | no |" in text
    assert "domix disentangle graph.csv rows.csv --observational control.csv" in text
    assert "**seed**: 3" in text
    assert "5 of 805 control rows miss a value" in text
    # A note is on the terminal and in the report, in the words of the command line.
    (note,) = (line for line in err.splitlines() if "control.csv" in line)
    assert note.removeprefix("domix: note: ") in text
    assert "tests reject the fit" in text


def test_quiet_runs_record_notes_all_the_same(run, tmp_path):
    _, _, err = run("--report", "out.md", "--quiet")
    assert err == ""
    assert "Warnings of the run:" in (tmp_path / "out.md").read_text("utf-8")


def test_several_reports_are_written(run, tmp_path):
    code, *_ = run("--report", "out.md", "--report", "out.html")
    assert code == 0
    assert "Hidden interventions" in (tmp_path / "out.md").read_text("utf-8")
    assert "Hidden interventions" in (tmp_path / "out.html").read_text("utf-8")


def test_dropped_rows_and_ignored_columns_are_named(run, tmp_path):
    days = polars.read_csv(tmp_path / "days.csv").with_columns(Tarm=polars.lit("low"))
    gaps = days.with_columns(
        Tarn=polars.when(polars.int_range(polars.len()) >= 3).then(polars.col("Tarn"))
    )
    write_frame(gaps, tmp_path / "days.csv")
    run("--report", "out.md", "--groups", "day", "--extra", "ignore", rows="days.csv")
    text = (tmp_path / "out.md").read_text("utf-8")
    assert "3 of 800 rows miss a value, and were left out" in text
    assert "1 column of the rows is not among the variables, and had no effect: Tarm" in text


def test_groups_have_one_report(run, tmp_path):
    code, *_ = run("--report", "out.html", "--groups", "day", rows="days.csv")
    page = (tmp_path / "out.html").read_text("utf-8")
    assert code == 0
    assert "mon: do(Tarn=low)" in page
    assert "tue: do(Tarn=low)" in page


def test_rows_in_batches_say_what_is_left_out(run, tmp_path):
    code, *_ = run("--report", "out.md", rows="row?.csv")
    assert code == 0
    text = (tmp_path / "out.md").read_text("utf-8")
    assert "these were read in batches" in text
    assert "is not in this report" in text


def test_advice_is_in_words_of_the_command_line(run, tmp_path):
    lines = (tmp_path / "graph.csv").read_text().splitlines()
    (tmp_path / "graph.csv").write_text("\n".join(line for line in lines if line != "Rhun,Sivo"))
    run("--report", "out.md", "--graph", "given")
    text = (tmp_path / "out.md").read_text("utf-8")
    assert "--graph repair" in text
    assert 'graph="repair"' not in text


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("out.txt", "must end in one of '.html', '.htm', '.md'"),
        ("rows.csv", "must end"),
        ("no/out.md", "folder"),
    ],
)
def test_reports_that_cannot_be_written_are_refused_first(run, path, words, monkeypatch):
    monkeypatch.setattr("domix.cli.commands.disentangle.disentangle", None)
    code, _, err = run("--report", path)
    assert code == 2
    assert "--report" in err
    assert words in err


@pytest.mark.parametrize("option", ["--plot=targets.svg", "--report=report.html", "--fit=fit.csv"])
def test_a_failure_after_the_answer_keeps_it(run, tmp_path, monkeypatch, option):
    def fail(*_, **__):
        raise DataError("too large to draw")

    for name in ("draw_figures" if "plot" in option else "write_run", "write_frame"):
        monkeypatch.setattr(f"domix.cli.commands.disentangle.{name}", fail)
    code, out, err = run(option, "--out", "result.json", "--assign", "labels.csv")
    assert code == 2
    assert "too large to draw" in err
    assert str(TARGET) in out
    assert (
        str(TARGET) in Disentanglement.from_json((tmp_path / "result.json").read_text()).summary()
    )
    assert (tmp_path / "labels.csv").exists()


@pytest.fixture
def timed(tmp_path):
    """Write rows with their times, of which the first misses a value; return the file's name."""
    net = example.network()
    parts = [
        Mixture(net, {target: 1}).sample(400, rng=0, as_frame=True) for target in (TARGET, do())
    ]
    start = datetime(2026, 3, 10)
    hours = [f"{start + timedelta(hours=row // 4):%Y-%m-%d %H:%M}" for row in range(800)]
    rows = polars.concat(parts).with_columns(
        Sivo=polars.when(polars.int_range(800) > 0).then("Sivo"), hour=polars.Series(hours)
    )
    write_frame(rows, tmp_path / "timed.csv")
    return "timed.csv"


def test_reports_and_figures_run_over_a_column_of_times(run, timed, tmp_path):
    options = ["--report", "out.html", "--report", "out.md", "--plot", "posterior:rows.svg"]
    assert run("--time", "hour", *options, rows=timed)[0] == 0
    text = (tmp_path / "out.md").read_text("utf-8").replace("\\", "")
    periods = re.findall(r"\| Tarn \| low \| ([^|]*) \| ([^|]*) \| (\d+) \|", text)
    first, last, _ = max(periods, key=lambda period: int(period[2]))
    assert first == "2026-03-10 00:00"
    assert last.startswith("2026-03-14")
    assert "had no effect" not in text
    for file in ("out.html", "rows.svg"):
        page = (tmp_path / file).read_text("utf-8")
        assert "Mean posterior probability" in page
        assert re.search(r">(2026-03-1\d|Mar 1\d)<", page)


def test_a_variable_can_be_the_time(run, tmp_path):
    assert run("--time", "Tarn", "--report", "out.md")[0] == 0
    assert "| Tarn | low | low | low |" in (tmp_path / "out.md").read_text("utf-8")


def test_rows_in_batches_have_no_times(run, timed):
    code, _, err = run("--report", "out.md", "--time", "hour", rows="t?med.csv")
    assert code == 2
    assert "--time: reads the times of rows, and these are read in batches" in err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--report", "out.md", "--time", "hours"], "--time: there is no column 'hours'"),
        (["--report", "out.md", "--time", "day"], "--time: '3/10/2026' looks like a date"),
        (["--report", "out.md", "--time", "none"], "--time: no row has a time"),
        (["--plot", "out.svg", "--time", "hour"], "add --plot posterior:FILE, or --report FILE"),
        (["--report", "out.md", "--time", "hour", "--groups", "day"], "--time: is of one mixture"),
    ],
)
def test_times_without_use_are_refused_first(run, timed, tmp_path, monkeypatch, options, words):
    monkeypatch.setattr("domix.cli.commands.disentangle.disentangle", None)
    rows = polars.read_csv(tmp_path / timed)
    rows = rows.with_columns(day=polars.lit("3/10/2026"), none=polars.lit("?"))
    write_frame(rows, tmp_path / timed)
    code, _, err = run(*options, "--missing-values", "?", "--extra", "ignore", rows=timed)
    assert code == 2
    assert words in err
    assert not (tmp_path / "out.md").exists()


def test_an_empty_value_of_an_option_is_seen(run, tmp_path):
    run("--report", "out.md", "--missing-values", "")
    assert '| --missing-values | "" |' in (tmp_path / "out.md").read_text("utf-8")
