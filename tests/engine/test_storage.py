"""Parts beyond a limit of memory lie in anonymous files."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest

import domix.engine.storage
import engine_steps
from domix.engine.threads import Threads
from domix.errors import DataError, DomixError

TESTS = Path(engine_steps.__file__).parent

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/fd").is_dir(), reason="what a process uses is seen in /proc"
)


def files_of(process):
    """The temporary files that a process holds, with their folders."""
    links = []
    for link in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # that of the folder that is read
            links.append(str(link.readlink()))
    return sorted(link for link in links if link.endswith("(deleted)"))


def hold_bytes(engine, count, size):
    return engine.hold(engine_steps.fill, engine.spread([k % 251 for k in range(count)]), size=size)


@needs_proc
def test_files_are_few_and_closed_when_unused(monkeypatch):
    monkeypatch.setattr(domix.engine.storage, "FILE_BYTES", 100_000)
    before = files_of(os.getpid())
    engine = Threads(2, memory_limit=1)
    first, second = (hold_bytes(engine, 50, 10_000) for _ in range(2))
    new = len(files_of(os.getpid())) - len(before)
    assert 2 <= new <= 12
    kept = first.select([0, 49])
    del first, second
    gc.collect()
    assert 1 <= len(files_of(os.getpid())) - len(before) <= 2
    assert engine.collect(engine_steps.total, kept) == [0, 490_000]
    del kept
    gc.collect()
    assert files_of(os.getpid()) == before


@needs_proc
def test_memory_is_used_before_files():
    before = files_of(os.getpid())
    engine = Threads(2, memory_limit="100GB")
    held = hold_bytes(engine, 4, 10_000)
    assert files_of(os.getpid()) == before
    assert engine.collect(engine_steps.total, held) == [0, 10_000, 20_000, 30_000]


def test_room_of_freed_parts_is_used_again(monkeypatch):
    monkeypatch.setattr(domix.engine.storage, "_memory_in_use", lambda: 0)
    engine = Threads(1, memory_limit=50_000)
    for _ in range(3):
        held = hold_bytes(engine, 3, 10_000)
        kinds = [type(kept).__name__ for kept in held.kept]
        assert kinds == ["InMemory", "InMemory", "InFile"]
        del held


PROGRAM = """
import re, sys
from pathlib import Path

import engine_steps
from domix.engine.threads import Threads

engine = Threads(2, memory_limit=sys.argv[1])
parts = engine.spread(range(100))
held = engine.hold(engine_steps.fill, parts, size=4_000_000)
assert engine.collect(engine_steps.total, held)[3] == 12_000_000
largest = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())
print(int(largest[1]) // 1000, flush=True)
sys.stdin.read()
"""


def start(limit, folder):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, limit],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])},
    )


@needs_proc
def test_memory_stays_under_the_limit(tmp_path):
    # 400 MB of parts.
    with start("200MB", tmp_path) as process:
        assert int(process.stdout.readline()) < 200
        process.communicate()


@needs_proc
def test_files_vanish_with_a_killed_process(tmp_path):
    with start("1B", tmp_path) as process:
        process.stdout.readline()
        files = files_of(process.pid)
        assert any(file.startswith(str(tmp_path)) for file in files)
        process.send_signal(signal.SIGKILL)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_explained(monkeypatch, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(
        tempfile,
        "TemporaryFile",
        lambda buffering: Path("/dev/full").open("r+b", buffering),  # noqa: SIM115
    )
    with pytest.raises(DomixError) as caught:
        hold_bytes(Threads(2, memory_limit=1), 3, 10_000)
    message = str(caught.value)
    assert message.startswith(
        f"memory_limit: rows that exceed the limit cannot be written to "
        f"the folder {str(tmp_path)!r}: No space left on device; free space"
    )
    assert "TMPDIR" in message


def test_a_missing_folder_is_explained(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(DomixError, match=r"none': No such file or directory; .*TMPDIR"):
        hold_bytes(Threads(1, memory_limit=1), 3, 10)


@pytest.mark.parametrize("limit", ["", "4 gigs", "0", 0, -1, "-1GB", True, 1.5, "nanGB", None])
def test_what_is_not_a_size_is_refused(limit):
    if limit is None:
        limit = [1]
    with pytest.raises(DataError, match=r"^memory_limit: must be a number of bytes or a text"):
        Threads(memory_limit=limit)
