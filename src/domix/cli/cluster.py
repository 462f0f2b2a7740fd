"""The client of a Dask cluster that a command works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from domix.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from distributed import Client


@contextmanager
def connect(address: str | None) -> Iterator[Client | None]:
    """Yield a client of the scheduler at an address, and close it at the end; None for None.

    Raises
    ------
    DataError
        Nothing answers there.
    MissingExtraError
        The package distributed is not installed.
    """
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise MissingExtraError("running on a cluster", "distributed", "cluster") from None
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"cannot reach {address!r}: {error}; start a scheduler (dask scheduler) and workers "
            "(dask worker), and give the address that the scheduler prints",
            argument="client",
        ) from error
    with client:
        yield client
