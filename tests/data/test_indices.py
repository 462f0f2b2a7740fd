"""Row indices that pandas and R write are passed over with a note, nothing else is."""

from __future__ import annotations

import io
import re
import warnings

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import (
    DataError,
    DomixWarning,
    Network,
    cli,
    disentangle,
    do,
    learn_graph,
    write_network,
)

NET = Network(
    {"A": [], "B": ["A"]},
    {"A": ["n", "y"], "B": ["n", "y"]},
    {"A": [0.5, 0.5], "B": [[0.9, 0.1], [0.2, 0.8]]},
)
ROWS = pd.DataFrame({"A": ["n", "y", "y", "n"], "B": ["n", "y", "n", "n"]})
CODES = [[0, 0], [1, 1], [1, 0], [0, 0]]
INDICES = {
    "from 0": [0, 1, 2, 3],
    "from 1": [1, 2, 3, 4],
    "names": ["r1", "r2", "r4", "r3"],
    "subset": [7, 3, 12, 5],
}


def csv(index, name=""):
    columns = {name: list(map(str, index)), **ROWS.to_dict("list")}
    return pl.DataFrame(columns).write_csv()


def frames(index):
    """What libraries make of a table with a row index, in a file or not."""
    text = csv(index)
    yield pd.read_csv(io.StringIO(text))
    yield pl.read_csv(io.StringIO(text))
    yield pl.read_csv(io.StringIO(text)).lazy()
    buffer = io.BytesIO()
    ROWS.set_index(pd.Index(index)).to_parquet(buffer, index=True)
    buffer.seek(0)
    yield pl.read_parquet(buffer)


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_row_indices_are_passed_over_with_a_note(index):
    for frame in frames(index):
        with pytest.warns(DomixWarning, match="data: passed over the column .*, a row index"):
            assert NET.encode(frame).tolist() == CODES
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert NET.encode(frame, extra="ignore").tolist() == CODES
        with pytest.warns(DomixWarning, match="a row index"):
            assert learn_graph(frame).variables == ("A", "B")
        with pytest.warns(DomixWarning, match="a row index"):
            assert Network.fit(NET.parents, frame).counts["A"].tolist() == [2, 2]


@given(st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_repeated_values_are_not_an_index(index):
    frame = pl.read_csv(io.StringIO(csv(index)))
    if len(set(index)) == 4:
        with pytest.warns(DomixWarning):
            assert NET.encode(frame).tolist() == CODES
        return
    with pytest.raises(DataError, match="has no name, and its values repeat"):
        NET.encode(frame)
    with pytest.raises(DataError, match="control: a column has no name and is not a row index"):
        learn_graph(frame)
    with pytest.raises(DataError, match="no name, so that pandas calls it 'Unnamed: 0', and is"):
        learn_graph(frame.rename({"": "Unnamed: 0"}))
    assert NET.encode(frame, extra="ignore").tolist() == CODES


def test_columns_of_other_names_and_gaps_are_not_indices():
    for name, index in (("id", [1, 2, 3, 4]), ("", ["1", "2", None, "3"])):
        with pytest.raises(DataError, match="columns that are not variables"):
            NET.encode(pl.DataFrame({name: index, **ROWS.to_dict("list")}))


def test_a_variable_of_that_name_is_no_index():
    net = Network({"Unnamed: 0": []}, {"Unnamed: 0": [1, 2]}, {"Unnamed: 0": [0.5, 0.5]})
    assert net.encode(pl.DataFrame({"Unnamed: 0": [2, 1]})).tolist() == [[1], [0]]


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_files_with_an_index_are_read_and_labelled(tmp_path, capsys, monkeypatch, index):
    monkeypatch.chdir(tmp_path)
    write_network(NET, "net.json")
    (tmp_path / "rows.csv").write_text(csv(index))
    assert cli.main(["disentangle", "net.json", "rows.csv", "--assign", "labelled.csv"]) == 0
    assert (
        "domix: note: rows.csv: passed over the column '', a row index" in capsys.readouterr().err
    )
    columns = ["", "A", "B", "intervention", "probability", "entropy", "set_A", "set_B"]
    assert pl.read_csv("labelled.csv").columns == columns
    again = ["disentangle", "net.json", "labelled.csv", "--labels", "intervention"]
    assert cli.main([*again, "--extra", "ignore", "--quiet"]) == 0
    assert cli.main(["graph", "rows.csv"]) == 0
    assert "rows.csv" not in capsys.readouterr().out


@pytest.mark.parametrize("kind", [pd.DataFrame, nw.from_native])
@pytest.mark.parametrize(
    ("argument", "values"),
    [("groups", list("abab")), ("counts", [1, 2, 3, 4]), ("labels", [None, do(A="y"), None, None])],
)
def test_entries_with_another_index_are_refused(kind, argument, values):
    rows = ROWS.set_index(pd.Index(INDICES["names"]))
    entries = pd.Series(values, index=rows.index, dtype=object)
    shuffled = entries.loc[["r1", "r4", "r3", "r2"]]
    message = (
        f"{argument}: the index is not that of the rows: its entry 1 (counting from 0) is of "
        f"'r4', and that row is 'r2'; give {argument}.loc[rows.index], or {argument}.to_numpy()"
    )
    for odd in (shuffled, entries.reset_index(drop=True)):
        with pytest.raises(DataError, match="the index is not that of the rows"):
            disentangle(NET, kind(rows), **{argument: odd})
    with pytest.raises(DataError, match=re.escape(message)):
        disentangle(NET, kind(rows), **{argument: shuffled})
    results = [
        disentangle(NET, frame, **{argument: given_entries})
        for frame, given_entries in [
            (kind(rows), entries),
            (kind(rows), shuffled.loc[rows.index]),
            (kind(rows), values),
            (pl.from_pandas(rows), entries),
            (np.array(CODES), entries),
        ]
    ]
    texts = [
        [part.to_json() for part in (result.values() if argument == "groups" else [result])]
        for result in results
    ]
    assert all(text == texts[0] for text in texts)


def test_results_refuse_entries_with_another_index():
    rows = ROWS.set_index(pd.Index(INDICES["names"]))
    result = disentangle(NET, rows)
    with pytest.raises(DataError, match="labels: the index is not that of the rows"):
        result.posterior(rows, pd.Series([do()] * 4))
    with pytest.raises(DataError, match="counts: the index is not that of the rows"):
        result.goodness_of_fit(rows, pd.Series([1, 2, 3, 4]))
