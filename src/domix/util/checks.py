"""Checks of simple arguments, each rule in one place."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from contextlib import contextmanager
from typing import SupportsIndex

from domix.errors import DataError, DomixError

__all__ = ["name_argument", "whole_number"]


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
        error.message = f"{place}: {error}" if place else str(error)
        error.argument = argument
        raise


def whole_number(
    value: SupportsIndex, name: str, least: int = 0, error: type[DomixError] = DataError
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
    >>> whole_number(2.5, "sample: n")
    Traceback (most recent call last):
        ...
    domix.errors.DataError: sample: n must be a whole number of at least 0, not 2.5
    """
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise error(f"{name} must be a whole number of at least {least}, not {value!r}")
    return number
