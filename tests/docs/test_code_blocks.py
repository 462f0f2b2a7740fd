"""Every code block of README and docs does what the page shows, or says why it is not run."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from domix.cli.program import build_parser

pages = pytest.importorskip(
    "pages", reason="markdown-it-py is in the extra docs", exc_type=ImportError
)

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "figures"
BLOCKS = {
    path: pages.read_blocks(path.read_text(encoding="utf-8"))
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
}
RUN = [path for path, blocks in BLOCKS.items() if any(block.is_run for block in blocks)]
DIRECTIVES = {
    "{eval-rst}",
    "{include} ../../CHANGELOG.md",
    "{include} ../../CONTRIBUTING.md",
    "{toctree}",
}
LANGUAGES = DIRECTIVES | {"csv", "dot", "json", "python", "sh", "text", "toml"}
LARGEST_FIGURE = 100_000
SQUARE, MOST_CHANGED = 24, 0.4
"""Pixels of the side of a square whose mean is compared, and of the ink. Releases of matplotlib
move text by some pixels: figures of 3.8 to 3.11 differ by less than a third of the ink."""


def average_squares(path):
    """Read an image as the mean brightness of each of its squares."""
    pixels = imread(path)[..., :3].mean(axis=2)
    rows, columns = (size // SQUARE for size in pixels.shape)
    whole = pixels[: rows * SQUARE, : columns * SQUARE]
    return whole.reshape(rows, SQUARE, columns, SQUARE).mean(axis=(1, 3))


def share_changed(now, before):
    """Compute the difference of two images in the ink of the second, since most of it is paper."""
    return abs(now - before).sum() / (1 - before).sum()


def name(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", RUN, ids=name)
def test_blocks_do_what_the_page_shows(page, tmp_path):
    count, failures = pages.run_page(page, tmp_path)
    assert not failures, failures
    assert count > 0
    for drawn in tmp_path.iterdir():
        committed = FIGURES / drawn.name
        assert committed.stat().st_size < LARGEST_FIGURE
        now, before = average_squares(drawn), average_squares(committed)
        assert now.shape == before.shape
        assert share_changed(now, before) < MOST_CHANGED
        for another in (np.ones_like(before), before[::-1], before[:, ::-1]):
            assert share_changed(another, before) > MOST_CHANGED


@pytest.mark.parametrize("page", BLOCKS, ids=name)
def test_blocks_say_their_language(page):
    languages = {block.language for block in BLOCKS[page]}
    assert languages <= LANGUAGES


@pytest.mark.parametrize("page", BLOCKS, ids=name)
def test_blocks_can_be_pasted_into_a_console(page):
    blocks = [block for block in BLOCKS[page] if block.is_doctest]
    assert [block.code for block in blocks if block.open_statements()] == []


def test_a_blank_continuation_ends_a_statement():
    ended = ">>> for x in [1]:\n...     x\n...\n1\n>>> x\n1\n"
    blocks = [
        pages.read_blocks(f"```python\n{code}```\n")[0]
        for code in (ended, ended.replace("...\n", ""))
    ]
    assert [block.open_statements() for block in blocks] == [[], [2]]
    sources = [[example.source for example in block.examples] for block in blocks]
    assert sources[0] == sources[1]  # so a notebook does not show it


@pytest.mark.parametrize("page", BLOCKS, ids=name)
def test_blocks_that_are_not_run_are_valid(page):
    parser = build_parser()
    for block in BLOCKS[page]:
        if block.exempt is None:
            continue
        if block.language == "python":
            compile(block.code, name(page), "exec")
        else:
            for line in block.code.replace("\\\n", " ").splitlines():
                if line.startswith("domix "):
                    parser.parse_args(shlex.split(line, comments=True)[1:])


PAGE = """# A page

[rows](data/rows.csv)

```sh
cat rows.csv
```

```text
...
y,0.12
```

```python
>>> x = open("rows.csv").read()
>>> len(x), 0.299
(12, 0.3)
>>> raise ValueError("no")
Traceback (most recent call last):
ValueError: no

```

```python
y = [1,
     2]
print(y)
```

<!-- not run: it fails -->
```sh
false
```

```python
>>> class Drawing:
...     def savefig(self, path, dpi):
...         _ = open(path, "w").write("drawn")
...     def __repr__(self):
...         return f"<Figure of {y}>"
>>> Drawing()
<Figure of ...>

```

![a figure](../figures/drawn.png)

```sh
echo from-shell > shell.png
```

![another](../figures/from-shell.png)
"""


def write_page(folder, text):
    (folder / "tutorials" / "data").mkdir(parents=True)
    (folder / "tutorials" / "data" / "rows.csv").write_text("x,1\ny,0.124\n")
    page = folder / "tutorials" / "page.md"
    page.write_text(text)
    return page


def test_a_page_runs_in_one_folder_and_namespace(tmp_path):
    figures = tmp_path / "figures"
    figures.mkdir()
    assert pages.run_page(write_page(tmp_path, PAGE), figures)[1] == ""
    assert (figures / "drawn.png").read_text() == "drawn"
    assert (figures / "from-shell.png").read_text() == "from-shell\n"


def test_a_warning_fails_a_page_that_does_not_expect_it(tmp_path):
    warns = "```python\n>>> import warnings, domix\n>>> {}\n\n```\n".format(
        'warnings.warn("this warning is not explained", domix.DomixWarning)'
    )
    page = write_page(tmp_path, warns)
    assert "DomixWarning: this warning" in pages.run_page(page, tmp_path)[1]
    page.write_text(f"{pages.EXPECTED}\n\n{warns}")
    assert pages.run_page(page, tmp_path)[1] == ""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("y,0.12", "y,0.14"),
        ("y,0.12\n", "y,0.12\nz"),
        ("cat rows.csv", "cat rows.csv; exit 3"),
        ("(12, 0.3)", "(13, 0.3)"),
        ("2]", "2"),
        ("<!-- not run: it fails -->", ""),
        (">>> Drawing()", ">>> y"),
    ],
)
def test_what_a_page_shows_wrongly_fails(right, wrong, tmp_path):
    assert PAGE.count(right) == 1
    figures = tmp_path / "figures"
    figures.mkdir()
    assert pages.run_page(write_page(tmp_path, PAGE.replace(right, wrong)), figures)[1]


@pytest.mark.parametrize(
    ("want", "got", "same"),
    [
        ("0.34 of .5", "0.35  of .5", True),
        ("0.34", "0.36", False),
        ("0.3", "0.34", True),
        ("9.6e-253 5", "9.7e-253 5", True),
        ("9.6e-253 5", "9.6e-253 6", False),
        ("-183,890.69", "-183,890.70", True),
        ("in ... s", "in 3.4 s", True),
        ("a\n...\nd", "a\nb 1.0\nc\nd", True),
        ("a\n...\nd", "a\nb\nc", False),
        ("a\n<BLANKLINE>\nd", "a\n\nd", True),
        ("a", "a\nb", False),
        ("a.c", "abc", False),
    ],
)
def test_outputs_are_compared_to_the_digits_shown(want, got, same):
    assert pages.Checker().check_output(want + "\n", got + "\n", pages.FLAGS) is same


def test_links_with_other_addresses_are_https():
    links = {
        link
        for path in BLOCKS
        for link in re.findall(r"\]\((\w+:[^)\s]*)\)", path.read_text(encoding="utf-8"))
    }
    assert all(re.fullmatch(r"https://[\w-]+(\.[\w-]+)+(/\S*)?", link) for link in links)
