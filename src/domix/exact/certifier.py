"""Recording the lifts that recover a mixture, so that the checker can verify them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import Any

from domix.errors import CertificateError, DataError, NetworkError
from domix.exact.certificate import Certificate
from domix.exact.checker.claims import FORMAT, VERSION
from domix.exact.linear import by_elimination, closed_form
from domix.model.network import Network
from domix.population.algorithm1 import guarantees, lift_distribution
from domix.population.closed_form_lift import Lift
from domix.population.readers import Distribution, read_distribution
from domix.util.rational import rational_text, rational_texts


def certify(net: Network, p_mix: Distribution) -> Certificate:
    """Recover the interventions behind an exact distribution, with a proof.

    The system of every lift is solved by the closed form and by sympy's elimination, which must
    agree.

    Parameters
    ----------
    net : Network
        An exact network.
    p_mix : Mixture, Table, array_like, mapping or callable
        The mixture's distribution in fractions, in any of the forms that
        :func:`disentangle_population` takes.

    Returns
    -------
    Certificate
        The mixture, and for each lift its system and its solution.

    Raises
    ------
    NetworkError
        The network is in floating point.
    DataError
        ``p_mix`` is in floating point, or of none of these forms.
    ExclusionError, PositivityError, NotAMixtureError
        There is no unique mixture to certify; see :func:`disentangle_population`.

    See Also
    --------
    check : Verify a certificate.
    prove : Prove uniqueness for all positive tables of a small DAG.
    domix.disentangle_population : Recover the interventions without a proof.

    References
    ----------
    Kumar and Sinha (UAI 2021), Algorithm 1, Lemma 4.1 and Equation 5.

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
            "a certificate needs an exact network, and this one is in floating point: use "
            "net.to_exact(), or read its file with domix.read_network(path, exact=True)",
            argument="net",
        )
    reading = read_distribution(net, p_mix)
    if reading.tolerance:
        raise DataError(
            "a certificate needs exact probabilities, and these are in floating point: give them "
            "as fractions.Fraction; a Mixture needs an exact network (net.to_exact(), or "
            "domix.read_network(path, exact=True)) and weights that are fractions",
            argument="p_mix",
        )
    lifting = lift_distribution(net, reading)
    document = {
        "format": FORMAT,
        "version": VERSION,
        "variables": [{"name": name, "states": list(net.states[name])} for name in net.order],
        "lifts": _record_lifts(net, lifting.lifts),
        "mixture": [
            {"intervention": net.space.assignment(target), "weight": rational_text(weight)}
            for target, weight in lifting.weights.items()
        ],
        **guarantees(net, lifting).facts,
    }
    return Certificate(document)


def _record_lifts(net: Network, lifts: Sequence[Lift]) -> list[dict[str, Any]]:
    by_variable = [list(group) for _, group in groupby(lifts, key=lambda lift: lift.variable)]
    records: list[dict[str, Any]] = []
    scales: list[Fraction] = []
    neighbours = zip([[], *by_variable], by_variable, [*by_variable[1:], []], strict=False)
    for previous, current, following in neighbours:
        scales = [_scale(lift, previous, scales) for lift in current]
        excluded_values = {lift.prefix: lift.configuration[-1] for lift in following}
        first = len(records)
        for lift, scale in zip(current, scales, strict=True):
            # Where no later lift uses the excluded value, the least possible one is named. If there
            # is none, the checker refuses the lift.
            least = min((v for v, x in enumerate(lift.sets) if not x and lift.a[v]), default=0)
            excluded = excluded_values.get(lift.prefix, least)
            records.append(_record_lift(net, lift, scale, first, excluded))
    return records


def _scale(lift: Lift, previous: Sequence[Lift], scales: Sequence[Fraction]) -> Fraction:
    """Return P_s(v), from the lifts of the previous variable and their scales."""
    if not previous:
        return Fraction(1)
    parent = lift.lifted.ancestors[-1]
    is_unset = lift.prefix == previous[parent].prefix
    return scales[parent] * (previous[parent].a[lift.configuration[-1]] if is_unset else 1)


def _record_lift(
    net: Network, lift: Lift, scale: Fraction, first: int, excluded: int
) -> dict[str, Any]:
    """Return the record of a lift; the lifts of its variable begin at ``first``."""
    states = net.space.states[lift.variable]
    name, prefix = net.variables[lift.variable], net.space.assignment(lift.prefix)
    a = [scale * p for p in lift.a]
    matrix = [[(scale if i == j else 0) - a_i for j in range(len(a))] for i, a_i in enumerate(a)]
    rhs = [scale * r_l - lift.weight * a_l for r_l, a_l in zip(lift.r, a, strict=True)]
    closed = closed_form(a, rhs)
    try:
        eliminated = by_elimination(matrix, rhs)
    except ArithmeticError as error:
        raise CertificateError(f"the lift of {prefix} to {name!r}: {error}") from None
    if closed != eliminated or closed.point != lift.sets:
        raise CertificateError(
            f"the lift of {prefix} to {name!r} has several solutions: {closed} by the closed form, "
            f"{eliminated} by elimination, {lift.sets} in lifting"
        )
    configuration = zip(net.tables.layout.order, lift.configuration, strict=False)
    return {
        "variable": name,
        "prefix": prefix,
        "weight": rational_text(lift.weight),
        "cell": list(net.space.assignment(configuration).values()),
        "scale": rational_text(scale),
        "conditional": rational_texts(lift.a),
        "p_mix": rational_texts([scale * m for m in lift.m]),
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
