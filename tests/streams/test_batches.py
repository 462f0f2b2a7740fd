"""Batches of files and frames: the same rows, however these are divided."""

from __future__ import annotations

import gzip
import pickle
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domix.core.space import Space
from domix.data.files import read_frame, write_frame
from domix.data.frame import encode
from domix.data.marks import MissingMarks
from domix.errors import DataError, DomixWarning, FormatError, MissingExtraError
from domix.streams import records
from domix.streams.reading import join_rows, read_batch
from domix.streams.stream import is_stream, open_rows, open_stream

SPACE = Space({"A": ["low", "high"], "B": ["1", "2", "a,b"], "C": ["x\ny", 'say "so"', "z"]})
SUFFIXES = [".parquet", ".feather", ".csv", ".tsv", ".csv.gz"]


def labels(rows):
    """A frame of labels from rows of codes; -1 is missing."""
    columns = np.array(rows, np.int64).reshape(-1, len(SPACE)).T
    return pl.DataFrame(
        {
            name: pl.Series(
                [None if code < 0 else SPACE.states[i][code] for code in columns[i]],
                dtype=pl.String,
            )
            for i, name in enumerate(SPACE.names)
        }
    )


def read(stream, size, missing="error", space=SPACE):
    """All rows of a stream; batches are pickled on the way, as they are sent to workers."""
    parts = []
    for own in stream.batches(space.names, size):
        rows = read_batch(
            pickle.loads(pickle.dumps(own)), space=space, missing=missing, marks=MissingMarks()
        )
        assert rows.given == sum(piece.rows for piece in own)
        parts.append(rows)
    assert all(rows.given == size for rows in parts[:-1])
    return join_rows(parts, len(space))


codes = st.tuples(st.integers(0, 1), st.integers(0, 2), st.integers(0, 2))
files = st.lists(
    st.tuples(st.lists(codes, max_size=8), st.sampled_from(SUFFIXES)), min_size=1, max_size=4
)


@settings(max_examples=60, deadline=None)
@given(files, st.integers(1, 12), st.integers(1, 40), st.integers(1, 30))
def test_files_give_their_rows_in_order(tmp_path_factory, parts, size, chunk, entries):
    folder = tmp_path_factory.mktemp("rows")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(records, "CHUNK", chunk)
        for module in ("columnar", "text"):
            patch.setattr(f"domix.streams.{module}.MOST_ENTRIES", entries)
        for number, (rows, suffix) in enumerate(parts):
            path = folder / f"part{number}{suffix}"
            if suffix == ".parquet":
                labels(rows).write_parquet(path, row_group_size=3)
            else:
                write_frame(labels(rows), path)
        paths = sorted(folder.iterdir())
        for data in (paths, str(folder / "part*"), [folder / "part[0-1]*", *paths[2:]]):
            assert is_stream(data)
            rows = read(open_stream(data), size)
            expected = [row for own, _ in parts for row in own]
            assert rows.codes.tolist() == [list(row) for row in expected]
            assert rows.kept is None


TEXTS = [
    b"A,B,C\nlow,1,z\nhigh,2,z\n",
    b"A,B,C\r\nlow,1,z\r\nhigh,2,z",
    b"A,B,C\rlow,1,z\rhigh,2,z\r",
    b"\xef\xbb\xbfA,B,C\nlow,1,z\n",
    b'A,B,C\n"low","a,b","x\ny"\nhigh,2,"say ""so"""\n\n\n',
    b'"A",B,"C"\nlow,1,z\n' * 1 + b"high,2,z\n" * 9,
    b"A,B,C\n",
    b"A,B,C",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
@pytest.mark.parametrize("chunk", [1, 5, 2**20])
def test_text_is_read_as_whole_files_are(tmp_path, monkeypatch, text, suffix, chunk):
    path = tmp_path / f"rows{suffix}"
    path.write_bytes(gzip.compress(text) if suffix == ".csv.gz" else text)
    monkeypatch.setattr(records, "CHUNK", chunk)
    assert (
        read(open_stream(path), 2).codes.tolist() == encode(SPACE, read_frame(path)).codes.tolist()
    )


def test_comments_and_separators(tmp_path, monkeypatch):
    text = '# by "x\n# more\nA;B;C\nlow;1;z\n# it\'s 5" long\nhigh;2;"x\ny"\n#\nlow;1;z\n# end'
    path = tmp_path / "rows.csv"
    path.write_text(text)
    expected = encode(SPACE, read_frame(path, separator=";", comment="#")).codes
    for chunk in (1, 7, 1000):
        monkeypatch.setattr(records, "CHUNK", chunk)
        stream = open_stream(path, separator=";", comment="#")
        assert read(stream, 1).codes.tolist() == expected.tolist()


def test_empty_lines_of_one_column_are_missing(tmp_path):
    space, path = Space({"A": ["low", "high"]}), tmp_path / "rows.csv"
    path.write_text("A\nlow\n\nhigh\n\n")
    rows = read(open_stream(path), 3, "drop", space)
    assert rows.codes.tolist() == [[0], [1]]
    assert rows.kept.tolist() == [True, False, True, False]
    assert rows.dropped == {"A": 2}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-1, 1)] * 3), min_size=1, max_size=30), st.integers(1, 9))
