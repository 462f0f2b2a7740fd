"""A cluster gives the results of one process, also when workers die."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest

import domix
import domix.engine.cluster
import engine_steps
from domix.engine.cluster import Cluster
from domix.engine.threads import Threads
from domix.errors import DataError, DomixError, MissingExtraError

KILLS, KILLS_OF_READERS = (7, 2, 15), (9, 1)
"""Numbers of the steps after which a worker is killed; all of them only in the full volume."""


def watch(patch, engine, method, function=lambda _: None):
    """Call a function with the number of each step of an engine, once it is run or submitted.

    What is returned lists how many parts each has.
    """
    steps, original = [], getattr(engine, method)

    def call(*arguments):
        result = original(*arguments)
        steps.append(len(result))
        function(len(steps))
        return result

    patch.setattr(engine, method, call)
    return steps


def answer(problem, **options):
    net, codes = problem
    return domix.disentangle(net, codes, rng=0, **options).to_json()


@pytest.fixture(scope="module")
def expected(problem):
    """The answer of threads, and how many parts each of their steps has."""
    with pytest.MonkeyPatch.context() as patch:
        steps = watch(patch, Threads, "_call")
        return answer(problem), steps


def test_workers_change_nothing(problem, expected, client, monkeypatch):
    text, steps = expected
    there = watch(monkeypatch, Cluster, "_submit")
    assert answer(problem, client=client) == text
    assert there == steps
    assert steps[0] == 8
    assert len(steps) > max(KILLS)
    assert steps[-1] >= 4


def test_a_limit_of_memory_changes_nothing(problem, expected):
    assert answer(problem, memory_limit=1) == expected[0]


def kill_one(patch, client, step):
    """Kill a worker once a step is submitted; return the address of the worker, once it is."""
    killed = []

    def kill(number):
        if number == step:
            address, process = next(iter(client.run(os.getpid).items()))
            os.kill(process, signal.SIGKILL)
            killed.append(address)

    watch(patch, Cluster, "_submit", kill)
    return killed


@pytest.mark.instances(len(KILLS))
def test_a_killed_worker_changes_nothing(problem, expected, mortal_client, monkeypatch, seed):
    killed = kill_one(monkeypatch, mortal_client, KILLS[seed])
    assert answer(problem, client=mortal_client) == expected[0]
    assert killed[0] not in mortal_client.scheduler_info()["workers"]


@pytest.mark.instances(len(KILLS_OF_READERS))
def test_killed_readers_of_files_change_nothing(
    problem, expected, mortal_client, monkeypatch, tmp_path, seed
):
    net, codes = problem
    rows = net.decode(codes, "polars")
    rows[:3000].write_parquet(tmp_path / "first.parquet")
    rows[3000:].write_parquet(tmp_path / "second.parquet")
    del rows, codes
    monkeypatch.setattr(Threads, "_call", None)  # nothing is read here
    killed = kill_one(monkeypatch, mortal_client, KILLS_OF_READERS[seed])
    assert answer((net, str(tmp_path / "*.parquet")), client=mortal_client) == expected[0]
    assert killed[0] not in mortal_client.scheduler_info()["workers"]


def test_groups_on_a_cluster(problem, client, monkeypatch):
    net, codes = problem
    groups = np.where(np.arange(len(codes)) % 16, "many", "few").tolist()
    here = domix.disentangle(net, codes, groups=groups)
    steps = watch(monkeypatch, Cluster, "_submit")
    there = domix.disentangle(net, codes, groups=groups, client=client)
    assert {g: r.to_json() for g, r in there.items()} == {g: r.to_json() for g, r in here.items()}
    assert max(steps) >= 4


def test_controls_on_a_cluster(problem, client, monkeypatch):
    net, codes = problem
    controls = net.sample(len(codes) // 2, rng=1)
    here = answer((net, codes), observational=controls, graph="given")
    steps = watch(monkeypatch, Cluster, "_submit")
    monkeypatch.setattr(Threads, "_call", None)
    assert answer((net, codes), observational=controls, graph="given", client=client) == here
    assert 4 in steps


def test_a_step_that_kills_workers_is_given_up(strict_client):
    engine = Cluster(strict_client)
    with pytest.raises(DomixError, match=r"^client: workers died again and again"):
        engine.collect(engine_steps.die, engine.spread([0]))


def test_other_clients_are_refused(client, chain):
    distributed = pytest.importorskip("distributed")
    closed = distributed.Client(client.scheduler.address, set_as_default=False)
    closed.close()
    for wrong in ("tcp://localhost:8786", client.cluster, closed):
        with pytest.raises(DataError, match=r"^client: must be an open dask\.distributed\.Client"):
            domix.disentangle(chain, chain.sample(10, rng=0), client=wrong)


def test_another_version_on_workers_is_refused(client, monkeypatch):
    monkeypatch.setattr(domix.engine.cluster, "__version__", "99")
    with pytest.raises(DataError, match=r"^client: domix 99 is needed on .* answers"):
        Cluster(client)


def test_workers_without_domix_are_refused(client, monkeypatch):
    monkeypatch.setattr(domix.engine.cluster, "VERSION", "__import__('no_domix').__version__")
    with pytest.raises(DataError, match="the scheduler answers No module named 'no_domix'"):
        Cluster(client)


def test_a_missing_package_is_named(chain, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r'pip install "domix\[cluster\]"'):
        domix.disentangle(chain, chain.sample(10, rng=0), client="tcp://localhost:8786")
