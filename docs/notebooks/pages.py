"""Code blocks of a page: how they are read, run, and compared with what the page shows.

A page is Markdown as GitHub shows it. Its blocks run in order, in one folder and one namespace:

- ``sh``: by bash, each block in a shell of its own; a ``text`` block right after it is its output.
- ``python``: doctests, or without prompts plain source whose output is not compared.
- Files that the page links from a folder ``data`` beside it are copied into that folder first.
- An image right after a block is drawn by the block: the figure that its last example shows, or the
  last PNG file that its commands name.
- ``<!-- not run: reason -->`` right before a block exempts it. Other languages are not run.
- A warning of domix is an error, but not in a page with ``<!-- warnings are expected -->``.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import doctest
import io
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

import domix

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
DPI = 90
NUMBER = r"[+-]?(?:\d[\d,]*)?\.\d+(?:[eE][+-]?\d+)?|[+-]?\d+[eE][+-]?\d+"
EXPECTED = "<!-- warnings are expected -->"
NOT_RUN = re.compile(r"<!-- not run: (.+?) -->", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    language: str
    code: str
    first: int
    """Its first line in the page, from 0: the fence, or the comment that exempts the block."""
    end: int
    """The line after it, its output and the image that it draws."""
    exempt: str | None
    """Why it is not run."""
    output: str | None
    """What a ``sh`` block is expected to print."""
    image: str | None
    """The link of the image that it draws."""

    @property
    def is_doctest(self) -> bool:
        return self.language == "python" and ">>> " in self.code

    @property
    def is_run(self) -> bool:
        return self.language in ("python", "sh") and self.exempt is None

    @property
    def examples(self) -> list[doctest.Example]:
        return doctest.DocTestParser().get_examples(self.code)

    def open_statements(self) -> list[int]:
        """Find the lines after which a console still waits for the end of a compound statement.

        Lines are copied from the site without prompts and outputs. So only a line ``...`` keeps a
        loop or a function apart from the statement after it.
        """
        lines = [line.strip() for line in self.code.splitlines()] + [""]
        ends = {
            example.lineno + example.source.count("\n"): ast.parse(example.source).body
            for example in self.examples
        }
        return [
            end
            for end, statements in ends.items()
            if any(hasattr(statement, "body") for statement in statements) and lines[end] != "..."
        ]


def read_blocks(text: str) -> list[Block]:
    """Read the fenced blocks of a page."""
    leaves = [
        token
        for token in MarkdownIt("commonmark").parse(text)
        if token.map and token.type in ("fence", "html_block", "inline", "code_block")
    ]
    before = {id(leaf): earlier for earlier, leaf in itertools.pairwise(leaves)}
    after = {id(leaf): later for leaf, later in itertools.pairwise(leaves)}
    blocks: list[Block] = []
    for leaf in leaves:
        if leaf.type != "fence" or (blocks and _line(leaf, 0) < blocks[-1].end):
            continue
        language, last, output = leaf.info.strip(), leaf, None
        follower = after.get(id(leaf))
        if language == "sh" and follower and follower.info.strip() == "text":
            output, last = follower.content, follower
        image = _lone_image(after.get(id(last))) if _draws(language, leaf.content) else None
        if image is not None:
            last = after[id(last)]
        comment = before.get(id(leaf))
        found = comment and comment.type == "html_block" and NOT_RUN.search(comment.content)
        first = comment if comment and found else leaf
        blocks.append(
            Block(
                language=language,
                code=leaf.content,
                first=_line(first, 0),
                end=_line(last, 1),
                exempt=found[1] if found else None,
                output=output,
                image=image,
            )
        )
    return blocks


def _line(token: Token, which: int) -> int:
    assert token.map is not None
    return token.map[which]


def _draws(language: str, code: str) -> bool:
    """Return whether a block shows a figure last, or names a PNG file."""
    if language == "sh":
        return ".png" in code
    examples = doctest.DocTestParser().get_examples(code) if language == "python" else []
    return bool(examples) and re.match(r"<[\w.]*Figure ", examples[-1].want) is not None


def _lone_image(token: Token | None) -> str | None:
    """Return the link of an image that is a paragraph of its own."""
    children = token.children if token and token.type == "inline" else None
    if not children or [child.type for child in children] != ["image"]:
        return None
    return str(children[0].attrs["src"])


def linked_files(page: Path) -> dict[str, Path]:
    """Find the files that a page links from its folder ``data``, by their names without folder."""
    links = re.findall(r"\]\((data/[^)#\s]+)\)", page.read_text(encoding="utf-8"))
    paths = {page.parent / link for link in links if not link.endswith(".md")}
    files = {path.name: path for path in paths}
    if len(files) < len(paths):
        raise ValueError(f"{page}: two linked files have the same name")
    return files


@contextlib.contextmanager
def page_folder(page: Path) -> Iterator[tuple[Path, dict[str, str]]]:
    """Make the folder in which a page runs, and the environment in which `domix` is this one."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as programs:
        for name, path in linked_files(page).items():
            shutil.copy(path, Path(folder) / name)
        for name, options in {"domix": "-m domix ", "python": ""}.items():
            command = Path(programs) / name
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {options}"$@"\n')
            command.chmod(0o755)
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([programs, os.environ["PATH"]]),
            "PYTHONPATH": str(Path(domix.__file__).parents[1]),
        }
        yield Path(folder), environment


