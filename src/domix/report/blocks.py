"""What a report consists of: sections of paragraphs, lists, tables and figures, as plain values.

Texts are plain: whoever writes them as HTML or Markdown escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from matplotlib.figure import Figure as MatplotlibFigure


@dataclass(frozen=True)
class Paragraph:
    """A text; ``strong`` marks what must not be missed."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of texts."""

    items: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A table, whose first column names its rows.

    Attributes
    ----------
    caption : str
    head : sequence of str
    body : sequence of sequence of str
        A text for each column.
    numbers : collection of int
        The columns of numbers, which are aligned to the right.
    """

    caption: str
    head: Sequence[str]
    body: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()


@dataclass(frozen=True)
class Definitions:
    """Terms, each with a text."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Code:
    """Text for a shell or for Python, kept as it is."""

    text: str


@dataclass(frozen=True)
class Figure:
    """A figure, drawn when it is needed.

    Attributes
    ----------
    title : str
        What it shows, in a few words: its text alternative.
    caption : str
        How to read it.
    draw : callable
        Returns the figure of matplotlib.
    """

    title: str
    caption: str
    draw: Callable[[], MatplotlibFigure]


@dataclass(frozen=True)
class Details:
    """Blocks below a title of their own, which can be folded away."""

    title: str
    blocks: Sequence[Block]
    is_open: bool = True


Block: TypeAlias = "Paragraph | Bullets | Table | Definitions | Code | Figure | Details"


@dataclass(frozen=True)
class Section:
    """Blocks below a heading; ``key`` is its anchor."""

    key: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """A title, a line below it, and sections."""

    title: str
    subtitle: str
    sections: Sequence[Section]


def texts(blocks: Sequence[Block]) -> Iterator[str]:
    """Yield every text of blocks, without those of figures.

    Examples
    --------
    >>> list(texts([Paragraph("one"), Details("two", [Bullets(["three"])])]))
    ['one', 'two', 'three']
    """
    for block in blocks:
        match block:
            case Paragraph(text=text) | Code(text=text):
                yield text
            case Bullets(items=items):
                yield from items
            case Table(caption=caption, head=head, body=body):
                yield from [caption, *head, *(entry for row in body for entry in row)]
            case Definitions(pairs=pairs):
                yield from (text for pair in pairs for text in pair)
            case Details(title=title, blocks=inner):
                yield title
                yield from texts(inner)
