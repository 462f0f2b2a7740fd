"""The bisection for rows needed, on methods that need a known number of rows."""

from __future__ import annotations

import pytest

from domix.study.cells import Cell
from domix.study.reporting.rows_needed import find_rows_needed, format_needs
from domix.study.reporting.table import Figure, Line

POWERS = range(6, 21)
CELLS = [Cell(n, 2**power) for n in (4, 8) for power in POWERS]


def study(thresholds, failures=0):
    """Return a function that measures, and the list of what it measured.

    A method is good enough from a known power of two on.
    """
    measured = []

    def measure(cells, method):
        lines = []
        for cell in cells:
            measured.append((cell, method))
            shown, every = thresholds[cell.n, method]
            figures = {
                "recall_detectable": Figure(1.0 if cell.rows >= 2**shown else 0.949, 1, None, 1),
                "recall": Figure(0.95 if cell.rows >= 2**every else 0.5, 1, None, 1),
                "precision": Figure(0.95, 1, None, 1),
            }
            lines.append(Line(cell, method, 1, failures, figures))
        return lines

    return measure, measured


def test_bisection_finds_the_fewest_rows_in_few_steps():
    thresholds = {(4, "a"): (6, 20), (8, "a"): (13, 14), (4, "b"): (9, 21), (8, "b"): (20, 25)}
    measure, measured = study(thresholds)
    needs = find_rows_needed(CELLS, ["a", "b"], measure)
    found = {(need.n, need.method, need.criterion): need.rows for need in needs}
    for (n, method), (shown, every) in thresholds.items():
        assert found[n, method, "recall_detectable"] == 2**shown
        assert found[n, method, "recall"] == (2**every if every in POWERS else None)
    # With sixteen outcomes, each of the eight searches takes at most four steps.
    assert len(set(measured)) <= 4 * 8


def test_rows_needed_as_text():
    measure, _ = study(
        {(4, "a"): (10, 12), (8, "a"): (12, 21), (4, "b"): (13, 21), (8, "b"): (21, 21)}
    )
    shown, every = format_needs(find_rows_needed(CELLS, ["a", "b"], measure)).split("\n\n")
    assert "over detectable targets" in shown
    assert shown.splitlines()[3].split() == ["4", "2^10", "2^13", "8"]
    assert shown.splitlines()[4].split() == ["8", "2^12", ">", "2^20", ">", "256"]
    assert every.splitlines()[3].split() == ["4", "2^12", ">", "2^20", ">", "256"]
    assert every.splitlines()[4].split() == ["8", ">", "2^20", ">", "2^20"]


@pytest.mark.parametrize("lines", ["failed", "missing"])
def test_refusing_method_never_has_enough_rows(lines):
    measure, _ = study({(4, "a"): (6, 6), (8, "a"): (6, 6)}, failures=1)
    if lines == "missing":
        needs = find_rows_needed(CELLS, ["a"], lambda cells, method: [])
    else:
        needs = find_rows_needed(CELLS, ["a"], measure)
    assert {need.rows for need in needs} == {None}
