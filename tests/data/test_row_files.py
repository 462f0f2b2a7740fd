"""Rows from and to files."""

from __future__ import annotations

import builtins
import gzip
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.core.space import Space
from domix.data.files import read_frame, write_batches, write_frame
from domix.data.frame import decode
from domix.errors import DataError, FormatError, MissingExtraError

ROWS = pl.DataFrame(
    {
        "plain": ["x", "01", "1.0", "low"],
        "Asy/Patch": ["a,b", "a\tb", 'say "so"', " spaced "],
        "gaps": [None, "", "line\nbreak", "ü"],
    }
)
TEXT = [".csv", ".tsv", ".tab", ".txt"]
GZIPPED = [".csv.gz", ".tsv.gz", ".tab.gz", ".txt.gz"]
BINARY = [".parquet", ".feather", ".arrow"]


@pytest.fixture
def write(tmp_path):
    def writer(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return writer


@pytest.mark.parametrize("suffix", [*TEXT, *GZIPPED, *BINARY, ".CSV", ".Csv.GZ"])
def test_round_trip(tmp_path, suffix):
    path = tmp_path / f"rows.2{suffix}"
    write_frame(ROWS, path)
    assert read_frame(path).equals(ROWS)
    assert read_frame(str(path)).equals(ROWS)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("convert", [pl.DataFrame.to_pandas, pl.DataFrame.to_arrow])
def test_any_frame_is_written(tmp_path, convert):
    path = tmp_path / "rows.parquet"
    write_frame(convert(ROWS), path)
    assert read_frame(path).equals(ROWS)


@pytest.mark.parametrize("suffix", [*TEXT, *GZIPPED, *BINARY])
def test_no_rows(tmp_path, suffix):
    path = tmp_path / f"rows{suffix}"
    write_frame(ROWS[:0], path)
    assert read_frame(path).equals(ROWS[:0])


def test_parquet_keeps_types_and_csv_gives_text(tmp_path):
    rows = pl.DataFrame(
        {"n": [1, 2], "p": [0.5, 1.0], "s": pl.Series(["x", "y"], dtype=pl.Enum("xy"))}
    )
    write_frame(rows, tmp_path / "rows.parquet")
    assert read_frame(tmp_path / "rows.parquet").equals(rows)
    write_frame(rows, tmp_path / "rows.csv")
    assert read_frame(tmp_path / "rows.csv").to_dict(as_series=False) == {
        "n": ["1", "2"],
        "p": ["0.5", "1.0"],
        "s": ["x", "y"],
    }


def test_equal_rows_make_equal_files(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        write_frame(ROWS, tmp_path / name)
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        (b"a,b\n1,2", {"a": ["1"], "b": ["2"]}),
        (b"a,b\r\n1,2\r\n", {"a": ["1"], "b": ["2"]}),
        (b"a,b\r1,2\r3,4\r", {"a": ["1", "3"], "b": ["2", "4"]}),
        (b"\xef\xbb\xbfa,b\n1,2\n", {"a": ["1"], "b": ["2"]}),
        (b"a,b\n1,2\n\n\n", {"a": ["1"], "b": ["2"]}),
        (b"a,b\n001,+1\n 2,\n", {"a": ["001", " 2"], "b": ["+1", None]}),
        (b'"a","b,c"\n"x\ny","z""z"\n', {"a": ["x\ny"], "b,c": ['z"z']}),
        (b'a,b\n"x",\n1,2\n', {"a": ["x", "1"], "b": [None, "2"]}),
        (b"a\n1\n\n2\n", {"a": ["1", None, "2"]}),
        (b"a,b\n", {"a": [], "b": []}),
        (b"a,b", {"a": [], "b": []}),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".csv.gz"])
