"""Where the records of a text end, found a chunk at a time."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from domix.errors import FormatError
from domix.util.arrays import Bools, Ints
from domix.util.files import read_chunks

CHUNK = 2**20
"""Bytes that are read at once: few enough to stay in the cache of a core."""

LONGEST_RECORD = 2**26
"""Bytes of a record; in a longer one, a quote was never closed."""


LINE_ENDS = (b"\n", b"\r")
"""How lines end; a carriage return alone ends those of old spreadsheets."""


class Records(NamedTuple):
    """Whole records of a text.

    Attributes
    ----------
    start, line : int
        Where they begin in the text: bytes before them, and their first line, from 1.
    data : bytes
    ends : ndarray of int64, shape (records,)
        Where each record ends in ``data``, after its line end.
    lines : ndarray of int64, shape (records,)
        The number of lines up to there.
    kept : ndarray of bool, shape (records,)
        False for comments.
    """

    start: int
    line: int
    data: bytes
    ends: Ints
    lines: Ints
    kept: Bools


def read_records(path: Path, comment: str | None, *, keep_blank: bool) -> Iterator[Records]:
    """Yield the records of a file, many at a time.

    Parameters
    ----------
    path : Path
        Of a compressed file, if the name ends with ``.gz``.
    comment : str or None
        How comments begin.
    keep_blank : bool
        Whether empty lines at the end of the file are records.

    Raises
    ------
    FormatError
        The file cannot be read, or a quote is not closed.
    """
    left, start, line, line_end = b"", 0, 1, b""
    for chunk in _hold_back(read_chunks(path, CHUNK), keep_blank):
        data = left + chunk
        if start == 0 and data.startswith(codecs.BOM_UTF8):
            start = len(codecs.BOM_UTF8)
            data = data[start:]
        line_end = line_end or next((end for end in LINE_ENDS if end in data), b"")
        ends, lines, kept = _split(data, line_end or LINE_ENDS[0], comment)
        end = int(ends[-1]) if len(ends) else 0
        if end:
            yield Records(start, line, data, ends, lines, kept)
            line += int(lines[-1])
        left, start = data[end:], start + end
        if len(left) > LONGEST_RECORD:
            raise FormatError(
                "a quote on this line, or below, is not closed; check the quotes",
                source=f"{path}:{line}",
            )
    if left:
        kept = np.array([comment is None or not left.startswith(comment.encode())])
        yield Records(start, line, left, np.array([len(left)]), np.array([1]), kept)


def _hold_back(chunks: Iterator[bytes], keep_blank: bool) -> Iterator[bytes]:
    """Yield chunks that do not end with line ends, so that those at the end of all are seen."""
    ends = b""
    for chunk in chunks:
        data = ends + chunk
        kept = data.rstrip(b"\r\n")
        ends = data[len(kept) :]
        if kept:
            yield kept
    if ends and keep_blank:
        yield ends


def _split(data: bytes, line_end: bytes, comment: str | None) -> tuple[Ints, Ints, Bools]:
    """Return ends, lines and what is kept of a text, whose last record may be incomplete."""
    if comment is not None:
        return _split_lines(data, line_end, comment.encode())
    array = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(array == line_end[0])
    lines = np.arange(1, len(ends) + 1)
    if b'"' in data:
        quotes = np.flatnonzero(array == ord('"'))
        outside = np.searchsorted(quotes, ends) % 2 == 0
        ends, lines = ends[outside], lines[outside]
    return ends + 1, lines, np.ones(len(ends), dtype=bool)


def _split_lines(data: bytes, line_end: bytes, comment: bytes) -> tuple[Ints, Ints, Bools]:
    """Do so a line at a time: comments may have quotes that are not closed."""
    ends, lines, kept = [], [], []
    end, quoted = 0, False
    for number, line in enumerate(data.split(line_end)[:-1], start=1):
        is_comment = not quoted and line.startswith(comment)
        end += len(line) + 1
        if not is_comment:
            quoted ^= bool(line.count(b'"') % 2)
        if not quoted:
            ends.append(end)
            lines.append(number)
            kept.append(not is_comment)
    return np.array(ends, np.int64), np.array(lines, np.int64), np.array(kept, bool)
