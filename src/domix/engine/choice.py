"""The engine that a user asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from domix.engine.cluster import Cluster
from domix.engine.parts import Engine
from domix.engine.threads import Threads
from domix.errors import DataError

if TYPE_CHECKING:
    from distributed import Client


def choose_engine(
    client: Client | None = None, memory_limit: SupportsIndex | str | None = None
) -> Engine:
    """Return threads of this process, or the workers of a cluster.

    Raises
    ------
    DataError
        ``memory_limit`` is not a size, or ``client`` not a client; see :class:`Threads` and
        :class:`Cluster`. Or both were given.
    MissingExtraError
        The package that clients are of is not installed.
    """
    if client is None:
        return Threads(memory_limit=memory_limit)
    if memory_limit is not None:
        raise DataError(
            "is for the threads of this process, and with a client the workers hold the rows: "
            "leave it out, and limit the memory of the workers (dask worker --memory-limit)",
            argument="memory_limit",
        )
    return Cluster(client)
