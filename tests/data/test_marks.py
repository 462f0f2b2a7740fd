"""Marks of missing values are named by the user, or asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import DataError, DomixWarning, Network, cli, disentangle, learn_graph, write_network
from domix.data.marks import DOUBTFUL, MISSING_TEXTS

MAKERS = [pd.DataFrame, pl.DataFrame, pl.LazyFrame, pa.table]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("mark", ["?", "None", "<NA>", "NULL", "#N/A", "n/a", "."])
def test_doubtful_marks_are_asked_for(make, mark):
    frame = make({"A": ["no", "yes", mark] * 4})
    for ask in (lambda: Network.fit({"A": []}, frame), lambda: learn_graph(frame)):
        with pytest.raises(DataError) as caught:
            ask()
        assert f"column 'A': {mark!r} may stand for missing values" in caught.value.message
        assert f'missing_values=["{mark}"]' in caught.value.message
    with pytest.warns(DomixWarning, match="dropped 4 of 12 rows"):
        net = Network.fit({"A": []}, frame, missing="drop", missing_values=[mark])
    assert net.states["A"] == ("no", "yes")
    assert net.counts["A"].tolist() == [4, 4]
    with pytest.warns(DomixWarning, match="dropped 4 of 12 rows"):
        net = learn_graph(frame, missing="drop", missing_values=mark)
    assert net.states["A"] == ("no", "yes")
    as_state = Network.fit({"A": []}, frame, missing_values=[])
    assert as_state.states["A"] == tuple(sorted(["no", "yes", mark]))
    assert as_state.encode(frame).shape == (12, 1)


def test_declared_states_are_no_marks():
    frame = pd.DataFrame({"A": pd.Categorical(["None", "mild"], ["None", "mild", "severe"])})
    assert Network.fit({"A": []}, frame).states["A"] == ("None", "mild", "severe")
    text = frame.astype(str)
    assert Network.fit({"A": []}, text, {"A": ["None", "mild"]}).states["A"] == ("None", "mild")


def test_a_graph_alone_asks_for_marks_too():
    frame = pl.DataFrame({"A": ["no", "?"] * 50})
    clean = pl.DataFrame({"A": ["no", "yes"] * 50})
    with pytest.raises(DataError, match=r"observational: column 'A': .* may stand for missing"):
        disentangle({"A": []}, clean, observational=frame)


def test_known_states_propose_the_mark_that_is_none_of_them():
    net = Network({"A": []}, {"A": ["no", "yes"]}, {"A": [0.5, 0.5]})
    frame = pl.DataFrame({"A": ["no", "?"]})
    proposed = r"'\?' is not a state; .*, or encode the rows with missing_values=\[\"\?\"\]"
    for ask in (net.encode, net.log_prob, lambda rows: disentangle(net, rows)):
        with pytest.raises(DataError, match=proposed):
            ask(frame)
    with pytest.raises(DataError, match=r"missing values, by column: 'A' 1; .*=\"drop\""):
        net.encode(frame, missing_values="?")
    with pytest.warns(DomixWarning, match="dropped 1 of 2 rows"):
        assert net.encode(frame, missing="drop", missing_values=["?"]).tolist() == [[0]]


@pytest.mark.parametrize("make", MAKERS)
def test_numbers_are_marks_whatever_their_type(make):
    frame = make({"A": [1, 2, -9, 1], "B": [0.5, -9.0, 1.5, 0.5], "C": ["x", "y", "x", "-9"]})
    with pytest.warns(DomixWarning, match="dropped 3 of 4 rows"):
        net = Network.fit(dict.fromkeys("ABC", ()), frame, missing="drop", missing_values=["-9"])
    assert dict(net.states) == {"A": (1, 2), "B": (0.5, 1.5), "C": ("x", "y")}


def test_named_marks_are_missing_even_where_they_are_states():
    net = Network({"A": []}, {"A": ["no", "?"]}, {"A": [0.5, 0.5]})
    frame = pl.DataFrame({"A": ["no", "?"]})
    assert net.encode(frame).tolist() == [[0], [1]]
    with pytest.warns(DomixWarning):
        assert net.encode(frame, missing="drop", missing_values=["?"]).tolist() == [[0]]


@given(st.lists(st.sampled_from(sorted(DOUBTFUL | MISSING_TEXTS | {"x", "y"})), min_size=1))
def test_no_mark_is_silently_a_state(labels):
    try:
        states = Network.fit({"A": []}, pl.DataFrame({"A": [*labels, "z"]}), missing="drop").states
    except DataError:
        assert DOUBTFUL & set(labels)
        return
    except DomixWarning:
        return
    assert set(states["A"]) <= {"x", "y", "z"}


@pytest.mark.parametrize("marks", [5, [None], ["?", "?"], [["?"]], object()])
def test_what_is_no_list_of_marks_is_refused(marks):
    with pytest.raises(DataError, match="missing_values: a list of distinct labels is needed"):
        Network.fit({"A": []}, pl.DataFrame({"A": ["x"]}), missing_values=marks)


# On the command line


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    states = {"A": ["no", "yes"], "B": ["no", "yes"]}
    tables: dict[str, Any] = {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.2, 0.8]]}
    write_network(Network({"A": [], "B": ["A"]}, states, tables), "net.json")
    (tmp_path / "rows.csv").write_text(
        "# export\nA;B;known\n" + "no;yes;?\nyes;yes;A=yes\n?;no;-\nno;no;-\n" * 30
    )

    def run(*args):
        code = cli.main(list(args))
        return code, *capsys.readouterr()

    return run


READ = ["--separator", ";", "--comment", "#"]


def test_rows_of_any_form_are_read_with_the_right_options(run):
    args = ["disentangle", "net.json", "rows.csv", "--labels", "known"]
    assert "give --comment '#'" in run(*args)[2]
    assert "give --separator ';'" in run(*args, "--comment", "#")[2]
    mark = "encode the rows with --missing-values '?'"
    assert mark in run(*args, *READ, "--missing-values", "-")[2]
    assert "--missing drop" in run(*args, *READ, "--missing-values", "?,-")[2]
    for marks in ("?,-", "-,?"):
        options = [*READ, f"--missing-values={marks}", "--missing", "drop"]
        code, out, err = run(*args, *options)
        assert code == 0
        assert "dropped 30 of 120 rows" in err
        assert "labels: known for 30 of these rows" in out
        assert run("check", "net.json", "rows.csv", *options, "--extra", "ignore", "--splits", "0")[
            0
        ] in (0, 1)


def test_graphs_are_learnt_without_marks(run):
    code, _, err = run("graph", "rows.csv", *READ)
    assert code == 2
    assert "column 'A': '?' may stand for missing values" in err
    assert "give --missing-values '?'; if they are states, give --missing-values ''" in err
    assert run("graph", "rows.csv", *READ, "--missing-values", "")[0] == 0
    marks = ["--missing-values", "?,-", "--missing", "drop"]
    assert run("graph", "rows.csv", *READ, *marks)[0] == 0
