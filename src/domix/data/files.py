"""Rows from and to files: CSV and TSV (gzip too), Parquet, Feather; polars does the work."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domix.errors import FormatError, MissingExtraError
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
USUAL_SEPARATORS = (",", ";", "\t")
BINARY = (".parquet", ".feather", ".arrow")
SUFFIXES = (*SEPARATORS, *(suffix + ".gz" for suffix in SEPARATORS), *BINARY)
GZIP_LEVEL = 6
"""The default, 9, takes ten times as long for a file that is a sixth smaller."""


def read_frame(path: str | os.PathLike[str]) -> polars.DataFrame:
    """Read rows with labels.

    Parameters
    ----------
    path : str or path-like
        ``.csv``; ``.tsv``, ``.tab`` or ``.txt`` (tab separated); each of these with ``.gz``;
        ``.parquet``, ``.feather`` or ``.arrow``. Text files are UTF-8 with a header line, and every
        column stays text, as it is written: ``01`` is not 1. An empty field is a null.

    Raises
    ------
    FormatError
        The file does not exist, has an unknown suffix or is damaged; the message names the file
        and, in text, the line.
    MissingExtraError
        polars is not installed.
    """
    pl = _import_polars("reading rows from a file")
    path = Path(path)
    check_file(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    data = read_bytes(path)
    if suffix not in BINARY:
        return _read_text(path, data, SEPARATORS[suffix.removesuffix(".gz")])
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
                separator = SEPARATORS[suffix.removesuffix(".gz")]
                text = table.write_csv(separator=separator).encode()
                # Without a time stamp, equal rows give equal files.
                temporary.write_bytes(
                    gzip.compress(text, GZIP_LEVEL, mtime=0) if suffix.endswith(".gz") else text
                )
    except pl.exceptions.PolarsError as error:
        raise FormatError(f"cannot be written: {first_line(error)}", source=str(path)) from None


def _import_polars(feature: str) -> Any:
    try:
        import polars
    except ImportError:
        raise MissingExtraError(feature, "polars", "app") from None
    return polars


def _read_text(path: Path, data: bytes, separator: str) -> polars.DataFrame:
    pl = _import_polars("reading rows from a file")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")  # line ends of old spreadsheets
    decode_utf8(data, path)
    names = _read_header(path, data, separator)
    if len(names) > 1:
        data = data.rstrip(b"\r\n")
    try:
        frame: polars.DataFrame = pl.read_csv(
            io.BytesIO(data), separator=separator, infer_schema=False
        )
    except pl.exceptions.PolarsError as error:
        _check_lines(path, data, separator, len(names))
        raise FormatError(first_line(error), source=str(path)) from None
    # polars refuses lines that are too long and fills up those that are too short. Without quotes
    # it is enough to count; with them, the slow check is only needed if a last field is empty.
    too_few = data.count(separator.encode()) < (len(names) - 1) * (len(frame) + 1)
    if too_few or (b'"' in data and frame[:, -1].null_count()):
        _check_lines(path, data, separator, len(names))
    return frame


def _read_header(path: Path, data: bytes, separator: str) -> list[str]:
    """Return the names of the columns."""
    source = f"{path}:1"
    _, names = next(_read_records(path, data, separator), (1, []))
    if not names:
        raise FormatError("empty; the first line must hold the columns' names", source=source)
    other = next((mark for mark in USUAL_SEPARATORS if mark in names[0]), None)
    if len(names) == 1 and other:
        raise FormatError(
            f"only one column, {names[0]!r}; in a file with this suffix {separator!r} separates "
            f"the columns, not {other!r}",
            source=source,
        )
    for i, name in enumerate(names):
        if not name:
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


def _check_lines(path: Path, data: bytes, separator: str, width: int) -> None:
    """Refuse the first line that does not hold ``width`` fields."""
    for line, fields in _read_records(path, data, separator):
        if not fields and width > 1:
            raise FormatError("blank; remove the line", source=f"{path}:{line}")
        if len(fields) > width or (fields and len(fields) < width):
            raise FormatError(
                f"{width} fields are expected, as in the header, not {len(fields)}",
                source=f"{path}:{line}",
            )


def _read_records(path: Path, data: bytes, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record starts, and its fields."""
    text = (line.decode() for line in io.BytesIO(data))
    reader = csv.reader(text, delimiter=separator, strict=True)
    line = 1
    try:
        for fields in reader:
            yield line, fields
            line = reader.line_num + 1
    except csv.Error as error:
        raise FormatError(f"{error}; check the quotes", source=f"{path}:{line}") from None
