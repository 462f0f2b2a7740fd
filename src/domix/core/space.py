"""Variables, their states, and the one place where a label becomes a code."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np

from domix.errors import DomixError, NetworkError

Label = str | int | float | bool
"""A state of a variable, as users write it."""

T = TypeVar("T")

MAX_CARD = 256
"""States of a variable at most: codes are unsigned bytes."""

TRUTHS = {
    text: value
    for value in (False, True)
    for text in (str(value), str(value).lower(), str(value).upper())
}
"""Texts that denote a truth value."""


def listing(labels: Iterable[object], limit: int = 20) -> str:
    """Return labels as a readable list, at most ``limit`` of them.

    Examples
    --------
    >>> listing(["low", "high"])
    "'low', 'high'"
    """
    shown = [repr(label) for label in labels]
    if len(shown) > limit:
        shown = [*shown[:limit], f"... ({len(shown)} in all)"]
    return ", ".join(shown)


def assignment_text(assignment: Mapping[str, Label]) -> str:
    """Return an assignment as it is read in tables and messages.

    Examples
    --------
    >>> assignment_text({"PKC": "high", "Raf": "low"})
    'PKC=high, Raf=low'
    """
    return ", ".join(f"{name}={label}" for name, label in assignment.items())


def as_number(label: object) -> int | float | None:
    """Return the number that a label denotes, or None; whole numbers keep all their digits."""
    if isinstance(label, (bool, np.bool_)):
        return None
    number: Any = label
    readers = (int, float) if isinstance(label, (str, int, np.integer)) else (float,)
    for read in readers:
        try:
            value: int | float = read(number)
        except (TypeError, ValueError, OverflowError):
            continue
        return None if isinstance(value, float) and math.isnan(value) else value
    return None


def as_float(label: object) -> float | None:
    """Return the number that a label denotes as a float; None if it denotes none, or too large.

    Examples
    --------
    >>> as_float("1e3"), as_float(True), as_float("nan"), as_float(10**400)
    (1000.0, None, None, None)
    """
    number = as_number(label)
    try:
        return None if number is None else float(number)
    except OverflowError:
        return None


def _truth(label: object) -> bool | None:
    """Return the truth value that a label denotes, or None.

    Python writes True, polars true, and R and spreadsheets TRUE.
    """
    if isinstance(label, (bool, np.bool_)):
        return bool(label)
    return TRUTHS.get(label) if isinstance(label, str) else None


def as_label(value: Any) -> Any:
    """Return a value as a state: intervals, dates and the like are states by their text."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, float):
        return value + 0.0  # -0.0 is 0.0
    if isinstance(value, (str, int, bool)) or not isinstance(value, Hashable):
        return value
    return str(value)


def find_alike(labels: Iterable[Label]) -> tuple[Label, Label] | None:
    """Return two labels that denote the same number, or the same truth value; None if none do.

    Examples
    --------
    >>> find_alike(["1", "2", "1.0"]), find_alike(["true", "TRUE"]), find_alike([1, True])
    (('1', '1.0'), ('true', 'TRUE'), None)
    """
    seen: dict[tuple[bool, object], Label] = {}
    for label in labels:
        number, truth = as_number(label), _truth(label)
        if number is None and truth is None:
            continue
        other = seen.setdefault((number is None, truth if number is None else number), label)
        if other is not label:
            return other, label
    return None


