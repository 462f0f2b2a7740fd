"""What an intervention can give a variable in the place of a state."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import numpy as np

from domix.core.space import Label
from domix.errors import InterventionError
from domix.util.rational import brief, to_fraction

ROUNDING = 1e-9
"""Sums of floating-point probabilities that are off by less are taken for 1."""

Probability = float | Fraction


class Stochastic(Mapping[Label, Probability]):
    """A distribution from which an intervention draws the value of a variable.

    It is an immutable, hashable mapping from states to probabilities. The variable's children
    follow the value drawn; its parents no longer affect it. An edit that does not always succeed
    is one.

    Parameters
    ----------
    probabilities : mapping of label to number
        They sum to 1: exactly if all are rational, which makes them fractions; else within 1e-9,
        and they are floats. States of probability 0 are left out.

    Raises
    ------
    InterventionError
        The mapping is empty, a probability is not a number between 0 and 1, or the sum is not 1.

    See Also
    --------
    do : Make an intervention; it takes a plain mapping in the place of a state.

    Examples
    --------
    >>> drawn = Stochastic({"low": 0.75, "mid": 0.25, "high": 0})
    >>> drawn
    Stochastic({'low': 0.75, 'mid': 0.25})
    >>> drawn.mode
    'low'
    >>> Stochastic({"low": 0.75, "mid": 0.5})
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: the probabilities sum to 1.25, not 1
    """

    __slots__ = ("_hash", "_probabilities")

    def __init__(self, probabilities: Mapping[Any, Any]) -> None:
        if not isinstance(probabilities, Mapping):
            raise InterventionError(
                f"a distribution maps states to probabilities; {probabilities!r} does not"
            )
        read = {
            _read_state(label): _read_probability(label, p) for label, p in probabilities.items()
        }
        exact = all(isinstance(p, Fraction) for p in read.values())
        total: Any = sum(read.values()) if exact else math.fsum(read.values())
        if abs(total - 1) > (0 if exact else ROUNDING):
            raise InterventionError(f"the probabilities sum to {brief(total)}, not 1")
        self._probabilities: dict[Label, Probability] = {
            label: p if exact else float(p) for label, p in read.items() if p > 0
        }
        self._hash = hash(frozenset(self._probabilities.items()))

    def __getitem__(self, state: Label) -> Probability:
        return self._probabilities[state]

    def __iter__(self) -> Iterator[Label]:
        return iter(self._probabilities)

    def __len__(self) -> int:
        return len(self._probabilities)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stochastic):
            return NotImplemented
        return self._probabilities == other._probabilities

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Stochastic], tuple[dict[Label, Probability]]]:
        # Text hashes differently in every process, so a copy must compute its own hash.
        return Stochastic, (self._probabilities,)

    def __repr__(self) -> str:
        return f"Stochastic({self._probabilities!r})"

    @property
    def mode(self) -> Label:
        """The most probable state; of several, the first."""
        return max(self._probabilities, key=lambda state: self._probabilities[state])


@dataclass(frozen=True, init=False)
class Misread:
    """A variable that an intervention sets, and that the rows show with errors.

    The variable's children follow the state that it was set to; what the rows show of the variable
    itself is drawn from a distribution.

    Parameters
    ----------
    state : label
        The state that the variable was set to.
    read : Stochastic or mapping of label to number
        The probability of each state that the rows can show.

    Raises
    ------
    InterventionError
        As for :class:`Stochastic`.

    See Also
    --------
    do : Make an intervention; it takes this in the place of a state.

    Examples
    --------
    >>> Misread("low", {"low": 0.75, "high": 0.25})
    Misread('low', {'low': 0.75, 'high': 0.25})
    """

    state: Label
    read: Stochastic

    def __init__(self, state: Label, read: Mapping[Any, Any]) -> None:
        drawn = read if isinstance(read, Stochastic) else Stochastic(read)
        object.__setattr__(self, "state", _read_state(state))
        object.__setattr__(self, "read", drawn)

    def __repr__(self) -> str:
        return f"Misread({self.state!r}, {dict(self.read)!r})"


Value = Label | Stochastic | Misread
"""What an intervention gives a variable."""

ValueLike = Label | Mapping[Any, Any] | Misread
"""A value as users write it."""


def read_value(value: ValueLike) -> Value:
    """Return a value as interventions hold it: a distribution that sets one state is that state.

    Raises
    ------
    InterventionError
        It is neither a state nor a distribution.

    Examples
    --------
    >>> read_value({"low": 0.5, "mid": 0.5})
    Stochastic({'low': 0.5, 'mid': 0.5})
    >>> read_value({"low": 1}), read_value(Misread("low", {"low": 1}))
    ('low', 'low')
    """
    if isinstance(value, Mapping):
        drawn = value if isinstance(value, Stochastic) else Stochastic(value)
        return drawn.mode if len(drawn) == 1 else drawn
    if isinstance(value, Misread):
        return value.state if list(value.read) == [value.state] else value
    return _read_state(value)


def states_of(value: Value) -> tuple[Label, ...]:
    """Return the states that a variable can be set to, or show, under a value.

    Examples
    --------
    >>> states_of("low"), states_of(Stochastic({"low": 0.5, "mid": 0.5}))
    (('low',), ('low', 'mid'))
    """
    if isinstance(value, Stochastic):
        return tuple(value)
    if isinstance(value, Misread):
        return (value.state, *(state for state in value.read if state != value.state))
    return (value,)


def _read_state(label: Any) -> Label:
    state = label.item() if isinstance(label, np.generic) else label
    if not isinstance(state, (str, int, float, bool)):
        raise InterventionError(f"{label!r} is not a state: a string, a number or a boolean")
    return state


def _read_probability(label: Label, p: Any) -> Probability:
    if isinstance(p, bool) or not isinstance(p, Real):
        raise InterventionError(f"the probability of {label!r} is not a number: {p!r}")
    if isinstance(p, Rational):
        p = to_fraction(p)
    if not 0 <= p <= 1 + ROUNDING:
        raise InterventionError(
            f"the probability of {label!r} is {brief(p)}; a probability is between 0 and 1"
        )
    return p if isinstance(p, Fraction) else float(p)
