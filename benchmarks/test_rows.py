"""Merging and counting a million rows of alarm, compared with other libraries."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import data_dir  # noqa: F401 (a fixture)
from domix import Network, read_network
from domix.data.rows import distinct
from reference import rows as reference

ROWS, SEED = 1_000_000, 1

pytestmark = pytest.mark.filterwarnings("ignore::domix.errors.DomixWarning")


@pytest.fixture(scope="module")
def alarm(data_dir):  # noqa: F811
    net = read_network(data_dir / "networks" / "alarm.bif")
    return net, net.sample(ROWS, rng=SEED)


@pytest.mark.benchmark(group="distinct rows with counts: alarm, 1,000,000 x 37")
def test_distinct_domix(benchmark, alarm):
    """Sorted, and with the place of each row among them; the others give neither."""
    net, codes = alarm
    benchmark(distinct, codes, net.space.cards)


@pytest.mark.benchmark(group="distinct rows with counts: alarm, 1,000,000 x 37")
def test_distinct_polars(benchmark, alarm):
    pl = pytest.importorskip("polars")
    net, codes = alarm
    frame = pl.DataFrame({v: codes[:, i].copy() for i, v in enumerate(net.variables)})
    benchmark(lambda: frame.group_by(frame.columns).len())


@pytest.mark.large
@pytest.mark.benchmark(group="distinct rows with counts: alarm, 1,000,000 x 37")
def test_distinct_numpy(benchmark, alarm):
    benchmark.pedantic(reference.distinct, (alarm[1],), rounds=2)


@pytest.mark.benchmark(group="fitting alarm's tables from 1,000,000 rows")
def test_fit_domix(benchmark, alarm):
    net, codes = alarm
    benchmark(lambda: Network.fit(net.parents, codes, states=net.states))


@pytest.mark.benchmark(group="fitting alarm's tables from 1,000,000 rows")
def test_fit_pybnesian(benchmark, alarm):
    pb, pa = pytest.importorskip("pybnesian"), pytest.importorskip("pyarrow")
    net, codes = alarm
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(codes[:, i].astype(np.int8)), pa.array(states))
        for i, states in enumerate(net.states.values())
    ]
    batch = pa.RecordBatch.from_arrays(columns, names=list(net.variables))
    arcs = [(parent, child) for child in net.variables for parent in net.parents[child]]
    # A network is fitted once, so that each round needs one of its own.
    benchmark(lambda: pb.DiscreteBN(list(net.variables), arcs).fit(batch))


@pytest.mark.benchmark(group="fitting alarm's tables from 1,000,000 rows")
def test_fit_numpy(benchmark, alarm):
    net, codes = alarm
    benchmark(lambda: reference.count_entries(net.tables.layout, codes))
