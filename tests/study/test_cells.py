"""Cells in words, and the choice of some of them."""

from __future__ import annotations

import pytest

from domix import DataError
from domix.study.cells import STUDIES, Cell, only


def test_cells_in_words_tell_them_apart():
    assert str(Cell(8, 4096)) == "8x2^12"
    assert str(Cell(8, 4096, zeros=0.2, known=True)) == "8x2^12 20% zeros, known tables"
    for study in STUDIES.values():
        assert len({str(cell) for cell in study.cells}) == len(study.cells)


def test_accuracy_has_the_cells_of_its_bars():
    wanted = {(n, p) for n in (4, 8, 12, 32) for p in (12, 14, 16)} | {(64, 14), (128, 14)}
    for name in ("accuracy", "erdos-renyi", "mixed", "zeros", "known"):
        cells = STUDIES[name].cells
        assert {(cell.n, cell.rows.bit_length() - 1) for cell in cells} == wanted
        assert len({cell.design for cell in cells}) == 1


def test_a_choice_by_variables_rows_or_both():
    cells = STUDIES["accuracy"].cells
    assert {cell.n for cell in only(cells, ["8"])} == {8}
    assert {cell.rows for cell in only(cells, ["x2^16"])} == {2**16}
    assert only(cells, ["4x4096", "128"]) == (Cell(4, 4096), Cell(128, 2**14))
    for pattern in ("", "x", "eight", "8x"):
        with pytest.raises(DataError, match="not of the form"):
            only(cells, [pattern])
    with pytest.raises(DataError, match=r"'5' matches no cell.*4x2\^12"):
        only(cells, ["5"])
