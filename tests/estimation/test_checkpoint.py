"""Checkpoints: whatever is left of an estimation, it goes on to the result it would have had."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from domix import DomixError, disentangle, write_network
from domix.data.files import write_frame
from domix.estimation import long_work as estimation
from domix.work import journal
from long_work import CASES, SAMPLE_ROWS, many_rows, run, soft
from small_shards import cut_shards, search_on_sample
from strategies import planted


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        search_on_sample(patch, SAMPLE_ROWS)
        yield


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.__name__)
def complete(request, tmp_path_factory):
    """A case, its result without a checkpoint, and a checkpoint with the result of every step."""
    path = tmp_path_factory.mktemp("complete") / "run.ckpt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal, "SECONDS_BETWEEN_WRITES", -1.0)
        expected = run(request.param)
        assert run(request.param, path) == expected
    return request.param, expected, path.read_bytes()


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_any_part_of_a_checkpoint_leads_to_the_result(complete, share, tmp_path, monkeypatch):
    case, expected, content = complete
    monkeypatch.setattr(journal, "SECONDS_BETWEEN_WRITES", -1.0)
    path = tmp_path / "run.ckpt"
    path.write_bytes(content[: int(share * len(content))])
    assert run(case, path) == expected
    assert path.read_bytes() == content


def test_it_goes_on_wherever_steps_run(tmp_path, monkeypatch):
    path, expected = tmp_path / "run.ckpt", run(many_rows)
    monkeypatch.setattr(journal, "SECONDS_BETWEEN_WRITES", -1.0)
    assert run(many_rows, path) == expected
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert run(many_rows, path, memory_limit="200MB") == expected
    assert path.read_bytes() == content


def test_rows_that_are_read_in_batches_are_known_again(tmp_path, monkeypatch):
    """Rows and control rows come in shards of 2,000, and have no other form."""
    cut_shards(monkeypatch, 2000)
    monkeypatch.setattr(journal, "SECONDS_BETWEEN_WRITES", -1.0)
    rng = np.random.default_rng(0)
    mix = planted(6, [{}, {0: 1}, {2: 0, 3: 2}], seed=11)
    folder, path = tmp_path / "rows", tmp_path / "run.ckpt"
    folder.mkdir()
    for name, source in (("mixed", mix), ("control", mix.network)):
        write_frame(source.sample(5000, rng=rng, as_frame=True), folder / f"{name}.parquet")

    def case():
        files = folder / "mixed.parquet", folder / "control.parquet"
        return (mix.network, *files), {}

    expected = run(case)
    assert run(case, path) == expected
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert run(case, path) == expected
    assert path.read_bytes() == content
    write_frame(mix.sample(5000, rng=rng, as_frame=True), folder / "mixed.parquet")
    with pytest.raises(DomixError, match="belongs to other rows"):
        run(case, path)


def test_a_complete_checkpoint_is_read_only(complete, tmp_path):
    case, expected, content = complete
    path = tmp_path / "run.ckpt"
    path.write_bytes(content)
    assert run(case, path) == expected
    assert path.read_bytes() == content


PROCESS = """
import sys
import numpy as np
from domix import disentangle, read_network
from long_work import SAMPLE_ROWS
from pytest import MonkeyPatch
from small_shards import search_on_sample
search_on_sample(MonkeyPatch(), SAMPLE_ROWS)
net, rows = read_network(sys.argv[1]), np.load(sys.argv[2])
print("ready", flush=True)
print(disentangle(net, rows, checkpoint=sys.argv[3]).to_json(), end="")
"""


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """What runs the case of many rows in a process of its own; a checkpoint is to be added."""
    folder = tmp_path_factory.mktemp("inputs")
    (net, rows), _ = many_rows()
    write_network(net, folder / "net.json")
    np.save(folder / "rows.npy", rows)
    return [sys.executable, "-c", PROCESS, str(folder / "net.json"), str(folder / "rows.npy")]


@pytest.mark.instances(4)
def test_kills_leave_nothing_but_the_checkpoint(command, tmp_path, seed):
    """A run is killed at some random moments, if it has not ended, then runs on."""
    path, draws = tmp_path / "run.ckpt", random.Random(seed)
    start = time.perf_counter()
    expected = run(many_rows)
    usual = time.perf_counter() - start
    for _ in range(3):
        assert run_for(draws.uniform(0.0, 0.7 * usual), [*command, path]) in (None, expected)
        assert set(tmp_path.iterdir()) <= {path}
    assert run_for(None, [*command, path]) == expected
    assert set(tmp_path.iterdir()) == {path}


def run_for(seconds, command):
    """Run a process and kill it after some time; return what it prints, None if it was killed."""
    search = os.pathsep.join(sys.path)
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": search}
    ) as process:
        assert process.stdout.readline() == "ready\n"
        try:
            printed, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return None
    assert process.returncode == 0
    return printed


def test_a_checkpoint_of_other_inputs_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    expected = run(soft, path)
    (net, rows), options = soft()
    other_rows = rows.copy()
    other_rows[7, 2] = (other_rows[7, 2] + 1) % 3
    other_net = net.with_values(np.roll(net.tables.values, 3))
    calls: list[tuple[Any, dict[str, Any]]] = [
        ((net, other_rows), {}),
        ((other_net, rows), {}),
        ((net, rows), {"alpha": 0.01}),
        ((net, rows), {"bootstrap": 0}),
        ((net, rows), {"rng": 1}),
        ((net, rows), {"include": ["V1=s1"]}),
    ]
    for arguments, changes in calls:
        with pytest.raises(DomixError, match="belongs to other rows, another network or other"):
            disentangle(*arguments, **{**options, **changes}, checkpoint=path)
    monkeypatch.setattr(estimation, "__version__", "0.0.1")
    with pytest.raises(DomixError, match=r"but this is 0\.0\.1, NumPy .*; use that version"):
        run(soft, path)
    monkeypatch.undo()
    assert run(soft, path) == expected


def test_a_checkpoint_is_closed_when_the_call_ends(tmp_path, monkeypatch):
    path = tmp_path / "run.ckpt"
    opened = []
    original = estimation.open_journal

    def remember(*args):
        opened.append(original(*args))
        return opened[-1]

    monkeypatch.setattr("domix.estimation.disentangle.open_journal", remember)
    monkeypatch.setattr("domix.estimation.disentangle.report_estimates", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        run(soft, path)
    assert opened[0]._file._file.closed
    monkeypatch.undo()
    assert run(soft, path) == run(soft)
