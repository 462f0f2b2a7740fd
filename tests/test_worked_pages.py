"""What the worked pages show must be what domix prints."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from domix.exact.certificate import LIFT, SHAPE

DOCS = Path(__file__).parents[1] / "docs"
ALL = [*sorted(DOCS.glob("**/*.md")), DOCS.parent / "README.md"]
PAGES = [
    "explanation/identifiability.md",
    "explanation/certificates.md",
    "explanation/examples.md",
    "explanation/contrast.md",
    "how-to/labels.md",
    "how-to/sklearn.md",
]


def read(page):
    return (DOCS / page).read_text(encoding="utf-8")


def anchors(text):
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", ALL, ids=lambda path: str(path.relative_to(DOCS.parent)))
def test_links_lead_somewhere(path):
    prose = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]*)\)", prose):
        target, _, anchor = link.partition("#")
        if "://" not in target:
            page = path.parent / target if target else path
            assert page.is_file(), link
            assert not anchor or anchor in anchors(page.read_text(encoding="utf-8")), link


def test_links_say_where_they_lead():
    texts = {
        f"{path.name}: {text}"
        for path in DOCS.glob("**/*.md")
        for text in re.findall(r"\[([^\]]*)\]\(", path.read_text(encoding="utf-8"))
    }
    assert not {text for text in texts if text.endswith(".md")}


@pytest.mark.parametrize("path", sorted(DOCS.glob("*/**/*.md")), ids=lambda path: path.name)
def test_every_page_is_linked_from_an_index(path):
    index = path.parent / "index.md" if path.name != "index.md" else path.parents[1] / "index.md"
    link = path.relative_to(index.parent).as_posix()
    assert f"]({link})" in index.read_text(encoding="utf-8")


def test_figures_are_small_and_drawn_by_the_script(tmp_path):
    drawing = [*PAGES, "explanation/method.md", "how-to/graphs.md", "how-to/power.md"]
    shown = set(re.findall(r"!\[.*?\]\(\.\./figures/(.*?)\)", "".join(map(read, drawing))))
    runpy.run_path(str(DOCS / "figures" / "draw.py"))["draw"](tmp_path)
    assert shown == {path.name for path in tmp_path.iterdir()}
    text = "".join(path.read_text(encoding="utf-8") for path in ALL)
    linked = set(re.findall(r"figures/([\w-]+\.png)\)", text))
    assert linked == {path.name for path in (DOCS / "figures").glob("*.png")}
    assert all((DOCS / "figures" / name).stat().st_size < 100_000 for name in linked)


@pytest.mark.parametrize("keys", [LIFT, SHAPE], ids=["lift", "document"])
def test_every_key_of_a_certificate_is_explained(keys):
    first_cells = re.findall(r"^\| (.*?) \|", read("explanation/certificates.md"), re.MULTILINE)
    explained = {key for cell in first_cells for key in re.findall(r"`(\w+)`", cell)}
    assert set(keys) <= explained
