"""Text with a header line and separated fields, with errors that name the line."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from domix.errors import DataError, FormatError
from domix.util.files import decode_utf8, first_line

if TYPE_CHECKING:
    import polars

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
USUAL_SEPARATORS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
"""Each with what it is called in an option."""

COMMENT_SIGNS = ("#", "%", "//")
"""How comments usually begin; a message proposes to leave them out."""


@dataclass(frozen=True, eq=False)
class Text:
    """Lines of a text file, without its comments.

    Attributes
    ----------
    path : Path
    data : bytes
        UTF-8 without a byte order mark; lines end with a line feed.
    separator : str
    number : callable
        Takes the number of a line, from 1, and returns its number in the file.
    """

    path: Path
    data: bytes
    separator: str
    number: Callable[[int], int]

    @classmethod
    def clean(
        cls, path: Path, data: bytes, separator: str, comment: str | None, first: int = 1
    ) -> Text:
        """Check the encoding of lines, and drop the comments.

        Parameters
        ----------
        path : Path
        data : bytes
            As in the file, from the beginning of its line ``first``, which counts from 1.
        separator : str
        comment : str or None
            How comments begin.
        first : int

        Raises
        ------
        FormatError
            The text is not UTF-8; the message names the line.
        """
        if first == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        if b"\n" not in data:
            data = data.replace(b"\r", b"\n")  # line ends of old spreadsheets
        decode_utf8(data, path, first)
        text = cls(path, data, separator, lambda line: line + first - 1)
        return text if comment is None else _drop_comments(text, comment.encode())

    def place(self, line: int) -> str:
        """Return the place of a line, which counts from 1."""
        return f"{self.path}:{self.number(line)}"

    def without_last_lines(self) -> Text:
        """Leave out empty lines at the end, but not of a single column, where they are rows."""
        if len(read_header(self)) == 1:
            return self
        return replace(self, data=self.data.rstrip(b"\r\n"))

    def following(self, header: Text) -> Text:
        """Return the text below a header."""
        lines = header.data.count(b"\n")

        def number(line: int) -> int:
            return header.number(line) if line <= lines else self.number(line - lines)

        return Text(self.path, header.data + self.data, self.separator, number)


def read_separator(separator: str | None) -> str | None:
    """Return the character that a separator stands for; None for None."""
    if separator is None:
        return None
    names = {name: sign for sign, name in USUAL_SEPARATORS.items()} | {r"\t": "\t"}
    sign = names.get(separator, separator)
    if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in '"\r\n':
        raise DataError(
            f"must be one character that is no letter or digit, or tab, not {separator!r}",
            argument="separator",
        )
    return sign


def parse_text(text: Text, rows: int | None = None) -> polars.DataFrame:
    """Return the rows below the header line; every column is text.

    Parameters
    ----------
    text : Text
    rows : int, optional
        How many rows are expected, if that is known.

    Raises
    ------
    FormatError
        A line does not hold a field for each column; the message names it.
    """
    import polars as pl

    data, separator = text.data, text.separator
    width = len(read_header(text))
    try:
        frame = pl.read_csv(io.BytesIO(data), separator=separator, infer_schema=False)
    except pl.exceptions.PolarsError as error:
        _check_lines(text, width)
        raise FormatError(first_line(error), source=str(text.path)) from None
    # polars refuses lines that are too long and fills up those that are too short. Only if a last
    # field is empty, lines are counted or, if there are quotes, read one by one.
    if frame[:, -1].null_count():
        too_few = data.count(separator.encode()) < (width - 1) * (len(frame) + 1)
        if too_few or b'"' in data:
            _check_lines(text, width)
    if rows is not None and len(frame) != rows:
        _check_lines(text, width)
        raise FormatError(
            f"{rows:,} rows are expected from here on, not {len(frame):,}; check the quotes, and "
            "that no other program writes to the file",
            source=text.place(2),
        )
    return frame


def _drop_comments(text: Text, sign: bytes) -> Text:
    """Leave out the lines that begin with a sign, except inside of quotes."""
    kept, numbers, quoted = [], [0], False
    for number, line in enumerate(io.BytesIO(text.data), start=1):
        if quoted or not line.startswith(sign):
            kept.append(line)
            numbers.append(text.number(number))
            quoted ^= bool(line.count(b'"') % 2)
    numbers.append(numbers[-1] + 1)
    return replace(text, data=b"".join(kept), number=numbers.__getitem__)


def read_header(text: Text) -> list[str]:
    """Return the names of the columns."""
    source = text.place(1)
    _, names = next(_read_records(text), (1, []))
    if not names:
        raise FormatError("empty; the first line must hold the columns' names", source=source)
    other = next((s for s in USUAL_SEPARATORS if s in names[0] and s != text.separator), None)
    if len(names) == 1 and (other or _describe_comment(names)):
        hint = f'give separator="{USUAL_SEPARATORS[other]}"' if other else ""
        raise FormatError(
            f"only one column, {names[0]!r}, as {text.separator!r} separates the columns"
            f"{'; ' * bool(hint)}{hint}{_describe_comment(names)}",
            source=source,
        )
    for i, name in enumerate(names):
        if not name and (i or len(names) == 1):
            raise FormatError(
                f"column {i + 1} has no name; name it, or leave it out", source=source
            )
        if name in names[:i]:
            raise FormatError(
                f"{name!r} is the name of columns {names.index(name) + 1} and {i + 1}; the first "
                "line must hold the columns' names, each once",
                source=source,
            )
    return names


def _check_lines(text: Text, width: int) -> None:
    """Refuse the first line that does not hold ``width`` fields."""
    blank = None
    for line, fields in _read_records(text):
        if not fields:
            blank = blank or (line if width > 1 else None)
            continue
        if blank is not None:
            raise FormatError("blank; remove the line", source=text.place(blank))
        if len(fields) != width:
            name = '; if the first is a row\'s name, its column needs one in the header, or ""'
            raise FormatError(
                f"{width} fields are expected, as in the header, not {len(fields)}"
                + name * (len(fields) == width + 1)
                + _describe_comment(fields),
                source=text.place(line),
            )


def _describe_comment(fields: list[str]) -> str:
    """Say how to leave out a line, if its fields look like a comment."""
    sign = next((sign for sign in COMMENT_SIGNS if fields[0].startswith(sign)), None)
    return f'; if this is a comment, give comment="{sign}"' if sign else ""


def _read_records(text: Text) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its fields."""
    lines = (line.decode() for line in io.BytesIO(text.data))
    reader = csv.reader(lines, delimiter=text.separator, strict=True)
    line = 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise FormatError(f"{error}; check the quotes", source=text.place(line)) from None
