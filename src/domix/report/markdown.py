"""A report as Markdown, to be pasted into a post-mortem: the same text, without figures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from domix.report.blocks import (
    Block,
    Bullets,
    Code,
    Definitions,
    Details,
    Figure,
    Paragraph,
    Report,
    Table,
)
from domix.util.text_tables import clean

SIGNS = re.compile(r"[\\`*\[\]<|~$]|&(?=#?\w+;)|(?<![^\W_])_|_(?![^\W_])")
"""Signs with a meaning within a line; underscores have none between letters."""

BEGINNINGS = re.compile(r"^(\s*)(?=[#>]|[-+](?:\s|$)|[-=][-=\s]*$)|^(\s*\d+)(?=[.)](?:\s|$))")
"""Where a line begins so that its first sign, or the one after a number, has a meaning."""

LIVE = re.compile(r"@(?=\w)|#(?=\d)|(?<=:)/(?=/)|\bwww(?=\.)", re.IGNORECASE)
"""Where a comment keeps GitHub from making a person, an issue or an address of a name."""


def write_markdown(report: Report) -> str:
    """Return a report as Markdown, with tables as GitHub writes them."""
    lines = [f"# {escape(report.title)}", escape(report.subtitle)]
    for section in report.sections:
        blocks = list(_write_blocks(section.blocks, 3))
        if blocks:
            lines += [f"## {escape(section.title)}", *blocks]
    return "\n\n".join(lines) + "\n"


def escape(text: str) -> str:
    r"""Return a text of one line in which no sign has a meaning of Markdown.

    Examples
    --------
    >>> print(escape("do(A=<b>)"), escape("1. a|b"))
    do(A=\<b>) 1\. a\|b
    >>> print(escape("    @user"))
    @<!-- -->user
    """
    line = clean(text).replace("\N{NO-BREAK SPACE}", " ").strip()
    line = LIVE.sub(r"\g<0><!-- -->", SIGNS.sub(r"\\\g<0>", line))
    return BEGINNINGS.sub(r"\g<0>\\", line)


def _write_blocks(blocks: Sequence[Block], level: int) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph(text=text, strong=strong):
                yield f"**{escape(text)}**" if strong else escape(text)
            case Bullets(items=items):
                yield "\n".join(f"- {escape(item)}" for item in items)
            case Definitions(pairs=pairs):
                yield "\n".join(f"- **{escape(term)}**: {escape(text)}" for term, text in pairs)
            case Code(text=text):
                yield _write_code(text)
            case Table(caption=caption, head=head, body=body, numbers=numbers):
                rules = ["--:" if at in numbers else "---" for at in range(len(head))]
                rows = [_write_row(map(escape, row)) for row in (head, *body)]
                yield f"{escape(caption)}:\n\n" + "\n".join([rows[0], _write_row(rules), *rows[1:]])
            case Details(title=title, blocks=inner):
                yield f"{'#' * level} {escape(title)}"
                yield from _write_blocks(inner, level + 1)
            case Figure():
                pass


def _write_row(entries: Iterable[str]) -> str:
    return f"| {' | '.join(entries)} |"


def _write_code(text: str) -> str:
    """Write a block of code; the fence is longer than any within it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    body = "\n".join(map(clean, text.splitlines()))
    return f"{fence}\n{body}\n{fence}"