def test_csv_in_the_forms_that_occur(write, text, columns, suffix):
    path = write(f"rows{suffix}", gzip.compress(text) if suffix == ".csv.gz" else text)
    assert read_frame(path).to_dict(as_series=False) == columns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", ":1: empty; the first line must hold the columns' names"),
        (b"\n1,2\n", ":1: empty"),
        (b"a,b,a\n1,2,3\n", ":1: 'a' is the name of columns 1 and 3"),
        (b"a,,b\n1,2,3\n", ":1: column 2 has no name; name it, or leave it out"),
        (b"a;b\n1;2\n", ":1: only one column, 'a;b', as ',' .*; give separator=\";\""),
        (b"a\tb\n1\t2\n", ':1: only one column, .*; give separator="tab"'),
        (b"# made by x\na,b\n1,2\n", ":1: only one column, .*; if this is a comment, give comm"),
        (b"a,b\n1,2\n# end\n", ':3: 2 fields .* not 1; if this is a comment, give comment="#"'),
        (b"a,b\n1,2\n1,2,3\n", ":3: 2 fields are expected, as in the header, not 3"),
        (b"a,b\n1,2,3\n", ":2: 2 fields .*; if the first is a row's name, its column needs one"),
        (b"a,b\n1\n1,2\n", ":2: 2 fields are expected, as in the header, not 1"),
        (b"a,b\n1,2\n \n", ":3: 2 fields are expected, as in the header, not 1"),
        (b'a,b\n"1\n2",3\n"x,y"\n', ":4: 2 fields are expected, as in the header, not 1"),
        (b"a,b\n1,2\n\n3,4\n", ":3: blank"),
        (b'a,b\n1,2\n3,"4\n5,6\n', ":3: .*; check the quotes"),
        (b'a,b\n"x"y,2\n', ":2: .*; check the quotes"),
        (b"a,b\n1,2\n1,caf\xe9\n", ":3: the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("a,b\n1,2".encode("utf-16"), ":1: the byte 0xff is not UTF-8"),
    ],
)
def test_a_bad_line_is_named(write, text, message):
    path = write("rows.csv", text)
    with pytest.raises(FormatError, match=f"^{path}{message}"):
        read_frame(path)


@pytest.mark.parametrize("bad", [b"low", b"low,low,low", b"", b'"low"'])
def test_a_bad_line_far_down_is_named(write, bad):
    lines = [b"a,b", *[b"low,high"] * 50_000]
    lines[40_000] = bad
    path = write("rows.csv", b"\n".join(lines))
    with pytest.raises(FormatError, match=f"^{path}:40001: "):
        read_frame(path)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.csv.gz", b"a,b\n1,2\n", "not compressed by gzip"),
        ("rows.csv.gz", gzip.compress(b"a,b\n1,2\n")[:-9], "damaged"),
        ("rows.parquet", b"", "not a readable .parquet file"),
        ("rows.parquet", b"PAR1 and nothing of the kind PAR1", "not a readable .parquet file"),
        ("rows.feather", b"abc", "not a readable .feather file"),
        ("rows.xlsx", b"", r"unknown suffix; files of rows end with \.csv, \.tsv"),
        ("rows.parquet.gz", b"", "unknown suffix"),
        ("rows", b"", "unknown suffix"),
    ],
)
def test_invalid_row_files_are_refused(write, name, content, message):
    path = write(name, content)
    with pytest.raises(FormatError, match=f"^{path}: .*{message}"):
        read_frame(path)


def test_nothing_to_read(tmp_path):
    with pytest.raises(FormatError, match=r"rows\.csv: there is no such file"):
        read_frame(tmp_path / "rows.csv")
    for name in ("folder.csv", "folder"):
        (tmp_path / name).mkdir()
        with pytest.raises(FormatError, match=f"{name}: this is a folder"):
            read_frame(tmp_path / name)


def test_compressed_files_need_the_suffix_gz(write):
    path = write("rows.csv", gzip.compress(b"a,b\n1,2\n"))
    with pytest.raises(FormatError, match=r"rows\.csv: compressed by gzip; .* rows\.csv\.gz"):
        read_frame(path)


def test_names_that_look_like_patterns(tmp_path):
    for name in ("a*.csv", "[b].parquet", "c?.feather"):
        write_frame(ROWS, tmp_path / name)
        assert read_frame(tmp_path / name).equals(ROWS)


@pytest.mark.parametrize("suffix", [*TEXT, *GZIPPED, *BINARY])
def test_batches_are_written_as_one_frame(tmp_path, suffix):
    labels: list[list[Any]] = [["low", 'a,"b"'], [True, False], [0, 1, 2], [1, 0.5]]
    space = Space(dict(zip("ABCD", labels, strict=True)))
    codes = np.random.default_rng(0).integers([2, 2, 3, 2], size=(50, 4)).astype(np.uint8)
    batches = np.split(codes, [20, 20, 41])
    write_batches(space, batches, tmp_path / f"parts{suffix}")
    write_frame(decode(space, codes, "polars"), tmp_path / f"whole{suffix}")
    parts, whole = (read_frame(tmp_path / f"{name}{suffix}") for name in ("parts", "whole"))
    assert parts.equals(whole)
    assert parts.schema == whole.schema


