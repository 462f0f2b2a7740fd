"""Clusters of two processes, and rows that need several shards."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from domix.options.search import SearchOptions
from domix.study.instances.generator import random_instance

ROWS, SHARD_ROWS, SAMPLE_ROWS = 2**13, 2**10, 2**9


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


@pytest.fixture(scope="session")
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
    problems = [f"problems.{name}" for name in ("mixture_rows", "row_input", "streamed")]
    with pytest.MonkeyPatch.context() as patch:
        for module in (*problems, "shards.build", "shards.shard"):
            patch.setattr(f"domix.{module}.SHARD_ROWS", SHARD_ROWS)
        small = SearchOptions(sample_rows=SAMPLE_ROWS)
        patch.setattr("domix.problems.inputs.SearchOptions", lambda: small)
        instance = random_instance(10, rng=7, targets=(4, 4))
        yield instance.network, instance.mixture.sample(ROWS, rng=0)
