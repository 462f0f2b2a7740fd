"""Published networks, which the package does not ship."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from domix.errors import DataError
from domix.model.io import read_network
from domix.model.network import Network

DATA_VARIABLE = "DOMIX_DATA"
DEFAULT_DATA = Path("..") / "shared" / "data"


def path_of(name: str) -> Path:
    """Return where the file of a published network is expected."""
    return Path(os.environ.get(DATA_VARIABLE) or DEFAULT_DATA) / "networks" / f"{name}.bif"


def read_published(name: str) -> Network:
    """Read a published network.

    Raises
    ------
    DataError
        It is missing.
    """
    path = path_of(name)
    if not path.is_file():
        raise DataError(
            f"the published network {name} is missing: there is no file {path}; set "
            f"{DATA_VARIABLE} to the folder that holds networks/{name}.bif"
        )
    return _read(path)


@cache
def _read(path: Path) -> Network:
    return read_network(path, normalize=True)
