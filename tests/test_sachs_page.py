"""The tables of docs/data/sachs.md are those of the measured data."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import sachs_controls

from sachs import fill_page, learn, load, report, split

PAGE = Path(__file__).parents[1] / "docs" / "data" / "sachs.md"
SECTIONS = ["Known targets", "Cells, by condition", "Cells, with known targets and weights"]


@pytest.fixture(scope="module")
def folder(data_dir):
    if not (data_dir / "sachs").is_dir():
        pytest.skip(f"no sachs/ in {data_dir}")
    return data_dir / "sachs"


@pytest.fixture(scope="module")
def sections(folder):
    return report(folder, seed=0)


def _split_numbers(text):
    number = re.compile(r"\d*\.\d+")
    return number.sub("#", text).split(), [float(x) for x in number.findall(text)]


def test_page_has_a_block_for_each_section(sections):
    page = PAGE.read_text(encoding="utf-8")
    assert fill_page(page, sections).splitlines()[0] == page.splitlines()[0]


@pytest.mark.parametrize("title", SECTIONS)
def test_tables_match_the_data(sections, title):
    page = PAGE.read_text(encoding="utf-8")
    block = re.search(rf"\n## {title}\n.*?```text\n(.*?)```", page, re.DOTALL)[1]
    words, numbers = _split_numbers(block)
    new_words, new_numbers = _split_numbers(sections[title])
    assert new_words == words
    np.testing.assert_allclose(new_numbers, numbers, atol=0.011)


def test_halves_are_disjoint_and_intervened_cells_left_out(folder):
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


def test_defaults_find_nothing_in_negative_controls(folder):
    table = sachs_controls.measure(folder, 1, 1, ["defaults"])
    shares = [float(line.split()[-3]) for line in table.splitlines()[2:]]
    assert shares == [0.0] * 3
