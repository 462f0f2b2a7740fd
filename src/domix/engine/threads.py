"""Steps over parts on the threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, SupportsIndex, TypeVar

from domix.engine.calls import call_numbered, thread_count
from domix.engine.parts import Parts
from domix.engine.storage import InMemory, Kept, Storage
from domix.util.sizes import byte_count

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class LocalParts(Generic[T]):
    """Values that this process keeps, in memory or in files."""

    kept: tuple[Kept[T], ...]

    def __len__(self) -> int:
        return len(self.kept)

    def select(self, numbers: Sequence[int]) -> LocalParts[T]:
        """Return some of the values, in the order of ``numbers``."""
        return LocalParts(tuple(self.kept[i] for i in numbers))


class Threads:
    """An engine that runs steps on threads; their loops must release the interpreter's lock.

    Parameters
    ----------
    threads : int, optional
        None is the number of cores that this process may use.
    memory_limit : int or str, optional
        Memory that the whole process should use at most, in bytes or as a text such as ``"4GB"``.
        What is held goes to memory-mapped files in the folder of temporary files where it exceeds
        its share; see :data:`domix.engine.storage.HELD_SHARE`. None holds all in memory.

    Examples
    --------
    >>> engine = Threads(2, memory_limit="4GB")
    >>> squares = engine.hold(pow, engine.spread([2, 3]), engine.spread([2, 2]))
    >>> engine.collect(str, squares)
    ['4', '9']
    """

    def __init__(
        self, threads: SupportsIndex | None = None, memory_limit: SupportsIndex | str | None = None
    ) -> None:
        self._threads = thread_count(threads)
        limit = None if memory_limit is None else byte_count(memory_limit, "memory_limit")
        self._storage = Storage(limit)

    def spread(self, values: Sequence[T]) -> LocalParts[T]:
        """Hold values that are here already, for one step to read: where they are, in memory."""
        return LocalParts(tuple(map(InMemory, values)))

    def hold(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> LocalParts[T]:
        """Call a step for the i-th values of all ``parts``, for each i, and hold the results."""
        keep = self._storage.keep
        return LocalParts(tuple(self._call(lambda *own: keep(step(*own, **common)), parts)))

    def collect(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> list[T]:
        """Call a step in the same way, but return the results, in order."""
        return self._call(lambda *own: step(*own, **common), parts)

    def chain(self, *parts: Parts[T]) -> LocalParts[T]:
        """Return the values of all ``parts``, one after the other."""
        return LocalParts(tuple(kept for own in parts for kept in _kept(own)))

    def _call(self, work: Callable[..., T], parts: Sequence[Parts[Any]]) -> list[T]:
        """Call ``work`` for the i-th values, which are loaded only while it runs."""
        rows = list(zip(*map(_kept, parts), strict=True))
        return call_numbered(
            lambda number: work(*(kept.load() for kept in rows[number])), len(rows), self._threads
        )


def _kept(parts: Parts[T]) -> tuple[Kept[T], ...]:
    assert isinstance(parts, LocalParts), "parts of another engine"
    return parts.kept