def test_batches_are_row_groups_of_parquet(tmp_path):
    path = tmp_path / "rows.parquet"
    write_batches(Space({"A": ["x", "y"]}), [np.zeros((n, 1), np.uint8) for n in (5, 3)], path)
    groups = pq.ParquetFile(path).metadata
    assert [groups.row_group(i).num_rows for i in range(groups.num_row_groups)] == [5, 3]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet", ".feather"])
def test_interrupted_batches_leave_no_file(tmp_path, suffix):
    def batches():
        yield np.zeros((5, 1), np.uint8)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_batches(Space({"A": ["x"]}), batches(), tmp_path / f"rows{suffix}")
    assert not list(tmp_path.iterdir())


def test_failed_writing_leaves_no_file(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("kept")
    with pytest.raises(FormatError, match="cannot be written"):
        write_frame(pl.DataFrame({"a": [[1, 2]]}), path)
    assert path.read_text() == "kept"
    assert [p.name for p in tmp_path.iterdir()] == ["rows.csv"]
    with pytest.raises(FormatError, match=r"no[\\/]rows\.csv"):
        write_frame(ROWS, tmp_path / "no" / "rows.csv")
    with pytest.raises(FormatError, match="unknown suffix"):
        write_frame(ROWS, tmp_path / "rows.xlsx")


def test_without_polars_and_pyarrow(monkeypatch, tmp_path):
    original = builtins.__import__

    def without(name, *args, **kwargs):
        if name in ("polars", "pyarrow"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError, match=r"domix\[app\]"):
        read_frame(tmp_path / "rows.csv")
    with pytest.raises(MissingExtraError, match=r"domix\[app\]"):
        write_frame(None, tmp_path / "rows.csv")
    for name in ("rows.csv", "rows.parquet"):
        with pytest.raises(MissingExtraError, match=r"domix\[app\]"):
            write_batches(Space({"A": ["x"]}), [], tmp_path / name)


def test_the_sachs_data(data_dir):
    rows = read_frame(data_dir / "sachs" / "sachs.2005.discrete.txt")
    assert rows.shape == (5400, 11)
    assert set(rows["pka"]) == {"1", "2", "3"}


# Separators, comments, row names


@pytest.mark.parametrize("suffix", [".csv", ".tsv.gz", ".txt"])
@pytest.mark.parametrize(("separator", "sign"), [(";", ";"), ("|", "|"), ("tab", "\t"), (" ", " ")])
def test_other_separators_are_read(write, suffix, separator, sign):
    content = f'a{sign}"b{sign}c"\n1,5{sign}2\n"x{sign}y"{sign}\n'.encode()
    path = write(f"rows{suffix}", gzip.compress(content) if suffix.endswith("gz") else content)
    expected = {"a": ["1,5", f"x{sign}y"], f"b{sign}c": ["2", None]}
    assert read_frame(path, separator=separator).to_dict(as_series=False) == expected


@pytest.mark.parametrize("separator", ["", "ab", '"', "\n", "a", "é"])
def test_what_is_no_separator_is_refused(write, separator):
    with pytest.raises(DataError, match="separator: must be one character"):
        read_frame(write("rows.csv", b"a,b\n1,2\n"), separator=separator)


@given(st.lists(st.sampled_from(["#", '# "', "#a,b,c", "#\t"]), min_size=1, max_size=4), st.data())
def test_comments_are_left_out(tmp_path_factory, comments, data):
    lines = ["a,b", '1,"x\n# inside of quotes"', "2,y"]
    plain = "\n".join(lines)
    for comment in comments:
        lines.insert(data.draw(st.integers(0, len(lines))), comment)
    path = tmp_path_factory.mktemp("comments") / "rows.csv"
    path.write_text("\n".join(lines))
    frame = read_frame(path, comment="#")
    path.write_text(plain)
    assert frame.equals(read_frame(path))
    assert frame["b"].to_list() == ["x\n# inside of quotes", "y"]


def test_lines_are_counted_with_comments(write):
    path = write("rows.csv", b"# one\na,b\n# two\n1,2\n3\n")
    with pytest.raises(FormatError, match=f"^{path}:5: 2 fields are expected"):
        read_frame(path, comment="#")
    with pytest.raises(DataError, match="comment: is empty"):
        read_frame(path, comment="")


def test_row_names_need_no_name(write):
    path = write("rows.csv", b'"","a"\n"r1","x"\n"r2","y"\n')
    assert read_frame(path).to_dict(as_series=False) == {"": ["r1", "r2"], "a": ["x", "y"]}
    assert read_frame(write("again.csv", read_frame(path).write_csv().encode())).equals(
        read_frame(path)
    )
