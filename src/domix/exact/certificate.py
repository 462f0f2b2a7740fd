"""A certificate: the mixture that was found and every step that led to it, as claims.

docs/explanation/certificates.md describes the document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from domix.core.intervention import Intervention
from domix.errors import CertificateError
from domix.exact import latex, rendering
from domix.exact.checker.claims import FORMAT, VERSION, parse_claims, read_rational
from domix.util.rational import rational
from domix.util.strict_json import Node, to_json

Shape = dict[str, Any] | list[Any] | Callable[[Node], Any]
"""The shape of a document: an object's keys, a list of one kind of entries, or a reader."""


def _read_assignment(node: Node) -> Intervention:
    return Intervention({name: state.label() for name, state in node.entries().items()})


LIFT: Shape = {
    "variable": Node.text,
    "prefix": _read_assignment,
    "weight": read_rational,
    "cell": [Node.label],
    "scale": read_rational,
    "conditional": [read_rational],
    "p_mix": [read_rational],
    "known": [{"lift": Node.whole_number, "ratio": read_rational}],
    "r": [read_rational],
    "matrix": [[read_rational]],
    "rhs": [read_rational],
    "rank": Node.whole_number,
    "null_vector": [read_rational],
    "silent": read_rational,
    "solution": [read_rational],
    "zeros": [Node.label],
    "excluded": Node.label,
}

SHAPE: Shape = {
    "format": Node.text,
    "version": Node.whole_number,
    "variables": [{"name": Node.text, "states": [Node.label]}],
    "lifts": [LIFT],
    "mixture": [{"intervention": _read_assignment, "weight": read_rational}],
    "exclusion": Node.text,
    "positivity": Node.text,
    "equality": Node.text,
}


class Certificate:
    """The proof of the mixture that :func:`certify` found; :func:`check` verifies it.

    Two certificates are equal if their text is.

    Parameters
    ----------
    document : mapping
        The document that docs/explanation/certificates.md describes. It is not validated here.

    See Also
    --------
    certify : Make a certificate.
    check : Verify a certificate.

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
        self._text = _lay_out(document)

    @classmethod
    def from_json(cls, text: str) -> Certificate:
        """Read the text that :meth:`to_json` returns.

        The document is well-formed, so that it can be printed; its claims are not verified.

        Parameters
        ----------
        text : str
            A certificate as JSON.

        Returns
        -------
        Certificate

        Raises
        ------
        FormatError
            The text is not JSON; line and column are named.
        CertificateError
            The document is not of this format, a key is duplicate, or a fraction is not in lowest
            terms; the place is named.
        """
        document = parse_claims(text)
        document.check_header(FORMAT, VERSION)
        _check_shape(document, SHAPE)
        cert = cls.__new__(cls)
        cert._text = text
        return cert

    def to_json(self) -> str:
        """Return the document as JSON."""
        return self._text

    @property
    def document(self) -> dict[str, Any]:
        """The document as Python objects, a new copy each time."""
        return dict(json.loads(self._text))

    @property
    def components(self) -> tuple[tuple[Intervention, Fraction], ...]:
        """The mixture that was found: each target with its weight."""
        return tuple(
            (Intervention(part["intervention"]), rational(part["weight"]))
            for part in self.document["mixture"]
        )

    def render(self) -> str:
        """Return the whole certificate as readable text."""
        return rendering.text(self.document)

    def latex(self, i: int | None = None, *, changes_only: bool = False) -> str:
        """Return the certificate in LaTeX: all lifts in order, or one of them.

        The whole is the body of a document that needs amsmath. Notebooks show it by
        ``IPython.display.display(Latex(cert.latex()))``.

        Parameters
        ----------
        i : int, optional
            The number of a lift, from 0: only its system and its solution, a ``gather*``.
        changes_only : bool, default False
            Of the whole certificate, leave out the lifts that set nothing; a sentence counts them.

        Returns
        -------
        str

        Raises
        ------
        CertificateError
            There is no such lift.

        Examples
        --------
        >>> from fractions import Fraction as F
        >>> from domix import Mixture, Network, do
        >>> from domix.exact import certify
        >>> net = Network({"A": []}, {"A": ["low", "high"]}, {"A": [F(1, 4), F(3, 4)]})
        >>> cert = certify(net, Mixture(net, {do(): 1}))
        >>> "The lifts that set nothing, 1 of 1, are left out" in cert.latex(changes_only=True)
        True
        """
        document = self.document
        if i is None:
            return latex.certificate(document, changes_only)
        count = len(document["lifts"])
        if not 0 <= i < count:
            raise CertificateError(f"there is no lift {i}; the {count} lifts count from 0")
        return latex.lift(document, i)

    def __str__(self) -> str:
        return rendering.summary(self.document)

    def __repr__(self) -> str:
        return f"<Certificate: {self}>"

    def _repr_html_(self) -> str:
        return rendering.html(self.document)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Certificate):
            return NotImplemented
        return self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


def _check_shape(node: Node, shape: Shape) -> None:
    """Refuse a value of another shape."""
    if isinstance(shape, list):
        for item in node.items():
            _check_shape(item, shape[0])
    elif isinstance(shape, dict):
        for key, field in node.fields(shape).items():
            _check_shape(field, shape[key])
    else:
        shape(node)


def _lay_out(document: Mapping[str, Any]) -> str:
    """Write a document with one line for each variable, lift and component."""
    parts = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(map(to_json, value)) + "\n ]"
        else:
            text = to_json(value)
        parts.append(f" {to_json(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"
