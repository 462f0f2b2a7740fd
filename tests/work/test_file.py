"""The file of records: whole records stay whatever ends the process, and only the own are used."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domix.errors import FormatError
from domix.work.file import RecordFile

HEADER = {"version": "1", "inputs": "a"}
RECORDS = {"/0 a": b"one", "/0 a/0 b": b"", "/1 a": b"\n\x00" * 50}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.ckpt"


def write(path, records=RECORDS):
    file = RecordFile(path, HEADER)
    file.append(records.items())
    file.close()


def read(path, header=HEADER):
    """Open a file; return its records."""
    file = RecordFile(path, header)
    found = {key: file.get(key) for key in RECORDS if file.get(key) is not None}
    file.close()
    return found


def test_records_come_back_and_others_are_added(path):
    write(path)
    write(path, {"/2 c": b"more"})
    assert read(path) == RECORDS
    file = RecordFile(path, HEADER)
    assert file.get("/2 c") == b"more"
    file.close()


def test_records_follow_what_an_interrupt_left(path, monkeypatch):
    file = RecordFile(path, HEADER)
    file.append([("/0 a", b"one")])

    def interrupt(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            file.append([("/0 a/0 b", b"lost")])
    file.append([("/1 a", RECORDS["/1 a"])])
    file.close()
    assert read(path) == {"/0 a": b"one", "/1 a": RECORDS["/1 a"]}


@given(data=st.data())
def test_a_torn_record_is_dropped(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("torn") / "run.ckpt"
    write(path)
    whole = path.read_bytes()
    size = data.draw(st.integers(0, len(whole)))
    rest = data.draw(st.sampled_from([b"", b"\x00" * 40, b"\xff" * 40]))
    path.write_bytes(whole[:size] + rest * (size > 150))
    kept = read(path)
    assert list(kept.items()) == list(RECORDS.items())[: len(kept)]
    write(path, {key: value for key, value in RECORDS.items() if key not in kept})
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (HEADER | {"inputs": "b"}, "other rows, another network or other options; .* delete"),
        (HEADER | {"version": "2"}, "written by domix 1, but this is 2; use that version, or"),
    ],
)
def test_other_inputs_are_refused(path, header, text):
    write(path)
    before = path.read_bytes()
    with pytest.raises(FormatError, match=text) as caught:
        RecordFile(path, header)
    assert (caught.value.source, caught.value.argument) == (str(path), "checkpoint")
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"A,B\n1,2\n", b"domix checkpoints are kept elsewhere"])
def test_another_file_is_refused_and_kept(path, content):
    path.write_bytes(content)
    with pytest.raises(FormatError, match="not a checkpoint; name another file"):
        RecordFile(path, HEADER)
    assert path.read_bytes() == content


def test_paths_that_cannot_be_written_are_refused(tmp_path):
    with pytest.raises(FormatError, match="not a regular file"):
        RecordFile(tmp_path, HEADER)
    with pytest.raises(FormatError, match="cannot be written: No such file"):
        RecordFile(tmp_path / "missing" / "run.ckpt", HEADER)


@pytest.mark.skipif(sys.platform == "win32", reason="files are locked on POSIX only")
def test_one_process_writes_at_a_time(path):
    write(path)
    code = (
        "from domix.work.file import RecordFile\n"
        f"file = RecordFile({str(path)!r}, {HEADER})\n"
        "print('open', flush=True)\n"
        "input()\n"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(FormatError, match="in use by another process"):
            RecordFile(path, HEADER)
        other.kill()
    assert read(path) == RECORDS
