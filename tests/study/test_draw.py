"""Instances: reproducible, nested in rows, and of the design of their cell."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from domix import DataError
from domix.study.cells import Cell
from domix.study.instances.draw import draw
from domix.study.instances.seeds import blocks
from domix.study.scoring.oracle import detectable


def test_instance_does_not_depend_on_rows_or_tables():
    small, large = (draw(Cell(5, rows), "development", 3) for rows in (40, 1000))
    assert small.truth.network == large.truth.network
    assert small.truth.targets == large.truth.targets
    assert (small.truth.weights == large.truth.weights).all()
    assert (small.rows == large.rows[:40]).all()
    assert (small.origin == large.origin[:40]).all()
    assert small.net.counts["V0"].sum() == 40
    assert (small.net.counts["V0"] <= large.net.counts["V0"]).all()
    known = draw(Cell(5, 40, known=True), "development", 3)
    assert known.net == known.truth.network == small.truth.network
    assert known.net.counts is None
    assert (known.rows == small.rows).all()


def test_rows_agree_with_their_components():
    sample = draw(Cell(4, 5000), "development", 1)
    for i, target in enumerate(sample.truth.targets):
        own = sample.rows[sample.origin == i]
        assert all((own[:, variable] == value).all() for variable, value in target)
    shares = np.bincount(sample.origin, minlength=len(sample.truth.targets)) / 5000
    assert shares == pytest.approx(sample.truth.weights, abs=0.03)


def test_blocks_and_instances_differ():
    cell = Cell(6, 64)
    first = draw(cell, "development", 0)
    for other in (draw(cell, "development", 1), draw(cell, "reporting", 0)):
        assert other.truth.network != first.truth.network
    assert set(blocks()) == {"development", "reporting"}
    with pytest.raises(DataError, match="unknown block 'secret'"):
        draw(cell, "secret", 0)


def test_cell_with_do_alone():
    assert draw(Cell(12, 64, targets=(1, 1), largest=0), "development", 0).truth.targets == ((),)


def test_share_of_zeros():
    shares = [
        (draw(Cell(12, 16, zeros=0.2), "development", i).truth.network.tables.values == 0).mean()
        for i in range(10)
    ]
    assert np.mean(shares) == pytest.approx(0.2, abs=0.02)


def test_cell_with_detectable_targets_only():
    usual = Cell(8, 512)
    for number in range(3):
        sample = draw(replace(usual, shown=True), "development", number)
        assert sample.shown == (True,) * len(sample.truth.targets)
        assert detectable(sample.net, sample.rows, sample.truth) == sample.shown
    # An instance whose targets are all detectable is not drawn again.
    plain = [draw(usual, "development", i) for i in range(10)]
    number = next(i for i, s in enumerate(plain) if all(detectable(s.net, s.rows, s.truth)))
    again = draw(replace(usual, shown=True), "development", number)
    assert (again.rows == plain[number].rows).all()
