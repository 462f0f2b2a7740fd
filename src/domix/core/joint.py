"""A joint distribution, in the forms that users have it, as rows of codes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Space, listing
from domix.errors import DataError
from domix.util.rational import brief

__all__ = ["exact", "is_probability", "joint_rows"]

Rows = tuple[npt.NDArray[np.uint8], list[Any]]
"""Distinct configurations, columns in the order asked for, rows in lexicographic order; and the
probability of each, as it was given. Others have none."""


def is_probability(p: Any) -> bool:
    """Whether ``p`` is a number of at least 0 that a double can hold.

    Whether all of them sum to 1, and so that none is larger, is seen later, but for rounding.
    """
    try:
        return isinstance(p, Real) and math.isfinite(p) and not p < 0
    except OverflowError:
        return False


def exact(p: Any, what: str = "p_mix") -> Fraction:
    """A rational number of any type as a fraction; DataError if it is none, saying ``what`` is."""
    if isinstance(p, Fraction):
        return p
    if not isinstance(p, Rational):
        raise DataError(f"{what}: {p!r} is no fraction, and only fractions are exact")
    return Fraction(int(p.numerator), int(p.denominator))


def joint_rows(space: Space, order: Sequence[int], p_mix: Any) -> Rows:
    """The rows of a joint table or a mapping.

    Parameters
    ----------
    space
        The variables.
    order
        Of the columns.
    p_mix
        A table over all variables (it has ``names`` and ``values``); a mapping from tuples of
        labels to probabilities; or an array with an axis per variable.

    Raises
    ------
    DataError
        A wrong shape or key, an unknown label, what is no probability. That they sum to 1 is not
        looked at.

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
                f"p_mix is a table over {listing(p_mix.names)}; it must be over all variables: "
                f"{listing(space.names)}"
            )
        p_mix = p_mix.values.transpose([p_mix.names.index(name) for name in space.names])
    return _array_rows(space, order, p_mix)


def _array_rows(space: Space, order: Sequence[int], p_mix: Any) -> Rows:
    try:
        array = np.asarray(p_mix)
    except ValueError as error:
        raise DataError(f"p_mix: this is no table: {error}") from None
    shape = tuple(int(k) for k in space.cards)
    if array.shape != shape:
        raise DataError(
            f"p_mix: the table must have shape {shape}, one axis for each of "
            f"{listing(space.names)}; the shape is {array.shape}"
        )
    if array.dtype.kind not in "iufO":
        raise DataError(f"p_mix: the table must hold numbers, not {array.dtype}")
    entries = array.transpose(order).ravel().tolist()
    codes = np.indices([shape[i] for i in order], dtype=np.uint8).reshape(len(order), -1).T
    for row, p in enumerate(entries):
        if not is_probability(p):
            cell = space.assignment(zip(order, codes[row].tolist(), strict=True))
            raise DataError(
                f"p_mix: the entry at {cell} is {brief(p)}; a probability is between 0 and 1"
            )
    return codes, entries


def _mapping_rows(space: Space, order: Sequence[int], p_mix: Mapping[Any, Any]) -> Rows:
    found: dict[tuple[int, ...], Any] = {}
    for labels, p in p_mix.items():
        if not isinstance(labels, tuple) or len(labels) != len(order):
            raise DataError(
                f"p_mix: the key {labels!r} must be a tuple with a state of each of "
                f"{listing(space.names)}"
            )
        if not is_probability(p):
            raise DataError(
                f"p_mix: the entry at {labels!r} is {brief(p)}; a probability is between 0 and 1"
            )
        codes = [space.code(i, label, DataError) for i, label in enumerate(labels)]
        row = tuple(codes[i] for i in order)
        if row in found:
            raise DataError(f"p_mix: {labels!r} is there twice, under labels that mean the same")
        found[row] = p
    rows = sorted(found)
    return np.array(rows, dtype=np.uint8).reshape(-1, len(order)), [found[row] for row in rows]
