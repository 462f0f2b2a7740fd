"""The distribution that a certificate is about, and how far it shows that it is the mixture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, NoReturn, Protocol

from domix.core.guarantees import Equality
from domix.core.intervention import Intervention
from domix.core.joint import exact, joint_rows
from domix.core.soft.targets import AnyTarget, expand
from domix.core.space import Label
from domix.core.tables import Layout, Target
from domix.errors import CertificateError, DataError, InterventionError
from domix.exact.checker.claims import SOURCE
from domix.exact.checker.lifts import Terms, VerifiedLifts, extend
from domix.exact.checker.network import GivenNetwork
from domix.util.rational import brief

ZERO = Fraction(0)


class Distribution(Protocol):
    """P_mix in one of its forms."""

    equality: Equality
    """How far :meth:`compare` compares."""

    def compare(self, lifts: VerifiedLifts) -> None:
        """Refuse lifts of a mixture that is not P_mix, as far as this form shows."""


class _GivenMixture:
    """Components: the same targets with the same weights are the same mixture.

    A soft component is one hard component for each value that it draws.
    """

    equality = Equality.STRUCTURAL

    def __init__(self, network: GivenNetwork, p_mix: Any) -> None:
        if not network.is_same(GivenNetwork(p_mix.network)):
            raise CertificateError("it is a mixture over another network", argument="p_mix")
        self._network = network
        self._weights: dict[Target, Fraction] = {}
        for soft, whole in zip(p_mix.any_targets, p_mix.weights.tolist(), strict=True):
            for target, share in _expand(p_mix.network.tables.layout, soft).items():
                part = exact(whole) * exact(share)
                self._weights[target] = self._weights.get(target, ZERO) + part

    def compare(self, lifts: VerifiedLifts) -> None:
        claimed = dict(lifts.mixture)
        for target in {**self._weights, **claimed}:
            given, claim = self._weights.get(target, ZERO), claimed.get(target, ZERO)
            if given != claim:
                intervention = Intervention(self._network.space.assignment(target))
                _refuse_mixture(f"{intervention} the weight", given, claim)


def _expand(layout: Layout, target: AnyTarget) -> dict[Target, Any]:
    try:
        return expand(layout, target)
    except InterventionError as error:
        raise CertificateError(error.message, argument="p_mix") from None


class _GivenRows:
    """Probabilities of configurations; those that are not listed are 0."""

    equality = Equality.EVERYWHERE

    def __init__(self, network: GivenNetwork, p_mix: Any) -> None:
        codes, entries = joint_rows(network.space, network.order, p_mix)
        self._network = network
        self._rows = dict(zip(map(tuple, codes.tolist()), map(exact, entries), strict=True))
        if sum(self._rows.values()) != 1:
            raise CertificateError("its entries do not sum to 1", argument="p_mix")

    def compare(self, lifts: VerifiedLifts) -> None:
        # Both sum to 1: so where P_mix is 0, the mixture is 0 too.
        row_of = self._network.conditionals.row
        terms: dict[tuple[int, ...], Terms] = {(): {0: Fraction(1)}}
        for i, children in enumerate(lifts.children):
            terms = {
                v: extend(terms[v[:-1]], children, v[-1], row_of(i, v)[v[-1]])
                for v in {row[: i + 1] for row in self._rows}
            }
        for row, given in self._rows.items():
            weights = ((lifts.mixture[u][1], p) for u, p in terms[row].items())
            claim = sum((weight * p for weight, p in weights), ZERO)
            if claim != given:
                place = self._network.assignment(row)
                _refuse_mixture(f"{place} the probability", given, claim)


class _GivenFunction:
    """A function, which is called for every configuration that a lift reads."""

    equality = Equality.CONFIGURATIONS_READ

    def __init__(self, network: GivenNetwork, p_mix: Callable[[dict[str, Label]], Any]) -> None:
        self._network, self._function = network, p_mix
        if self._probability({}) != 1:
            raise CertificateError("p_mix({}) must be 1", argument="p_mix")

    def compare(self, lifts: VerifiedLifts) -> None:
        for configuration, probabilities in lifts.readings:
            for value, claim in enumerate(probabilities):
                place = self._network.assignment((*configuration, value))
                given = self._probability(place)
                if given != claim:
                    _refuse_mixture(f"{place} the probability", given, claim)

    def _probability(self, place: dict[str, Label]) -> Fraction:
        try:
            return exact(self._function(place), "the probability")
        except Exception as error:
            message = f"p_mix({place}): {type(error).__name__}: {error}"
            raise CertificateError(message, argument="p_mix") from error


def _refuse_mixture(quantity: str, given: Fraction, claim: Fraction) -> NoReturn:
    message = f"mixture: p_mix gives {quantity} {brief(given)}, not {brief(claim)}"
    raise CertificateError(message, source=SOURCE)


def read_p_mix(network: GivenNetwork, p_mix: Any) -> Distribution:
    """Read a distribution in one of its forms.

    Raises
    ------
    CertificateError
        It is of none of the forms, or not exact.
    """
    try:
        if all(hasattr(p_mix, name) for name in ("network", "any_targets", "weights")):
            return _GivenMixture(network, p_mix)
        if callable(p_mix) and not isinstance(p_mix, Mapping):
            return _GivenFunction(network, p_mix)
        return _GivenRows(network, p_mix)
    except DataError as error:
        raise CertificateError(error.message, argument=error.argument) from None
