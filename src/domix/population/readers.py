"""P_mix as users give it, validated and turned into a source for lifting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from numbers import Rational
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import exhausted_per_prefix
from domix.core.intervention import Intervention
from domix.core.joint import exact, is_probability, joint_rows
from domix.core.space import Label
from domix.core.tables import Tables
from domix.errors import DataError, ExclusionError, InterventionError, NotAMixtureError
from domix.model.mixture import Mixture
from domix.model.network import Network
from domix.model.table import Table
from domix.population.arithmetic import Number, TableRows
from domix.population.prefixes import Source
from domix.population.sources import FunctionSource, JointSource, MixtureSource
from domix.util.arrays import Codes
from domix.util.rational import brief

Distribution: TypeAlias = (
    Mixture
    | Table
    | npt.ArrayLike
    | Sequence[Any]
    | Mapping[tuple[Label, ...], float | Fraction]
    | Callable[[dict[str, Label]], float | Fraction]
)
"""The forms that P_mix can have: see :func:`domix.disentangle_population`."""

NEGLIGIBLE_WEIGHT = 1e-10
"""With floats, weights up to this are rounding errors."""

SAME_ENTRY = 1e-10
"""With floats, the largest difference between CPT entries that count as equal."""

SAME_DISTRIBUTION = 1e-8
"""With floats, the largest total variation distance between distributions (or sets of weights) that
count as equal."""

SUM_ERROR = 1e-9
"""With floats, the largest difference from 1 of the sum of a table, and the largest relative
difference between a function's value and the sum of its parts."""


class Reading(NamedTuple):
    """P_mix and the network's CPTs in the same arithmetic.

    Weights up to ``tolerance`` count as 0; it is 0 if numbers are exact.
    """

    source: Source
    rows: TableRows
    tolerance: Number


def read_distribution(net: Network, p_mix: Distribution) -> Reading:
    """Read any form of P_mix; the reading is exact if P_mix and the network are.

    Raises
    ------
    DataError
        P_mix has none of the forms that :func:`domix.disentangle_population` takes.
    ExclusionError
        P_mix is a mixture whose targets use every state of a variable.
    """
    if isinstance(p_mix, Mixture):
        return _read_mixture(net, p_mix)
    if callable(p_mix) and not isinstance(p_mix, Mapping):
        return _read_function(net, p_mix)
    return _read_joint(net, *joint_rows(net.space, net.tables.layout.order, p_mix))


def network_difference(net: Network, other: Network, is_exact: bool) -> str | None:
    """Return what differs between two networks: variables or edges, tables, or (None) nothing.

    Tables are compared exactly, or else in floats.
    """
    if net.space != other.space or net.tables.layout.parents != other.tables.layout.parents:
        return "variables or edges"
    gap = abs(_tables(net, is_exact).values - _tables(other, is_exact).values)
    return "tables" if (gap > (0 if is_exact else SAME_ENTRY)).any() else None


def _tables(net: Network, is_exact: bool) -> Tables:
    return net.tables if is_exact else net.to_float().tables


def _read_mixture(net: Network, mixture: Mixture) -> Reading:
    is_exact = net.is_exact and mixture.is_exact
    tolerance = 0 if is_exact else NEGLIGIBLE_WEIGHT
    difference = network_difference(net, mixture.network, is_exact)
    if difference is not None:
        raise DataError(f"p_mix is a mixture over another network: its {difference} differ")
    if mixture.is_soft:
        try:
            mixture = mixture.expand()
        except InterventionError as error:
            raise NotAMixtureError(f"p_mix: {error}") from None
    parts = [
        (target, weight)
        for target, weight in zip(mixture.targets, mixture.weights.tolist(), strict=True)
        if weight > tolerance
    ]
    targets = [target for target, _ in parts]
    failure = next(exhausted_per_prefix(net.tables.layout, targets), None)
    if failure is not None:
        variable, users = failure
        names = ", ".join(str(Intervention(net.space.assignment(t))) for t in users)
        raise ExclusionError(
            f"every state of {net.variables[variable]!r} is used by the targets {names}; other "
            "mixtures can have the same distribution. Leave one of its states unused; "
            "domix.diagnose(net, p_mix) lists the other mixtures, and names the equivalent one "
            "that respects exclusion, if there is one"
        )
    rows = TableRows(_tables(net, is_exact))
    weights = [weight for _, weight in parts]
    slack = 0 if is_exact else SAME_DISTRIBUTION
    source = MixtureSource(rows.numbers, rows.order, targets, weights, slack)
    return Reading(source, rows, tolerance)


def _read_joint(net: Network, codes: Codes, entries: Sequence[Any]) -> Reading:
    """Read configurations, columns in topological order, rows in lexicographic order."""
    is_exact = net.is_exact and all(isinstance(p, Rational) for p in entries)
    weights = np.empty(len(entries), dtype=object if is_exact else np.float64)
    weights[:] = [exact(p) for p in entries] if is_exact else entries
    total = weights.sum()
    if abs(total - 1) > (0 if is_exact else SUM_ERROR):
        raise DataError(f"p_mix sums to {brief(total)}, not 1")
    tables = _tables(net, is_exact)
    rows = TableRows(tables)
    positive = weights > 0
    slack = 0 if is_exact else SAME_DISTRIBUTION
    source = JointSource(rows.numbers, tables, codes[positive], weights[positive] / total, slack)
    return Reading(source, rows, 0 if is_exact else NEGLIGIBLE_WEIGHT)


def _read_function(net: Network, p_mix: Callable[[Any], Any]) -> Reading:
    is_exact = net.is_exact and isinstance(p_mix({}), Rational)

    def convert(p: Any, place: str) -> Number:
        if not is_probability(p):
            raise DataError(f"{place} is {brief(p)}; a probability is between 0 and 1")
        if not is_exact:
            return float(p)
        if not isinstance(p, Rational):
            raise DataError(
                f"{place} is {brief(p)}, but p_mix({{}}) is a fraction: return fractions "
                "throughout, or work in double precision with net.to_float()"
            )
        return exact(p)

    rows = TableRows(_tables(net, is_exact))
    slack = 0 if is_exact else SUM_ERROR
    source = FunctionSource(rows.numbers, net.space, rows.order, p_mix, convert, slack)
    return Reading(source, rows, 0 if is_exact else NEGLIGIBLE_WEIGHT)


def exact_joint(net: Network, p_mix: Distribution) -> tuple[dict[tuple[int, ...], Fraction], bool]:
    """Read P_mix, unless it is a mixture, as a fraction per configuration (absent means 0).

    A function is called everywhere. Also return whether some probabilities are floats: those are
    read as the decimals that they print as.
    """
    if callable(p_mix) and not isinstance(p_mix, Mapping):
        labels = product(*(net.states[name] for name in net.order))
        places = (dict(zip(net.order, states, strict=True)) for states in labels)
        p_mix = {tuple(place[name] for name in net.variables): p_mix(place) for place in places}
    codes, entries = joint_rows(net.space, range(len(net.variables)), p_mix)
    fractions = [float_as_printed(p) for p in entries]
    total = sum(fractions, Fraction(0))
    if abs(total - 1) > SUM_ERROR:
        raise DataError(f"the probabilities of all configurations sum to {brief(total)}, not 1")
    converted = not all(isinstance(p, Rational) for p in entries)
    rows = map(tuple, codes.tolist())
    return {row: p / total for row, p in zip(rows, fractions, strict=True)}, converted


def float_as_printed(p: Any) -> Fraction:
    """Return a number as a fraction; a float as the decimal that it prints as."""
    return exact(p) if isinstance(p, Rational) else Fraction(repr(float(p)))
