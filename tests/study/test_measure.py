"""Measuring cells: records, processes, interrupts, and runs that are resumed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import domix
from domix import DataError, FormatError
from domix.study import measure, records
from domix.study.cells import Cell
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.reporting.table import as_text, summarise
from domix.study.scoring.cost import Cost

CELLS = (Cell(3, 200), Cell(4, 200, "erdos-renyi"), Cell(3, 200, zeros=0.2, known=True))
METHODS = ("domix", "plug-in", "all-targets", "oracle")
FREE = Cost(0.0, 0.0, None)


def without_cost(store):
    """Records without their cost, which depends on the machine."""
    return {key: replace(record, cost=FREE) for key, record in store.records.items()}


@pytest.fixture(scope="module")
def complete(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("complete"))
    measure_cells(CELLS, store, instances=3, methods=METHODS)
    return store


def test_one_record_per_cell_instance_and_method(complete):
    assert len(complete.records) == len(CELLS) * 3 * len(METHODS)
    assert sorted(path.name for path in complete.folder.glob("*.parquet")) == sorted(
        f"{method}.parquet" for method in METHODS
    )
    assert not list(complete.parts.iterdir())
    assert Store(complete.folder).records == complete.records


def test_records_do_not_depend_on_processes(complete, tmp_path):
    store = Store(tmp_path)
    measure_cells(CELLS, store, instances=3, methods=METHODS, jobs=2)
    assert without_cost(store) == without_cost(complete)


def test_detectable_targets_do_not_depend_on_methods(complete):
    by_instance = {}
    for key, record in complete.records.items():
        by_instance.setdefault((key.cell, key.instance), set()).add(record.shown)
    assert all(len(shown) == 1 for shown in by_instance.values())


def test_oracle_knows_the_targets(complete):
    for key, record in complete.records.items():
        if key.method == "oracle":
            assert record.score.precision == 1
            assert record.score.tv_ratio in (None, 1)


def test_refusals_are_recorded_without_scores(complete):
    refused = [r for r in complete.records.values() if r.failed]
    assert refused
    assert {r.key.method for r in refused} == {"plug-in"}
    assert all("Algorithm 2 divides" in r.failed and r.score is None for r in refused)


def test_existing_records_are_not_measured_again(complete, tmp_path, monkeypatch):
    store = Store(tmp_path)
    measure_cells(CELLS, store, instances=2, methods=["oracle"])
    measured = []
    original = measure._measure_instance

    def measure_and_list(task):
        measured.append((task.instance, task.methods))
        return original(task)

    monkeypatch.setattr(measure, "_measure_instance", measure_and_list)
    measure_cells(CELLS, Store(tmp_path), instances=3, methods=METHODS)
    others = ("domix", "plug-in", "all-targets")
    assert measured == [(0, others)] * 3 + [(1, others)] * 3 + [(2, METHODS)] * 3
    assert without_cost(Store(tmp_path)) == without_cost(complete)
    measure_cells(CELLS, Store(tmp_path), instances=3, methods=METHODS)
    assert len(measured) == 9


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_killed_and_resumed_run_gives_the_same_table(complete, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[2]); from pathlib import Path\n"
        "from test_measure import CELLS, METHODS, Store, measure_cells\n"
        "measure_cells(CELLS, Store(Path(sys.argv[1])), instances=1000, methods=METHODS)"
    )
    folder = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path), folder])
    parts = tmp_path / "parts"
    deadline = time.monotonic() + 60
    while len(list(parts.glob("[!.]*"))) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    # An unfinished file, as of a run killed while writing.
    (parts / ".5f0c.4x200-development-7-domix.parquet").write_bytes(b"PAR1")
    kept = len(Store(tmp_path).records)
    assert kept >= 4 * 3
    measure_cells(CELLS, Store(tmp_path), instances=3, methods=METHODS)

    def table(store):
        lines = summarise(without_cost(store), CELLS, METHODS, "development", 3)
        return as_text(lines)

    assert table(Store(tmp_path)) == table(complete)


def test_interrupt_keeps_finished_instances(tmp_path):
    def report(stage, share):
        if share > 0.3:
            raise KeyboardInterrupt

    for jobs in (1, 2):
        store = Store(tmp_path / str(jobs))
        with pytest.raises(KeyboardInterrupt):
            measure_cells(CELLS, store, instances=2, methods=["plug-in"], jobs=jobs, report=report)
        assert len(Store(store.folder).records) == 2 * 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": ["guess"]}, "unknown method 'guess'"),
        ({"block": "mine"}, "'mine'"),
        ({"instances": 0}, "at least 1"),
        ({"jobs": 0}, "at least 1"),
    ],
)
def test_invalid_options_are_refused(tmp_path, options, words):
    with pytest.raises(DataError, match=words):
        measure_cells(CELLS, Store(tmp_path), **options)


@pytest.mark.parametrize("parts", [False, True])
def test_records_of_another_version_are_refused(tmp_path, monkeypatch, parts):
    store = Store(tmp_path)
    if parts:
        monkeypatch.setattr(store, "merge_parts", lambda: None)
    measure_cells(CELLS[:1], store, instances=1, methods=["oracle"])
    monkeypatch.setattr(records, "__version__", "99.1")
    words = f"measured by domix {domix.__version__}, but this is 99.1; delete the file .* or name"
    with pytest.raises(FormatError, match=words):
        Store(tmp_path)


def test_records_without_version_are_refused(tmp_path):
    import polars

    measure_cells(CELLS[:1], Store(tmp_path), instances=1, methods=["oracle"])
    path = tmp_path / "oracle.parquet"
    polars.read_parquet(path).drop("version").write_parquet(path)
    with pytest.raises(
        FormatError, match=r"version of domix is missing; delete the file .* or name"
    ):
        Store(tmp_path)


def test_other_files_are_refused(tmp_path):
    import polars

    polars.DataFrame({"cell": ["8x2^12"]}).write_parquet(tmp_path / "domix.parquet")
    with pytest.raises(FormatError, match="not records of a study"):
        Store(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(FormatError, match=r"cannot be created: .*; name another folder"):
        Store(tmp_path / "file")
