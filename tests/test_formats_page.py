"""What docs/reference/formats.md shows must be what domix reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from domix.model.graphs import read_graph
from domix.model.io import read_network
from domix.results.result import Disentanglement

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "formats.md"


@pytest.fixture(scope="module")
def examples():
    return re.findall(r"```json\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_network(examples, tmp_path):
    path = tmp_path / "net.json"
    path.write_text(examples[0])
    net = read_network(path, exact=True)
    assert net.states["dose"] == (0, 1, 2)
    assert net.counts["effect"].sum() == 80


def test_graphs(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    graphs = []
    for suffix in ("csv", "dot"):
        path = tmp_path / f"graph.{suffix}"
        path.write_text(re.search(rf"```{suffix}\n(.*?)```", text, re.DOTALL)[1])
        graphs.append(read_graph(path))
    assert graphs[0] == {"dose": (), "response": ("dose", "age"), "age": (), "plate": ()}
    assert graphs[1] == {**graphs[0], "outcome": ("response",)}


def test_result(examples):
    result = Disentanglement.from_json(examples[1])
    assert len(result.components) == 2
    assert Disentanglement.from_json(result.to_json()).to_json() == result.to_json()
