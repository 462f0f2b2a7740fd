"""Rows from and to files: CSV and TSV (gzip too), Parquet, Feather, by polars and pyarrow."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from domix.core.space import Space
from domix.data.frame import decode, to_one_type
from domix.data.text import SEPARATORS, Text, parse_text, read_separator
from domix.errors import DataError, FormatError, MissingExtraError
from domix.util.arrays import Codes
from domix.util.files import atomic_write, check_file, find_suffix, first_line, read_bytes
from domix.util.progress import reporting

if TYPE_CHECKING:
    import polars
    from narwhals.typing import IntoDataFrame

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
    pl = import_polars("reading rows from a file")
    path = Path(path)
    sign = read_separator(separator)
    check_comment(comment)
    check_file(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    with reporting() as report:
        data = read_bytes(path)
        report(f"parsing {path.name}", None)
        if suffix not in BINARY:
            text = Text.clean(path, data, sign or SEPARATORS[suffix.removesuffix(".gz")], comment)
            return parse_text(text.without_last_lines())
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
    pl = import_polars("writing rows to a file")
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
        import_polars("writing rows to a file")
    with atomic_write(path) as temporary:
        if suffix in BINARY:
            tables = _label_arrow(arrow, space, batches)
            _write_arrow(arrow, tables, temporary, suffix, store_schema=False)
        else:
            frames = (decode(space, codes, "polars") for codes in batches)
            _write_text(frames, temporary, suffix)


def write_frames(frames: Iterable[polars.DataFrame], path: str | os.PathLike[str]) -> None:
    """Write frames of the same columns, one after the other, whole or not at all.

    Memory holds one frame at a time. Each is a row group of a Parquet file.

    Parameters
    ----------
    frames : iterable of polars.DataFrame
        At least one.
    path : str or path-like
        The format is that of the suffix, as in :func:`write_frame`.

    Raises
    ------
    FormatError
        As from :func:`write_frame`; or a column has another type than in the first frame.
    MissingExtraError
        pyarrow is not installed, which writes other formats than text.

    Examples
    --------
    >>> import polars, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "rows.csv"
    ...     write_frames((polars.DataFrame({"A": [label]}) for label in ("low", "high")), path)
    ...     path.read_text().split()
    ['A', 'low', 'high']
    """
    path = Path(path)
    suffix = find_suffix(path, SUFFIXES, "rows")
    with atomic_write(path) as temporary:
        if suffix not in BINARY:
            _write_text(frames, temporary, suffix)
            return
        arrow = _import_arrow("writing rows to a file")
        try:
            _write_arrow(arrow, (frame.to_arrow() for frame in frames), temporary, suffix)
        except arrow.ArrowException as error:
            raise FormatError(f"cannot be written: {first_line(error)}", source=str(path)) from None


def _write_text(frames: Iterable[polars.DataFrame], path: Path, suffix: str) -> None:
    separator = SEPARATORS[suffix.removesuffix(".gz")]
    with ExitStack() as stack:
        file: Any = stack.enter_context(path.open("wb"))
        if suffix.endswith(".gz"):
            # Without a time stamp, equal rows give equal files.
            file = stack.enter_context(gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0))
        for number, frame in enumerate(frames):
            file.write(frame.write_csv(separator=separator, include_header=number == 0).encode())


def _label_arrow(arrow: Any, space: Space, batches: Iterable[Codes]) -> Iterator[Any]:
    labels = [arrow.array(to_one_type(states)) for states in space.states]
    for codes in batches:
        columns = np.asfortranarray(codes)
        arrays = [
            arrow.DictionaryArray.from_arrays(arrow.array(columns[:, i]), own)
            for i, own in enumerate(labels)
        ]
        yield arrow.Table.from_arrays(arrays, names=list(space.names))


def _write_arrow(
    arrow: Any, tables: Iterator[Any], path: Path, suffix: str, *, store_schema: bool = True
) -> None:
    if suffix != ".parquet":
        # Parquet stores labels and codes for each batch; such a file has room for those of one.
        tables = (_decode_categories(arrow, table) for table in tables)
    first = next(tables)
    if suffix == ".parquet":
        writing = arrow.parquet.ParquetWriter(
            path, first.schema, compression="zstd", store_schema=store_schema
        )
    else:
        writing = arrow.ipc.new_file(path, first.schema)
    with writing as writer:
        for table in chain([first], tables):
            writer.write_table(table.cast(first.schema))


def _decode_categories(arrow: Any, table: Any) -> Any:
    types = arrow.types
    fields = [
        field.with_type(field.type.value_type) if types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(arrow.schema(fields))


def _import_arrow(feature: str) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError(feature, "pyarrow", "app") from None
    return pyarrow


def check_comment(comment: str | None) -> None:
    """Raise DataError if the sign of comments is empty."""
    if comment == "":
        raise DataError("is empty; give the sign that comments begin with", argument="comment")


def import_polars(feature: str) -> Any:
    """Return the package polars, or raise MissingExtraError: ``feature`` needs it."""
    try:
        import polars
    except ImportError:
        raise MissingExtraError(feature, "polars", "app") from None
    return polars
