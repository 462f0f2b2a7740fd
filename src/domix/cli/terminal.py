"""Answers on a terminal: a line that is wider goes on below, and a cell below itself."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap

RULE = re.compile("-+(  -+)+")
"""The line between the head of a table and its body, and the one after the body."""

NARROWEST = 24
"""Characters; a last column that would have less is not wrapped."""

HANGING = 2
"""Blanks before a line that goes on."""


def fit_terminal(text: str) -> str:
    """Return a text in lines that fit the terminal, or as it is where it goes elsewhere."""
    is_shown = sys.stdout is not None and sys.stdout.isatty()
    return wrap(text, shutil.get_terminal_size().columns) if is_shown else text


def wrap(text: str, width: int) -> str:
    r"""Wrap the lines of a text between words, and those of its tables in the last column.

    Examples
    --------
    >>> table = [
    ...     "weight  target",
    ...     "------  ------------------------------------",
    ...     "   0.5  do(database=over, users errors=over)",
    ...     "------  ------------------------------------",
    ...     "learnt from 2,016 control rows and these",
    ... ]
    >>> print(wrap("\n".join(table), 34))
    weight  target
    ------  --------------------------
       0.5  do(database=over, users
            errors=over)
    ------  --------------------------
    learnt from 2,016 control rows and
      these
    """
    lines: list[str] = []
    gaps: list[int] = []
    for line in text.split("\n"):
        if RULE.fullmatch(line):
            # A second rule ends the table, and so does a line with a sign between two columns.
            gaps = [] if gaps else [gap.start() for gap in re.finditer("  ", line)]
            lines.append(line[:width])
        else:
            if not line or any(line[gap : gap + 2].strip() for gap in gaps):
                gaps = []
            lines += _wrap_line(line, width, gaps[-1] + 2 if gaps else 0)
    return "\n".join(lines)


def _wrap_line(line: str, width: int, column: int) -> list[str]:
    """Wrap a line from a column on, which is 0 outside of tables."""
    indent = column or len(line) - len(line.lstrip()) + HANGING
    if len(line) <= width or width - indent < NARROWEST:
        return [line]
    return textwrap.wrap(
        line[column:],
        width,
        initial_indent=line[:column],
        subsequent_indent=" " * indent,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
