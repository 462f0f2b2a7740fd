"""What users give as P_mix, checked and made a source for lifting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import exhausted_per_prefix
from domix.core.intervention import Intervention
from domix.core.joint import is_probability, joint_rows
from domix.core.tables import Conditionals, Tables
from domix.errors import DataError, ExclusionError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.population import arithmetic
from domix.population.arithmetic import FLOATS, Number, Rows
from domix.population.lift import Source
from domix.population.oracles import CallableSource, MixtureSource, RowSource
from domix.util.rational import brief

__all__ = ["Reading", "read"]

TOLERANCE = 1e-10
"""Floats: a weight up to this is none."""

SAME_VARIATION = 1e-8
"""Floats: two distributions, or two sets of weights, this near in total variation are the same."""

CONSISTENT = 1e-9
"""Floats: how far from 1 a table may sum, and by what share a function's values may be off."""


class Reading(NamedTuple):
    """P_mix and the network's tables, both in the same numbers.

    ``tolerance`` is the weight that counts as none: 0 if they are exact.
    """

    source: Source
    rows: Rows
    tolerance: Number


def read(net: Network, p_mix: Any) -> Reading:
    """Any form of P_mix; exact if it and the network are.

    Raises
    ------
    DataError
        It is of no form that :func:`disentangle_population` takes.
    ExclusionError
        It is a mixture whose targets use every state of some variable.
    """
    if isinstance(p_mix, Mixture):
        return _read_mixture(net, p_mix)
    if callable(p_mix) and not isinstance(p_mix, Mapping):
        return _read_callable(net, p_mix)
    return _read_rows(net, *joint_rows(net.space, net.tables.layout.order, p_mix))


def _rows(tables: Tables) -> Rows:
    return Rows(Conditionals(tables), arithmetic.exact() if tables.is_exact else FLOATS)


def _tables(net: Network, exact: bool) -> Tables:
    return net.tables if exact else net.to_float().tables


def _read_mixture(net: Network, mixture: Mixture) -> Reading:
    exact = net.is_exact and mixture.is_exact
    tables, other = _tables(net, exact), _tables(mixture.network, exact)
    if mixture.network.space != net.space or other.layout.parents != tables.layout.parents:
        raise DataError("p_mix is a mixture over another network: its variables or arrows differ")
    tolerance = 0 if exact else TOLERANCE
    if (abs(tables.values - other.values) > tolerance).any():
        raise DataError("p_mix is a mixture over another network: its tables differ")
    parts = [
        (target, weight)
        for target, weight in zip(mixture.targets, mixture.weights.tolist(), strict=True)
        if weight > tolerance
    ]
    targets = [target for target, _ in parts]
    used_up = next(exhausted_per_prefix(net.tables.layout, targets), None)
    if used_up is not None:
        variable, setting = used_up
        names = ", ".join(str(Intervention(net.space.assignment(t))) for t in setting)
        raise ExclusionError(
            f"every state of {net.variables[variable]!r} is used by the targets {names}; other "
            "mixtures can have the same distribution. Leave one of its states free"
        )
    rows = _rows(tables)
    weights = [weight for _, weight in parts]
    source = MixtureSource(
        rows.numbers, rows.order, targets, weights, 0 if exact else SAME_VARIATION
    )
    return Reading(source, rows, tolerance)


def _read_rows(net: Network, codes: npt.NDArray[np.uint8], entries: Sequence[Any]) -> Reading:
    """From configurations, columns in lifting order, rows in lexicographic order."""
    exact = net.is_exact and all(isinstance(p, Rational) for p in entries)
    weights = np.empty(len(entries), dtype=object if exact else np.float64)
    weights[:] = [_fraction(p) for p in entries] if exact else entries
    total = weights.sum()
    if abs(total - 1) > (0 if exact else CONSISTENT):
        raise DataError(f"p_mix sums to {brief(total)}, not 1")
    tables = _tables(net, exact)
    rows = _rows(tables)
    positive = weights > 0
    shares = weights[positive] / total
    source = RowSource(
        rows.numbers, tables, codes[positive], shares, 0 if exact else SAME_VARIATION
    )
    return Reading(source, rows, 0 if exact else TOLERANCE)


def _read_callable(net: Network, p_mix: Callable[[Any], Any]) -> Reading:
    exact = net.is_exact and isinstance(p_mix({}), Rational)

    def checked(p: Any, what: str) -> Number:
        if not is_probability(p):
            raise DataError(f"{what} is {brief(p)}; a probability is between 0 and 1")
        if not exact:
            return float(p)
        if not isinstance(p, Rational):
            raise DataError(
                f"{what} is {brief(p)}, but p_mix({{}}) is a fraction: return fractions "
                "throughout, or work in double precision with net.to_float()"
            )
        return _fraction(p)

    rows = _rows(_tables(net, exact))
    slack = 0 if exact else CONSISTENT
    source = CallableSource(rows.numbers, net.space, rows.order, p_mix, checked, slack)
    return Reading(source, rows, 0 if exact else TOLERANCE)


def _fraction(p: Any) -> Fraction:
    if isinstance(p, Fraction):
        return p
    return Fraction(int(p.numerator), int(p.denominator))
