"""Checks of a model by its control rows, by themselves and in results."""

from __future__ import annotations

import json
import warnings

import polars
import pytest

import domix
from domix import DataError, Disentanglement, DomixWarning, Network, NetworkError
from domix.cli import main
from domix.estimation import outputs
from strategies import planted

MIX = planted(5, [{}, {0: 1}, {1: 2, 3: 1}], seed=11)
NET = MIX.network
CONTROL = NET.sample(3000, rng=1)
ROWS = MIX.sample(3000, rng=2)


@pytest.fixture(scope="module")
def wrong():
    """The network whose last variable has lost its parents."""
    fitted = Network.fit(NET.parents | {"V4": []}, CONTROL, NET.states)
    return fitted.with_values(fitted.tables.values)


def test_right_model_fits():
    check = domix.check_model(NET, CONTROL)
    assert check.fits
    assert check.expected_false_targets == 0
    assert [run.split for run in check.negative_controls] == [0, 0, 1, 1, 2, 2, 3, 3]
    assert {(run.rows, run.controls) for run in check.negative_controls} == {(1500, 1500)}


def test_missing_edge_gives_false_targets(wrong):
    some = CONTROL[:1500]
    check = domix.check_model(wrong, some, rng=3, splits=1)
    assert not check.fits
    assert "V4" in (check.rejected[0].variable, check.rejected[0].other)
    assert check == domix.check_model(wrong, some, rng=3, splits=1)
    assert check != domix.check_model(wrong, some, rng=4, splits=1)


def test_tables_and_counts_are_not_read(wrong):
    learnt = Network.fit(NET.parents, ROWS, NET.states)
    assert domix.check_model(learnt, CONTROL, splits=1) == domix.check_model(NET, CONTROL, splits=1)


def test_negative_controls_have_as_many_rows_as_the_mixture():
    check = domix.check_model(NET, CONTROL, ROWS[:400], splits=1)
    assert check.rows == 400
    assert [(run.rows, run.controls) for run in check.negative_controls] == [(400, 2600)] * 2
    check = domix.check_model(NET, CONTROL[:901], ROWS, splits=1)
    assert [(run.rows, run.controls) for run in check.negative_controls] == [(450, 451)] * 2
    assert "the mixture has 3,000 rows" in str(check)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"control": CONTROL[:0]}, "control: there are no rows"),
        ({"control": CONTROL[:1]}, "control: one row cannot be split"),
        ({"control": CONTROL + 3}, "control: "),
        ({"control": CONTROL, "rows": ROWS[:, :2]}, "rows: "),
        ({"control": CONTROL, "splits": -1}, "splits: must be a whole number"),
        ({"control": CONTROL, "alpha": 0}, "alpha: must be a number between 0 and 1"),
    ],
)
def test_error_names_the_argument(arguments, message):
    with pytest.raises(DataError, match=message):
        domix.check_model(NET, **arguments)


def test_only_networks_are_checked():
    with pytest.raises(NetworkError, match="a graph is a mapping from each variable"):
        domix.check_model(3, CONTROL)


def test_result_has_the_check_of_its_graph():
    result = domix.disentangle(NET, ROWS, CONTROL)
    assert result.check.fits
    assert result.check.independences == domix.check_model(NET, CONTROL, splits=0).independences
    assert "contradict" not in result.summary()
    assert Disentanglement.from_json(result.to_json()).check == result.check


def test_rejected_graph_warns_at_the_call(wrong):
    with pytest.warns(
        DomixWarning, match="control rows contradict the given graph: they demand V4 -> V2"
    ) as caught:
        result = domix.disentangle(wrong, ROWS, CONTROL, graph="given", contrast=False)
    assert [warning.filename for warning in caught] == [__file__]
    assert not result.check.fits
    assert result.check.verdict in result.summary()


def test_repaired_graph_is_checked_after_the_repair(wrong):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", DomixWarning)
        result = domix.disentangle(wrong, ROWS, CONTROL, graph="repair")
    assert (result.check.graph, result.check.fits) == ("repair", True)
    assert not any("contradict the graph:" in str(warning.message) for warning in caught)


def test_without_control_rows_nothing_is_checked(monkeypatch):
    assert domix.disentangle(Network.fit(NET.parents, CONTROL, NET.states), ROWS).check is None
    monkeypatch.setattr(outputs, "MOST_COUNTED_ROWS", 10)
    assert domix.disentangle(NET, ROWS, CONTROL).check is None


def test_groups_share_the_check():
    results = domix.disentangle(NET, ROWS, CONTROL, groups=["a", "b", "b"] * 1000)
    assert results["a"].check == results["b"].check


@pytest.fixture
def files(tmp_path, wrong):
    domix.write_network(NET, tmp_path / "net.json")
    domix.write_network(wrong, tmp_path / "wrong.json")
    for name, codes in (("control", CONTROL), ("rows", ROWS[:300])):
        frame = NET.decode(codes, "polars")
        assert isinstance(frame, polars.DataFrame)
        frame.write_csv(tmp_path / f"{name}.csv")
    return tmp_path


def test_program_exits_with_0_if_the_model_fits(files, capsys):
    inputs = [str(files / name) for name in ("net.json", "control.csv", "rows.csv")]
    outputs = ["--out", str(files / "check.json"), "--plot", str(files / "figure.png")]
    assert main(["check", *inputs, *outputs, "--seed", "2", "--splits", "1"]) == 0
    out = capsys.readouterr().out
    written = domix.ModelCheck.from_json((files / "check.json").read_text("utf-8"))
    assert out == f"{written}\n"
    assert written == domix.check_model(NET, CONTROL, ROWS[:300], rng=2, splits=1)
    assert (files / "figure.png").stat().st_size > 0


def test_program_exits_with_1_if_it_does_not_fit(files, capsys):
    inputs = [str(files / name) for name in ("wrong.json", "control.csv")]
    assert main(["check", *inputs, "--splits", "0", "--format", "json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["format"] == "domix-check"


def test_program_leaves_out_rows_and_columns_if_asked(files, capsys):
    text = (files / "control.csv").read_text().splitlines()
    text = [f"{line},1" for line in text]
    text[0] = text[0].replace(",1", ",note")
    text[1] = "," * text[1].count(",")
    (files / "more.csv").write_text("\n".join(text))
    inputs = [str(files / name) for name in ("net.json", "more.csv")]
    assert main(["check", *inputs, "--splits", "0"]) == 2
    assert "--extra ignore" in capsys.readouterr().err
    asked = ["--missing", "drop", "--extra", "ignore", "--format", "json"]
    assert main(["check", *inputs, "--splits", "0", *asked]) == 0
    assert json.loads(capsys.readouterr().out)["controls"] == len(CONTROL) - 1
