"""Writing down how lifting went, so that somebody else can check it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from domix.errors import CertificateError, DataError, NetworkError
from domix.exact.certificate import Certificate
from domix.exact.checker.check import FORMAT, VERSION
from domix.exact.linear import by_elimination, closed_form
from domix.model.network import Network
from domix.population.algorithm1 import guarantees, lift_distribution
from domix.population.closed_form_lift import Lift
from domix.population.readers import read_distribution
from domix.util.rational import rational_text, rational_texts

__all__ = ["certify"]


def certify(net: Network, p_mix: Any) -> Certificate:
    """Recover the interventions behind an exact distribution, with a proof.

    The system of every lift is solved by the closed formula and by sympy's elimination, which must
    agree.

    Parameters
    ----------
    net
        An exact network.
    p_mix
        The mixture's distribution in fractions, in any of the forms that
        :func:`disentangle_population` takes.

    Returns
    -------
    Certificate
        To be checked by :func:`check`.

    Raises
    ------
    NetworkError, DataError
        The network or ``p_mix`` is in floating point, or ``p_mix`` is of no such form.
    ExclusionError, PositivityError, NotAMixtureError
        As :func:`disentangle_population` says: there is nothing to certify.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture, do
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 4), F(3, 4)]})
    >>> cert = certify(net, Mixture(net, {do(): F(2, 3), do(A="low"): F(1, 3)}))
    >>> print(cert)
    1 variable, 1 lift, 2 targets; exclusion global, positivity everywhere, equality structural
    """
    if not net.is_exact:
        raise NetworkError(
            "a certificate is about fractions, and this network is in floating point: use "
            "net.to_exact(), or read its file with domix.read_network(path, exact=True)"
        )
    reading = read_distribution(net, p_mix)
    if reading.tolerance:
        raise DataError(
            "a certificate is about fractions, and p_mix is in floating point: give it as "
            "fractions.Fraction; a Mixture needs an exact network (net.to_exact(), or "
            "domix.read_network(path, exact=True)) and weights that are fractions"
        )
    lifting = lift_distribution(net, reading)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "variables": [{"name": name, "states": list(net.states[name])} for name in net.order],
        "lifts": _records(net, lifting.lifts),
        "mixture": [
            {"intervention": net.space.assignment(target), "weight": rational_text(weight)}
            for target, weight in lifting.weights.items()
        ],
        **guarantees(net, lifting).facts,
    }
    return Certificate(document)


def _records(net: Network, lifts: Sequence[Lift]) -> list[dict[str, Any]]:
    levels = [list(group) for _, group in groupby(lifts, key=lambda lift: lift.variable)]
    records: list[dict[str, Any]] = []
    scales: list[Fraction] = []
    for before, level, after in zip([[], *levels], levels, [*levels[1:], []], strict=False):
        scales = [_scale(lift, before, scales) for lift in level]
        silent_cells = {lift.prefix: lift.configuration[-1] for lift in after}
        first = len(records)
        for lift, scale in zip(level, scales, strict=True):
            # The checker refuses a lift with no such value; here it must only be written down.
            least = min((v for v, x in enumerate(lift.sets) if not x and lift.a[v]), default=0)
            excluded = silent_cells.get(lift.prefix, least)
            records.append(_record(net, lift, scale, first, excluded))
    return records


def _scale(lift: Lift, before: Sequence[Lift], scales: Sequence[Fraction]) -> Fraction:
    """P_prefix(cell), from the lifts of the variable before."""
    if not before:
        return Fraction(1)
    parent = lift.lifted.ancestors[-1]
    silent = lift.prefix == before[parent].prefix
    return scales[parent] * (before[parent].a[lift.configuration[-1]] if silent else 1)


def _record(net: Network, lift: Lift, scale: Fraction, first: int, excluded: int) -> dict[str, Any]:
    """A lift; those of its variable begin at ``first``."""
    states = net.space.states[lift.variable]
    weight = lift.weight
    a = [scale * p for p in lift.a]
    matrix = [[(scale if i == j else 0) - p for j in range(len(a))] for i, p in enumerate(a)]
    rhs = [scale * left - weight * p for left, p in zip(lift.r, a, strict=True)]
    name = net.variables[lift.variable]
    closed = closed_form(a, rhs)
    try:
        eliminated = by_elimination(matrix, rhs)
    except ArithmeticError as error:
        raise CertificateError(f"the lift of {lift.prefix} to {name!r}: {error}") from None
    if closed != eliminated or closed.point != lift.sets:
        raise CertificateError(
            f"the lift of {net.space.assignment(lift.prefix)} to {name!r} has several solutions: "
            f"{closed} by formula, {eliminated} by elimination, {lift.sets} in lifting"
        )
    return {
        "variable": name,
        "prefix": net.space.assignment(lift.prefix),
        "weight": rational_text(weight),
        "cell": [
            net.space.states[variable][code]
            for variable, code in zip(net.tables.layout.order, lift.configuration, strict=False)
        ],
        "scale": rational_text(scale),
        "conditional": rational_texts(lift.a),
        "p_mix": rational_texts([scale * mass for mass in lift.m]),
        "known": [
            {"lift": first + u, "ratio": rational_text(ratio)} for u, ratio in lift.others.items()
        ],
        "r": rational_texts(lift.r),
        "matrix": [rational_texts(row) for row in matrix],
        "rhs": rational_texts(rhs),
        "rank": eliminated.rank,
        "null_vector": rational_texts(eliminated.null),
        "silent": rational_text(lift.unset),
        "solution": rational_texts(closed.point),
        "zeros": [state for state, x in zip(states, lift.sets, strict=True) if not x],
        "excluded": states[excluded],
    }
