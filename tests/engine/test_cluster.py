"""A cluster gives the results of one process, also when workers die."""

from __future__ import annotations

import os
import signal
import sys

import numpy as np
import pytest

import domix
import domix.engine.cluster
import domix.problems.mixture_rows
import domix.shards.build
import domix.shards.shard
import engine_steps
from domix.engine.cluster import Cluster
from domix.engine.threads import Threads
from domix.errors import DataError, DomixError, MissingExtraError
from domix.study.instances.generator import random_instance

SHARD_ROWS = 2**14


@pytest.fixture(scope="module")
def problem():
    """More distinct rows than are fitted in memory."""
    instance = random_instance(14, rng=7, targets=(4, 4))
    codes = instance.mixture.sample(2**17, rng=0)
    return instance.network, codes


@pytest.fixture
def small_shards(monkeypatch):
    for module in (domix.problems.mixture_rows, domix.shards.build, domix.shards.shard):
        monkeypatch.setattr(module, "SHARD_ROWS", SHARD_ROWS)


@pytest.fixture
def watch(monkeypatch):
    """Call a function with the number of each step of an engine, once it is run or submitted.

    What is returned lists how many parts each has.
    """

    def start(engine, method, function):
        original = getattr(engine, method)
        steps = []

        def call(self, *args):
            result = original(self, *args)
            steps.append(len(result))
            function(len(steps))
            return result

        monkeypatch.setattr(engine, method, call)
        return steps

    return start


def answer(problem, **options):
    net, codes = problem
    return domix.disentangle(net, codes, rng=0, **options).to_json()


def test_workers_change_nothing(problem, small_shards, client, watch):
    here = watch(Threads, "_call", lambda _: None)
    expected = answer(problem)
    there = watch(Cluster, "_submit", lambda _: None)
    assert answer(problem, client=client) == expected
    assert there == here
    assert max(there) >= 4


def test_a_limit_of_memory_changes_nothing(problem, small_shards):
    assert answer(problem, memory_limit=1) == answer(problem)


@pytest.mark.parametrize("step", [2, 7, 15])
def test_a_killed_worker_changes_nothing(problem, small_shards, mortal_client, watch, step):
    client, expected, killed = mortal_client, answer(problem), []

    def kill(number):
        if number == step:
            address, process = next(iter(client.run(os.getpid).items()))
            os.kill(process, signal.SIGKILL)
            killed.append(address)

    steps = watch(Cluster, "_submit", kill)
    assert answer(problem, client=client) == expected
    assert len(steps) > 15
    assert killed[0] not in client.scheduler_info()["workers"]


def test_groups_on_a_cluster(problem, small_shards, client):
    net, codes = problem
    groups = np.where(np.arange(len(codes)) % 16, "many", "few")
    options = {"groups": groups.tolist(), "rng": 0}
    here = domix.disentangle(net, codes, **options)
    there = domix.disentangle(net, codes, **options, client=client)
    assert {g: r.to_json() for g, r in there.items()} == {g: r.to_json() for g, r in here.items()}


def test_a_step_that_kills_workers_is_given_up(strict_client):
    engine = Cluster(strict_client)
    with pytest.raises(DomixError, match=r"^client: workers died again and again"):
        engine.collect(engine_steps.die, engine.spread([0]))


def test_other_clients_are_refused(client, chain):
    distributed = pytest.importorskip("distributed")
    rows = chain.sample(10, rng=0)
    closed = distributed.Client(client.scheduler.address, set_as_default=False)
    closed.close()
    for wrong in ("tcp://localhost:8786", client.cluster, closed):
        with pytest.raises(DataError, match=r"^client: must be an open dask.distributed.Client"):
            domix.disentangle(chain, rows, client=wrong)


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
