"""Answers on a terminal: nothing is lost, and lines fit."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import domix
from domix import Component, Disentanglement, cli
from domix.cli.terminal import HANGING, NARROWEST, wrap
from domix.example import network
from domix.util.text_tables import aligned

WORD = st.text("abc(=,)-.", min_size=1, max_size=NARROWEST // 2)
LINE = st.lists(WORD, min_size=1, max_size=30).map(" ".join)


@given(st.lists(st.tuples(WORD, LINE), min_size=1, max_size=5), LINE, st.integers(60, 120))
def test_wrapped_lines_fit_and_keep_all_words(rows, note, width):
    table = aligned(["weight", "target"], rows, "><")
    text = "\n".join([table, table.splitlines()[1], note])
    lines = wrap(text, width).split("\n")
    assert max(map(len, lines)) <= width
    is_rule = [set(line) <= {"-", " "} for line in lines]
    shown = [line for line, rule in zip(lines, is_rule, strict=True) if not rule]
    given_lines = [line for line in text.split("\n") if not set(line) <= {"-", " "}]
    assert " ".join(shown).split() == " ".join(given_lines).split()


@given(LINE, st.integers(80, 200))
def test_what_fits_stays_as_it_is(note, width):
    text = f"{note[:width]}\n\n  indented"
    assert wrap(text, width) == text


def test_a_line_goes_on_below_its_column():
    target = "do(database=over, users errors=over, gateway errors=over)"
    table = aligned(["weight", "p-value", "target"], [["0.5", "4e-44", target]], ">><")
    *_, first, second = wrap(table, 50).split("\n")
    assert first.startswith("   0.5    4e-44  do(database=over,")
    column = first.index("do(")
    assert second[:column].isspace()
    assert not second[column].isspace()
    assert wrap("a fact: " + "word " * 9 + "end", 40).split("\n")[1].startswith(" " * HANGING + "w")


def test_notes_below_a_table_without_a_last_rule_are_no_cells():
    net = network()
    rows = net.sample(800, rng=0)
    fit = Disentanglement(net, (Component(domix.do(), 1.0),), "likelihood").goodness_of_fit(rows)
    check = domix.check_model(net, rows, splits=1)
    assert len(check.verdict) > 80
    for text in (str(check), fit.summary()):
        note = text.split("\n")[-1]
        assert wrap(text, 80).endswith("\n" + wrap(note, 80))


@pytest.mark.parametrize("on_terminal", [True, False])
def test_only_terminals_have_narrow_lines(monkeypatch, capsys, tmp_path, on_terminal):
    causes = [f"service number {i}" for i in range(8)]
    parents = {**dict.fromkeys(causes, ()), "users": causes}
    rows = np.zeros((1, 9), dtype=np.uint8)
    net = domix.Network.fit(parents, rows, dict.fromkeys(parents, ("usual", "over")))
    domix.write_network(net, tmp_path / "net.json")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: on_terminal)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((66, 24)))
    assert cli.main(["show", str(tmp_path / "net.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (max(map(len, lines)) <= 66) == on_terminal
