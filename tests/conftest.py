"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("domix", deadline=None, max_examples=40, derandomize=True)
settings.load_profile("domix")


def volume(full: int) -> int:
    """How many of a test's instances to run: all if DOMIX_VOLUME is ``full``, else a tenth.

    Instances are numbered from 0, so that the tenth is the first part of the whole.
    """
    given = os.environ.get("DOMIX_VOLUME", "tenth")
    if given not in ("tenth", "full"):
        raise ValueError(f"DOMIX_VOLUME is {given!r}: leave it unset, or set it to full")
    return full if given == "full" else -(-full // 10)


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
