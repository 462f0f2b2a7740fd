"""Steps over parts on the threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Generic, SupportsIndex, TypeVar

from domix.engine.rows import thread_count

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class LocalParts(Generic[T]):
    """Values in the memory of this process."""

    values: tuple[T, ...]

    def __len__(self) -> int:
        return len(self.values)

    def select(self, numbers: Sequence[int]) -> LocalParts[T]:
        """Return some of the values, in the order of ``numbers``."""
        return LocalParts(tuple(self.values[i] for i in numbers))


class Threads:
    """An engine that runs steps on threads; their loops must release the interpreter's lock.

    Parameters
    ----------
    threads : int, optional
        None is the number of cores that this process may use.
    """

    def __init__(self, threads: SupportsIndex | None = None) -> None:
        self._threads = thread_count(threads)

    def spread(self, values: Sequence[T]) -> LocalParts[T]:
        """Hold values that are here already."""
        return LocalParts(tuple(values))

    def hold(self, step: Callable[..., T], *parts: LocalParts[Any], **common: Any) -> LocalParts[T]:
        """Call a step for the i-th values of all ``parts``, for each i, and hold the results."""
        return LocalParts(tuple(self.collect(step, *parts, **common)))

    def collect(self, step: Callable[..., T], *parts: LocalParts[Any], **common: Any) -> list[T]:
        """The same, but return the results, in order."""
        arguments = list(zip(*(own.values for own in parts), strict=True))
        count = min(self._threads, len(arguments))
        if count <= 1:
            return [step(*own, **common) for own in arguments]
        with ThreadPoolExecutor(count) as pool:
            futures = [pool.submit(step, *own, **common) for own in arguments]
            return [future.result() for future in futures]

    def chain(self, *parts: LocalParts[T]) -> LocalParts[T]:
        """Return the values of all ``parts``, one after the other."""
        return LocalParts(tuple(value for own in parts for value in own.values))
