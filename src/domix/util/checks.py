"""Checks of simple arguments, each rule in one place."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from domix.errors import DataError, DomixError

Rng = int | np.random.Generator | None
"""How users ask for random numbers: by a seed or a generator; None is fresh entropy."""


@contextmanager
def name_argument(argument: str, place: str = "") -> Iterator[None]:
    """Name the argument at fault, and the place in it, in the errors of a block.

    Examples
    --------
    >>> from domix.errors import InterventionError
    >>> with name_argument("labels", "row 2 (counting from 0)"):
    ...     raise InterventionError("unknown variable 'D'")
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: labels: row 2 (counting from 0): unknown variable 'D'
    """
    try:
        yield
    except DomixError as error:
        inner = [error.argument] if error.argument not in (None, argument) else []
        error.message = ": ".join([*([place] if place else []), *inner, error.message])
        error.argument = argument
        raise


def whole_number(
    value: SupportsIndex, argument: str, least: int = 0, error: type[DomixError] = DataError
) -> int:
    """Return an argument as an int, if it is a whole number of at least ``least``.

    Raises
    ------
    DomixError
        Of type ``error``: the value is not a whole number (booleans are not), or is too small.

    Examples
    --------
    >>> whole_number(3, "threads", least=1)
    3
    >>> whole_number(2.5, "n")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: n: must be a whole number of at least 0, not 2.5
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        message = f"must be a whole number of at least {least}, not {value!r}"
        raise error(message, argument=argument)
    return number


def probability(value: Any, argument: str) -> float:
    """Return an argument as a float, if it is a number between 0 and 1, both excluded.

    Raises
    ------
    DataError
        It is not.

    Examples
    --------
    >>> probability(0.05, "alpha")
    0.05
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not 0 < number < 1:
        raise DataError(f"must be a number between 0 and 1, not {value!r}", argument=argument)
    return number


def entries_by_row(values: Iterable[Any], rows: int, argument: str) -> list[Any]:
    """Return an argument that has one entry for each data row as a list.

    Raises
    ------
    DataError
        It is not such a collection.
    """
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise DataError(f"one entry for each row is needed, not {values!r}", argument=argument)
    entries = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    if len(entries) != rows:
        raise DataError(
            f"one entry for each of the {rows} rows is needed, not {len(entries)}",
            argument=argument,
        )
    return entries


def generator(rng: Rng) -> np.random.Generator:
    """Return the generator that a user's ``rng`` stands for.

    Raises
    ------
    DataError
        ``rng`` is not None, a seed or a generator.
    """
    if isinstance(rng, np.random.Generator):
        return rng
    seed = None
    if rng is not None:
        try:
            seed = whole_number(rng, "rng")
        except DataError:
            raise DataError(
                f"must be None, a generator or a seed (a whole number of at least 0), not {rng!r}",
                argument="rng",
            ) from None
    return np.random.default_rng(seed)


def float_type(dtype: npt.DTypeLike) -> np.dtype[Any]:
    """Return the floating-point type that a user asks for: float64 or float32.

    Raises
    ------
    DataError
        It is another type, or none at all.
    """
    try:
        kind = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        kind = None
    if kind not in (np.float64, np.float32):
        raise DataError(f"must be numpy.float64 or numpy.float32, not {dtype!r}", argument="dtype")
    return kind
