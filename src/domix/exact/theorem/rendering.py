"""Proofs as text, HTML and LaTeX."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from domix.exact.latex import display, label, sentence
from domix.exact.theorem.obligations import Obligation
from domix.util.text_tables import html_notes, html_table

WIDTH = 96
"""Characters of a line of text."""


def text(title: str, obligations: Sequence[Obligation]) -> str:
    """Return all obligations as text."""
    lines = [title]
    for o in obligations:
        lines += ["", f"{o.name}: {_means(o)}"]
        lines += textwrap.wrap(o.statement, WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def html(title: str, obligations: Sequence[Obligation]) -> str:
    """Return all obligations as a table of HTML."""
    body = [[o.name, _means(o), o.statement] for o in obligations]
    return html_notes([title]) + html_table(["obligation", "shown by", "statement"], body, "<<<")


def latex(title: str, obligations: Sequence[Obligation]) -> str:
    """Return all obligations in LaTeX, each with its name as a heading."""
    parts = [sentence(title)]
    for o in obligations:
        verdict = "Shown" if o.discharged else "Not shown"
        parts.append(display(rf"\textbf{{Obligation }} {label(o.name)}"))
        parts.append(sentence(f"{o.statement} {verdict} by {o.means}, {o.detail}."))
    return "\n\n".join(parts) + "\n"


def _means(o: Obligation) -> str:
    """State how an obligation was shown, or that it was not."""
    return f"{'' if o.discharged else 'NOT DISCHARGED, '}{o.means}, {o.detail}"
