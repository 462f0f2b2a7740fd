"""The files of the tutorials are those that their script makes, and their pages link them."""

from __future__ import annotations

import gzip
import runpy
from pathlib import Path

import pytest

TUTORIALS = Path(__file__).parents[1] / "docs" / "tutorials"
SCRIPT = TUTORIALS / "data" / "make.py"

make = runpy.run_path(str(SCRIPT))


def read(path):
    content = path.read_bytes()
    return gzip.decompress(content) if path.suffix == ".gz" else content


@pytest.mark.parametrize("story", list(make["STORIES"]))
def test_script_makes_the_files_of_a_story(story, tmp_path):
    made = make["write_story"](story, tmp_path)
    kept = sorted((TUTORIALS / "data" / story).iterdir())
    assert [path.name for path in kept] == sorted(path.name for path in made)
    for path in made:
        # Decompressed: zlib may compress otherwise in another version.
        assert read(path) == read(TUTORIALS / "data" / story / path.name), path.name


@pytest.mark.parametrize("story", list(make["STORIES"]))
def test_page_links_the_files_of_its_story(story):
    page = (TUTORIALS / f"{story}.md").read_text(encoding="utf-8")
    for path in (TUTORIALS / "data" / story).iterdir():
        assert f"](data/{story}/{path.name})" in page
