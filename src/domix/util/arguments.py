"""What a user says about random draws: a seed or generator, and how many rows."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np

from domix.errors import DataError

__all__ = ["Rng", "generator", "row_count"]

Rng = int | np.random.Generator | None


def generator(rng: Rng) -> np.random.Generator:
    """The generator a user's ``rng`` stands for: None is fresh entropy, an int is a seed."""
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        return np.random.default_rng(None if rng is None else operator.index(rng))
    except (TypeError, ValueError):
        raise DataError(
            f"rng must be None, a seed (a whole number of at least 0) or a generator, not {rng!r}"
        ) from None


def row_count(n: SupportsIndex, name: str = "sample: n") -> int:
    """How many rows a user's ``n`` stands for; raises DataError unless a whole number from 0."""
    try:
        count = operator.index(n)
    except TypeError:
        count = -1
    if count < 0:
        raise DataError(f"{name} must be a whole number of at least 0, not {n!r}")
    return count
