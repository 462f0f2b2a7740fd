"""The journal of one call: the results of its steps, in the order in which they were taken.

The work of a call is deterministic. A call that is repeated takes the same steps in the same order,
so the k-th step within another one has the result that the journal holds for this place. A step may
consist of others: once it has a result, theirs are not asked for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np

from domix.errors import FormatError
from domix.work.file import RecordFile
from domix.work.values import ATOMS, Types, decode, encode

T = TypeVar("T")

SECONDS_BETWEEN_WRITES = 0.5
"""Results wait for each other so long: a disk takes milliseconds to confirm a write. What a step
contains need not be written if the step itself has ended by then."""


@runtime_checkable
class Stateful(Protocol):
    """An argument that steps change.

    Attributes
    ----------
    types : tuple of type
        The enumerations, named tuples and dataclasses that occur in its changes.
    """

    @property
    def types(self) -> tuple[type, ...]:
        """Return the types."""

    def mark(self) -> Any:
        """Return what :meth:`changes` needs to know of the present state."""

    def changes(self, mark: Any) -> Any:
        """Return what has changed since a mark, as a value that can be recorded."""

    def apply(self, changes: Any) -> None:
        """Make changes that were recorded."""


class Journal:
    """The results of the steps of one call, in memory and on disk.

    Parameters
    ----------
    file : RecordFile
    """

    def __init__(self, file: RecordFile) -> None:
        self._file = file
        self._within, self._taken = "", 0
        self._waiting: list[tuple[str, bytes]] = []
        self._written = time.monotonic()

    def take(
        self,
        name: str,
        compute: Callable[[], T],
        arguments: Iterable[object],
        types: Iterable[type],
        is_whole: Callable[[], bool],
    ) -> T:
        """Return the result of the next step: the recorded one, or else compute and record it.

        Parameters
        ----------
        name : str
            Of the step.
        compute : callable
        arguments : iterable of object
            What ``compute`` may change of them is recorded and repeated: entries of dicts, states
            of random generators, and whatever is ``Stateful``.
        types : iterable of type
            The enumerations, named tuples and dataclasses that occur in the result.
        is_whole : callable
            Whether what was computed may be recorded.
        """
        key = f"{self._within}/{self._taken} {name}"
        self._taken += 1
        states = list(_list_states(arguments))
        types = [*types, *(own for state in states for own in state.types)]
        by_name = {own.__name__: own for own in types}
        data = self._file.get(key)
        if data is not None:
            repeated: T = self._repeat(data, states, by_name)
            return repeated
        self._write_if_due()
        marks = [state.mark() for state in states]
        outer = self._within, self._taken
        self._within, self._taken = key, 0
        try:
            result = compute()
        finally:
            self._within, self._taken = outer
        if is_whole():
            changes = [state.changes(mark) for state, mark in zip(states, marks, strict=True)]
            inner = f"{key}/"
            self._waiting = [own for own in self._waiting if not own[0].startswith(inner)]
            self._waiting.append((key, encode((result, changes), by_name)))
            self._write_if_due()
        return result

    def close(self) -> None:
        """Write what waits, and close the file."""
        try:
            self._write()
        finally:
            self._file.close()

    def _repeat(self, data: bytes, states: list[Stateful], types: Types) -> Any:
        try:
            result, changes = decode(data, types)
            for state, change in zip(states, changes, strict=True):
                state.apply(change)
        except (ValueError, KeyError, TypeError):
            raise FormatError(
                "damaged; delete the file to start again",
                source=self._file.path,
                argument="checkpoint",
            ) from None
        return result

    def _write_if_due(self) -> None:
        if time.monotonic() - self._written > SECONDS_BETWEEN_WRITES:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._file.append(self._waiting)
            self._waiting = []
        self._written = time.monotonic()


class _Draws:
    """A random generator: its state changes with every draw."""

    types = ()

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def mark(self) -> None:
        """Return nothing: the state after the step is all."""

    def changes(self, _mark: None) -> Any:
        """Return the state."""
        return self._rng.bit_generator.state

    def apply(self, changes: Any) -> None:
        """Set the state."""
        self._rng.bit_generator.state = changes


class _Entries:
    """A dict whose entries change."""

    types = ()

    def __init__(self, entries: dict[Any, Any]) -> None:
        self._entries = entries

    def mark(self) -> None:
        """Return nothing: all entries are recorded."""

    def changes(self, _mark: None) -> dict[Any, Any]:
        """Return all entries."""
        return self._entries

    def apply(self, changes: dict[Any, Any]) -> None:
        """Replace all entries."""
        self._entries.clear()
        self._entries.update(changes)


def _list_states(arguments: Iterable[object]) -> Iterable[Stateful]:
    """List the arguments that steps change, those in lists and tuples included."""
    for argument in arguments:
        if isinstance(argument, (*ATOMS, np.ndarray)):
            continue
        if isinstance(argument, np.random.Generator):
            yield _Draws(argument)
        elif type(argument) is dict:
            yield _Entries(argument)
        elif isinstance(argument, Stateful):
            yield argument
        elif isinstance(argument, (list, tuple)):
            yield from _list_states(argument)
