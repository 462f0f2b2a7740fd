"""The tables of docs/data/screens.md are those of the screens, where they are quick to compute."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

screens = pytest.importorskip("screens", reason="polars is not installed")

PAGE = Path(__file__).parents[1] / "docs" / "data" / "screens.md"


@pytest.fixture(scope="module", params=sorted(screens.SCREENS))
def name(request, data_dir):
    if not (data_dir / request.param).is_dir():
        pytest.skip(f"no {request.param}/ in {data_dir}")
    return request.param


@pytest.fixture(scope="module")
def screen(name, data_dir):
    return screens.SCREENS[name](data_dir)


@pytest.fixture(scope="module")
def halves(screen):
    return screens.split(screen, 0)


@pytest.fixture(scope="module")
def table(screen, halves):
    return screens.tabulate_cells(screen, halves[0], screens.CUTS)


def test_bins_are_named_by_their_counts():
    counts = np.array([0, 1, 2, 3, 9, 0, 1])
    bins, names = screens.bin_counts(counts, np.arange(4), [0.0, 0.4])
    assert names == ["0", "1", "2+"]
    assert bins.tolist() == [0, 1, 2, 2, 2, 0, 1]


def test_controls_are_halved(screen, halves):
    assert sorted(np.concatenate(halves)) == np.flatnonzero(screen.guided == "").tolist()


def test_page_shows_what_the_labels_show(name, screen, halves, table):
    treated = np.flatnonzero(screen.guided != "")
    mixed = np.concatenate([halves[1], treated])
    new = screens.describe_targets(screen, *table, mixed, {}).splitlines()[2:]
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(rf"\n## {name}: genes\n.*?```text\n(.*?)\n```", page, re.DOTALL)[1]
    assert [line.split()[:6] for line in block.splitlines()[2:]] == [line.split() for line in new]


@pytest.fixture(scope="module")
def discretized(screen, halves):
    return screens.discretize_cells(screen, halves[0])


def test_discretizer_has_a_lowest_state_for_every_gene(screen, discretized):
    cells, lowest = discretized
    for gene in screen.targets:
        low = (cells[gene] == lowest[gene]).to_numpy()
        counts = screen.counts[gene].to_numpy()
        assert low.any()
        assert counts[low].max() < counts[~low].min()


def test_area_is_the_share_of_pairs_in_order():
    rng = np.random.default_rng(0)
    scores, positive = rng.integers(0, 5, 60).astype(float), rng.random(60) < 0.4
    pairs = scores[positive][:, None] - scores[~positive]
    assert screens.area(scores, positive) == pytest.approx((np.sign(pairs) / 2 + 0.5).mean())


@pytest.mark.parametrize("method", [*screens.DEFAULTS, screens.DISCRETIZER, screens.LIBRARY])
def test_nothing_is_found_among_untreated_cells(halves, table, discretized, method):
    controls, others = halves
    cells = discretized[0] if method in (screens.DISCRETIZER, screens.LIBRARY) else table[0]
    result, _ = screens.find(cells, others, controls, method)
    assert [dict(c.intervention) for c in result.components] == [{}]
