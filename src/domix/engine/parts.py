"""Pure steps over the parts of something large, wherever these are held.

A part is a small value, such as the rows of one shard, that can be pickled. Steps are functions of
parts and of common arguments, without side effects: a part that is lost can be computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Parts(Protocol, Generic[T_co]):
    """Values that are held somewhere, in a fixed order."""

    def __len__(self) -> int:
        """Return the number of values."""

    def select(self, numbers: Sequence[int]) -> Parts[T_co]:
        """Return some of the values, in the order of ``numbers``."""


class Engine(Protocol):
    """Where steps run. Results do not depend on it."""

    def spread(self, values: Sequence[T]) -> Parts[T]:
        """Hold values that are here already, for one step to read."""

    def hold(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> Parts[T]:
        """Call a step for the i-th values of all ``parts``, for each i, and hold the results."""

    def collect(self, step: Callable[..., T], *parts: Parts[Any], **common: Any) -> list[T]:
        """Call a step in the same way, but return the results, in order."""

    def chain(self, *parts: Parts[T]) -> Parts[T]:
        """Return the values of all ``parts``, one after the other."""
