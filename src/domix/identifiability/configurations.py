"""A distribution on few variables as one fraction per configuration."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from numbers import Rational
from typing import Any

from domix.core.joint import exact, joint_rows
from domix.errors import DataError
from domix.model.network import Network
from domix.population.readers import SUM_ERROR
from domix.util.rational import brief

__all__ = ["as_printed", "masses"]


def masses(net: Network, p_mix: Any) -> tuple[dict[tuple[int, ...], Fraction], bool]:
    """P_mix by configuration, and whether that was in floats; a function is asked for all.

    Parameters
    ----------
    net
    p_mix
        In a form that :func:`disentangle_population` takes, but no mixture.

    Raises
    ------
    DataError
    """
    if callable(p_mix) and not isinstance(p_mix, Mapping):
        labels = product(*(net.states[name] for name in net.order))
        asked = (dict(zip(net.order, states, strict=True)) for states in labels)
        p_mix = {tuple(where[name] for name in net.variables): p_mix(where) for where in asked}
    codes, entries = joint_rows(net.space, range(len(net.variables)), p_mix)
    fractions = [as_printed(p) for p in entries]
    total = sum(fractions, Fraction(0))
    if abs(total - 1) > SUM_ERROR:
        raise DataError(f"the probabilities of all configurations sum to {brief(total)}, not 1")
    rows = map(tuple, codes.tolist())
    converted = not all(isinstance(p, Rational) for p in entries)
    return {row: p / total for row, p in zip(rows, fractions, strict=True)}, converted


def as_printed(p: Any) -> Fraction:
    """A number as a fraction; a float as the decimal that it prints as."""
    return exact(p) if isinstance(p, Rational) else Fraction(repr(float(p)))