def test_rows_that_miss_values_are_dropped(tmp_path_factory, rows, size):
    frame = labels(rows)
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    frame.write_parquet(path)
    whole = [row for row in rows if min(row) >= 0]
    for data in (path, frame.lazy()):
        found = read(open_stream(data), size, "drop")
        assert found.codes.tolist() == [list(row) for row in whole]
        assert found.numbers.tolist() == [i for i, row in enumerate(rows) if min(row) >= 0]
        missing = {n: sum(row[i] < 0 for row in rows) for i, n in enumerate(SPACE.names)}
        assert found.dropped == {name: number for name, number in missing.items() if number}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_errors_name_file_row_and_column(tmp_path, suffix):
    path = tmp_path / f"b{suffix}"
    write_frame(labels([(0, 0, 0)] * 5), tmp_path / f"a{suffix}")
    bad = labels([(1, 1, 1)] * 9)
    write_frame(bad.with_columns(A=pl.Series(["low"] * 7 + ["hgh", "low"])), path)
    with pytest.raises(DataError) as caught:
        read(open_stream(str(tmp_path / f"*{suffix}")), 4)
    assert str(caught.value).startswith(
        f"{path}: row 7 (counting from 0), column 'A': 'hgh' is not a state; the states are"
    )
    write_frame(bad.with_columns(B=pl.Series(["1"] * 6 + [None] * 3, dtype=pl.String)), path)
    with pytest.raises(DataError) as caught:
        read(open_stream(str(tmp_path / f"*{suffix}")), 4)
    assert str(caught.value).startswith(
        f"{path}: row 6 (counting from 0) has no value of 'B'; fill in"
    )


def test_errors_of_frames_name_the_argument():
    frame = labels([(0, 0, 0)] * 5).with_columns(A=pl.lit("no"))
    with pytest.raises(DataError, match=r"^controls: row 0 .*column 'A': 'no' is not a state"):
        read(open_stream(frame.lazy(), "controls"), 2)
    broken = frame.lazy().with_columns(A=pl.col("A").cast(pl.Int8))
    with pytest.raises(DataError, match=r"^controls: the lazy frame cannot be computed: conv"):
        read(open_stream(broken, "controls"), 2)


