"""The command line: arguments, outputs, streams and exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import polars
import pytest

import domix
from domix import cli, example
from domix.cli import program
from domix.cli.commands import disentangle as command
from domix.results.assignment import assignment_columns
from domix.results.result import Disentanglement

SCREEN = ["--do", "Tarn=low@0.6", "--do", "@0.3", "--do", "Quen=low,Sivo=high@0.1"]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    path = tmp_path_factory.mktemp("network") / "screen.json"
    domix.write_network(example.network(), path)
    return path


@pytest.fixture(scope="module")
def rows(network):
    path = network.parent / "rows.csv"
    args = ["simulate", str(network), *SCREEN, "--rows", "3000", "--seed", "5", "--out", str(path)]
    assert cli.main(args) == 0
    return path


@pytest.fixture
def run(capsys):
    """The command line in this process: exit code, stdout, stderr."""

    def run(*args):
        try:
            code = cli.main([str(arg) for arg in args])
        except SystemExit as error:
            code = int(error.code)
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def refused(run):
    """Run what must fail with one line on stderr, and return that line."""

    def refused(*args):
        code, out, err = run(*args)
        assert (code, out) == (2, "")
        assert err.startswith("domix: error: ")
        assert err.count("\n") == 1
        return err

    return refused


def process(*args, **options):
    command = [sys.executable, "-m", "domix", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


# Arguments


def test_version(run):
    assert run("--version") == (0, f"domix {domix.__version__}\n", "")


@pytest.mark.parametrize("command", [None, *program.COMMANDS])
def test_help_of_each_command(run, command):
    code, out, _ = run(*([command] if command else []), "--help")
    assert code == 0
    assert f"domix {command or 'demo'}" in out
    assert command is None or "examples:" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--quiet"], "COMMAND"),
        (["tangle"], "invalid choice: 'tangle'"),
        (["disentangle", "a.bif", "b.csv", "--alpha", "0"], "0 is not between 0 and 1"),
        (["disentangle", "a.bif", "b.csv", "--alpha", "nan"], "nan is not between 0 and 1"),
        (["disentangle", "a.bif", "b.csv", "--seed", "-1"], "-1 is not at least 0"),
        (["disentangle", "a.bif", "b.csv", "--format", "xml"], "invalid choice: 'xml'"),
        (["simulate", "a.bif", "--rows", "0", "--out", "b.csv"], "0 is not between 1 and"),
        (["simulate", "a.bif", "--rows", "1.5", "--out", "b.csv"], "'1.5' is not a whole number"),
    ],
)
def test_invalid_arguments_are_refused(run, args, message):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.startswith("domix: error: ")
    assert err.count("\n") == 1


# Simulate


def test_same_seed_same_file(run, network, tmp_path):
    for name in ("a.csv", "b.csv"):
        line = ["simulate", network, *SCREEN, "--rows", 50, "--seed", 3, "--out", tmp_path / name]
        assert run(*line) == (0, "", "")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert polars.read_csv(tmp_path / "a.csv").shape == (50, 10)


def test_simulate_without_do_is_observational(run, network, tmp_path):
    out = tmp_path / "control.parquet"
    assert run("simulate", network, "--rows", 200, "--seed", 3, "--out", out)[0] == 0
    expected = example.network().sample(200, rng=3, as_frame=True)
    assert polars.read_parquet(out).shape == expected.shape


@pytest.mark.parametrize(
    ("do", "message"),
    [
        (["Tarn=low"], "--do: 'Tarn=low': no weight"),
        (["Tarn=blue@1"], "--do: 'Tarn=blue@1': variable 'Tarn' has no state 'blue'"),
        (["Turn=low@1"], "'Turn=low@1': unknown variable 'Turn'"),
        (["Tarn=low@0.5"], "--do: the weights sum to 0.5, not 1"),
        (["Tarn=low@0.5", "Tarn=low@0.5"], "duplicate target"),
        (["Tarn=low@1.5", "@-0.5"], "-0.5"),
    ],
)
def test_simulate_refuses(refused, network, tmp_path, do, message):
    texts = [word for text in do for word in ("--do", text)]
    line = ["simulate", network, *texts, "--rows", 9, "--out", tmp_path / "x.csv"]
    assert message in refused(*line)
    assert not list(tmp_path.iterdir())


# Disentangle


def test_end_to_end(run, network, rows, tmp_path):
    files = [tmp_path / name for name in ("result.json", "labels.csv", "figure.png")]
    options = [w for pair in zip(["--out", "--assign", "--plot"], files, strict=True) for w in pair]
    code, out, err = run("disentangle", network, rows, *options)
    assert (code, err) == (0, "")
    assert "do(Quen=low, Sivo=high)" in out
    assert sorted(tmp_path.iterdir()) == sorted(files)

    result = Disentanglement.from_json(files[0].read_text())
    assert [str(c.intervention) for c in result.components] == [
        "do(Tarn=low)",
        "do()",
        "do(Quen=low, Sivo=high)",
    ]
    given = polars.read_csv(rows, infer_schema=False)
    labels = polars.read_csv(files[1])
    assert labels.columns == [*given.columns, *assignment_columns(example.network().variables)]
    assert labels.select(given.columns).equals(given)
    assert set(labels["intervention"]) == {str(c.intervention) for c in result.components}
    assert labels["probability"].is_between(1 / 3, 1).all()
    assert files[2].read_bytes().startswith(b"\x89PNG")


def test_json_to_stdout(run, network, rows):
    code, out, err = run("disentangle", network, rows, "--format", "json")
    assert (code, err) == (0, "")
    assert len(Disentanglement.from_json(out).components) == 3
    assert json.loads(out)


def test_tables_are_learnt_from_observational_rows(run, network, rows, tmp_path):
    control = tmp_path / "control.csv"
    run("simulate", network, "--rows", 3000, "--seed", 8, "--out", control)
    line = ["disentangle", network, rows, "--observational", control, "--format", "json"]
    code, out, _ = run(*line)
    assert code == 0
    result = Disentanglement.from_json(out)
    assert len(result.components) == 3
    assert result.network != example.network()


def test_rows_without_a_value_keep_their_place(run, refused, network, rows, tmp_path):
    gaps, labels = tmp_path / "gaps.csv", tmp_path / "labels.parquet"
    table = polars.read_csv(rows, infer_schema=False).with_row_index("cell").head(500)
    hole = polars.when(polars.col("cell") == 7).then(None).otherwise(polars.col("Rhun"))
    table.with_columns(hole.alias("Rhun")).write_csv(gaps)
    assert "'cell'" in refused("disentangle", network, gaps)
    assert "'Rhun' 1" in refused("disentangle", network, gaps, "--extra", "ignore")
    options = ["--extra", "ignore", "--missing", "drop", "--assign", labels]
    code, _, err = run("disentangle", network, gaps, *options)
    assert code == 0
    assert err == f"domix: note: {gaps}: dropped 1 of 500 rows for missing values, by column: " + (
        "'Rhun' 1\n"
    )
    written = polars.read_parquet(labels)
    assert written["cell"].to_list() == [str(i) for i in range(500)]
    empty = written.filter(polars.col("intervention").is_null())
    assert empty["cell"].to_list() == ["7"]
    columns = assignment_columns(example.network().variables)
    assert empty.select(columns).rows() == [(None,) * len(columns)]
    assert run("disentangle", network, gaps, *options, "--quiet")[2] == ""


def test_missing_values_are_summed_out(run, refused, network, rows, tmp_path):
    gaps, labels = tmp_path / "gaps.csv", tmp_path / "labels.parquet"
    table = polars.read_csv(rows, infer_schema=False).head(500)
    hole = polars.when(polars.int_range(500) % 7 == 3).then(None).otherwise(polars.col("Rhun"))
    table.with_columns(hole.alias("Rhun")).write_csv(gaps)
    options = ["--missing", "marginalize", "--assign", labels, "--format", "json"]
    code, out, err = run("disentangle", network, gaps, *options)
    assert (code, err) == (0, "")
    frame = polars.read_csv(gaps)
    expected = domix.disentangle(example.network(), frame, missing="marginalize")
    assert out.rstrip() == expected.to_json().rstrip()
    written = polars.read_parquet(labels)
    interventions, probabilities = expected.assign(frame, missing="marginalize")
    assert written["intervention"].to_list() == [str(target) for target in interventions]
    assert written["probability"].to_list() == pytest.approx(probabilities.tolist())
    assert "--fit" in refused("disentangle", network, gaps, *options, "--fit", tmp_path / "f.csv")
    assert "--bootstrap" in refused("disentangle", network, gaps, *options, "--bootstrap", "9")


def test_unexplained_rows_are_numbered_as_in_the_file(run, tmp_path):
    network, rows = tmp_path / "copy.json", tmp_path / "rows.csv"
    net = domix.Network(
        {"A": [], "B": ["A"]},
        {"A": ["x", "y"], "B": ["x", "y"]},
        {"A": [0.5, 0.5], "B": [[1, 0], [0, 1]]},
    )
    domix.write_network(net, network)
    rows.write_text("A,B\n" + ",x\n" * 3 + "x,x\ny,y\n" * 200 + "x,y\n" * 5 + "y,x\n")
    line = ["disentangle", network, rows, "--missing", "drop", "--format", "json", "--quiet"]
    code, out, _ = run(*line)
    assert code == 0
    assert Disentanglement.from_json(out).unexplained == (408,)


# Outputs are checked first, and written completely or not at all


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--out", "{tmp}/gone/result.json"], "there is no folder"),
        (["--out", "{tmp}/result.txt"], "must end in '.json'"),
        (["--assign", "{tmp}/labels.xlsx"], "must end in one of '.csv'"),
        (["--plot", "{tmp}/figure.bmp"], "must end in one of '.png'"),
        (["--assign", "{tmp}/a.csv", "--plot", "{tmp}/folder.png"], "folder.png is a folder"),
        (["--assign", "{rows}"], "is the same file as ROWS"),
        (["--out", "{network}"], "is the same file as NETWORK"),
    ],
)
def test_outputs_are_checked_before_the_work(
    refused, monkeypatch, network, rows, tmp_path, options, message
):
    monkeypatch.setattr(command, "disentangle", lambda *_, **__: pytest.fail("disentangled first"))
    (tmp_path / "folder.png").mkdir()
    before = rows.read_bytes()
    filled = [text.format(tmp=tmp_path, rows=rows, network=network) for text in options]
    assert message in refused("disentangle", network, rows, *filled)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]
    assert rows.read_bytes() == before


def test_output_over_input_is_refused(refused, network, rows, tmp_path):
    (tmp_path / "sub").mkdir()
    one, two = tmp_path / "x.json", tmp_path / "sub" / ".." / "x.json"
    assert "is the same file as IN" in refused("convert", network, network)
    options = ["--out", one, "--assign", two.with_name("x.json")]
    assert "must end in" in refused("disentangle", network, rows, *options)


def test_unwritable_folder_is_refused(refused, monkeypatch, network, rows, tmp_path):
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert "is not writable" in refused(
        "disentangle", network, rows, "--out", tmp_path / "result.json"
    )


def test_existing_files_are_replaced(run, network, rows, tmp_path):
    out = tmp_path / "result.json"
    out.write_text("old")
    assert run("disentangle", network, rows, "--out", out)[0] == 0
    assert Disentanglement.from_json(out.read_text())


def test_labels_do_not_replace_columns(refused, network, rows, tmp_path):
    labelled = tmp_path / "labelled.csv"
    table = polars.read_csv(rows, infer_schema=False)
    line = ["disentangle", network, labelled, "--extra", "ignore", "--assign", tmp_path / "x.csv"]
    for name in ("probability", "entropy", "set_Tarn"):
        table.with_columns(polars.lit("1").alias(name)).write_csv(labelled)
        assert f"would overwrite the columns {name!r}" in refused(*line)


FAILURES = pytest.mark.parametrize(
    ("failure", "code"), [(OSError(28, "No space left on device"), 2), (KeyboardInterrupt(), 130)]
)


def fail_at(monkeypatch, where, failure):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(command, where, fail)


@FAILURES
def test_failure_leaves_no_files(run, monkeypatch, network, rows, tmp_path, failure, code):
    fail_at(monkeypatch, "disentangle", failure)
    old = tmp_path / "labels.csv"
    old.write_text("old")
    options = ["--out", tmp_path / "r.json", "--assign", old, "--plot", tmp_path / "p.png"]
    got, out, err = run("disentangle", network, rows, *options)
    assert (got, out) == (code, "")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["labels.csv"]
    assert old.read_text() == "old"


@FAILURES
def test_a_figure_that_fails_costs_no_answer(
    run, monkeypatch, network, rows, tmp_path, failure, code
):
    fail_at(monkeypatch, "draw_figures", failure)
    options = ["--out", tmp_path / "r.json", "--plot", tmp_path / "p.png"]
    got, out, err = run("disentangle", network, rows, *options)
    assert (got, err.count("\n")) == (code, 1)
    answer = Disentanglement.from_json((tmp_path / "r.json").read_text())
    assert out == answer.summary() + "\n"
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]


# Other commands and streams


def test_convert_round_trip(run, network, tmp_path):
    bif, back = tmp_path / "net.bif.gz", tmp_path / "back.json"
    assert run("convert", network, bif) == (0, "", "")
    assert run("convert", bif, back) == (0, "", "")
    assert domix.read_network(back) == domix.read_network(network)


def test_show(run, network):
    code, out, err = run("show", network)
    assert (code, err) == (0, "")
    assert "10 variables, 12 edges" in out


@pytest.mark.parametrize("command", ["show", "disentangle", "simulate", "convert"])
def test_missing_network(refused, rows, tmp_path, command):
    rest = {
        "show": [],
        "disentangle": [rows],
        "simulate": ["--rows", 5, "--out", tmp_path / "x.csv"],
        "convert": [tmp_path / "x.json"],
    }
    assert "gone.bif" in refused(command, tmp_path / "gone.bif", *rest[command])


def test_files_without_rows_are_refused(refused, network, rows, tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text(rows.read_text().splitlines()[0] + "\n")
    assert "empty.csv: there are no rows, only column names" in refused(
        "disentangle", network, empty
    )
    message = refused("disentangle", network, rows, "--observational", empty)
    assert "empty.csv: there are no rows, only column names" in message


def test_dropping_all_rows_is_refused(run, network, rows, tmp_path):
    gaps = tmp_path / "gaps.csv"
    polars.read_csv(rows).head(2).with_columns(Rhun=None).write_csv(gaps)
    for files in ([gaps], [rows, "--observational", gaps]):
        code, out, err = run("disentangle", network, *files, "--missing", "drop")
        assert (code, out) == (2, "")
        assert err.splitlines()[-1].endswith("gaps.csv: every row misses a value; fill them in")


COMMON_MISTAKES = {
    "wrong column": (lambda t: t.replace("Rhun", "Run", 1), "no column for 'Rhun'"),
    "unknown state": (
        lambda t: t.replace(",low", ",lwo", 1),
        "'lwo' is not a state; the states are",
    ),
    "empty": (lambda t: "", ":1: empty; the first line must hold the columns' names"),
    "no header": (lambda t: t.partition("\n")[2], "the first line must hold the columns' names"),
    "semicolons": (
        lambda t: t.replace(",", ";"),
        "as ',' separates the columns; give --separator ';'",
    ),
    "NaN": (lambda t: t.replace(",low", ",NaN", 1), "missing values, by column: "),
    "index": (
        lambda t: "\n".join("," + line for line in t.splitlines()),
        "a column has no name, and its values",
    ),
    "twice": (lambda t: t.replace("Rhun", "Tarn", 1), "'Tarn' is the name of columns "),
    "a field more": (lambda t: t.replace(",low", ",low,low", 1), "fields are expected"),
}


@pytest.mark.parametrize(("spoil", "message"), COMMON_MISTAKES.values(), ids=COMMON_MISTAKES)
def test_invalid_rows_are_refused_and_nothing_is_written(
    refused, network, rows, tmp_path, spoil, message
):
    path = tmp_path / "spoiled.csv"
    path.write_text(spoil(rows.read_text()))
    outputs = ["--out", tmp_path / "a.json", "--assign", tmp_path / "b.csv"]
    error = refused("disentangle", network, path, *outputs)
    assert f"{path}" in error
    assert message in error
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
    ],
    ids=["Windows", "old Mac", "byte order mark"],
)
def test_rows_of_other_systems_are_read(run, network, rows, tmp_path, encode):
    path = tmp_path / "rows.csv"
    path.write_bytes(encode(rows.read_text()))
    assert run("disentangle", network, path) == run("disentangle", network, rows)


def test_each_note_is_one_line(run, tmp_path):
    path = tmp_path / "off.bif"
    path.write_text(
        "network off {}\nvariable A { type discrete [2] { x, y }; }\n"
        "probability ( A ) { table 0.5, 0.500001; }\n"
    )
    code, _, err = run("show", path)
    assert code == 0
    assert err.startswith("domix: note: ")
    assert err.count("\n") == 1
    assert run("show", path, "--quiet")[2] == ""


def test_nothing_on_stderr_in_a_pipe(network, rows):
    done = process("disentangle", network, rows)
    assert (done.returncode, done.stderr) == (0, "")
    assert "do(Tarn=low)" in done.stdout


@pytest.mark.parametrize(("quiet", "shown"), [([], True), (["--quiet"], False)])
def test_progress_bar_on_a_terminal(run, monkeypatch, network, rows, quiet, shown):
    asked = []

    def record(*args, progress, **options):
        asked.append(progress)
        return domix.disentangle(*args, **options)

    monkeypatch.setattr(command, "disentangle", record)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert run("disentangle", network, rows, *quiet)[0] == 0
    assert asked == [shown]


def test_closed_pipe_has_its_exit_code(network):
    command = [sys.executable, "-m", "domix", "show", str(network)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141


def test_exit_codes_of_the_process(tmp_path):
    done = process("show", tmp_path / "gone.bif")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


def test_fit_is_written_and_printed(run, network, rows, tmp_path):
    path = tmp_path / "fit.csv"
    code, out, _ = run("disentangle", network, rows, "--fit", path)
    assert code == 0
    assert "tests depart from the fit" in out
    frame = polars.read_csv(path)
    assert frame.filter(frame["variable"] == "Tarn")["observed"].sum() == 3000


def test_fit_counts_all_controls_of_the_tables(run, rows, tmp_path):
    true = example.network()
    learnt = domix.Network.fit(true.parents, true.sample(2000, rng=1), true.states)
    domix.write_network(learnt, tmp_path / "learnt.json")
    controls = tmp_path / "controls.csv"
    true.sample(500, rng=2, as_frame=True).write_csv(controls)
    path = tmp_path / "fit.csv"
    for options, many in (((), 2000), (("--observational", controls), 2500)):
        code, out, err = run("disentangle", tmp_path / "learnt.json", rows, "--fit", path, *options)
        assert (code, err) == (0, "")
        assert f"learnt from {many:,} control rows" in out
        frame = polars.read_csv(path)
        assert frame.filter(frame["variable"] == "Tarn")["control"].sum() == many


def test_bootstrap_is_used(run, network, rows):
    code, out, _ = run("disentangle", network, rows, "--bootstrap", "10")
    assert code == 0
    assert "percentiles of 10 bootstrap replicates" in out
    assert run("disentangle", network, rows, "--bootstrap", "1")[0] == 2
