"""Make figures and notebooks of pages: python docs/notebooks/make.py [PAGE ...].

A page has a notebook if it links to it: ``[notebook](../notebooks/NAME.ipynb)``, with the page's
name. Its source is the page; its figures and outputs are those of running it. ``--check`` only runs
the blocks of pages and compares their outputs; ``--execute`` only runs their notebooks.
"""

from __future__ import annotations

import argparse
import base64
import io
import itertools
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pages import EXPECTED, Block, linked_files, page_folder, png_name, read_blocks, run_page

DOCS = Path(__file__).parents[1]
SITE = "https://domix.readthedocs.io/en/latest"
Cell = tuple[str, str]
"""The type of a cell, markdown or code, and its source."""

PLACE = re.compile(r"^/\S+\.py:\d+: (?=\w+Warning: )", re.MULTILINE)
"""Where a warning says that it comes from: a path of the machine that ran the notebook."""


def pages_with_notebooks() -> list[Path]:
    """Find the pages that link to a notebook of theirs."""
    return [path for path in sorted(DOCS.glob("*/*.md")) if _has_notebook(path)]


def _has_notebook(page: Path) -> bool:
    return f"](../notebooks/{page.stem}.ipynb)" in page.read_text(encoding="utf-8")


def make_cells(page: Path) -> list[Cell]:
    """Turn a page into the cells of its notebook."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    cells: list[Cell] = []
    done = 0
    for block in filter(lambda block: block.is_run, read_blocks(text)):
        cells.append(("markdown", _prose("".join(lines[done : block.first]), page)))
        cells += [("code", source) for source in _sources(block)]
        done = block.end
    cells.append(("markdown", _prose("".join(lines[done:]), page)))
    return [(kind, source.strip()) for kind, source in cells if source.strip()]


def _sources(block: Block) -> Iterator[str]:
    """Divide a block into cells, each of which ends where an output is shown."""
    if block.language == "sh":
        yield f"%%bash\n{block.code}"
        if block.image is not None:
            yield f'from IPython.display import Image\n\nImage("{png_name(block.code)}")'
    elif block.is_doctest:
        source = ""
        for example in block.examples:
            source += example.source
            if example.want:
                yield source
                source = ""
        yield source
    else:
        yield block.code


def _prose(text: str, page: Path) -> str:
    """Let links lead to the site: a notebook is read without the other pages, and not tested."""
    folder = page.parent.name
    files = ", ".join(sorted(linked_files(page)))
    needs = f" Before you run it, save the files that it links to beside it: {files}."
    text = text.replace(f"{EXPECTED}\n\n", "")
    text = re.sub(
        rf"This\s+page\s+is\s+also\s+a\s+\[notebook\]\(../notebooks/{page.stem}.ipynb\)\.",
        f"This notebook is the page [{page.stem}]({SITE}/{folder}/{page.stem}.html)."
        + (needs if files else ""),
        text,
    )

    def absolute(link: re.Match[str]) -> str:
        path = os.path.normpath(f"{folder}/{link[1]}")
        return f"]({SITE}/{re.sub(r'[.]md$', '.html', path)}{link[2]})"

    return re.sub(r"\]\((?!\w+:)([^)#\s]+)((?:#[^)\s]*)?)\)", absolute, text)


def execute(page: Path) -> Any:
    """Run a page's notebook in a folder of its own, and return it with its outputs."""
    import nbformat.v4 as nb
    from nbclient import NotebookClient

    makers = {"markdown": nb.new_markdown_cell, "code": nb.new_code_cell}
    notebook = nb.new_notebook(
        cells=[
            # Numbered, as ids at random would change the file each time.
            makers[kind](source, id=f"cell-{number}")
            for number, (kind, source) in enumerate(make_cells(page))
        ],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    with page_folder(page) as (folder, environment):
        client = NotebookClient(
            notebook,
            timeout=600,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
            record_timing=False,
            coalesce_streams=True,
        )
        client.execute(env=environment)
    notebook.metadata.pop("language_info", None)
    return notebook


def make(page: Path) -> None:
    """Draw a page's figures and write its notebook, beside the page's folder."""
    import nbformat

    docs = page.parents[1]
    _count, failures = run_page(page, docs / "figures")
    if failures:
        sys.exit(failures)
    for block in read_blocks(page.read_text(encoding="utf-8")):
        if block.image is not None:
            figure = docs / "figures" / Path(block.image).name
            figure.write_bytes(_shrink(figure.read_bytes()))
    if _has_notebook(page):
        target = docs / "notebooks" / f"{page.stem}.ipynb"
        target.parent.mkdir(exist_ok=True)
        notebook = execute(page)
        for output in itertools.chain(*(cell.get("outputs", []) for cell in notebook.cells)):
            if "text" in output:
                output["text"] = PLACE.sub("", output["text"])
            shown = output.get("data", {})
            if "image/png" in shown:
                png = _shrink(base64.b64decode(shown["image/png"]))
                shown["image/png"] = base64.b64encode(png).decode("ascii")
        nbformat.write(notebook, target)
        print(f"{target}: {target.stat().st_size:,} bytes")


def _shrink(png: bytes) -> bytes:
    """Give an image a palette: a quarter of the bytes, and no difference that the eye sees."""
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        small = image.convert("RGBA").quantize(256, method=Image.Quantize.FASTOCTREE)
    small.save(buffer, format="png", optimize=True)
    return buffer.getvalue()


def check(page: Path) -> None:
    """Run a page, and end with what differs from it."""
    with tempfile.TemporaryDirectory() as figures:
        count, failures = run_page(page, Path(figures))
    if failures:
        sys.exit(failures)
    print(f"{page}: {count} examples as shown")


def main() -> None:
    """Run as a program."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", metavar="PAGE", nargs="*", type=Path)
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--check", dest="step", action="store_const", const=check, default=make)
    mode.add_argument("--execute", dest="step", action="store_const", const=execute)
    arguments = parser.parse_args()
    for page in arguments.pages or pages_with_notebooks():
        arguments.step(page.resolve())


if __name__ == "__main__":
    main()
