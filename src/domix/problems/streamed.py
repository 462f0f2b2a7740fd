"""Rows larger than memory as the estimator reads them: shards, or codes if there are few."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice

import numpy as np

from domix.core.space import Space
from domix.data.frame import UNMEASURED
from domix.data.marks import MissingMarks
from domix.data.missing import Encoded, RowOptions, warn_of_dropped
from domix.data.states import ShownLabels
from domix.engine.parts import Engine
from domix.engine.threads import Threads
from domix.errors import DataError
from domix.shards.build import shard_batches, shard_in_turn, shard_parts
from domix.shards.rows import ShardedRows
from domix.shards.shard import SHARD_ROWS
from domix.streams.batch import Batch
from domix.streams.frames import DaskRows
from domix.streams.labels import ColumnLabels, StreamLabels, show_batch
from domix.streams.reading import join_rows, read_batch
from domix.streams.stream import RowStream
from domix.util.arrays import Bools, Codes
from domix.util.progress import counting_steps, reporting

MOST_HELD = 4
"""Slices of rows that are in memory at once, where they hold their rows."""

Reader = Callable[[Batch], Encoded]


@dataclass(frozen=True, eq=False)
class StreamedRows:
    """Rows in shards, and what they were read from.

    Attributes
    ----------
    shards : ShardedRows
    stream : RowStream
    names : tuple of str
        The variables.
    read : callable
        Returns the codes of a batch of the stream.
    """

    shards: ShardedRows
    stream: RowStream
    names: tuple[str, ...]
    read: Reader

    def find(self, wanted: Callable[[Codes], Bools]) -> tuple[int, ...]:
        """Return the numbers of the rows that are wanted, counted over all sources."""
        first, found = 0, [np.empty(0, np.int64)]
        for piece in self.stream.slices(self.names, SHARD_ROWS):
            rows = self.read((piece,))
            found.append(first + rows.numbers[wanted(rows.codes)])
            first += rows.given
        return tuple(np.concatenate(found).tolist())


def read_stream(
    engine: Engine, space: Space, stream: RowStream, options: RowOptions, stacklevel: int = 3
) -> Encoded | StreamedRows:
    """Read all rows once.

    Parameters
    ----------
    engine : Engine
        Holds the shards.
    space : Space
        The variables and their states.
    stream : RowStream
    options : RowOptions
    stacklevel : int
        Of warnings.

    Returns
    -------
    Encoded or StreamedRows
        The first, in the order in which they came, if they fill one shard at most.

    Raises
    ------
    DataError
        Columns or values are missing, or a label is not a state; the message names the file, the
        row, the column and the label.
    FormatError
        A file cannot be read.

    Warns
    -----
    DomixWarning
        Rows were dropped, or a row index was passed over.
    """
    missing = options.get("missing", "error")
    if missing == "marginalize":
        raise DataError(
            "entries cannot be summed out of rows that are read in batches; give a data frame, or "
            'drop such rows with missing="drop"',
            argument="missing",
        )
    stream.check_columns(space.names, options.get("extra", "error"), stacklevel)
    marks = MissingMarks(options.get("missing_values"))
    read = partial(read_batch, space=space, missing=missing, marks=marks)
    load = _load_in_turn if stream.is_held else _load_batches
    if stream.dask_rows is not None:
        load = _load_partitions
    rows, given, dropped = load(engine, space, stream, read)
    kept = len(rows.codes) if isinstance(rows, Encoded) else round(rows.total)
    if kept < given:
        warn_of_dropped(stream.argument, kept, given, dropped, stacklevel + 1)
    if not kept:
        raise DataError(
            "every row misses a value; fill them in" if given else "there are no rows",
            argument=stream.argument,
        )
    return rows if isinstance(rows, Encoded) else StreamedRows(rows, stream, space.names, read)


Loaded = tuple[Encoded | ShardedRows, int, Mapping[str, int]]
"""The rows, how many were given, and the missing values of rows that were dropped."""


def _load_batches(engine: Engine, space: Space, stream: RowStream, read: Reader) -> Loaded:
    batches = list(stream.batches(space.names, SHARD_ROWS))
    if len(batches) < 2:
        rows = join_rows([read(batch) for batch in batches], len(space))
        return rows, rows.given, rows.dropped
    shards, dropped = shard_batches(engine, batches, read, space.cards)
    return shards, sum(piece.rows for batch in batches for piece in batch), dropped


def _load_in_turn(engine: Engine, space: Space, stream: RowStream, read: Reader) -> Loaded:
    batches = _encode_ahead(space, stream, read)
    first = list(islice(batches, 2))
    if len(first) < 2:
        rows = join_rows(first, len(space))
        return rows, rows.given, rows.dropped
    given = 0

    def counted() -> Iterator[Encoded]:
        nonlocal given
        for rows in chain(first, batches):
            given += rows.given
            yield rows

    shards, dropped = shard_in_turn(engine, counted(), space.cards)
    return shards, given, dropped


def _encode_ahead(space: Space, stream: RowStream, read: Reader) -> Iterator[Encoded]:
    """Yield the rows of each batch; a few slices are encoded at a time, on all cores."""
    threads, batch, given = Threads(), [], 0
    slices = iter(stream.slices(space.names, SHARD_ROWS))
    while window := [(piece,) for piece in islice(slices, MOST_HELD)]:
        for rows in threads.collect(read, threads.spread(window)):
            batch.append(rows)
            given += rows.given
            if given % SHARD_ROWS == 0:
                yield join_rows(batch, len(space))
                batch = []
    if batch:
        yield join_rows(batch, len(space))


def _load_partitions(engine: Engine, space: Space, stream: RowStream, read: Reader) -> Loaded:
    rows = stream.dask_rows
    assert rows is not None
    numbers = engine.spread(range(rows.frame.npartitions))
    parts = engine.hold(_read_partition, numbers, rows=rows, names=space.names, read=read)
    lengths = engine.collect(_count_given, parts)
    if sum(lengths) <= SHARD_ROWS:
        encoded = join_rows(engine.collect(_give, parts), len(space))
        return encoded, encoded.given, encoded.dropped
    shards, dropped = shard_parts(engine, parts, lengths, space.cards)
    return shards, sum(lengths), dropped


def _read_partition(
    number: int, *, rows: DaskRows, names: tuple[str, ...], read: Reader
) -> Encoded:
    return read((rows.partition(number, names),))


def _count_given(rows: Encoded) -> int:
    return rows.given


def _give(rows: Encoded) -> Encoded:
    return rows


def show_stream(
    engine: Engine, names: Sequence[str], stream: RowStream, marks: MissingMarks
) -> ShownLabels:
    """Read all rows once for their labels, where a graph does not say the states.

    Raises
    ------
    DataError
        A variable has no column, or more labels than it can have states.
    FormatError
        A file cannot be read.
    """
    stream.check_columns(names, "ignore", 3, UNMEASURED)
    shown = StreamLabels(names)
    found: Iterable[tuple[int, list[tuple[str, ColumnLabels]]]]
    if stream.is_held or stream.dask_rows is not None:
        slices = stream.slices(names, SHARD_ROWS)
        found = (show_batch((piece,), names=names, marks=marks) for piece in slices)
    else:
        batches = engine.spread(list(stream.batches(names, SHARD_ROWS)))
        with reporting(), counting_steps("reading labels"):
            found = engine.collect(show_batch, batches, names=names, marks=marks)
    for rows, columns in found:
        shown.add(rows, columns, stream.argument)
    return shown
