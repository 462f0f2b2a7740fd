"""What docs/sachs.md shows must be what the measured data give."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sachs import filled, learn, load, report, split

PAGE = Path(__file__).parents[1] / "docs" / "sachs.md"
SECTIONS = ["Known targets", "Cells, by condition", "Cells, if targets and weights were told"]


@pytest.fixture(scope="module")
def folder(data_dir):
    if not (data_dir / "sachs").is_dir():
        pytest.skip(f"no sachs/ in {data_dir}")
    return data_dir / "sachs"


@pytest.fixture(scope="module")
def sections(folder):
    return report(folder, seed=0)


def _words(text):
    number = re.compile(r"\d*\.\d+")
    return number.sub("#", text).split(), [float(x) for x in number.findall(text)]


def test_the_page_has_a_block_for_every_section(sections):
    page = PAGE.read_text(encoding="utf-8")
    assert filled(page, sections).splitlines()[0] == page.splitlines()[0]


@pytest.mark.parametrize("title", SECTIONS)
def test_figures(sections, title):
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(rf"\n## {title}\n.*?```text\n(.*?)```", page, re.DOTALL)[1]
    words, numbers = _words(block)
    now_words, now_numbers = _words(sections[title])
    assert now_words == words
    np.testing.assert_allclose(now_numbers, numbers, atol=0.011)


def test_halves_share_no_cell_and_tables_learn_around_what_was_done(folder):
    graph, conditions, codes = load(folder)
    labelled, which, pooled, _ = split(conditions, seed=0)
    assert len(set(labelled) | set(pooled)) == len(codes) == 5400
    net = learn(graph, conditions, codes[labelled], which)
    cells = {name: net.counts[name].sum() for name in net.variables}
    # Two reagents act on PKC, one each on PKA, AKT, PIP2 and MEK, and one upstream of PIP3.
    assert cells == {
        name: 2700
        - 300 * {"pkc": 2, "pka": 1, "akt": 1, "pip2": 1, "mek": 1, "pip3": 1}.get(name, 0)
        for name in graph
    }