def run_page(page: Path, figures: Path) -> tuple[int, str]:
    """Run a page's blocks, and draw its figures into a folder.

    Returns
    -------
    int
        How many examples were run.
    str
        Which of them failed, and how; empty if none did.
    """
    text = page.read_text(encoding="utf-8")
    with (
        page_folder(page) as (folder, environment),
        contextlib.chdir(folder),
        warnings.catch_warnings(),
    ):
        # A reader is not surprised by warnings that the page explains.
        expected = EXPECTED in text
        warnings.simplefilter("ignore" if expected else "error", domix.DomixWarning)
        actions = _Actions(environment, figures)
        test = doctest.DocTest(
            list(_examples(read_blocks(text))),
            {"__name__": "__main__", "_page": actions},
            page.name,
            str(page),
            0,
            None,
        )
        runner = doctest.DocTestRunner(Checker(), verbose=False, optionflags=FLAGS)
        report = io.StringIO()
        runner.run(test, out=report.write)
    return len(test.examples), report.getvalue()


def _examples(blocks: list[Block]) -> Iterator[doctest.Example]:
    """Write every block that is run as doctest examples."""
    for block in filter(lambda block: block.is_run, blocks):
        if block.is_doctest:
            for example in block.examples:
                example.lineno += block.first + 1
                yield example
        else:
            action = "run_shell" if block.language == "sh" else "run_source"
            arguments = f"{block.code!r}, {block.output is not None}"
            source = f"_page.{action}({arguments})"
            yield doctest.Example(source, block.output or "", lineno=block.first)
        if block.image is not None:
            code = block.code if block.language == "sh" else None
            source = f"_page.draw({block.image!r}, {code!r})"
            yield doctest.Example(source, "", lineno=block.first)


@dataclass(frozen=True)
class _Actions:
    """What examples of a page call that are not doctests in the page."""

    environment: dict[str, str]
    figures: Path

    def run_shell(self, code: str, shows: bool) -> None:
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", code],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        if shows:
            print(done.stdout, end="")

    def run_source(self, code: str, _shows: bool) -> None:
        namespace: dict[str, Any] = sys._getframe(1).f_globals
        with contextlib.redirect_stdout(io.StringIO()):
            exec(code, namespace)

    def draw(self, link: str, code: str | None) -> None:
        """Save the figure that was shown last, or the last PNG file that commands name."""
        target = self.figures / Path(link).name
        if code is not None:
            shutil.copy(png_name(code), target)
        else:
            figure: Any = vars(builtins)["_"]
            figure.savefig(target, dpi=DPI)


def png_name(code: str) -> str:
    """Find the last PNG file that commands name."""
    return str(re.findall(r"[\w./-]+\.png\b", code)[-1])


class Checker(doctest.OutputChecker):
    """Compares line by line; decimals may differ by one unit of the last digit that is shown."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Return whether an output is as expected."""
        if super().check_output(want, got, optionflags):
            return True
        lines = [line.strip() for line in want.splitlines()]
        blank = ["" if line == "<BLANKLINE>" else line for line in lines]
        return _agree(blank, [line.strip() for line in got.splitlines()])


def _agree(want: list[str], got: list[str]) -> bool:
    if not want:
        return not got
    if want[0] == "...":
        return any(_agree(want[1:], got[start:]) for start in range(len(got) + 1))
    return bool(got) and _same_line(want[0], got[0]) and _agree(want[1:], got[1:])


def _same_line(want: str, got: str) -> bool:
    numbers = re.findall(NUMBER, want)
    pattern = re.sub(rf"(?:{NUMBER})|\.\.\.|\s+|.", _as_pattern, want)
    found = re.fullmatch(pattern, got)
    return found is not None and all(map(_close, numbers, found.groups()))


def _as_pattern(piece: re.Match[str]) -> str:
    text = piece[0]
    if text == "...":
        return ".*?"
    if text.isspace():
        return r"\s+"
    return f"({NUMBER})" if len(text) > 1 else re.escape(text)


def _close(want: str, got: str) -> bool:
    digits, _, exponent = want.lower().partition("e")
    decimals = len(digits.partition(".")[2])
    # A little more than one unit, as 0.3 - 0.2 is more than 0.1 in floating point.
    tolerance = 1.001 * 10.0 ** (int(exponent or 0) - decimals)
    return abs(float(want.replace(",", "")) - float(got.replace(",", ""))) <= tolerance
