"""What notebooks show of networks, mixtures, tables and interventions."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix import Component, Disentanglement, GroupResults, Misread, Mixture, Network, do

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


class Cells(HTMLParser):
    """The texts in the tables of a page, its other text, and what MathJax would look at."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.cells, self.notes = [], [], []
        self.open: list[str] = []
        self.typeset = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "br":
            self.open.append(dict(attrs).get("class", ""))
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag):
        self.open.pop()

    def handle_data(self, data):
        if not any({"mathjax_ignore", "tex2jax_ignore"} <= {*own.split()} for own in self.open):
            self.typeset += data
        if self.tags[-1] in ("td", "th"):
            self.cells[-1] += data
        else:
            self.notes.append(data)


def cells(thing):
    return Cells(thing._repr_html_()).cells


def network(names, states=("low", "high")):
    parents = {name: list(names[max(i - 1, 0) : i]) for i, name in enumerate(names)}
    row = [1 / len(states)] * len(states)
    tables = {n: [row] * len(states) if parents[n] else row for n in names}
    return Network(parents, {n: list(states) for n in names}, tables)


def test_network_lists_states_and_parents(chain):
    assert cells(chain)[:12] == [
        *("variable", "states", "parents"),
        *("A", "off, on", ""),
        *("B", "low, mid, high", "A"),
        *("C", "no, yes", "B, A"),
    ]


def test_large_networks_and_long_lists_are_cut():
    page = Cells(network([f"V{i}" for i in range(500)], range(9))._repr_html_())
    assert "470 more variables are not shown" in page.notes
    assert len(page.cells) == 3 * 31
    assert "0, 1, 2, 3, 4, 5, 6, 7, ... (9 in all)" in page.cells


def test_mixture_lists_weights(chain):
    assert cells(Mixture(chain, {do(): 0.75, do(A="on"): 0.25})) == [
        *("weight", "intervention"),
        *("0.75", "do()"),
        *("0.25", "do(A=on)"),
    ]


def test_many_components_are_cut():
    net = network([f"V{i}" for i in range(100)])
    parts = [(do({v: "low"}), 0.01) for v in net.variables]
    assert "... (100 in all)" in cells(Mixture(net, parts))


def test_table_has_a_row_per_configuration(chain):
    table = chain.marginal(["A", "C"])
    shown = cells(table)
    assert shown[:3] == ["A", "C", "probability"]
    assert [shown[i : i + 2] for i in range(3, len(shown), 3)] == [
        [a, c] for a in ("off", "on") for c in ("no", "yes")
    ]
    assert [float(x) for x in shown[5::3]] == pytest.approx(table.values.ravel().tolist(), rel=1e-5)


def test_large_tables_are_cut():
    net = network([f"V{i}" for i in range(20)])
    page = Cells(net.marginal(net.variables)._repr_html_())
    assert len(page.cells) == 25 * 21
    assert page.notes == ["1,048,552 more of 1,048,576 rows are not shown"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (do(A="on", B="low"), ["A", "on", "B", "low"]),
        (do(A={"on": 0.75, "off": 0.25}), ["A", "~{on: 0.75, off: 0.25}"]),
        (do(A=Misread("on", {"on": 0.5, "off": 0.5})), ["A", "on~{on: 0.5, off: 0.5}"]),
    ],
)
def test_intervention_lists_what_is_set(target, expected):
    assert cells(target) == ["variable", "set to", *expected]


def test_interventions_on_many_variables_are_cut():
    shown = cells(do({f"V{i}": "high" for i in range(20_000)}))
    assert shown[2:4] == ["V0", "high"]
    assert shown[-2:] == ["", "... (20000 in all)"]
    assert len(shown) == 2 * 41


def test_many_groups_are_cut():
    result = Disentanglement(network(["A"]), (Component(do(), 1.0),), "likelihood")
    few, many = (GroupResults(dict.fromkeys(range(n), result)) for n in (40, 20_000))
    assert few._repr_html_().count("<h4") == many._repr_html_().count("<h4") == 40
    assert "in all" not in few._repr_html_()
    assert Cells(many._repr_html_()).typeset == ""
    assert any("... (20000 groups in all" in note for note in Cells(many._repr_html_()).notes)


def test_nothing_is_set():
    assert Cells(do()._repr_html_()).notes == ["do(): nothing is set"]


@given(name=NAMES, state=NAMES)
def test_names_are_escaped_everywhere(name, state):
    net = Network({name: []}, {name: [state, f"{state}2"]}, {name: [0.5, 0.5]})
    things: list[Any] = [net, net.marginal([name]), do({name: state})]
    things += [Mixture(net, {do({name: state}): 1})]
    for thing in things:
        page = Cells(thing._repr_html_())
        assert set(page.tags) <= {"table", "thead", "tbody", "tr", "th", "td", "p"}
        assert page.typeset == ""
    assert all(name in cells(thing) for thing in things[:3])
