"""States that are awkward in text: what one command writes, another reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domix import Disentanglement, Network, cli, do, write_network

TABLES: dict[str, Any] = {
    "A": [0.9, 0.1],
    "B": [[0.9, 0.1], [0.1, 0.9]],
    "C": [[0.8, 0.2], [0.1, 0.9]],
}


@pytest.mark.parametrize("suffix", ["csv", "tsv.gz", "parquet"])
@pytest.mark.parametrize(
    ("states", "text"),
    [
        (["low ", "high "], r"A=high\ "),
        ([False, True], "A=True"),
        ([1, 2.5], "A=2.5"),
        (["x,y", ""], 'A=""'),
    ],
)
def test_rows_and_labels_are_read_back(tmp_path, monkeypatch, suffix, states, text):
    monkeypatch.chdir(tmp_path)
    net = Network({"A": [], "B": ["A"], "C": ["B"]}, dict.fromkeys("ABC", states), TABLES)
    write_network(net, "net.json")
    rows, labelled = f"rows.{suffix}", f"labelled.{suffix}"
    components = ["--do", f"{text}@0.4", "--do", "@0.6", "--rows", "2000", "--seed", "1"]
    assert cli.main(["simulate", "net.json", *components, "--out", rows]) == 0

    find = ["disentangle", "net.json", "--quiet", "--max-target-size", "1"]
    assert cli.main([*find, rows, "--assign", labelled, "--out", "found.json"]) == 0
    assert cli.main([*find, labelled, "--labels", "intervention", "--extra", "ignore"]) == 0
    found = Disentanglement.from_json(Path("found.json").read_text("utf-8"))
    weights = {c.intervention: c.weight for c in found.components}
    assert weights == pytest.approx({do(): 0.6, do(A=states[1]): 0.4}, abs=0.05)


def test_a_blank_without_a_backslash_is_explained(tmp_path, capsys):
    write_network(Network({"A": []}, {"A": ["low ", "high"]}, {"A": [1, 0]}), tmp_path / "net.json")
    args = ["simulate", str(tmp_path / "net.json"), "--do", "A=low @1", "--rows", "9"]
    assert cli.main([*args, "--out", str(tmp_path / "rows.csv")]) == 2
    assert "blanks count: in text, those at an end need a backslash" in capsys.readouterr().err