class Space:
    """The variables of a network in their order, each with its states.

    A label matches a state if they are equal, else if their texts are equal, else if both denote
    the same number, or the same truth value, and no other state of the variable does (so ``1.0``
    matches ``"1"``, and ``"true"`` matches ``True``).

    Parameters
    ----------
    states : mapping of str to sequence of Label
        The states of each variable, in order.

    Attributes
    ----------
    names : tuple of str
        The variables in order.
    states : tuple of tuple of Label
        The states of each variable.
    positions : dict of str to int
        The index of each variable.
    cards : ndarray of int64, shape (variables,)
        The number of states of each variable, read-only.

    Raises
    ------
    NetworkError
        A variable has no state, more than 256 or a duplicate one, or a label of an unsupported
        type.
    """

    def __init__(self, states: Mapping[str, Sequence[Label]]) -> None:
        self.names: tuple[str, ...] = tuple(states)
        self.states: tuple[tuple[Label, ...], ...] = tuple(
            _checked_states(name, labels) for name, labels in states.items()
        )
        self.positions: dict[str, int] = {name: i for i, name in enumerate(self.names)}
        self.cards = np.array([len(s) for s in self.states], dtype=np.int64)
        self.cards.flags.writeable = False

    def only(self, variables: Sequence[int]) -> Space:
        """Return the space of some of the variables.

        Parameters
        ----------
        variables : sequence of int
            The variables in their new order.

        Returns
        -------
        Space
            Those variables with their states.

        Examples
        --------
        >>> Space({"A": [0, 1], "B": ["low", "high"]}).only([1]).states
        (('low', 'high'),)
        """
        # Without the constructor, which would check the states again.
        part = object.__new__(Space)
        part.names = tuple(self.names[i] for i in variables)
        part.states = tuple(self.states[i] for i in variables)
        part.positions = {name: i for i, name in enumerate(part.names)}
        part.cards = self.cards[list(variables)]
        part.cards.flags.writeable = False
        return part

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        # True equals 1 in Python, but they are different labels.
        return self.names == other.names and all(
            tuple(map(type, a)) == tuple(map(type, b)) and a == b
            for a, b in zip(self.states, other.states, strict=True)
        )

    def __hash__(self) -> int:
        return hash((self.names, self.states))

    @cached_property
    def _lookups(self) -> tuple[_Lookups, ...]:
        return tuple(map(_lookups, self.states))

    def position(self, name: str, error: type[DomixError]) -> int:
        """Return the index of a variable.

        Parameters
        ----------
        name : str
            The variable.
        error : type of DomixError
            The error to raise if the variable is unknown.

        Returns
        -------
        int
            Its index in ``names``.
        """
        try:
            return self.positions[name]
        except (KeyError, TypeError):
            raise error(
                f"unknown variable {name!r}; the network has {listing(self.names)}"
            ) from None

    def match(self, variable: int, label: object) -> int | None:
        """Return the code of the state that a label matches.

        Parameters
        ----------
        variable : int
            The variable.
        label : object
            The label.

        Returns
        -------
        int or None
            None if it matches no state.
        """
        exact, texts, numbers, truths = self._lookups[variable]
        try:
            code = exact.get(label)
        except TypeError:
            return None
        if code is not None and isinstance(label, bool) == isinstance(
            self.states[variable][code], bool
        ):
            return code
        code = texts.get(str(label))
        if code is None:
            number, truth = as_number(label), _truth(label)
            if number is not None:
                code = numbers.get(number)
            elif truth is not None:
                code = truths.get(truth)
        return code

    def code(self, variable: int, label: object, error: type[DomixError]) -> int:
        """Return the code of the state that a label matches.

        Parameters
        ----------
        variable : int
            The variable.
        label : object
            The label.
        error : type of DomixError
            The error to raise if it matches no state.

        Returns
        -------
        int
            The index of the state.
        """
        code = self.match(variable, label)
        if code is None:
            raise error(
                f"variable {self.names[variable]!r} has no state {label!r}; "
                f"its states are {listing(self.states[variable])}"
                + self._describe_blanks(variable, label)
            )
        return code

    def _describe_blanks(self, variable: int, label: object) -> str:
        """Say that blanks count, if they are all that a label lacks to be a state's text."""
        texts = (str(state).strip() for state in self.states[variable])
        return (
            "; blanks count: in text, those at an end need a backslash before them"
            if isinstance(label, str) and label.strip() in texts
            else ""
        )

    def target(
        self, assignment: Mapping[str, object], error: type[DomixError]
    ) -> tuple[tuple[int, int], ...]:
        """Translate an assignment of labels to some variables.

        Parameters
        ----------
        assignment : mapping of str to label
            Variable to state.
        error : type of DomixError
            The error to raise if a variable or state is unknown.

        Returns
        -------
        Target
            (variable, code) pairs in increasing order.
        """
        pairs = []
        for name, label in assignment.items():
            i = self.position(name, error)
            pairs.append((i, self.code(i, label, error)))
        return tuple(sorted(pairs))

    def assignment(self, target: Iterable[tuple[int, int]]) -> dict[str, Label]:
        """Translate (variable, code) pairs to labels; the inverse of :meth:`target`.

        Parameters
        ----------
        target : iterable of pairs of int
            The pairs.

        Returns
        -------
        dict of str to label
            Variable to state.
        """
        return {self.names[i]: self.states[i][code] for i, code in target}


def _checked_states(name: str, labels: Sequence[Label]) -> tuple[Label, ...]:
    if not isinstance(name, str) or not name:
        raise NetworkError(f"a variable's name must be a non-empty string, not {name!r}")
    if _has_surrogate(name):
        raise NetworkError(f"the variable name {name!r} cannot be written as UTF-8")
    if isinstance(labels, (str, bytes)) or not isinstance(labels, Iterable):
        raise NetworkError(f"variable {name!r}: states must be a sequence, not {labels!r}")
    states = tuple(label.item() if isinstance(label, np.generic) else label for label in labels)
    if not 1 <= len(states) <= MAX_CARD:
        raise NetworkError(
            f"variable {name!r} has {len(states)} states; between 1 and {MAX_CARD} are possible"
        )
    seen: set[object] = set()
    for state in states:
        if not isinstance(state, (str, int, float, bool)):
            raise NetworkError(
                f"variable {name!r}: state {state!r} must be a string, a number or a boolean"
            )
        if isinstance(state, float) and not math.isfinite(state):
            raise NetworkError(f"variable {name!r}: state {state!r} is not a finite number")
        if isinstance(state, str) and not state.isprintable() and _has_surrogate(state):
            raise NetworkError(f"variable {name!r}: state {state!r} cannot be written as UTF-8")
        if state in seen or str(state) in seen:
            raise NetworkError(f"variable {name!r}: duplicate state {state!r}")
        seen.update((state, str(state)))
    return states


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


class _Lookups(NamedTuple):
    """Codes of the states of a variable, by what a label can have in common with one."""

    exact: dict[Any, int]
    texts: dict[str, int]
    numbers: dict[int | float, int]
    truths: dict[bool, int]


def _lookups(labels: tuple[Label, ...]) -> _Lookups:
    exact: dict[Any, int] = {}
    for code, label in enumerate(labels):
        exact.setdefault(label, code)
    texts = {str(label): code for code, label in enumerate(labels)}
    return _Lookups(exact, texts, _unambiguous(as_number, labels), _unambiguous(_truth, labels))


def _unambiguous(denoted: Callable[[object], T | None], labels: tuple[Label, ...]) -> dict[T, int]:
    """Return the codes of what the labels denote, without what two of them do."""
    codes: dict[T, list[int]] = {}
    for code, label in enumerate(labels):
        value = denoted(label)
        if value is not None:
            codes.setdefault(value, []).append(code)
    return {value: found[0] for value, found in codes.items() if len(found) == 1}
