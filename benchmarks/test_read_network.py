"""Reading network files, beside the libraries that read them too.

munin has 98,423 table entries; pgmpy needs most of a second for alarm's 752, so it stops there.
"""

from __future__ import annotations

import logging

import pytest

from conftest import data_dir  # noqa: F401 (a fixture)
from domix import read_network

pytestmark = pytest.mark.filterwarnings("ignore::domix.errors.DomixWarning")


def domix(path):
    return read_network(path)


def pyagrum(path):
    return pytest.importorskip("pyagrum").loadBN(str(path))


def pgmpy(path):
    logging.getLogger("pgmpy").setLevel(logging.ERROR)
    return pytest.importorskip("pgmpy.readwrite").BIFReader(str(path)).get_model()


@pytest.mark.benchmark(group="munin")
@pytest.mark.parametrize("read", [domix, pyagrum])
def test_munin(benchmark, data_dir, read):  # noqa: F811
    benchmark(read, data_dir / "networks" / "munin.bif")


@pytest.mark.benchmark(group="alarm")
@pytest.mark.parametrize("read", [domix, pyagrum, pgmpy])
def test_alarm(benchmark, data_dir, read):  # noqa: F811
    benchmark(read, data_dir / "networks" / "alarm.bif")
