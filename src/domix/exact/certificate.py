"""A certificate: what was found, and every step that led there, as claims to be checked.

docs/certificates.md describes the document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from domix.core.intervention import Intervention
from domix.core.space import Label
from domix.errors import CertificateError, FormatError
from domix.exact import rendering
from domix.exact.checker.check import FORMAT, VERSION
from domix.exact.checker.claims import hold, hold_keys, hold_rational, parse_claims, refuse, shown

__all__ = ["Certificate"]

SETTING = {str: Label}

LIFT = {
    "variable": str,
    "prefix": SETTING,
    "weight": Fraction,
    "cell": [Label],
    "scale": Fraction,
    "conditional": [Fraction],
    "p_mix": [Fraction],
    "known": [{"lift": int, "ratio": Fraction}],
    "r": [Fraction],
    "matrix": [[Fraction]],
    "rhs": [Fraction],
    "rank": int,
    "null_vector": [Fraction],
    "silent": Fraction,
    "solution": [Fraction],
    "zeros": [Label],
    "excluded": Label,
}

SHAPE = {
    "format": str,
    "version": int,
    "variables": [{"name": str, "states": [Label]}],
    "lifts": [LIFT],
    "mixture": [{"intervention": SETTING, "weight": Fraction}],
    "exclusion": str,
    "positivity": str,
    "equality": str,
}
"""What stands where: fractions are strings, a list is of one kind, and a setting has any names."""


class Certificate:
    """The proof of what :func:`certify` found; :func:`check` verifies it.

    Two certificates are equal if they are written alike, to the letter.

    Parameters
    ----------
    document
        As docs/certificates.md describes it. Nothing is looked at here.

    Examples
    --------
    >>> from fractions import Fraction as F
    >>> from domix import Mixture, Network, do
    >>> from domix.exact import certify
    >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 4), F(3, 4)]})
    >>> cert = certify(net, Mixture(net, {do(): F(2, 3), do(A="low"): F(1, 3)}))
    >>> Certificate.from_json(cert.to_json()) == cert
    True
    >>> cert.components
    ((do(), Fraction(2, 3)), (do(A='low'), Fraction(1, 3)))
    """

    __slots__ = ("_text",)

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._text = _written(document)

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read what :meth:`to_json` wrote.

        What is read is well-formed, so that it can be printed; it is not checked.

        Raises
        ------
        FormatError
            Not JSON; line and column are named.
        CertificateError
            Not of this format, or a fraction that is not in lowest terms; the place is named.
        """
        document = parse_claims(text)
        if isinstance(document, dict) and document.get("format") != FORMAT:
            refuse("format", f"says {shown(document.get('format'))}; it must be {FORMAT}")
        _form(document, SHAPE, "")
        hold(document["version"], VERSION, "version")
        cert = cls.__new__(cls)
        cert._text = text
        return cert

    def to_json(self) -> str:
        """The document."""
        return self._text

    @property
    def document(self) -> dict[str, Any]:
        """The document as Python objects, made anew."""
        return dict(json.loads(self._text))

    @property
    def components(self) -> tuple[tuple[Intervention, Fraction], ...]:
        """The mixture that was found: targets and weights."""
        return tuple(
            (Intervention(part["intervention"]), hold_rational(part["weight"], "mixture"))
            for part in self.document["mixture"]
        )

    def render(self) -> str:
        """Everything, to be read by people."""
        return rendering.text(self.document)

    def latex(self, i: int) -> str:
        """The system of one lift and its solution, in LaTeX (with amsmath).

        Raises
        ------
        CertificateError
            There is no such lift.
        """
        document = self.document
        count = len(document["lifts"])
        if not 0 <= i < count:
            raise CertificateError(f"there is no lift {i}; the {count} lifts count from 0")
        return rendering.latex(document, i)

    def __str__(self) -> str:
        return rendering.summary(self.document)

    def __repr__(self) -> str:
        return f"<Certificate: {self}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _form(claim: Any, shape: Any, place: str) -> None:
    """Refuse what has another form than ``shape`` shows."""
    if isinstance(shape, list):
        if not isinstance(claim, list):
            refuse(place, f"says {shown(claim)}; it must be a list")
        for i, entry in enumerate(claim):
            _form(entry, shape[0], f"{place}[{i}]")
    elif isinstance(shape, dict):
        if shape is SETTING and isinstance(claim, dict):
            shape = dict.fromkeys(claim, Label)
        hold_keys(claim, shape, place)
        for key, value in shape.items():
            _form(claim[key], value, f"{place}.{key}" if place else key)
    elif shape is Fraction:
        hold_rational(claim, place)
    elif not isinstance(claim, shape) or (shape is int and isinstance(claim, bool)):
        refuse(place, f"says {shown(claim)}; a value of another type is needed")


def _written(document: Mapping[str, Any]) -> str:
    """A lift on a line, and so a variable and a component."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(_json, value)) + "\n ]"
        else:
            text = _json(value)
        parts.append(f" {_json(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:
        raise FormatError("JSON cannot hold a state that is no finite number; rename it") from None
