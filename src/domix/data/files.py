"""Rows from and to files: CSV and TSV (gzip too), Parquet, Feather, by polars and pyarrow."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domix.core.space import Space
from domix.data.frame import decode, to_one_type
from domix.errors import DataError, FormatError, MissingExtraError
from domix.util.arrays import Codes
from domix.util.files import (
    atomic_write,
    check_file,
    decode_utf8,
    find_suffix,
    first_line,
    read_bytes,
)

if TYPE_CHECKING:
    import polars
    from narwhals.typing import IntoDataFrame

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": "\t"}
USUAL_SEPARATORS = {",": ",", ";": ";", "\t": "tab", "|": "|"}
"""Each with what it is called in an option."""

COMMENT_SIGNS = ("#", "%", "//")
"""How comments usually begin; a message proposes to leave them out."""

BINARY = (".parquet", ".feather", ".arrow")
SUFFIXES = (*SEPARATORS, *(suffix + ".gz" for suffix in SEPARATORS), *BINARY)
GZIP_LEVEL = 6
"""The default, 9, takes ten times as long for a file that is a sixth smaller."""

BATCH_ROWS, BATCH_CODES = 2**18, 2**24
"""Most rows of a batch, and most of its codes."""


def read_frame(
    path: str | os.PathLike[str], *, separator: str | None = None, comment: str | None = None
) -> polars.DataFrame:
    """Read rows with labels.

    Parameters
    ----------
    path : str or path-like
        ``.csv``; ``.tsv``, ``.tab`` or ``.txt`` (tab separated); each of these with ``.gz``;
        ``.parquet``, ``.feather`` or ``.arrow``. Text files are UTF-8 with a header line, and every
        column stays text, as it is written: ``01`` is not 1. An empty field is a null. The first
        column may have no name, as row names of pandas and R.
    separator : str, optional
        The character between the fields of text, or ``"tab"``; by default that of the suffix.
    comment : str, optional
        Lines of text that begin with it are left out.

    Raises
    ------
    DataError
        The separator is not one character, or ``comment`` is empty.
    FormatError
        The file does not exist, has an unknown suffix or is damaged; the message names the file
        and, in text, the line.
    MissingExtraError
        polars is not installed.
    """
    pl = _import_polars("reading rows from a file")
    path = Path(path)
    sign = None if separator is None else _read_separator(separator)
    if comment == "":
        raise DataError("is empty; give the sign that comments begin with", argument="comment")
    check_file(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    data = read_bytes(path)
    if suffix not in BINARY:
        return _read_text(path, data, sign or SEPARATORS[suffix.removesuffix(".gz")], comment)
    read = pl.read_parquet if suffix == ".parquet" else pl.read_ipc
    try:
        frame: polars.DataFrame = read(io.BytesIO(data))
    except (pl.exceptions.PolarsError, OSError) as error:
        raise FormatError(
            f"not a readable {suffix} file: {first_line(error)}", source=str(path)
        ) from None
    return frame


def write_frame(frame: IntoDataFrame, path: str | os.PathLike[str]) -> None:
    """Write a data frame, whole or not at all, in the format of the suffix (:func:`read_frame`).

    Raises
    ------
    FormatError
        The suffix is unknown, the folder does not exist or cannot be written to, or the format
        cannot hold a column.
    MissingExtraError
        polars is not installed.
    """
    pl = _import_polars("writing rows to a file")
    import narwhals as nw

    path = Path(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    table = nw.from_native(frame, eager_only=True).to_polars()
    try:
        with atomic_write(path) as temporary:
            if suffix == ".parquet":
                table.write_parquet(temporary)
            elif suffix in BINARY:
                table.write_ipc(temporary)
            else:
                _write_text([table], temporary, suffix)
    except pl.exceptions.PolarsError as error:
        raise FormatError(f"cannot be written: {first_line(error)}", source=str(path)) from None


def batch_size(width: int) -> int:
    """Return the rows of a batch of ``width`` variables.

    Examples
    --------
    >>> batch_size(20), batch_size(1024)
    (262144, 16384)
    """
    return max(1, min(BATCH_ROWS, BATCH_CODES // max(width, 1)))


def write_batches(space: Space, batches: Iterable[Codes], path: str | os.PathLike[str]) -> None:
    """Write the labels of rows that come in batches, whole or not at all.

    Memory holds one batch at a time. Each is a row group of a Parquet file.

    Parameters
    ----------
    space : Space
        The variables and their states.
    batches : iterable of ndarray of uint8, shape (rows, variables)
        At least one.
    path : str or path-like
        The format is that of the suffix, as in :func:`write_frame`.

    Raises
    ------
    FormatError
        As from :func:`write_frame`.
    MissingExtraError
        polars (for text) or pyarrow (for other formats) is not installed.

    Examples
    --------
    >>> import tempfile
    >>> space = Space({"A": ["low", "high"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     write_batches(space, [np.zeros((1, 1), np.uint8), np.ones((2, 1), np.uint8)], path)
    ...     path.read_text().split()
    ['A', 'low', 'high', 'high']
    """
    path = Path(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    if suffix in BINARY:
        arrow = _import_arrow("writing rows to a file")
    else:
        _import_polars("writing rows to a file")
    with atomic_write(path) as temporary:
        if suffix in BINARY:
            _write_arrow(arrow, space, batches, temporary, suffix)
        else:
            frames = (decode(space, codes, "polars") for codes in batches)
            _write_text(frames, temporary, suffix)


def _write_text(frames: Iterable[polars.DataFrame], path: Path, suffix: str) -> None:
    separator = SEPARATORS[suffix.removesuffix(".gz")]
    with ExitStack() as stack:
        file: Any = stack.enter_context(path.open("wb"))
        if suffix.endswith(".gz"):
            # Without a time stamp, equal rows give equal files.
            file = stack.enter_context(gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0))
        for number, frame in enumerate(frames):
            file.write(frame.write_csv(separator=separator, include_header=number == 0).encode())


def _write_arrow(
    arrow: Any, space: Space, batches: Iterable[Codes], path: Path, suffix: str
) -> None:
    labels = [arrow.array(to_one_type(states)) for states in space.states]

    def label(codes: Codes) -> Any:
        columns = np.asfortranarray(codes)
        arrays = [
            arrow.DictionaryArray.from_arrays(arrow.array(columns[:, i]), own)
            for i, own in enumerate(labels)
        ]
        # Parquet stores labels and codes; its columns are of the labels' type all the same.
        if suffix != ".parquet":
            arrays = [array.dictionary_decode() for array in arrays]
        return arrow.Table.from_arrays(arrays, names=list(space.names))

    schema = label(np.empty((0, len(labels)), np.uint8)).schema
    if suffix == ".parquet":
        writing = arrow.parquet.ParquetWriter(path, schema, compression="zstd", store_schema=False)
    else:
        writing = arrow.ipc.new_file(path, schema)
    with writing as writer:
        for codes in batches:
            writer.write_table(label(codes))


def _import_arrow(feature: str) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(feature, "pyarrow", "app") from None
    return pyarrow


def _import_polars(feature: str) -> Any:
    try:
        import polars
    except ImportError:
        raise MissingExtraError(feature, "polars", "app") from None
    return polars


@dataclass(frozen=True, eq=False)
class _Text:
    """The text of a file, without its comments.

    Attributes
    ----------
    path : Path
    data : bytes
    separator : str
    numbers : list of int or None
        The number in the file of each line; None if no line is left out.
    """

    path: Path
    data: bytes
    separator: str
    numbers: list[int] | None

    def place(self, line: int) -> str:
        """Return the place of a line, which counts from 1."""
        return f"{self.path}:{self.numbers[line - 1] if self.numbers else line}"


def _read_separator(separator: str) -> str:
    """Return the character that a separator stands for."""
    names = {name: sign for sign, name in USUAL_SEPARATORS.items()} | {r"\t": "\t"}
    sign = names.get(separator, separator)
    if len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in '"\r\n':
        raise DataError(
            f"must be one character that is no letter or digit, or tab, not {separator!r}",
            argument="separator",
        )
    return sign


def _read_text(path: Path, data: bytes, separator: str, comment: str | None) -> polars.DataFrame:
    pl = _import_polars("reading rows from a file")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # line ends of old spreadsheets
    decode_utf8(data, path)
    text = _Text(path, data, separator, None)
    if comment is not None:
        text = _drop_comments(text, comment.encode())
    names = _read_header(text)
    data = text.data.rstrip(b"\r\n") if len(names) > 1 else text.data
    try:
        frame: polars.DataFrame = pl.read_csv(
            io.BytesIO(data), separator=separator, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        _check_lines(text, len(names))
        raise FormatError(first_line(error), source=str(path)) from None
    # polars refuses lines that are too long and fills up those that are too short. Without quotes
    # it is enough to count; with them, the slow check is only needed if a last field is empty.
    too_few = data.count(separator.encode()) < (len(names) - 1) * (len(frame) + 1)
    if too_few or (b'"' in data and frame[:, -1].null_count()):
        _check_lines(text, len(names))
    return frame


def _drop_comments(text: _Text, sign: bytes) -> _Text:
    """Leave out the lines that begin with a sign, except inside of quotes."""
    kept, numbers, quoted = [], [], False
    for number, line in enumerate(io.BytesIO(text.data), start=1):
        if quoted or not line.startswith(sign):
            kept.append(line)
            numbers.append(number)
            quoted ^= bool(line.count(b'"') % 2)
    return _Text(text.path, b"".join(kept), text.separator, numbers)


def _read_header(text: _Text) -> list[str]:
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


def _check_lines(text: _Text, width: int) -> None:
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


def _read_records(text: _Text) -> Iterator[tuple[int, list[str]]]:
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
