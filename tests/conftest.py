"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

for volume, examples in (("tenth", 20), ("full", 100)):
    settings.register_profile(volume, deadline=None, max_examples=examples, derandomize=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--volume",
        choices=("tenth", "full"),
        default="tenth",
        help="share of the random instances to run (default: tenth)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose how many examples of properties are tried, before the tests are imported."""
    settings.load_profile(config.getoption("volume"))


def _stride(config: pytest.Config) -> int:
    return 1 if config.getoption("volume") == "full" else 10


@pytest.fixture(scope="session")
def stride(pytestconfig: pytest.Config) -> int:
    """One instance in this many is run."""
    return _stride(pytestconfig)


@pytest.fixture(scope="session")
def is_full(pytestconfig: pytest.Config) -> bool:
    """Whether all instances are run, as ``--volume=full`` asks."""
    return _stride(pytestconfig) == 1


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test marked ``instances(n)`` with the seeds 0, ..., n - 1, or the first tenth."""
    marker = metafunc.definition.get_closest_marker("instances")
    if marker is not None:
        metafunc.parametrize("seed", range(-(-marker.args[0] // _stride(metafunc.config))))


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Published networks and measured data, which the package does not ship."""
    given = os.environ.get("DOMIX_DATA")
    folder = Path(given) if given else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no data at {folder}: set DOMIX_DATA to the folder that holds networks/")
    return folder


@pytest.fixture(scope="session")
def chain():
    """A -> B -> C with two, three and two states, no zero anywhere."""
    from domix import Network

    return Network(
        {"A": [], "B": ["A"], "C": ["B", "A"]},
        {"A": ["off", "on"], "B": ["low", "mid", "high"], "C": ["no", "yes"]},
        {
            "A": [0.25, 0.75],
            "B": [[0.5, 0.25, 0.25], [0.125, 0.25, 0.625]],
            "C": [[[0.5, 0.5], [0.75, 0.25]], [[0.25, 0.75], [0.5, 0.5]], [[0.1, 0.9], [0.2, 0.8]]],
        },
    )