def test_an_old_version_of_polars_is_refused(monkeypatch):
    monkeypatch.setattr(pl, "__version__", "1.37.1")
    with pytest.raises(MissingExtraError, match=r"needs the package polars>=1.38"):
        read(open_stream(labels([(0, 0, 0)]).lazy()), 2)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"low,1", "6: 3 fields are expected, as in the header, not 2"),
        (b"low,1,z,z", "6: 3 fields are expected, as in the header, not 4"),
        (b"", "6: blank; remove the line"),
        (b"low,1,caf\xe9", "6: the byte 0xe9 is not UTF-8"),
        (b'low,1,"z', "6: .*; check the quotes"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_a_bad_line_is_named(tmp_path, monkeypatch, text, line, suffix):
    path = tmp_path / f"rows{suffix}"
    content = b"A,B,C\n" + b"low,1,z\n" * 4 + text + b"\n" + b"high,2,z\n" * 5
    path.write_bytes(gzip.compress(content) if suffix == ".csv.gz" else content)
    monkeypatch.setattr(records, "CHUNK", 9)
    with pytest.raises(FormatError, match=f"^{path}:{line}"):
        read(open_stream(path), 2)


def test_a_quote_that_is_never_closed_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    path.write_bytes(b'A,B,C\nlow,1,z\nlow,1,"z\n' + b"low,1,z\n" * 200)
    monkeypatch.setattr(records, "CHUNK", 64)
    monkeypatch.setattr(records, "LONGEST_RECORD", 256)
    with pytest.raises(FormatError, match=f"^{path}:3: a quote on this line, or below, is not cl"):
        read(open_stream(path), 2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.parquet", b"", "not a readable .parquet file"),
        ("rows.feather", b"ARROW", "not a readable .feather file"),
        ("rows.csv.gz", gzip.compress(b"A,B,C\n" + b"low,1,z\n" * 99)[:-9], "damaged"),
        ("rows.csv", gzip.compress(b"A,B,C\n"), "compressed by gzip; rename the file"),
        ("rows.csv", b"", "empty; the first line must hold the columns' names"),
        ("rows.xlsx", b"", "unknown suffix"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FormatError, match=f"^{path}.*: {message}"):
        read(open_stream(path), 2)


def test_files_that_are_missing(tmp_path):
    with pytest.raises(FormatError, match="there is no such file"):
        open_stream(tmp_path / "rows.csv")
    with pytest.raises(FormatError, match="no file matches this pattern"):
        open_stream(str(tmp_path / "*.csv"))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_name_with_brackets_is_that_of_its_file(tmp_path, suffix):
    path = tmp_path / f"rows[1]{suffix}"
    write_frame(labels([(0, 0, 0)]), path)
    write_frame(labels([(0, 0, 0)] * 2), tmp_path / f"rows1{suffix}")
    assert len(read(open_stream(path), 2).codes) == 1


@pytest.mark.parametrize("second", ["a.csv", "rows/../a.csv", "*.csv", "link.csv"])
def test_a_file_is_named_once(tmp_path, monkeypatch, second):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows").mkdir()
    write_frame(labels([(0, 0, 0)]), tmp_path / "a.csv")
    if second == "link.csv":
        Path(second).symlink_to("a.csv")
    found = "a.csv" if second == "*.csv" else second
    with pytest.raises(DataError, match=rf"^{found}: this file is named twice.*; name it once$"):
        open_stream(["a.csv", second])


@pytest.mark.parametrize("data", [[], ()])
def test_an_empty_list_holds_nothing(data):
    with pytest.raises(DataError, match=r"^data: the list is empty: it names no files"):
        open_rows(data, "data")


def test_columns_are_checked_in_every_file(tmp_path):
    frame = labels([(0, 0, 0)])
    write_frame(frame.with_row_index(""), tmp_path / "a.csv")
    write_frame(frame.with_row_index(""), tmp_path / "b.csv")
    write_frame(frame.drop("B"), tmp_path / "c.csv")
    stream = open_stream(str(tmp_path / "*.csv"))
    with (
        pytest.warns(DomixWarning, match="passed over the column '', a row index") as warned,
        pytest.raises(DataError, match=rf"^{tmp_path / 'c.csv'}: no column for 'B'"),
    ):
        stream.check_columns(SPACE.names, "error", 1)
    assert len(warned) == 1
    write_frame(frame.with_columns(D=1), tmp_path / "c.csv")
    stream = open_stream(str(tmp_path / "c.csv"))
    with pytest.raises(DataError, match=r"columns that are not variables: 'D'"):
        stream.check_columns(SPACE.names, "error", 1)
    stream.check_columns(SPACE.names, "ignore", 1)
    assert read(stream, 1).codes.tolist() == [[0, 0, 0]]


def test_labels_stay_as_written(tmp_path):
    space = Space({"A": ["1", "01", 2]})
    (tmp_path / "a.csv").write_text("A\n01\n1\n2.0\n")
    pl.DataFrame({"A": [1, 2]}).write_parquet(tmp_path / "b.parquet")
    assert read(open_stream([tmp_path / "a.csv", tmp_path / "b.parquet"]), 2, space=space).codes[
        :, 0
    ].tolist() == [1, 0, 2, 0, 2]


@pytest.mark.parametrize("data", [["a.csv", 1], [], [[0, 1]], {"A": 1}, None, 3])
def test_other_data_are_no_streams(data):
    assert not is_stream(data)
    assert is_stream(Path("a.csv"))
