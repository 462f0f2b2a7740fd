"""A study from its cells to its records: stopped and resumed, with more processes or fewer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

import domix
from domix import DataError, FormatError
from domix.study import records
from domix.study import run as running
from domix.study.cells import Cell
from domix.study.records import Store
from domix.study.reporting.table import as_text, summarise
from domix.study.run import run
from domix.study.scoring.cost import Cost

CELLS = (Cell(3, 200), Cell(4, 200, "erdos-renyi"), Cell(3, 200, zeros=0.2, known=True))
METHODS = ("domix", "plug-in", "all-targets", "oracle")
FREE = Cost(0.0, 0.0, None)


def timeless(store):
    """Records without what depends on the machine."""
    return {key: replace(record, cost=FREE) for key, record in store.records.items()}


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("complete"))
    run(CELLS, store, instances=3, methods=METHODS)
    return store


def test_one_record_per_cell_instance_and_method(complete):
    assert len(complete.records) == len(CELLS) * 3 * len(METHODS)
    assert sorted(path.name for path in complete.folder.glob("*.parquet")) == sorted(
        f"{method}.parquet" for method in METHODS
    )
    assert not list(complete.parts.iterdir())
    assert Store(complete.folder).records == complete.records


def test_more_processes_give_the_same(complete, tmp_path):
    store = Store(tmp_path)
    run(CELLS, store, instances=3, methods=METHODS, jobs=2)
    assert timeless(store) == timeless(complete)


def test_all_methods_see_the_same_targets(complete):
    by_instance = {}
    for key, record in complete.records.items():
        by_instance.setdefault((key.cell, key.instance), set()).add(record.shown)
    assert all(len(shown) == 1 for shown in by_instance.values())


def test_the_oracle_is_told_the_targets(complete):
    for key, record in complete.records.items():
        if key.method == "oracle":
            assert record.score.precision == 1
            assert record.score.tv_ratio in (None, 1)


def test_what_a_method_refuses_is_recorded_and_not_scored(complete):
    refused = [r for r in complete.records.values() if r.failed]
    assert refused
    assert {r.key.method for r in refused} == {"plug-in"}
    assert all("Algorithm 2 divides" in r.failed and r.score is None for r in refused)


def test_what_is_there_is_not_measured_again(complete, tmp_path, monkeypatch):
    store = Store(tmp_path)
    run(CELLS, store, instances=2, methods=["oracle"])
    measured = []
    true_measure = running._measure

    def measure(task):
        measured.append((task.instance, task.methods))
        return true_measure(task)

    monkeypatch.setattr(running, "_measure", measure)
    run(CELLS, Store(tmp_path), instances=3, methods=METHODS)
    others = ("domix", "plug-in", "all-targets")
    assert measured == [(0, others)] * 3 + [(1, others)] * 3 + [(2, METHODS)] * 3
    assert timeless(Store(tmp_path)) == timeless(complete)
    run(CELLS, Store(tmp_path), instances=3, methods=METHODS)
    assert len(measured) == 9


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_and_resumed_gives_the_same_table(complete, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path; import test_run\n"
        "test_run.run(test_run.CELLS, test_run.Store(Path(sys.argv[1])), instances=1000,"
        " methods=test_run.METHODS)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), os.path.dirname(__file__)]
    )
    parts = tmp_path / "parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("[!.]*"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # As if it had been killed in the middle of a file, too.
    (parts / ".5f0c.4x200-development-7-domix.parquet").write_bytes(b"PAR1")
    kept = len(Store(tmp_path).records)
    assert kept >= 4 * 3
    run(CELLS, Store(tmp_path), instances=3, methods=METHODS)

    def table(store):
        lines = summarise(timeless(store), CELLS, METHODS, "development", 3)
        return as_text(lines)

    assert table(Store(tmp_path)) == table(complete)


def test_an_interrupt_keeps_what_is_done(tmp_path):
    def report(stage, share):
        if share > 0.3:
            raise KeyboardInterrupt

    for jobs in (1, 2):
        store = Store(tmp_path / str(jobs))
        with pytest.raises(KeyboardInterrupt):
            run(CELLS, store, instances=2, methods=["plug-in"], jobs=jobs, report=report)
        assert len(Store(store.folder).records) == 2 * 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": ["guess"]}, "'guess' is none"),
        ({"block": "mine"}, "'mine'"),
        ({"instances": 0}, "at least 1"),
        ({"jobs": 0}, "at least 1"),
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path, options, words):
    with pytest.raises(DataError, match=words):
        run(CELLS, Store(tmp_path), **options)


@pytest.mark.parametrize("parts", [False, True])
def test_records_of_another_version_are_not_mixed_with_these(tmp_path, monkeypatch, parts):
    store = Store(tmp_path)
    if parts:
        monkeypatch.setattr(store, "gather", lambda: None)
    run(CELLS[:1], store, instances=1, methods=["oracle"])
    monkeypatch.setattr(records, "__version__", "99.1")
    words = f"measured by domix {domix.__version__}, and this is 99.1; delete the file .* or give"
    with pytest.raises(FormatError, match=words):
        Store(tmp_path)


def test_records_that_do_not_say_their_version_are_refused(tmp_path):
    import polars

    run(CELLS[:1], Store(tmp_path), instances=1, methods=["oracle"])
    path = tmp_path / "oracle.parquet"
    polars.read_parquet(path).drop("version").write_parquet(path)
    with pytest.raises(
        FormatError, match=r"does not say which domix .*; delete the file .* or give"
    ):
        Store(tmp_path)


def test_files_that_are_no_records_are_refused(tmp_path):
    import polars

    polars.DataFrame({"cell": ["8x2^12"]}).write_parquet(tmp_path / "domix.parquet")
    with pytest.raises(FormatError, match="holds no records"):
        Store(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FormatError, match=r"cannot be made: .*; name another folder"):
        Store(tmp_path / "file")
