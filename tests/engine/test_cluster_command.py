"""``domix disentangle`` with a limit of memory, and on a cluster."""

from __future__ import annotations

import gc
import socketserver
import sys
import threading
import time

import pytest

import domix
import domix.problems.mixture_rows
import domix.shards.build
from domix import cli
from domix.data.files import write_frame
from domix.engine.cluster import Cluster


@pytest.fixture
def files(chain, tmp_path):
    network, rows = tmp_path / "net.json", tmp_path / "rows.csv"
    domix.write_network(chain, network)
    mixture = domix.Mixture(chain, {domix.do(): 0.6, domix.do(A="off", B="high"): 0.4})
    write_frame(mixture.sample(2000, rng=0, as_frame=True), rows)
    return [str(network), str(rows)]


class Dashboard(socketserver.StreamRequestHandler):
    """A program that takes the greeting of a client for a bad request, as Dask's dashboard does."""

    def handle(self):
        self.wfile.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def run(capsys, *arguments):
    code = cli.main(["disentangle", *arguments])
    return code, *capsys.readouterr()


def test_cluster_and_limit_change_nothing(files, client, capsys, monkeypatch):
    expected = run(capsys, *files, "--format", "json")
    assert expected[0] == 0
    for module in (domix.problems.mixture_rows, domix.shards.build):
        monkeypatch.setattr(module, "SHARD_ROWS", 2**9)
    assert run(capsys, *files, "--format", "json", "--memory-limit", "1B") == expected
    steps, submit = [], Cluster._submit
    monkeypatch.setattr(
        Cluster, "_submit", lambda *args: steps.append(args[2].__name__) or submit(*args)
    )
    address = client.scheduler.address
    assert run(capsys, *files, "--format", "json", "--scheduler", address) == expected
    assert "_merge" in steps


def test_what_is_not_a_size_is_refused(files, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["disentangle", *files, "--memory-limit", "much"])
    assert caught.value.code == 2
    assert "argument --memory-limit: must be a number of bytes" in capsys.readouterr().err


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "tcp://nowhere.invalid:9"])
def test_an_address_without_a_scheduler(files, capsys, monkeypatch, address):
    monkeypatch.setattr("domix.engine.cluster.CONNECT_SECONDS", 1)
    code, _, error = run(capsys, *files, "--scheduler", address)
    assert code == 2
    assert error.startswith(f"domix: error: no Dask scheduler answers at '{address}' (")


@pytest.mark.parametrize("address", ["nonsense", "tcp://host", "tcp://host:port", "://", ""])
def test_what_is_no_address_is_refused_at_once(files, capsys, address):
    start = time.monotonic()
    code, _, error = run(capsys, *files, "--scheduler", address)
    gc.collect()
    assert code == 2
    assert error.startswith(f"domix: error: '{address}' is not the address of a Dask scheduler (")
    assert "give one such as tcp://host:8786" in error
    assert error.count("\n") == 1
    assert capsys.readouterr().err == ""
    assert time.monotonic() - start < 5


def test_another_program_is_no_scheduler(files, capsys):
    server = socketserver.TCPServer(("127.0.0.1", 0), Dashboard)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    code, _, error = run(capsys, *files, "--scheduler", f"127.0.0.1:{server.server_address[1]}")
    server.shutdown()
    server.server_close()
    gc.collect()
    assert code == 2
    assert "is not the address of a Dask scheduler (another program answers)" in error
    assert error.count("\n") == 1
    assert capsys.readouterr().err == ""


def test_a_missing_package_is_named(files, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    code, _, error = run(capsys, *files, "--scheduler", "tcp://127.0.0.1:9")
    assert code == 2
    assert 'pip install "domix[cluster]"' in error
