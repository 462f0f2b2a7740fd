"""A network as text."""

from __future__ import annotations

import pytest

import golden_files
from domix import example
from domix.cli.commands.show import describe
from domix.model.io import read_network
from domix.model.network import Network


def test_embedded_example():
    golden_files.check("show.txt", describe(example.network()) + "\n")


def test_learnt_tables_and_zeros_are_named():
    net = Network.fit({"A": [], "B": ["A"]}, [[0, 0], [1, 1]], pseudocount=0)
    text = describe(net)
    assert "6 table entries, 2 of them zero" in text
    assert "learnt from counts, pseudocount 0" in text


def test_network_without_edges():
    net = Network({"A": []}, {"A": [1, 2, 3]}, {"A": [0.5, 0.25, 0.25]})
    assert "1 variables, 0 edges, 3 states per variable" in describe(net)


@pytest.mark.filterwarnings("ignore::domix.errors.DomixWarning")
def test_a_thousand_variables_stay_readable(data_dir):
    lines = describe(read_network(data_dir / "networks" / "munin.bif")).splitlines()
    assert len(lines) > 1041
    assert max(map(len, lines)) <= 120
    assert "1,041 variables" in "\n".join(lines[-4:])
    assert "98,423 table entries" in "\n".join(lines[-4:])
