"""Clusters of two processes, and rows that need several shards."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from domix.study.instances.generator import random_instance
from small_shards import cut_shards, search_on_sample


@contextmanager
def start_cluster():
    distributed = pytest.importorskip("distributed", reason="distributed is in the extra cluster")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="package")
def client():
    with start_cluster() as client:
        yield client


@pytest.fixture
def mortal_client():
    """A client whose workers may be killed: another test might wait for them without end."""
    with start_cluster() as client:
        yield client


@pytest.fixture
def strict_client():
    """A client of a scheduler that gives up a task over which one worker dies."""
    dask = pytest.importorskip("dask", reason="dask is in the extra cluster")
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        start_cluster() as client,
    ):
        yield client


@pytest.fixture(scope="module")
def problem():
    """A network and rows, with more distinct ones than are fitted in memory, in several shards."""
    with pytest.MonkeyPatch.context() as patch:
        cut_shards(patch, 2**10)
        search_on_sample(patch, 2**9)
        instance = random_instance(10, rng=7, targets=(4, 4))
        yield instance.network, instance.mixture.sample(2**13, rng=0)
