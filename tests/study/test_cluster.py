"""A study on the workers of a Dask cluster."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from functools import partial

import pytest

from domix import DataError, cli
from domix.engine import tasks
from domix.engine.tasks import run_tasks
from domix.study.cells import Cell
from domix.study.measure import measure_cells
from domix.study.records import Store
from domix.study.scoring.cost import Cost

dask, distributed = map(pytest.importorskip, ("dask", "distributed"))
CELLS = (Cell(3, 200), Cell(4, 200, "erdos-renyi"))


@pytest.fixture(scope="module")
def cluster():
    options = {"threads_per_worker": 1, "processes": True, "dashboard_address": ":0"}
    with distributed.LocalCluster(n_workers=2, **options) as cluster:
        yield cluster


def without_cost(store):
    free = Cost(0.0, 0.0, None)
    return {key: replace(record, cost=free) for key, record in store.records.items()}


def test_records_are_those_of_this_process(cluster, tmp_path):
    here, there = Store(tmp_path / "here"), Store(tmp_path / "there")
    measure_cells(CELLS, here, instances=2)
    measure_cells(CELLS, there, instances=2, scheduler=cluster.scheduler_address)
    assert without_cost(there) == without_cost(here)
    assert Store(there.folder).records == there.records


def test_interrupted_study_continues_elsewhere(cluster, tmp_path):
    def report(stage, share):
        if share >= 0.5:
            raise KeyboardInterrupt

    store, address = Store(tmp_path), cluster.scheduler_address
    with pytest.raises(KeyboardInterrupt):
        measure_cells(CELLS, store, instances=2, methods=[], scheduler=address, report=report)
    assert len(Store(tmp_path).records) == 2
    store = Store(tmp_path)
    measure_cells(CELLS, store, instances=2, methods=[])
    assert len(store.records) == 4


def end_once(folder, number):
    """Kill the worker of one task, the first time it is started."""
    try:
        (folder / str(number)).touch(exist_ok=False)
    except FileExistsError:
        return number
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_tasks_of_a_killed_worker_are_repeated(cluster, tmp_path):
    done = run_tasks(partial(end_once, tmp_path), range(6), scheduler=cluster.scheduler_address)
    assert sorted(done) == [(number, number) for number in range(6)]


def end(number):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.skipif(os.name != "posix", reason="kills a process")
def test_a_task_that_ends_its_workers_is_reported(cluster):
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(DataError, match="memory ran out; finished instances are kept"),
    ):
        list(run_tasks(end, [1], scheduler=cluster.scheduler_address))


def test_workers_of_another_version_are_refused(cluster, monkeypatch):
    monkeypatch.setattr(tasks, "__version__", "99.1")
    with pytest.raises(DataError, match=r"a worker has domix .*, but this process has 99\.1"):
        list(run_tasks(abs, [1], scheduler=cluster.scheduler_address))


def test_workers_with_several_threads_are_refused():
    options = {"threads_per_worker": 2, "processes": False, "dashboard_address": ":0"}
    with (
        distributed.LocalCluster(n_workers=1, **options) as cluster,
        pytest.raises(DataError, match="several threads"),
    ):
        list(run_tasks(abs, [1], scheduler=cluster.scheduler_address))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:9", "no Dask scheduler answers at 'tcp://127.0.0.1:9'"),
        ("nowhere://x", "'nowhere://x' is not the address of a Dask scheduler"),
    ],
)
def test_a_missing_scheduler_is_one_line(address, message, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("domix.engine.cluster.CONNECT_SECONDS", 1)
    options = ["--cells", "4x2^10", "--out", str(tmp_path), "--scheduler", address]
    assert cli.main(["study", "plug-in", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"domix: error: --scheduler: {message}")
    assert error.count("\n") == 1
