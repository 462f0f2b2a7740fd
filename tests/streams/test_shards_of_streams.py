"""Rows that come in batches make the shards that the same rows in memory make."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix.core.space import Space
from domix.data.frame import encode
from domix.data.missing import Encoded
from domix.engine.threads import Threads
from domix.errors import DataError, DomixWarning
from domix.problems.streamed import StreamedRows, read_stream
from domix.shards.build import shard_codes
from domix.streams.stream import open_stream

dd = pytest.importorskip("dask.dataframe")

SPACE = Space({name: ["low", "mid", "high"] for name in "ABCD"})


@pytest.fixture(autouse=True)
def small_shards(monkeypatch):
    for module in ("shards.shard", "shards.build", "problems.streamed"):
        monkeypatch.setattr(f"domix.{module}.SHARD_ROWS", 16)


def draw(rows, seed, missing=0.0):
    rng = np.random.default_rng(seed)
    labels = np.array([*SPACE.states[0], None], dtype=object)
    codes = rng.integers(0, 3, (rows, len(SPACE)))
    codes[rng.random(codes.shape) < missing] = 3
    return pl.DataFrame(
        {
            name: pl.Series(labels[codes[:, i]].tolist(), dtype=pl.String)
            for i, name in enumerate("ABCD")
        }
    )


def in_files(parts, folder, seed):
    for i, part in enumerate(parts):
        part.write_parquet(folder / f"{i}.parquet", row_group_size=1 + seed % 20)
    return folder / "*.parquet"


def in_dask(parts):
    own = [part.to_pandas() for part in parts]
    return dd.from_map(lambda i: own[i], range(len(own)), meta=own[0][:0])


def held(rows):
    """The shards of rows as plain values."""
    shards = rows.engine.collect(lambda shard: shard, rows.shards)
    return [(own.codes.tolist(), own.counts.tolist(), own.given) for own in shards]


def in_memory(frame):
    kept = encode(SPACE, frame.drop_nulls()).codes
    numbers = np.flatnonzero(~frame.select(pl.any_horizontal(pl.all().is_null())).to_series())
    return held(shard_codes(Threads(1), kept, SPACE.cards, numbers=numbers))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 60), min_size=1, max_size=5),
    st.integers(0, 99),
    st.sampled_from(["files", "lazy", "dask"]),
    st.sampled_from([0.0, 0.1, 0.7]),
)
def test_any_division_gives_the_same_shards(tmp_path_factory, sizes, seed, form, missing):
    parts = [draw(size, seed + i, missing) for i, size in enumerate(sizes)]
    frame = pl.concat(parts)
    if len(frame) <= 16 or not len(frame.drop_nulls()):
        return
    folder = tmp_path_factory.mktemp("rows")
    data = {
        "files": lambda: in_files(parts, folder, seed),
        "lazy": frame.lazy,
        "dask": lambda: in_dask(parts),
    }[form]()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        rows = read_stream(Threads(2), SPACE, open_stream(data), {"missing": "drop"})
    dropped = len(frame) - len(frame.drop_nulls())
    assert [str(w.message).partition(" for ")[0] for w in warned] == [
        f"data: dropped {dropped} of {len(frame)} rows"
    ] * bool(dropped)
    assert isinstance(rows, StreamedRows)
    assert held(rows.shards) == in_memory(frame)
    assert rows.shards.total == len(frame.drop_nulls())


@pytest.mark.parametrize("form", ["files", "lazy", "dask"])
def test_few_rows_stay_as_they_came(tmp_path, form):
    parts = [draw(9, 1), draw(7, 2)]
    frame = pl.concat(parts)
    data = {
        "files": lambda: in_files(parts, tmp_path, 3),
        "lazy": frame.lazy,
        "dask": lambda: in_dask(parts),
    }[form]()
    rows = read_stream(Threads(2), SPACE, open_stream(data), {})
    assert isinstance(rows, Encoded)
    assert rows.codes.tolist() == encode(SPACE, frame).codes.tolist()


def test_rows_are_found_by_their_numbers(tmp_path):
    frame = draw(50, 3, missing=0.05)
    frame.write_csv(tmp_path / "rows.csv")
    stream = open_stream(tmp_path / "rows.csv")
    with pytest.warns(DomixWarning, match="dropped"):
        rows = read_stream(Threads(1), SPACE, stream, {"missing": "drop"})
    assert isinstance(rows, StreamedRows)
    expected = [i for i, row in enumerate(frame.rows()) if row[0] == "high" and None not in row]
    assert list(rows.find(lambda codes: codes[:, 0] == 2)) == expected
    assert rows.find(lambda codes: codes[:, 0] == 9) == ()


@pytest.mark.parametrize(
    ("rows", "message"), [(0, "there are no rows"), (30, "every row misses a")]
)
def test_streams_without_rows_are_refused(rows, message):
    frame = draw(rows, 0).with_columns(A=pl.lit(None, dtype=pl.String))
    stream = open_stream(frame.lazy())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(DataError, match=f"^data: {message}"):
            read_stream(Threads(1), SPACE, stream, {"missing": "drop"})


def test_missing_entries_cannot_be_summed_out(tmp_path):
    frame = draw(30, 0)
    with pytest.raises(DataError, match=r"^missing: .* give a data frame, or drop such rows"):
        read_stream(Threads(1), SPACE, open_stream(frame.lazy()), {"missing": "marginalize"})


def test_slices_of_dask_go_by_place():
    """Slices of pandas go by the labels of an index if these are real numbers."""
    rows = draw(500, 4)
    own = rows.to_pandas()
    own.index = np.arange(len(own), 0, -1) / 2
    stream = open_stream(dd.from_map(lambda _: own, range(1), meta=own.iloc[:0]))
    pieces = [piece for batch in stream.batches("ABCD", 70) for piece in batch]
    frames = [frame for piece in pieces for frame in piece.frames("ABCD")]
    assert pl.concat([pl.from_pandas(frame) for frame in frames]).equals(rows)


def test_halves_hold_every_row_once():
    codes = encode(SPACE, draw(200, 5)).codes
    rows = shard_codes(Threads(2), codes, SPACE.cards)
    one, two = rows.halve(np.random.default_rng(1))
    again = rows.halve(np.random.default_rng(1))[0]
    assert held(one) == held(again)
    assert 60 < one.total < 140
    both = {}
    for half in (one, two):
        for own, counts, _ in held(half):
            for row, count in zip(map(tuple, own), counts, strict=True):
                both[row] = both.get(row, 0) + count
    values, counts = np.unique(codes, axis=0, return_counts=True)
    assert both == dict(zip(map(tuple, values.tolist()), counts.tolist(), strict=True))


MEMORY = """
import resource, sys
import polars, narwhals
from domix.core.space import Space
from domix.engine.threads import Threads
from domix.problems.streamed import read_stream
from domix.streams.stream import open_stream

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

space = Space({f"V{i}": ["low", "mid", "high"] for i in range(12)})
before = peak()
rows = read_stream(Threads(2), space, open_stream(sys.argv[1]), {})
print(peak() - before, int(rows.shards.total))
"""


def test_memory_stays_below_the_decoded_file(tmp_path):
    number, path = 3_000_000, tmp_path / "rows.parquet"
    column = pl.Series(np.random.default_rng(0).integers(0, 3, number, dtype=np.uint8))
    labels = column.replace_strict([0, 1, 2], ["low", "mid", "high"])
    # Few rows differ, so that what is held is small, and each column is shuffled by its own step.
    pl.DataFrame(
        {f"V{i}": labels.gather_every(1).shift(i % 3, fill_value="low") for i in range(12)}
    ).write_parquet(path)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, path], capture_output=True, text=True, check=True
    )
    peak, rows = map(int, done.stdout.split())
    assert rows == number
    decoded = number * 12 * 16
    assert peak < 0.4 * decoded, peak
