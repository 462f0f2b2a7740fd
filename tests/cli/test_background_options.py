"""Background knowledge on the command line."""

from __future__ import annotations

import json

import polars
import pytest
from polars.testing import assert_frame_equal

import domix
from domix import cli, example
from domix.data.files import read_frame, write_frame
from domix.results.assignment import assignment_columns

TRUTH = {domix.do(Tarn="low"): 0.6, domix.do(): 0.3, domix.do(Quen="low", Sivo="high"): 0.1}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A network and 2,000 rows, every fifth with a label, in two plates."""
    folder = tmp_path_factory.mktemp("screen")
    net = example.network()
    domix.write_network(net, folder / "net.json")
    mix = domix.Mixture(net, TRUTH)
    codes, origin = mix.sample(2000, rng=5, return_components=True)
    labels = [str(mix.interventions[c]) if r % 5 == 0 else None for r, c in enumerate(origin)]
    plates = ["one", "two"] * 1000
    rows = net.decode(codes, "polars").with_columns(
        polars.Series("done", labels), polars.Series("plate", plates)
    )
    write_frame(rows, folder / "rows.csv")
    write_frame(rows.drop("done", "plate"), folder / "plain.csv")
    return folder


def run(capsys, folder, rows, *options):
    line = ["disentangle", folder / "net.json", folder / rows, "--quiet", *options]
    code = cli.main([str(part) for part in line])
    return code, *capsys.readouterr()


def test_options_are_arguments_of_disentangle(capsys, folder):
    code, out, _ = run(
        capsys,
        folder,
        "plain.csv",
        *["--include", "Tarn=low", "--include", "Rhun=high"],
        *["--suspected", "Quen=low,Sivo=high"],
        *["--never-intervened", "Ungo", "--never-intervened", "Pryd"],
        *["--max-target-size", "2", "--excluded", "Tarn=high", "--format", "json"],
    )
    assert code == 0
    net = example.network()
    expected = domix.disentangle(
        net,
        read_frame(folder / "plain.csv"),
        include=["Tarn=low", {"Rhun": "high"}],
        suspected=[domix.do(Quen="low", Sivo="high")],
        never_intervened=["Ungo", "Pryd"],
        max_target_size=2,
        excluded_values={"Tarn": "high"},
    )
    assert out == expected.to_json()
    assert sum(c.known for c in expected.components) == 2


def test_labels_are_read_from_a_column(capsys, folder, tmp_path):
    rows = read_frame(folder / "rows.csv").drop("plate")
    write_frame(rows, tmp_path / "labelled.csv")
    out = tmp_path / "out.csv"
    options = ["--labels", "done", "--assign", str(out)]
    code, printed, _ = run(capsys, folder, tmp_path / "labelled.csv", *options)
    assert code == 0
    assert "labels: known for 400 of these rows" in printed
    assigned = read_frame(out)
    known = assigned.filter(polars.col("done").is_not_null())
    names = example.network().variables
    assert assigned.columns == [*rows.columns, *assignment_columns(names)]
    assert (known["intervention"] == known["done"]).all()
    assert set(known["probability"]) == {"1.0"}


def test_groups_are_read_from_a_column(capsys, folder, tmp_path):
    out, assigned = tmp_path / "result.json", tmp_path / "labels.csv"
    options = [
        "--groups",
        "plate",
        "--labels",
        "done",
        "--out",
        str(out),
        "--assign",
        str(assigned),
    ]
    code, printed, _ = run(capsys, folder, "rows.csv", *options)
    assert code == 0
    assert printed.startswith("group one\n\nweight")
    assert "\n\ngroup two\n\nweight" in printed
    rows = read_frame(folder / "rows.csv")
    net = example.network()
    expected = domix.disentangle(
        net, rows.select(net.variables), labels=rows["done"], groups=rows["plate"]
    )
    documents = json.loads(out.read_text(encoding="utf-8"))
    assert list(documents) == ["one", "two"]
    for plate, document in documents.items():
        result = domix.Disentanglement.from_json(json.dumps(document))
        assert result.components == expected[plate].components
        own = rows.filter(polars.col("plate") == plate)
        labels = result.assign(own.select(net.variables), own["done"], as_frame=True)
        written = polars.read_csv(assigned).filter(polars.col("plate") == plate)
        assert_frame_equal(written.select(labels.columns), labels)
    assert run(capsys, folder, "rows.csv", *options[:4], "--format", "json")[1] == out.read_text(
        encoding="utf-8"
    )


def test_labels_of_dropped_rows_are_dropped(capsys, folder, tmp_path):
    rows = read_frame(folder / "rows.csv")
    gaps = rows.with_columns(
        polars.when(polars.int_range(polars.len()) == 0)
        .then(None)
        .otherwise(polars.col("Rhun"))
        .alias("Rhun")
    )
    write_frame(gaps, tmp_path / "gaps.csv")
    options = ["--labels", "done", "--groups", "plate", "--missing", "drop"]
    code, printed, _ = run(capsys, folder, tmp_path / "gaps.csv", *options)
    assert code == 0
    assert "999 rows" in printed
    assert "labels: known for 199 of these rows" in printed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labels", "what"], "--labels: there is no column 'what'; the columns are "),
        (["--groups", "Tarn"], "--groups: 'Tarn' is a variable of the network"),
        (
            ["--groups", "plate", "--plot", "weights:x.png"],
            "--plot: weights:x.png shows one",
        ),
        (["--include", "Tarn"], ": --include: 'Tarn' is not name=state"),
        (["--excluded", "Tarn"], "--excluded: 'Tarn' is not name=state"),
        (["--never-intervened", "Unknown"], "--never-intervened: unknown variable 'Unknown'"),
        (["--excluded", "Tarn=up"], "--excluded: variable 'Tarn' has no state 'up'"),
        (["--excluded", "*=up"], "--excluded: no variable has the state 'up'"),
        (["--suspected", "Tarn=up"], "--suspected: variable 'Tarn' has no state 'up'"),
    ],
)
def test_invalid_options_are_refused(capsys, folder, options, message):
    rest = ["--extra", "ignore"] if "--labels" not in options else []
    code, out, err = run(capsys, folder, "rows.csv", *options, *rest)
    assert (code, out) == (2, "")
    assert message in err


@pytest.mark.parametrize("size", ["-1", "two"])
def test_target_size_is_a_whole_number(capsys, size):
    with pytest.raises(SystemExit):
        cli.main(["disentangle", "net.json", "rows.csv", "--max-target-size", size])
    assert size in capsys.readouterr().err


def test_errors_say_that_dropped_rows_are_not_counted(capsys, folder):
    rows = read_frame(folder / "rows.csv")
    bad = rows.with_columns(Tarn=polars.Series([None, *rows["Tarn"].to_list()[1:]]))
    bad = bad.with_columns(done=polars.Series([None, "nonsense", *[None] * 1998]))
    write_frame(bad, folder / "bad.csv")
    options = ["--labels", "done", "--missing", "drop", "--extra", "ignore"]
    code, _, err = run(capsys, folder, "bad.csv", *options)
    assert code == 2
    assert ": --labels: row 0" in err
    assert "(rows that were dropped are not counted)" in err


def test_labels_reads_what_assign_writes(capsys, tmp_path):
    signs = domix.Network(
        {"CO2, %": [], "X": ["CO2, %"]},
        {"CO2, %": ["<7.5", ">=7.5"], "X": ["a,b", "c"]},
        {"CO2, %": [0.5, 0.5], "X": [[0.9, 0.1], [0.2, 0.8]]},
    )
    domix.write_network(signs, tmp_path / "net.json")
    truth = {domix.do(): 0.5, domix.do({"CO2, %": ">=7.5", "X": "a,b"}): 0.5}
    rows = domix.Mixture(signs, truth).sample(500, rng=1, as_frame=True)
    write_frame(rows, tmp_path / "rows.csv")
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert run(capsys, tmp_path, "rows.csv", "--assign", str(first))[0] == 0
    labelled = read_frame(first).rename({"intervention": "done"})
    labelled = labelled.select(*rows.columns, "done")
    write_frame(labelled, tmp_path / "labelled.csv")
    options = ["--labels", "done", "--assign", str(second)]
    assert run(capsys, tmp_path, "labelled.csv", *options)[0] == 0
    assert read_frame(second)["intervention"].equals(read_frame(first)["intervention"])


def test_a_state_is_excluded_wherever_it_is(capsys, folder):
    code, out, _ = run(capsys, folder, "plain.csv", "--excluded", "*=normal", "--format", "json")
    states = dict.fromkeys(example.network().variables, "normal")
    rows = read_frame(folder / "plain.csv")
    expected = domix.disentangle(example.network(), rows, excluded_values=states)
    assert (code, out) == (0, expected.to_json())
