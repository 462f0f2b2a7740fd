"""The engine that a user asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, SupportsIndex

from domix.engine.cluster import Cluster
from domix.engine.parts import Engine
from domix.engine.threads import Threads

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
        :class:`Cluster`.
    MissingExtraError
        The package that clients are of is not installed.
    """
    local = Threads(memory_limit=memory_limit)
    return local if client is None else Cluster(client)
