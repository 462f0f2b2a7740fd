"""Counting and scoring one family of 100,000 rows, by the kernel and by its reference."""

from __future__ import annotations

import numpy as np
import pytest

from domix._kernels import _family
from reference import family as reference

ROWS, CARD = 100_000, 4
MODULES = pytest.mark.parametrize("module", [_family, reference], ids=["kernel", "python"])


@pytest.fixture(scope="module")
def family():
    """Draw four variables of four states; the last is the child of the others."""
    columns = np.random.default_rng(1).integers(0, CARD, (4, ROWS)).astype(np.uint8)
    return columns, np.ones(ROWS), np.full(4, CARD), np.arange(4)


@MODULES
@pytest.mark.benchmark(group="counts of a family: 100,000 rows, three parents")
def test_count(benchmark, family, module):
    out = np.zeros(CARD**4)
    benchmark.pedantic(module.count, (*family, out), rounds=3)
    assert out.sum() in (ROWS, 3 * ROWS)  # one round where benchmarks are disabled


@MODULES
@pytest.mark.benchmark(group="BDeu score of a family: 256 entries")
def test_bdeu(benchmark, family, module):
    counts = np.zeros(CARD**4)
    columns, weights, cards, order = family
    _family.count(columns, weights, cards, order, counts)
    score = benchmark(module.bdeu, counts, CARD, 10.0)
    assert score == pytest.approx(reference.bdeu(counts, CARD, 10.0))
