"""Claims: the entries of a certificate, read strictly and compared with the expected values."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from domix.errors import CertificateError
from domix.util.rational import rational
from domix.util.strict_json import Node, parse, show

FORMAT = "domix-certificate"
VERSION = 1
SOURCE = "certificate"
"""The document, as messages name it."""

MAX_CHARACTERS = 100_000
"""Characters of a fraction, or of several that are added: common divisors take quadratic time to
compute, and a document must not take longer to check than its length justifies."""


def parse_claims(text: str) -> Node:
    """Parse a certificate.

    Raises
    ------
    FormatError
        The text is not a string, or not JSON; line and column are named.
    CertificateError
        A key is duplicate; its place is named.
    """
    return parse(text, SOURCE, CertificateError)


def read_rational(claim: Node) -> Fraction:
    """Read a fraction in lowest terms from a string."""
    if not isinstance(claim.value, str):
        claim.expect("a fraction in quotes")
    if len(claim.value) > MAX_CHARACTERS:
        claim.fail(f"{len(claim.value)} characters; a fraction may have {MAX_CHARACTERS}")
    return claim.convert(rational)


def read_summands(claims: Sequence[Node]) -> list[Fraction]:
    """Read fractions, refusing those that may take too long to add."""
    numbers = [read_rational(claim) for claim in claims]
    if sum(len(claim.value) for claim in claims) > MAX_CHARACTERS:
        claims[0].fail(f"the fractions to be added have over {MAX_CHARACTERS} characters")
    return numbers


def is_same(claim: object, expected: object) -> bool:
    """Whether two leaves are equal and of one type; for floats, 0.0 and -0.0 differ as well.

    Examples
    --------
    >>> is_same(1, 1), is_same(1.0, 1), is_same(True, 1), is_same(-0.0, 0.0)
    (True, False, False, False)
    """
    if type(claim) is not type(expected):
        return False
    return claim == expected and (type(claim) is not float or repr(claim) == repr(expected))


def compare(claim: Node, expected: Any) -> None:
    """Refuse a claim that differs from the expected value in any entry or in its type.

    Raises
    ------
    CertificateError
        The place of the first entry that differs is named.

    Examples
    --------
    >>> claims = parse_claims('{"rank": true, "r": ["1/2"]}')
    >>> compare(claims.fields(["rank", "r"])["r"], ["1/2"])
    >>> compare(claims, {"rank": 1, "r": ["1/2"]})
    Traceback (most recent call last):
        ...
    domix.errors.CertificateError: certificate: rank: expected 1, not true
    """
    # Values that are equal and have the same text are the same. Only others take the slow way, to
    # find the place of the difference.
    if claim.value == expected and repr(claim.value) == repr(expected):
        return
    if isinstance(expected, dict):
        fields = claim.fields(expected)
        for key, value in expected.items():
            compare(fields[key], value)
    elif isinstance(expected, list):
        for item, value in zip(claim.items(len(expected)), expected, strict=True):
            compare(item, value)
    elif not is_same(claim.value, expected):
        claim.expect(show(expected))
