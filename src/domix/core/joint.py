"""A joint distribution, in each form that users may give, as rows of codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import numpy as np

from domix.core.space import Space, listing
from domix.errors import DataError
from domix.util.arrays import Codes
from domix.util.rational import brief, to_fraction

JointRows = tuple[Codes, list[Any]]
"""Distinct configurations, shape (configurations, variables), in lexicographic order, and their
probabilities as they were given; other configurations have probability 0."""


def is_probability(p: Any) -> bool:
    """Whether ``p`` is a finite number of at least 0.

    Callers check that all of them sum to 1, up to rounding, so that none is larger.
    """
    try:
        return isinstance(p, Real) and math.isfinite(p) and not p < 0
    except OverflowError:
        return False


def exact(p: Any, argument: str = "p_mix") -> Fraction:
    """Return a rational number of any type as a fraction.

    Raises
    ------
    DataError
        It is not rational; ``argument`` names the argument that holds it.
    """
    if not isinstance(p, Rational):
        raise DataError(f"{p!r} is not a fraction, and only fractions are exact", argument=argument)
    return to_fraction(p)


def joint_rows(space: Space, order: Sequence[int], p_mix: Any) -> JointRows:
    """Return the rows of a joint table or a mapping.

    Parameters
    ----------
    space : Space
        The variables.
    order : sequence of int
        The variables of the columns.
    p_mix : Table, mapping of tuple of labels to number, or array_like
        A table over all variables (it has ``names`` and ``values``); a mapping whose keys have a
        label of each variable; or an array with an axis per variable.

    Raises
    ------
    DataError
        A shape or key is wrong, a label is unknown, or an entry is not a probability. The sum is
        not checked.

    Examples
    --------
    >>> codes, entries = joint_rows(Space({"A": ["low", "high"]}), [0], {("high",): 1})
    >>> codes.tolist(), entries
    ([[1]], [1])
    """
    if isinstance(p_mix, Mapping):
        return _mapping_rows(space, order, p_mix)
    if hasattr(p_mix, "names") and hasattr(p_mix, "values"):
        if set(p_mix.names) != set(space.names):
            raise DataError(
                f"a table over {listing(p_mix.names)}; it must be over all variables: "
                f"{listing(space.names)}",
                argument="p_mix",
            )
        p_mix = p_mix.values.transpose([p_mix.names.index(name) for name in space.names])
    return _array_rows(space, order, p_mix)


def _array_rows(space: Space, order: Sequence[int], p_mix: Any) -> JointRows:
    try:
        array = np.asarray(p_mix)
    except ValueError as error:
        raise DataError(f"not a rectangular table: {error}", argument="p_mix") from None
    shape = tuple(int(k) for k in space.cards)
    if array.shape != shape:
        raise DataError(
            f"the table must have shape {shape}, one axis for each of {listing(space.names)}; "
            f"the shape is {array.shape}",
            argument="p_mix",
        )
    if array.dtype.kind not in "iufO":
        raise DataError(f"the table must hold numbers, not {array.dtype}", argument="p_mix")
    entries = array.transpose(order).ravel().tolist()
    codes = np.indices([shape[i] for i in order], dtype=np.uint8).reshape(len(order), -1).T
    for row, p in enumerate(entries):
        if not is_probability(p):
            raise _refuse(space.assignment(zip(order, codes[row].tolist(), strict=True)), p)
    return codes, entries


def _mapping_rows(space: Space, order: Sequence[int], p_mix: Mapping[Any, Any]) -> JointRows:
    entries: dict[tuple[int, ...], Any] = {}
    for labels, p in p_mix.items():
        if not isinstance(labels, tuple) or len(labels) != len(order):
            raise DataError(
                f"the key {labels!r} must be a tuple with a state of each of "
                f"{listing(space.names)}",
                argument="p_mix",
            )
        if not is_probability(p):
            raise _refuse(labels, p)
        codes = [space.code(i, label, DataError) for i, label in enumerate(labels)]
        row = tuple(codes[i] for i in order)
        if row in entries:
            raise DataError(
                f"duplicate key {labels!r}, under labels that mean the same", argument="p_mix"
            )
        entries[row] = p
    rows = sorted(entries)
    return np.array(rows, dtype=np.uint8).reshape(-1, len(order)), [entries[row] for row in rows]


def _refuse(configuration: object, p: object) -> DataError:
    return DataError(
        f"the entry at {configuration!r} is {brief(p)}; a probability is between 0 and 1",
        argument="p_mix",
    )
