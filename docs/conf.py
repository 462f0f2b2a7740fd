"""How Sphinx builds the site: python -m sphinx -W --keep-going -n docs build/site.

Nothing is fetched while it is built, and pages fetch nothing from other sites when they are read:
formulas are MathML, which browsers draw themselves.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import latex2mathml.converter
from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import domix

project = "domix"
author = "The domix developers"
copyright = "The domix developers"
release = version = domix.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_copybutton",
]
exclude_patterns = ["_templates"]
templates_path = ["_templates"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4

autodoc_typehints = "none"  # docstrings have the types, in words
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False  # the pages of classes list their members themselves
numpydoc_class_members_toctree = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

highlight_language = "none"  # of blocks that name none, such as formulas

html_theme = "pydata_sphinx_theme"
html_title = "domix"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}
html_math_renderer = "mathml"
linkcheck_anchors = False

PAGE = re.compile(r"\bdocs/([\w/-]+)\.md\b")
PUBLIC = re.compile(rf":(func|class|meth|attr|exc):`(({'|'.join(domix.__all__)})\b[\w.]*)`")


def link_pages(
    _app: Sphinx, _what: str, _name: str, _object: Any, _options: Any, lines: list[str]
) -> None:
    """Turn pages that docstrings name into links, and find public names from every module."""
    linked = (PAGE.sub(r":doc:`/\1`", line) for line in lines)
    lines[:] = [PUBLIC.sub(r":\1:`\2 <domix.\2>`", line) for line in linked]


def trim_blocks(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Leave out the empty line that ends a doctest."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def write_formula(translator: Any, node: nodes.Element) -> None:
    """Write a formula as MathML."""
    display = "block" if isinstance(node, nodes.math_block) else "inline"
    formula = latex2mathml.converter.convert(node.astext(), display=display)
    if display == "block":
        formula = f'<div class="math">{formula}</div>'
    translator.body.append(formula)
    raise nodes.SkipNode


def copy_data(app: Sphinx, error: Exception | None) -> None:
    """Put the files of tutorials where their notebooks say."""
    data = Path("tutorials", "data")
    if error is None and (app.srcdir / data).is_dir():
        files = shutil.ignore_patterns("*.py", "__pycache__")
        shutil.copytree(app.srcdir / data, app.outdir / data, ignore=files, dirs_exist_ok=True)


def setup(app: Sphinx) -> None:
    """Add what is needed beside the extensions."""
    app.add_lexer("csv", TextLexer)
    app.connect("autodoc-process-docstring", link_pages, priority=400)
    app.connect("source-read", trim_blocks)
    app.connect("build-finished", copy_data)
    app.add_html_math_renderer("mathml", (write_formula, None), (write_formula, None))
