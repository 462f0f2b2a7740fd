"""The page of the paper's study says what its committed records say."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest

from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.studies import STUDIES

pytest.importorskip("polars")
pytest.importorskip("matplotlib")

FIGURES = Path(__file__).parents[1] / "docs" / "figures"


@pytest.fixture(scope="module")
def paper():
    return runpy.run_path(str(FIGURES / "paper.py"))


@pytest.fixture(scope="module")
def records(paper, tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    for path in paper["RECORDS"].glob("*.parquet"):
        (folder / path.name).write_bytes(path.read_bytes())
    return Store(folder).records


def test_every_cell_has_as_many_instances(paper, records):
    counts = Counter((key.cell, key.method) for key in records)
    assert len(set(counts.values())) == 1
    cells = {str(cell) for cell in STUDIES["paper"].cells}
    assert {(cell, m) for cell in cells for m in paper["METHODS"][:3]} <= counts.keys()
    small = {cell for cell in cells if cell.startswith("4x")}
    assert {cell for cell, method in counts if method == "all-targets"} == small


def test_table_and_number_of_instances_are_those_of_records(paper):
    text, lines = paper["PAGE"].read_text(encoding="utf-8"), paper["read_lines"]()
    assert f"<!-- paper -->\n{paper['tabulate'](lines)}\n<!-- end of paper -->" in text
    stated = re.search(r"<!-- instances -->\n(\d+) instances per cell", text)
    assert {int(stated[1])} == {line.instances for line in lines}


def test_figures_are_drawn_from_records(paper, tmp_path):
    paper["draw"](tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "by-rows.png",
        "by-variables.png",
        "by-graph.png",
    }


def test_an_instance_comes_out_as_committed(records, tmp_path):
    cell = next(cell for cell in STUDIES["paper"].cells if str(cell) == "8x2^10")
    store = Store(tmp_path)
    measure_cells([cell], store, block="reporting", instances=1, methods=["domix", "plug-in"])
    for key, record in store.records.items():
        committed = records[key]
        assert record.shown == committed.shown
        # The last digits are those of the machine.
        for name, value in asdict(committed.score).items():
            same = value if value is None else pytest.approx(value, rel=1e-6)
            assert getattr(record.score, name) == same
