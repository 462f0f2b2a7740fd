"""Committed notebooks are those of their pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

make = pytest.importorskip(
    "make", reason="markdown-it-py is in the extra docs", exc_type=ImportError
)

NOTEBOOKS = Path(make.__file__).parent
PAGES = {page.stem: page for page in make.pages_with_notebooks()}
LARGEST = 300_000


def test_every_notebook_is_that_of_a_page():
    assert PAGES
    assert {path.stem for path in NOTEBOOKS.glob("*.ipynb")} == set(PAGES)


@pytest.mark.parametrize("stem", PAGES)
def test_notebook_is_what_the_page_gives(stem):
    path = NOTEBOOKS / f"{stem}.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    found = [(cell["cell_type"], "".join(cell["source"])) for cell in cells]
    assert found == make.make_cells(PAGES[stem])
    assert path.stat().st_size < LARGEST


@pytest.mark.parametrize("stem", PAGES)
def test_notebook_was_executed_and_shows_its_figures(stem):
    cells = json.loads((NOTEBOOKS / f"{stem}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert not [output for output in outputs if output["output_type"] == "error"]
    assert not [output for output in outputs if make.PLACE.search("".join(output.get("text", [])))]
    images = [output for output in outputs if "image/png" in output.get("data", {})]
    blocks = make.read_blocks(PAGES[stem].read_text(encoding="utf-8"))
    assert len(images) == len([block for block in blocks if block.image])
    # A notebook is read without the folder of figures.
    assert not [cell for cell in cells if "![" in "".join(cell["source"])]
