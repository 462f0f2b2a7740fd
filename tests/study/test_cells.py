"""Cells: their names, and how some of them are selected."""

from __future__ import annotations

import pytest

from domix import DataError
from domix.study.cells import Cell, select_cells
from domix.study.studies import STUDIES


def test_cell_names_are_unique_in_a_study():
    assert str(Cell(8, 4096)) == "8x2^12"
    assert str(Cell(8, 4096, zeros=0.2, known=True)) == "8x2^12 20% zeros, known tables"
    for study in STUDIES.values():
        assert len({str(cell) for cell in study.cells}) == len(study.cells)


def test_cells_of_the_accuracy_studies():
    expected = {(n, p) for n in (4, 8, 12, 32) for p in (12, 14, 16)} | {(64, 14), (128, 14)}
    for name in ("accuracy", "erdos-renyi", "mixed", "zeros", "known"):
        cells = STUDIES[name].cells
        assert {(cell.n, cell.rows.bit_length() - 1) for cell in cells} == expected
        assert len({cell.design for cell in cells}) == 1


def test_cells_are_selected_by_variables_or_rows():
    cells = STUDIES["accuracy"].cells
    assert {cell.n for cell in select_cells(cells, ["8"])} == {8}
    assert {cell.rows for cell in select_cells(cells, ["x2^16"])} == {2**16}
    assert select_cells(cells, ["4x4096", "128"]) == (Cell(4, 4096), Cell(128, 2**14))
    misfit = select_cells(STUDIES["misfit"].cells, ["x2^12:drift", "9x2^14:flips 2%"])
    assert [str(cell) for cell in misfit] == [
        "9x2^12 scale-free, drift",
        "9x2^14 scale-free, exact, flips 2%",
    ]
    for pattern in ("", "x", "eight", "8x", "8:"):
        with pytest.raises(DataError, match="not of the form"):
            select_cells(cells, [pattern])
    with pytest.raises(DataError, match=r"'5' matches no cell.*4x2\^12"):
        select_cells(cells, ["5"])
