"""What users give as P_mix, checked and made a source for lifting."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from domix.core.intervention import Intervention
from domix.core.space import listing
from domix.core.tables import Tables, Target
from domix.disentangle.lifting import Conditionals, Number, Source
from domix.disentangle.sources import CallableSource, MixtureSource, RowSource
from domix.errors import DataError, ExclusionError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.table import Table

__all__ = ["Reading", "read", "unused_values"]

TOLERANCE = 1e-10
"""Floats: a weight up to this is none."""

MATCH = 1e-8
"""Floats: two distributions, or two sets of weights, this near in total variation are the same."""

CONSISTENT = 1e-9
"""Floats: how far from 1 a table may sum, and by what share a function's values may be off."""


class Reading(NamedTuple):
    """P_mix and the network's tables, both in fractions or both in floats.

    ``tolerance`` is the weight that counts as none: 0 in fractions.
    """

    source: Source
    conditionals: Conditionals
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
    if isinstance(p_mix, Table):
        if set(p_mix.names) != set(net.variables):
            raise DataError(
                f"p_mix is a table over {listing(p_mix.names)}; it must be over all variables: "
                f"{listing(net.variables)}"
            )
        p_mix = p_mix.values.transpose([p_mix.names.index(name) for name in net.variables])
    if isinstance(p_mix, Mapping):
        return _read_rows(net, *_mapping_rows(net, p_mix))
    if callable(p_mix):
        return _read_callable(net, p_mix)
    return _read_rows(net, *_array_rows(net, p_mix))


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
    used_up = unused_values(net, targets)
    if used_up is not None:
        variable, setting = used_up
        names = ", ".join(str(Intervention(net.space.assignment(t))) for t in setting)
        raise ExclusionError(
            f"every state of {net.variables[variable]!r} is used by the targets {names}; other "
            "mixtures can have the same distribution. Leave one of its states free"
        )
    conditionals = Conditionals(tables)
    weights = [weight for _, weight in parts]
    source = MixtureSource(conditionals.order, targets, weights, 0 if exact else MATCH)
    return Reading(source, conditionals, tolerance)


def _read_rows(net: Network, codes: npt.NDArray[np.uint8], entries: Sequence[Any]) -> Reading:
    """From configurations, columns in lifting order, rows in lexicographic order."""
    exact = net.is_exact and all(isinstance(p, Rational) for p in entries)
    weights = np.empty(len(entries), dtype=object if exact else np.float64)
    weights[:] = [_fraction(p) for p in entries] if exact else entries
    total = weights.sum()
    if abs(total - 1) > (0 if exact else CONSISTENT):
        raise DataError(f"p_mix sums to {total}, not 1")
    tables = _tables(net, exact)
    positive = weights > 0
    source = RowSource(tables, codes[positive], weights[positive] / total, 0 if exact else MATCH)
    return Reading(source, Conditionals(tables), 0 if exact else TOLERANCE)


def _array_rows(net: Network, p_mix: Any) -> tuple[npt.NDArray[np.uint8], list[Any]]:
    array = np.asarray(p_mix)
    shape = tuple(int(k) for k in net.space.cards)
    if array.shape != shape:
        raise DataError(
            f"p_mix: the table must have shape {shape}, one axis for each of "
            f"{listing(net.variables)}; the shape is {array.shape}"
        )
    if array.dtype.kind not in "iufO":
        raise DataError(f"p_mix: the table must hold numbers, not {array.dtype}")
    order = net.tables.layout.order
    entries = array.transpose(order).ravel().tolist()
    codes = np.indices([shape[i] for i in order], dtype=np.uint8).reshape(len(order), -1).T
    for row, p in enumerate(entries):
        if not _is_probability(p):
            cell = net.space.assignment(zip(order, codes[row].tolist(), strict=True))
            raise DataError(f"p_mix: the entry at {cell} is {p}; a probability is at least 0")
    return codes, entries


def _mapping_rows(
    net: Network, p_mix: Mapping[Any, Any]
) -> tuple[npt.NDArray[np.uint8], list[Any]]:
    order = net.tables.layout.order
    found: dict[tuple[int, ...], Any] = {}
    for labels, p in p_mix.items():
        if not isinstance(labels, tuple) or len(labels) != len(order):
            raise DataError(
                f"p_mix: the key {labels!r} must be a tuple with a state of each of "
                f"{listing(net.variables)}"
            )
        if not _is_probability(p):
            raise DataError(f"p_mix: the entry at {labels!r} is {p!r}; a probability is at least 0")
        codes = [net.space.code(i, label, DataError) for i, label in enumerate(labels)]
        row = tuple(codes[i] for i in order)
        if row in found:
            raise DataError(f"p_mix: {labels!r} is there twice, under labels that mean the same")
        found[row] = p
    rows = sorted(found)
    return np.array(rows, dtype=np.uint8).reshape(-1, len(order)), [found[row] for row in rows]


def _read_callable(net: Network, p_mix: Callable[[Any], Any]) -> Reading:
    exact = net.is_exact and isinstance(p_mix({}), Rational)

    def number(p: Any, what: str) -> Number:
        if not _is_probability(p):
            raise DataError(f"{what} is {p!r}; a probability is at least 0")
        if not exact:
            return float(p)
        if not isinstance(p, Rational):
            raise DataError(
                f"{what} is {p!r}, but p_mix({{}}) is a fraction: return fractions throughout, or "
                "work in double precision with net.to_float()"
            )
        return _fraction(p)

    conditionals = Conditionals(_tables(net, exact))
    slack = 0 if exact else CONSISTENT
    source = CallableSource(net.space, conditionals.order, p_mix, number, slack)
    return Reading(source, conditionals, 0 if exact else TOLERANCE)


def _is_probability(p: Any) -> bool:
    return isinstance(p, Real) and math.isfinite(p) and float(p) >= 0


def _fraction(p: Any) -> Fraction:
    return Fraction(int(p.numerator), int(p.denominator))


def unused_values(net: Network, targets: Sequence[Target]) -> tuple[int, tuple[Target, ...]] | None:
    """The first variable, with the targets, that leaves some prefix without an unused value."""
    fixed = [dict(target) for target in targets]
    groups = [list(range(len(targets)))]
    for variable in net.tables.layout.order:
        parts: dict[tuple[int, int], list[int]] = {}
        for g, group in enumerate(groups):
            for c in group:
                parts.setdefault((g, fixed[c].get(variable, -1)), []).append(c)
            setting = [c for c in group if variable in fixed[c]]
            if len({fixed[c][variable] for c in setting}) == net.space.cards[variable]:
                return variable, tuple(targets[c] for c in setting)
        groups = list(parts.values())
    return None
