"""Rows that workers read, or that reach them in batches, give the results of rows in memory."""

from __future__ import annotations

import polars as pl
import pytest

import domix
import domix.problems.mixture_rows
import domix.problems.row_input
import domix.problems.streamed
import domix.shards.build
import domix.shards.shard
from domix.data.files import write_frame
from domix.engine.threads import Threads
from domix.errors import DataError, FormatError
from domix.study.instances.generator import random_instance

dd = pytest.importorskip("dask.dataframe")

ROWS, SHARD_ROWS = 100_000, 2**14


@pytest.fixture(scope="module")
def problem():
    """More distinct rows than are fitted in memory, in several shards."""
    rooms = (domix.problems.row_input, domix.problems.mixture_rows, domix.problems.streamed)
    with pytest.MonkeyPatch.context() as patch:
        for module in (*rooms, domix.shards.build, domix.shards.shard):
            patch.setattr(module, "SHARD_ROWS", SHARD_ROWS)
        instance = random_instance(14, rng=7, targets=(4, 4))
        net, codes = instance.network, instance.mixture.sample(ROWS, rng=0)
        frame = pl.DataFrame(net.decode(codes))
        yield net, frame, domix.disentangle(net, frame).to_json()


def in_files(frame, folder, suffix):
    for number, start in enumerate(range(0, ROWS, 30_000)):
        write_frame(frame[start : start + 30_000], folder / f"part{number}{suffix}")
    return str(folder / "part*")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".feather"])
def test_files_on_a_cluster(problem, client, tmp_path, suffix):
    net, frame, expected = problem
    assert domix.disentangle(net, in_files(frame, tmp_path, suffix), client=client).to_json() == (
        expected
    )


def test_workers_read_files_themselves(problem, client, tmp_path, monkeypatch):
    net, frame, expected = problem
    data = in_files(frame, tmp_path, ".parquet")
    monkeypatch.setattr(Threads, "_call", None)
    assert domix.disentangle(net, data, client=client).to_json() == expected


def test_lazy_frames_on_a_cluster(problem, client):
    net, frame, expected = problem
    assert domix.disentangle(net, frame.lazy(), client=client).to_json() == expected


@pytest.mark.filterwarnings("ignore:Sending large graph")
@pytest.mark.parametrize("persisted", [False, True])
def test_frames_of_dask_on_a_cluster(problem, client, persisted):
    net, frame, expected = problem
    rows = dd.from_pandas(frame.to_pandas(), npartitions=7)
    rows = client.persist(rows) if persisted else rows
    assert domix.disentangle(net, rows, client=client).to_json() == expected


def test_errors_of_workers_name_the_row(problem, client, tmp_path):
    net, frame, _ = problem
    name = net.variables[3]
    bad = frame.with_columns(
        pl.when(pl.int_range(ROWS) == 70_001).then(pl.lit("odd")).otherwise(name).alias(name)
    )
    with pytest.raises(DataError, match=rf"part2.parquet: row 10001 .* column '{name}': 'odd' is"):
        domix.disentangle(net, in_files(bad, tmp_path, ".parquet"), client=client)
    (tmp_path / "part1.parquet").write_bytes(b"")
    with pytest.raises(FormatError, match=r"part1.parquet: not a readable .parquet file"):
        domix.disentangle(net, str(tmp_path / "part*"), client=client)
