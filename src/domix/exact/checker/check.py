"""Checking a certificate, without any of the code that made it.

docs/explanation/certificates.md explains why a certificate that passes is a proof.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from domix.core.guarantees import Exclusion, Guarantees, Positivity
from domix.errors import CertificateError, FormatError
from domix.exact.checker.claims import FORMAT, VERSION, compare, parse_claims
from domix.exact.checker.lifts import VerifiedLifts, verify_lifts
from domix.exact.checker.network import GivenNetwork, NetworkLike
from domix.exact.checker.p_mix import read_p_mix
from domix.util.rational import rational_text
from domix.util.strict_json import Node


class CertificateLike(Protocol):
    """A certificate as the checker reads it."""

    def to_json(self) -> str:
        """Return the document as JSON."""


def check(cert: CertificateLike, net: NetworkLike, p_mix: Any) -> None:
    """Verify every claim of a certificate.

    Parameters
    ----------
    cert : Certificate
        The certificate.
    net : Network
        The exact network that it is about.
    p_mix : Mixture, Table, array_like, mapping or callable
        The exact distribution that it is about, in one of the forms that :func:`certify` takes.
        The equality claimed must be the one that can be established from this form.

    Raises
    ------
    CertificateError
        A claim is wrong, missing, duplicate or not in canonical form; its place in the document is
        named. Or ``net`` or ``p_mix`` is not exact.

    See Also
    --------
    certify : Make a certificate.

    Notes
    -----
    ``net`` and ``p_mix`` are trusted. Of the network, ``space`` and ``tables``
    are read. Of a mixture, ``network``, ``targets`` and ``weights`` are read, and of a table
    ``names`` and ``values``; any other ``p_mix`` is read as a mapping, a function or an array.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture, Network, do
    >>> from domix.exact import certify, check
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 4), F(3, 4)]})
    >>> mix = Mixture(net, {do(): F(2, 3), do(A="low"): F(1, 3)})
    >>> cert = certify(net, mix)
    >>> check(cert, net, mix)
    >>> check(cert, net, Mixture(net, {do(): F(1, 2), do(A="low"): F(1, 2)}))
    Traceback (most recent call last):
        ...
    domix.errors.CertificateError: certificate: mixture: p_mix gives do() the weight 1/2, not 2/3
    """
    network = GivenNetwork(net)
    distribution = read_p_mix(network, p_mix)
    claims = _parse(cert)
    lifts = verify_lifts(network, claims.field("lifts"))
    distribution.compare(lifts)
    expected = {
        "format": FORMAT,
        "version": VERSION,
        "variables": [{"name": name, "states": list(s)} for name, s in network.variables],
        "mixture": [
            {"intervention": network.space.assignment(target), "weight": rational_text(weight)}
            for target, weight in lifts.mixture
        ],
        **Guarantees(
            _exclusion(network, lifts), _positivity(network, lifts), distribution.equality
        ).facts,
    }
    fields = claims.fields([*expected, "lifts"])
    for key, value in expected.items():
        compare(fields[key], value)


def _parse(cert: CertificateLike) -> Node:
    try:
        return parse_claims(cert.to_json())
    except FormatError as error:
        raise CertificateError(error.message, source=error.source) from None
    except (AttributeError, TypeError):
        message = f"{type(cert).__name__} is not a certificate"
        raise CertificateError(message, argument="cert") from None


def _exclusion(network: GivenNetwork, lifts: VerifiedLifts) -> Exclusion:
    used = {pair for target, _ in lifts.mixture for pair in target}
    counts = Counter(variable for variable, _ in used)
    unused = (len(states) - counts[i] for i, states in enumerate(network.space.states))
    return Exclusion.GLOBAL if all(unused) else Exclusion.PER_PREFIX


def _positivity(network: GivenNetwork, lifts: VerifiedLifts) -> Positivity:
    if min(network.entries, default=1) > 0:
        return Positivity.EVERYWHERE
    return Positivity.WEAK if lifts.is_weak else Positivity.WHERE_NEEDED
