"""``domix disentangle`` of several files of rows, which are read in batches."""

from __future__ import annotations

import json

import polars as pl
import pytest

from domix import Mixture, Network, do
from domix.cli import main
from domix.cli.files import streams
from domix.data.files import SUFFIXES, read_frame

NET = Network(
    {"A": [], "B": ["A"]},
    {"A": ["low", "high"], "B": ["low", "mid", "high"]},
    {"A": [0.5, 0.5], "B": [[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]]},
)
ROWS = pl.DataFrame(
    Mixture(NET, {do(): 0.7, do(B="mid"): 0.3}).sample(3000, rng=0, as_frame=True)
).with_row_index("plate")
CONTROLS = pl.DataFrame(NET.sample(2000, rng=1, as_frame=True))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "graph.csv").write_text("cause,effect\nA,B\n")
    (tmp_path / "rows").mkdir()
    ROWS.write_csv("rows.csv")
    ROWS[:1700].write_parquet("rows/1.parquet")
    ROWS[1700:].write_parquet("rows/2.parquet")
    CONTROLS.write_csv("controls.csv")
    CONTROLS[:500].write_csv("controls1.csv")
    CONTROLS[500:].write_csv("controls2.csv")
    ROWS.select("plate", "A", set="B").write_csv("labels.csv")
    return tmp_path


def run(*arguments):
    return main(["disentangle", "graph.csv", *arguments, "--extra", "ignore", "--quiet"])


@pytest.mark.parametrize("rows", [["rows/*.parquet"], ["rows/1.parquet", "rows/2.parquet"]])
@pytest.mark.parametrize("controls", ["controls.csv", "controls?.csv"])
def test_files_give_the_result_of_one(folder, rows, controls):
    assert run("rows.csv", "--observational", "controls.csv", "--out", "whole.json") == 0
    assert run(*rows, "--observational", controls, "--out", "parts.json") == 0
    whole, parts = (
        json.loads((folder / f"{name}.json").read_text()) for name in ("whole", "parts")
    )
    assert parts == whole
    assert len(whole["components"]) == 2


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("holes", [False, True])
def test_labels_are_written_in_batches(folder, monkeypatch, suffix, holes):
    monkeypatch.setattr(streams, "LABELLED_ENTRIES", 700)
    options = ["--observational", "controls.csv", "--missing", "drop"]
    if holes:
        frame = ROWS.with_columns(A=pl.when(pl.col("plate") % 7 > 0).then("A"))
        frame.write_csv("rows.csv")
        frame[:1700].write_parquet("rows/1.parquet")
        frame[1700:].write_parquet("rows/2.parquet")
    run("rows.csv", *options, "--assign", "whole.parquet")
    run("rows/*.parquet", *options, "--assign", f"parts{suffix}")
    whole, parts = read_frame("whole.parquet"), read_frame(f"parts{suffix}")
    assert parts.columns == whole.columns
    # Text files hold text.
    numbers = pl.all().exclude("A", "B", "intervention").cast(pl.Float64).round(9)
    assert parts.with_columns(numbers).equals(whole.with_columns(numbers))
    assert whole["intervention"].null_count() == (429 if holes else 0)


@pytest.mark.parametrize("suffix", [".feather", ".parquet"])
def test_files_have_categories_of_their_own(folder, suffix):
    rows = ROWS.with_columns(pl.col("A", "B").cast(pl.Categorical))
    first, second = (rows.filter(pl.col("A") == label) for label in ("high", "low"))
    first.write_parquet("rows/1.parquet")
    second.write_parquet("rows/2.parquet")
    options = ["--observational", "controls.csv", "--assign", f"labels{suffix}"]
    assert run("rows/*.parquet", *options) == 0
    labels = read_frame(f"labels{suffix}").select(ROWS.columns)
    text = pl.col("A", "B").cast(pl.String)
    assert labels.with_columns(text).equals(pl.concat([first, second]).with_columns(text))


def test_columns_of_some_files_only(folder, capsys):
    ROWS[1700:].with_columns(day=1).write_parquet("rows/2.parquet")
    rows = ["rows/*.parquet", "--observational", "controls.csv"]
    assert run("rows.csv", *rows[1:], "--out", "whole.json") == 0
    assert run(*rows, "--out", "parts.json", "--assign", "labels.parquet") == 0
    assert (folder / "parts.json").read_text() == (folder / "whole.json").read_text()
    labelled = read_frame("labels.parquet")
    assert len(labelled) == len(ROWS)
    assert labelled.columns[:4] == ["plate", "A", "B", "intervention"]
    assert main(["disentangle", "graph.csv", *rows, "--quiet"]) == 2
    error = capsys.readouterr().err
    assert "rows/1.parquet: columns that are not variables: 'plate'" in error


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--groups", "plate"],
            "--groups: reads the groups of rows, and these are read in batches",
        ),
        (["--labels", "plate"], "--labels: reads the interventions of rows, and these"),
        (["--fit", "fit.csv"], "--fit: counts rows once more, and these are read in batches"),
        (["--discretize"], "--discretize: cuts measurements, and these are read in batches"),
        (["--missing", "marginalize"], "in batches; name one file of rows, or"),
        (["--missing", "error"], "fill in what is missing, or leave out such rows: --missing drop"),
    ],
)
def test_what_needs_rows_in_memory_is_refused(folder, capsys, options, message):
    ROWS.with_columns(A=pl.lit(None, pl.String)).write_parquet("rows/1.parquet")
    assert run("rows/*.parquet", "--observational", "controls.csv", *options) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none/*.csv"], "none/*.csv: no file matches this pattern"),
        (["rows/*.parquet", "--assign", "rows/2.parquet"], "is the same file as ROWS, rows/2.parq"),
        (["rows/1.parquet", "rows/*.parquet"], "rows/1.parquet: this file is named twice, so that"),
        (
            ["rows/*.parquet", "labels.csv"],
            "labels.csv: no column for 'B'; the columns that are not variables are 'plate', 'set'",
        ),
    ],
)
def test_files_that_do_not_fit_are_named(folder, capsys, arguments, message):
    assert run(*arguments, "--observational", "controls.csv") == 2
    assert message in capsys.readouterr().err


def test_a_bad_label_is_named(folder, capsys):
    ROWS[1700:].with_columns(B=pl.lit("hgh")).write_csv("rows/3.csv")
    network = folder / "net.json"
    from domix import write_network

    write_network(NET, network)
    assert main(["disentangle", str(network), "rows/[13]*", "--extra", "ignore"]) == 2
    error = capsys.readouterr().err
    assert "rows/3.csv: row 0 (counting from 0), column 'B': 'hgh' is not a state" in error
