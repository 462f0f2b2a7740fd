"""A report as one HTML file: style and figures inside, no script, nothing from any network."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from itertools import count
from typing import Any

from domix.errors import DomixError, MissingExtraError
from domix.report.blocks import Figure, Report
from domix.report.svg import inline_svg
from domix.report.wording import sentence
from domix.util.figures import require_matplotlib
from domix.util.text_tables import clean

TEMPLATES = ("page.html", "page.css")

BREAKS = re.compile(r"[^\w.,:;()=%]")
"""Signs at which a browser may break a word, such as hyphens."""

LONGEST_WORD = 24
"""Letters of a word up to which it is not broken in a table."""

SHORT_TABLE = 12
"""Rows of a table up to which it is not divided between two pages."""


def require_html() -> None:
    """Raise MissingExtraError if a package for HTML is missing; call it before long work, too."""
    if find_spec("jinja2") is None:
        raise MissingExtraError("a report as HTML", "jinja2", "app")
    require_matplotlib()


def write_html(report: Report) -> str:
    """Return a report as an HTML document."""
    require_html()
    from jinja2 import DictLoader, Environment, StrictUndefined
    from markupsafe import Markup

    folder = files("domix.report") / "templates"
    sources = {name: (folder / name).read_text("utf-8") for name in TEMPLATES}
    environment = Environment(
        loader=DictLoader(sources),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: clean(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    keys = (f"k{number}" for number in count(1))

    def keep_names(text: str) -> Any:
        """Return a text that is not broken within names."""
        words = re.split(r"(\s+)", clean(text))
        return Markup("").join(
            Markup('<span class="name">{}</span>').format(word) if _can_break(word) else word
            for word in words
        )

    environment.filters["names"] = keep_names

    def draw(figure: Figure) -> Any:
        """Return a figure, or why it cannot be drawn: a report is of use without it."""
        try:
            return Markup(inline_svg(figure.draw(), next(keys)))
        except DomixError as error:
            return Markup("<p>{}</p>").format(
                clean(sentence(f"This figure cannot be drawn: {error.message}"))
            )

    return environment.get_template("page.html").render(
        report=report,
        css=Markup(sources["page.css"]),
        draw=draw,
        new_key=lambda: next(keys),
        is_long=lambda text: any(len(word) > LONGEST_WORD for word in text.split()),
        short=SHORT_TABLE,
    )


def _can_break(word: str) -> bool:
    return len(word) <= LONGEST_WORD and not word.isspace() and BREAKS.search(word) is not None
