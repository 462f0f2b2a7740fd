"""Rows larger than memory, as users name them: files, and frames that are not computed yet."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, cast

from domix.data.files import BINARY, SUFFIXES, check_comment, import_polars
from domix.data.frame import RowsLike
from domix.data.indices import check_columns
from domix.data.text import SEPARATORS, read_separator
from domix.errors import DataError, FormatError
from domix.streams.batch import Batch, Place, Slice, Source, cut_batches, cut_slices
from domix.streams.columnar import ColumnarFile
from domix.streams.frames import DaskRows, LazyRows, is_dask, is_lazy
from domix.streams.text import TextFile
from domix.util.files import check_file, find_suffix

if TYPE_CHECKING:
    import polars

PathLike: TypeAlias = str | os.PathLike[str]

StreamLike: TypeAlias = "PathLike | Sequence[PathLike] | polars.LazyFrame"
"""A file, a pattern such as ``"rows/*.parquet"``, a list of these, or a frame that is not computed
yet: a lazy frame of polars, or a frame of Dask, which has no types."""

AnyRows: TypeAlias = "RowsLike | StreamLike | RowStream"
"""Data rows as users give them, or opened already."""

OpenedRows: TypeAlias = "RowsLike | RowStream"


@dataclass(frozen=True, eq=False)
class RowStream:
    """Data rows that are read in batches, each time that they are needed.

    Attributes
    ----------
    argument : str
        The argument of the call that names them, for messages.
    sources : tuple of Source
        In the order of their rows.
    """

    argument: str
    sources: tuple[Source, ...]
    _cut: dict[tuple[tuple[str, ...], int], list[Batch]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.argument

    @property
    def is_held(self) -> bool:
        """Whether batches hold their rows, so that only a few can be held at once."""
        return any(source.is_held for source in self.sources)

    @property
    def dask_rows(self) -> DaskRows | None:
        """The rows of a frame of Dask, if a worker can compute each partition by itself."""
        source = self.sources[0]
        return source if isinstance(source, DaskRows) and not source.is_held else None

    def slices(self, names: Sequence[str], size: int) -> Iterator[Slice]:
        """Cut the rows of all sources; see :func:`cut_slices`."""
        return cut_slices(self.sources, names, size)

    def batches(self, names: Sequence[str], size: int) -> Iterable[Batch]:
        """Cut the rows into batches of ``size`` rows, but for the last; see :func:`cut_batches`."""
        key = tuple(names), size
        if key in self._cut:
            return self._cut[key]
        batches = cut_batches(self.slices(names, size), size)
        if self.is_held or self.dask_rows is not None:
            return batches
        self._cut[key] = list(batches)
        return self._cut[key]

    def check_columns(
        self, names: Sequence[str], extra: str, stacklevel: int, hint: str = ""
    ) -> None:
        """Check that every source has a column for each variable, as frames are checked.

        Whether the values of a row index are all different is not checked.

        Raises
        ------
        DataError
            A source lacks a column, or has one that is not a variable.

        Warns
        -----
        DomixWarning
            A row index is passed over.
        """
        pl = import_polars("reading rows from a file")
        checked: set[tuple[str, ...]] = set()
        for source in self.sources:
            if source.names in checked:
                continue
            checked.add(source.names)
            empty = pl.DataFrame(schema=dict.fromkeys(source.names, pl.String))
            with source.place.named():
                check_columns(names, empty, extra, source.place.name, stacklevel + 1, hint)


def open_rows(data: AnyRows, argument: str) -> OpenedRows:
    """Open rows that are read in batches; return rows in memory as they are.

    Raises
    ------
    DataError
        The list of files, or of rows, is empty, or a file is named twice.
    FormatError
        There is no such file, or its suffix is unknown.
    """
    if isinstance(data, (list, tuple)) and not data:
        raise DataError("the list is empty: it names no files and holds no rows", argument=argument)
    return open_stream(data, argument) if is_stream(data) else cast("OpenedRows", data)


def is_stream(data: object) -> TypeGuard[StreamLike]:
    """Whether data are files or a frame that is not computed yet.

    Examples
    --------
    >>> is_stream("rows/*.parquet"), is_stream(["a.csv", "b.csv"]), is_stream([[0, 1]])
    (True, True, False)
    """
    if isinstance(data, (list, tuple)):
        return bool(data) and all(_is_path(entry) for entry in data)
    return _is_path(data) or is_lazy(data) or is_dask(data)


def open_stream(
    data: StreamLike,
    argument: str = "data",
    *,
    separator: str | None = None,
    comment: str | None = None,
) -> RowStream:
    """Return the rows of files, or of a frame that is not computed yet.

    Parameters
    ----------
    data : path, list of path, polars.LazyFrame or dask.dataframe.DataFrame
        Files as :func:`~domix.data.files.read_frame` takes them. A pattern, such as
        ``"rows/*.parquet"``, stands for the files that match it, in the order of their names.
    argument : str
        The argument that holds the data, for messages.
    separator, comment : str, optional
        As in :func:`~domix.data.files.read_frame`.

    Raises
    ------
    DataError
        A file is named twice.
    FormatError
        There is no such file, or its suffix is unknown.
    MissingExtraError
        polars is not installed.
    """
    import_polars("reading rows in batches")
    place = Place(argument, is_file=False)
    if is_lazy(data):
        return RowStream(argument, (LazyRows(data, place),))
    if is_dask(data):
        return RowStream(argument, (DaskRows(data, place),))
    sign = read_separator(separator)
    check_comment(comment)
    entries: Any = data if isinstance(data, (list, tuple)) else [data]
    paths = [path for entry in entries for path in match_files(entry)]
    check_distinct(paths)
    return RowStream(argument, tuple(_open(path, sign, comment) for path in paths))


def is_pattern(path: Path) -> bool:
    """Whether a path is a pattern, and not the name of a file.

    Examples
    --------
    >>> is_pattern(Path("rows/*.parquet")), is_pattern(Path("rows.parquet"))
    (True, False)
    """
    return glob.has_magic(str(path)) and not path.exists()


def match_files(entry: PathLike) -> list[Path]:
    """Return a file, or the files that match a pattern, in the order of their names.

    Raises
    ------
    FormatError
        There is none.
    """
    path = Path(entry)
    if not is_pattern(path):
        check_file(path)
        return [path]
    # Path.glob would find hidden files, such as those that a program has not written in full.
    found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207
    files = [path for path in map(Path, found) if path.is_file()]
    if not files:
        raise FormatError("no file matches this pattern", source=str(path))
    return files


def check_distinct(paths: Iterable[Path]) -> None:
    """Check that no file is named twice, in whatever way.

    Raises
    ------
    DataError
        One is.

    Examples
    --------
    >>> check_distinct([Path("rows/a.csv"), Path("rows/../rows/a.csv")])
    Traceback (most recent call last):
        ...
    domix.errors.DataError: rows/../rows/a.csv: this file is named twice, as rows/a.csv before, so \
that its rows would count twice; name it once
    """
    known: dict[Path, Path] = {}
    for path in paths:
        first = known.setdefault(path.resolve(), path)
        if first is not path:
            before = "" if first == path else f", as {first} before"
            raise DataError(
                f"this file is named twice{before}, so that its rows would count twice; name it "
                "once",
                source=str(path),
            )


def _open(path: Path, separator: str | None, comment: str | None) -> Source:
    suffix = find_suffix(path, SUFFIXES, "rows")
    if suffix in BINARY:
        return ColumnarFile(path, suffix)
    usual = SEPARATORS[suffix.removesuffix(".gz")]
    return TextFile(path, separator or usual, comment, suffix.endswith(".gz"))


def _is_path(data: object) -> TypeGuard[PathLike]:
    return isinstance(data, (str, os.PathLike))
