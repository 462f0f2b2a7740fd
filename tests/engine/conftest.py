"""Clusters of two processes."""

from __future__ import annotations

from contextlib import contextmanager

import pytest


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
