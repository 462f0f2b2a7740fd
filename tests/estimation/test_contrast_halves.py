"""Halves of the rows: nothing is lost, and strong targets come back on each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from domix.estimation.contrast.halves import _halves, count_reproduced
from domix.options.contrast import ContrastOptions
from domix.problems.groups import estimate_mixtures
from domix.problems.inputs import read_inputs
from domix.results.component import HALVES
from strategies import planted

MIX = planted(4, [{}, {0: 1}, {1: 0, 2: 1}], seed=4)
NET = MIX.network
STRONG = ((0, 1),)


def inputs_of(rows=1200, controls=301, **options) -> Any:
    return read_inputs(NET, MIX.sample(rows, rng=1), NET.sample(controls, rng=2), **options)


def halves_of(inputs) -> Any:
    """Both halves; rows in memory have codes, which rows in shards do not."""
    return _halves(inputs, np.random.default_rng(1))


def no_report(*_):
    """Report no progress."""


def in_order(codes):
    return codes[np.lexsort(codes.T)]


def test_halves_hold_every_row_once():
    inputs = inputs_of(rows=901, groups=["a", "b", "b"] * 300 + ["a"])
    one, two = halves_of(inputs)
    controls = [one.control.codes, two.control.codes]
    assert [len(c) for c in controls] == [150, 151]
    np.testing.assert_array_equal(
        in_order(np.concatenate(controls)), in_order(inputs.control.codes)
    )
    for whole, *parts in zip(inputs.rows, one.rows, two.rows, strict=True):
        assert abs(len(parts[0].codes) - len(parts[1].codes)) <= 1
        joined = np.concatenate([part.codes for part in parts])
        np.testing.assert_array_equal(in_order(joined), in_order(whole.codes))
    assert not one.bootstrap


@pytest.mark.parametrize("least", [1.0, 0.25])
def test_halves_share_the_counts_of_a_row(least):
    counts = np.random.default_rng(2).integers(0, 9, 1200) * least
    inputs = inputs_of(counts=counts)
    one, two = (half.rows[0].counts for half in halves_of(inputs))
    np.testing.assert_allclose(one + two, counts)
    assert (one >= 0).all()
    assert (two >= 0).all()
    assert one.sum() == pytest.approx(0.5 * counts.sum(), rel=0.1)


@pytest.mark.parametrize("counted", [False, True])
def test_labelled_rows_are_counted_in_each_half(counted):
    codes = MIX.sample(1200, rng=1)
    labels = [{"V0": "s1"} if x == 1 and r % 3 == 0 else None for r, x in enumerate(codes[:, 0])]
    counts = np.random.default_rng(3).integers(1, 5, 1200) if counted else None
    inputs = inputs_of(labels=labels, counts=counts)
    halves = halves_of(inputs)
    for half in halves:
        rows = half.rows[0]
        labelled = rows.weights[rows.labels.known].sum()
        assert rows.background.labelled == {STRONG: pytest.approx(labelled)}
        assert (rows.codes[rows.labels.known][:, 0] == 1).all()
    whole = inputs.rows[0].background.labelled[STRONG]
    assert sum(h.rows[0].background.labelled[STRONG] for h in halves) == pytest.approx(whole)


def test_strong_targets_come_back_on_every_half():
    inputs = inputs_of()
    rng = np.random.default_rng(0)
    estimates = estimate_mixtures(inputs.mixtures, rng, no_report)
    splits = ContrastOptions().half_splits
    (counts,) = count_reproduced(inputs, estimates, splits, rng, no_report)
    assert counts[STRONG] == HALVES == 2 * splits
    assert counts.keys() <= set(estimates[0].fit.support)
    assert max(counts.values()) <= HALVES
