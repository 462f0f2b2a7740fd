"""Tables and numbers as text and HTML."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence

SIDES = {"<": "left", ">": "right"}

NO_MATH = 'class="mathjax_ignore tex2jax_ignore"'
"""Attribute of an element whose texts notebooks show as they are: names with dollar signs would be
typeset as formulas. MathJax knows either name, by its version."""

ORDERS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
"""Signs that change the order in which a line is read."""


def aligned(head: Sequence[str], body: Sequence[Sequence[str]], sides: str) -> str:
    """Return a table as text; ``sides`` aligns each column to the left (<) or right (>).

    Examples
    --------
    >>> print(aligned(["weight", "target"], [["0.5", "do()"]], "><"))
    weight  target
    ------  ------
       0.5  do()
    """
    widths = [max(map(len, column)) for column in zip(head, *body, strict=True)]
    lines = []
    for row in [head, ["-" * w for w in widths], *body]:
        cells = [f"{cell:{side}{w}}" for cell, side, w in zip(row, sides, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def html_table(head: Sequence[str], body: Sequence[Sequence[str]], sides: str | None = None) -> str:
    """Return a table as HTML, without a head if ``head`` is empty.

    ``sides`` aligns each column as :func:`aligned` does; by default it is the page that decides.

    Examples
    --------
    >>> html_table([], [["p", "<1e-300"]]).removeprefix(f"<table {NO_MATH}>")
    '<tbody><tr><td>p</td><td>&lt;1e-300</td></tr></tbody></table>'
    >>> html_table([], [["A"]], sides="<").removeprefix(f"<table {NO_MATH}>")
    '<tbody><tr><td style="text-align: left">A</td></tr></tbody></table>'
    """
    styles = [f' style="text-align: {SIDES[side]}"' for side in sides or ""]
    styles = styles or [""] * max(map(len, [head, *body]), default=0)

    def row(tag: str, cells: Sequence[str]) -> str:
        pairs = zip(styles, cells, strict=True)
        texts = (f"<{tag}{style}>{html.escape(cell)}</{tag}>" for style, cell in pairs)
        return f"<tr>{''.join(texts)}</tr>"

    top = f"<thead>{row('th', head)}</thead>" if head else ""
    rows = "".join(row("td", cells) for cells in body)
    return f"<table {NO_MATH}>{top}<tbody>{rows}</tbody></table>"


def html_notes(lines: Sequence[str]) -> str:
    """Return lines of text as a paragraph of HTML.

    Examples
    --------
    >>> html_notes(["p <1e-300", "2 targets"])
    '<p class="mathjax_ignore tex2jax_ignore">p &lt;1e-300<br>2 targets</p>'
    """
    return f"<p {NO_MATH}>{'<br>'.join(map(html.escape, lines))}</p>"


def shorten_rows(body: Sequence[Sequence[str]], most: int) -> list[Sequence[str]]:
    """Return at most so many rows; the last one says how many there are in all, in its last cell.

    Examples
    --------
    >>> shorten_rows([["1", "A"], ["2", "B"], ["3", "C"]], most=2)
    [['1', 'A'], ['', '... (3 in all)']]
    """
    if len(body) <= most:
        return list(body)
    return [*body[: most - 1], [*[""] * (len(body[0]) - 1), f"... ({len(body)} in all)"]]


def p_text(p: float) -> str:
    """Return a p-value with two digits, or the bound below which doubles are not accurate.

    Examples
    --------
    >>> p_text(0.01234), p_text(0.0)
    ('0.012', '<1e-300')
    """
    return "<1e-300" if p < 1e-300 else f"{p:.2g}"


def clean(text: str) -> str:
    r"""Write what no line of text can hold as escapes: a name of the user can have any sign.

    Examples
    --------
    >>> print(clean("two\nlines"))
    two\nlines
    """
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in {"Cc", "Cs", "Cn", "Zl", "Zp"} or ORDERS.match(sign)
        else sign
        for sign in text
    )


def count(number: float, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "row"), count(8000, "row"), count(0, "look-alike")
    ('1 row', '8,000 rows', 'no look-alikes')
    """
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{'no' if number == 0 else format(number, ',.0f')} {noun}"
