"""Rows that workers read, or that reach them in batches, give the results of rows in memory."""

from __future__ import annotations

import polars as pl
import pytest

import domix
from domix.data.files import write_frame
from domix.engine.threads import Threads
from domix.errors import DataError, FormatError

dd = pytest.importorskip("dask.dataframe")


@pytest.fixture(scope="module")
def labelled(problem):
    """The network, its rows with labels, and their result in memory."""
    net, codes = problem
    frame = pl.DataFrame(net.decode(codes))
    return net, frame, domix.disentangle(net, frame).to_json()


def in_files(frame, folder, suffix):
    for number, start in enumerate(range(0, len(frame), 2500)):
        write_frame(frame[start : start + 2500], folder / f"part{number}{suffix}")
    return str(folder / "part*")


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".feather"])
def test_files_on_a_cluster(labelled, client, tmp_path, suffix):
    net, frame, expected = labelled
    assert domix.disentangle(net, in_files(frame, tmp_path, suffix), client=client).to_json() == (
        expected
    )


def test_workers_read_files_themselves(labelled, client, tmp_path, monkeypatch):
    net, frame, expected = labelled
    data = in_files(frame, tmp_path, ".parquet")
    monkeypatch.setattr(Threads, "_call", None)
    assert domix.disentangle(net, data, client=client).to_json() == expected


def test_lazy_frames_on_a_cluster(labelled, client):
    net, frame, expected = labelled
    assert domix.disentangle(net, frame.lazy(), client=client).to_json() == expected


@pytest.mark.filterwarnings("ignore:Sending large graph")
@pytest.mark.parametrize("persisted", [False, True])
def test_frames_of_dask_on_a_cluster(labelled, client, persisted):
    net, frame, expected = labelled
    rows = dd.from_pandas(frame.to_pandas(), npartitions=7)
    rows = client.persist(rows) if persisted else rows
    assert domix.disentangle(net, rows, client=client).to_json() == expected


def test_errors_of_workers_name_the_row(labelled, client, tmp_path):
    net, frame, _ = labelled
    name = net.variables[3]
    bad = frame.with_columns(
        pl.when(pl.int_range(len(frame)) == 6001).then(pl.lit("odd")).otherwise(name).alias(name)
    )
    with pytest.raises(DataError, match=rf"part2.parquet: row 1001 .* column '{name}': 'odd' is"):
        domix.disentangle(net, in_files(bad, tmp_path, ".parquet"), client=client)
    (tmp_path / "part1.parquet").write_bytes(b"")
    with pytest.raises(FormatError, match=r"part1.parquet: not a readable .parquet file"):
        domix.disentangle(net, str(tmp_path / "part*"), client=client)
