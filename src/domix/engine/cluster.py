"""Steps over parts on the workers of a Dask cluster.

Results that are held stay on the workers; Dask knows of each which step made it, and from what. So
a worker that is lost costs time only: Dask runs again, on the others, the steps whose results were
lost, back to values that were spread. These are embedded in the steps that read them and kept by
the scheduler. (Dask's ``scatter`` would put them on workers and nowhere else.)

Dask's own rules hold for tasks whose workers die again and again, which is most often the task's
fault: it gives up a task after ``distributed.scheduler.allowed-failures`` workers and one more, 4
by default. The scheduler reads this number when it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from domix._version import __version__
from domix.engine.packing import packed_size
from domix.engine.parts import Parts
from domix.errors import DataError, DomixError, MissingExtraError

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES = 3
"""Times that a step is called again after an error, such as of a network or a disk."""

EMBEDDED_BYTES = 2**20
"""Bytes of common arguments, for all calls of a step together, that are sent with each call. Larger
ones are sent once, and workers take them from one another. That costs 5 ms on one machine, where
these bytes cost 1 ms; on a network of 1 Gbit/s they cost 8 ms."""

GATHERED = 64
"""Results that are asked for at once: they pass through the scheduler in one message."""

CONNECT_SECONDS = 10
"""How long a scheduler may take to answer."""

VERSION = "__import__('domix').__version__"

T = TypeVar("T")


@contextmanager
def connect(address: str) -> Iterator[Client]:
    """Yield a client of the scheduler at an address, and close it at the end.

    Raises
    ------
    DataError
        This is no address, or no scheduler answers there.
    MissingExtraError
        The package distributed is not installed.
    """
    client_class = _import_distributed().Client
    client = client_class.__new__(client_class)
    try:
        client.__init__(address, set_as_default=False, timeout=CONNECT_SECONDS)
    except OSError as error:
        raise DataError(
            f"no Dask scheduler answers at {address!r} ({error}): start one (dask scheduler) and "
            "workers (dask worker), and give the address that it prints"
        ) from error
    except (ValueError, MemoryError) as error:
        # Else it would be closed when it is deleted, which takes a minute and fails.
        client.status = "closed"
        # Another program, such as Dask's dashboard, whose answer is read as a huge message.
        reason = "another program answers" if isinstance(error, MemoryError) else error
        raise DataError(
            f"{address!r} is not the address of a Dask scheduler ({reason}); give one such as "
            "tcp://host:8786"
        ) from error
    with client:
        yield client


class _Held(Generic[T]):
    """A value that Dask takes as it is, and of which it knows the bytes."""

    def __init__(self, value: T) -> None:
        self.value = value

    def __sizeof__(self) -> int:
        # Dask decides by it whether a step moves to its data or the data to a free worker.
        return packed_size(self.value)


@dataclass(frozen=True, eq=False)
class RemoteParts(Generic[T]):
    """Values on workers (futures), or here until a step reads them."""

    values: tuple[Future | _Held[T], ...]

    def __len__(self) -> int:
        return len(self.values)

    def select(self, numbers: Sequence[int]) -> RemoteParts[T]:
        """Return some of the values, in the order of ``numbers``."""
        return RemoteParts(tuple(self.values[i] for i in numbers))


class Cluster:
    """An engine that runs steps on the workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        A client that waits for its answers (not ``asynchronous=True``), and is open as long as
        results of the engine are used.

    Raises
    ------
    MissingExtraError
        The package distributed is not installed.
    DataError
        ``client`` is something else, or closed, or its workers or scheduler lack this version of
        domix.
    """

    def __init__(self, client: Client) -> None:
        is_client = isinstance(client, _import_distributed().Client)
        if not is_client or client.asynchronous or client.status != "running":
            raise DataError(
                "must be an open dask.distributed.Client without asynchronous=True, such as "
                f'Client("tcp://host:8786"), not {client!r}',
                argument="client",
            )
        self._client = client
        _check_versions(client)

    def spread(self, values: Sequence[T]) -> RemoteParts[T]:
        """Hold values that are here already, for one step to read: each goes where that runs."""
        return RemoteParts(tuple(map(_Held, values)))

    def hold(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> RemoteParts[T]:
        """Call a step for the i-th values of all ``parts``, for each i, and hold the results.

        They are not there yet when this returns.
        """
        return RemoteParts(tuple(self._submit(_call_and_hold, step, parts, common)))

    def collect(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> list[T]:
        """Call a step in the same way, but return the results, in order."""
        futures = self._submit(_call, step, parts, common)[::-1]
        results: list[T] = []
        with _explaining():
            while futures:
                batch = [futures.pop() for _ in range(min(GATHERED, len(futures)))]
                results += self._client.gather(batch)
        return results

    def chain(self, *parts: Parts[T]) -> RemoteParts[T]:
        """Return the values of all ``parts``, one after the other."""
        return RemoteParts(tuple(value for own in parts for value in _values(own)))

    def _submit(
        self,
        run: Callable[..., Any],
        step: Callable[..., Any],
        parts: Sequence[Parts[Any]],
        common: dict[str, Any],
    ) -> list[Future]:
        """Submit a task for each i; none has the key of another, so that none is merged."""
        import dask

        calls = list(zip(*map(_values, parts), strict=True))
        if not calls:
            return []
        shared: Future | _Held[dict[str, Any]] = _Held(common)
        # Dask warns of data in tasks, where they are meant to be here.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1PB"}):
            if len(calls) * packed_size(common) > EMBEDDED_BYTES:
                shared = self._client.submit(_give, shared, pure=False, retries=RETRIES)
            columns = [
                [step] * len(calls),
                [shared] * len(calls),
                *map(list, zip(*calls, strict=True)),
            ]
            futures: list[Future] = self._client.map(
                run, *columns, key=step.__name__, pure=False, retries=RETRIES
            )
        return futures


def _import_distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise MissingExtraError("work on a cluster", "distributed", "cluster") from None
    return distributed


def _values(parts: Parts[T]) -> tuple[Future | _Held[T], ...]:
    assert isinstance(parts, RemoteParts), "parts of another engine"
    return parts.values


def _give(shared: _Held[T]) -> _Held[T]:
    return shared


def _call(step: Callable[..., T], common: _Held[dict[str, Any]], *parts: _Held[Any]) -> T:
    return step(*(part.value for part in parts), **common.value)


def _call_and_hold(
    step: Callable[..., T], common: _Held[dict[str, Any]], *parts: _Held[Any]
) -> _Held[T]:
    return _Held(_call(step, common, *parts))


def _check_versions(client: Client) -> None:
    """Check that all have this version of domix: Dask waits without end for a worker without it."""
    # As text, since a function of domix could not be read where it is missing.
    try:
        found = {"the scheduler": client.run_on_scheduler(eval, VERSION)}
    except ImportError as error:
        found = {"the scheduler": error}
    found |= client.run(eval, VERSION, on_error="return")
    for place, version in found.items():
        # Other errors are those of a worker that is about to leave.
        if isinstance(version, ImportError | str) and version != __version__:
            raise DataError(
                f"domix {__version__} is needed on the scheduler and every worker; {place} answers "
                f"{version!s}: install it there",
                argument="client",
            )


@contextmanager
def _explaining() -> Iterator[None]:
    """Raise errors of Dask as those of domix."""
    try:
        yield
    except _import_distributed().KilledWorker as error:
        raise DomixError(
            "workers died again and again over one step, most often because they ran out of "
            "memory: give each more (dask worker --memory-limit), or start fewer on a machine; "
            f"{error}",
            argument="client",
        ) from error
    except CancelledError as error:
        raise DomixError(
            "the scheduler cannot be reached, or gave up the work; check that it runs, connect "
            "another client and call again",
            argument="client",
        ) from error
