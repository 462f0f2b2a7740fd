"""Figures of a study draw the numbers of its table."""

from __future__ import annotations

import pytest

from domix.study.cells import Cell
from domix.study.records import Key, Record
from domix.study.reporting import figures
from domix.study.reporting.growth import describe_growth
from domix.study.reporting.reference import compare_with_reference
from domix.study.reporting.rows_needed import Need
from domix.study.reporting.table import Figure, Line
from domix.study.scoring.cost import Cost


def line(cell, method, value, error=0.01):
    names = ("recall", "precision", "rmse", "fp_rmse", "fn_rmse", "cpu_seconds")
    return Line(cell, method, 20, 0, {name: Figure(value, value, error, 20) for name in names})


@pytest.fixture
def lines():
    return [
        line(Cell(n, rows, graph), method, rows / 4096 * share)
        for graph in ("scale-free", "erdos-renyi")
        for n in (4, 8, 12)
        for rows in (1024, 4096)
        for method, share in (("domix", 1.0), ("plug-in", 0.5), ("oracle", 0.9))
    ]


def curves(axes):
    return [(tuple(c.get_xdata()), tuple(c.get_ydata())) for c in axes.get_lines()]


def test_by_rows_has_a_panel_per_metric_and_size(lines):
    axes = figures.by_rows(lines).axes
    assert len(axes) == 5 * 3
    assert [a.get_title() for a in axes[:3]] == ["4 variables", "8 variables", "12 variables"]
    assert curves(axes[0]) == [((1024, 4096), (s / 4, s)) for s in (1.0, 0.5, 0.9)]
    assert [a.get_ylabel() for a in axes[::3]] == list(figures.METRICS.values())


def test_by_variables_uses_the_largest_number_of_rows(lines):
    axes = figures.by_variables([*lines, line(Cell(4, 256), "domix", 0.1)]).axes
    assert len(axes) == 3
    assert curves(axes[0])[0] == ((4, 8, 12), (1.0, 1.0, 1.0))


def test_by_graph_has_both_kinds_and_no_oracle(lines):
    axes = figures.by_graph(lines).axes
    assert len(axes) == 2 * 3
    assert len(curves(axes[0])) == 4


def test_no_figure_without_its_cells(lines):
    assert figures.by_rows(lines[:3]) is None
    assert figures.by_variables(lines[:6]) is None
    assert figures.by_graph([line for line in lines if line.cell.graph == "scale-free"]) is None
    assert figures.by_graph([]) is None


def test_rows_needed_with_arrows_where_never_enough():
    ladder = tuple(Cell(4, 2**p) for p in range(6, 21))
    needs = [
        Need(n, method, criterion, ladder, at - 1, at)
        for n in (4, 8)
        for method, at in (("domix", 4), ("plug-in", len(ladder)))
        for criterion in ("recall_detectable", "recall")
    ]
    for axes in figures.rows_needed(needs).axes:
        assert curves(axes)[0] == ((4, 8), (2**10, 2**10))
        assert len(axes.texts) == 2


def growth_records(lines, factors):
    """Records of instances whose times are those of the lines times a power of their size."""
    records = {}
    for one in lines:
        for i, factor in enumerate(factors):
            key = Key(str(one.cell), "development", i, one.method)
            seconds = one.figures["cpu_seconds"].mean * (one.cell.n * one.cell.rows) ** factor
            records[key] = Record(key, 1, "", "", Cost(seconds, seconds, None), None)
    return records


def test_growth_fits_both_describe_growth():
    by_rows = [line(Cell(12, r), "domix", r**0.75) for r in (1024, 4096, 16384, 65536)]
    by_size = [line(Cell(n, 16384), "domix", 16384**0.75 / 144 * n**2) for n in (8, 16, 32)]
    lines = [*by_rows, *by_size]
    records = growth_records(lines, (-0.1, 0.05))
    assert describe_growth(lines, records, "development") == (
        "domix: processor time grows as rows^0.75 (0.65 to 0.80; at 12 variables), "
        "variables^2.00 (1.90 to 2.05; at 16,384 rows)"
    )
    assert "rows^0.75 (at 12 variables)" in describe_growth(lines, {}, "development")
    texts = [axes.get_legend().get_texts()[0].get_text() for axes in figures.growth(lines).axes]
    assert texts == ["domix: exponent 0.75", "domix: exponent 2.00"]
    assert describe_growth(by_rows[:2], records, "development") == ""


def test_method_that_always_refused_is_left_out():
    answered = [line(Cell(12, rows), "domix", rows) for rows in (1024, 4096, 16384)]
    refused = [Line(Cell(12, rows), "plug-in", 20, 20, {}) for rows in (1024, 4096, 16384)]
    both = [
        describe_growth(lines, {}, "development") for lines in ([*answered, *refused], answered)
    ]
    assert both[0] == both[1]
    by_rows, _ = figures.growth([*answered, *refused]).axes
    assert len(by_rows.get_lines()) == 1
    assert compare_with_reference([Line(Cell(4, 1024), "plug-in", 20, 20, {})]) == ""
