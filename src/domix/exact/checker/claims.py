"""JSON documents whose every entry is a claim: read strictly, and held against the truth."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NoReturn

from domix.errors import CertificateError, FormatError
from domix.util.rational import rational

__all__ = [
    "alike",
    "hold",
    "hold_keys",
    "hold_rational",
    "hold_rationals",
    "parse_claims",
    "refuse",
    "shown",
]

LONGEST = 60
"""Characters of a claim that a message shows."""

LONGEST_FRACTION = 100_000
"""Characters of fractions that are read to be added: common divisors take quadratic time to find,
and a document of claims shall take no more time than its length is worth."""


class _Twice:
    """In the place of a value whose key stands twice in an object; the truth is never one."""


def parse_claims(text: str) -> Any:
    """The document; a key that stands twice in an object is refused wherever it is read.

    Raises
    ------
    FormatError
        It is no text, or not JSON; line and column are named.
    """
    if not isinstance(text, str):
        raise FormatError(f"certificate: its text is needed, not {type(text).__name__}")

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            found[key] = _Twice() if key in found else value
        return found

    try:
        return json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"certificate: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise FormatError("certificate: brackets are nested too deep") from None
    except ValueError as error:
        raise FormatError(f"certificate: {error}") from None


def refuse(place: str, message: str) -> NoReturn:
    """Raise the CertificateError."""
    raise CertificateError(f"{place or 'certificate'}: {message}")


def shown(claim: Any) -> str:
    """A claim in a message: short, whatever it is."""
    if isinstance(claim, _Twice):
        return "two values"
    if isinstance(claim, (dict, list)):
        return f"{'an object' if isinstance(claim, dict) else 'a list'} of {len(claim)}"
    text = json.dumps(claim, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def alike(claim: Any, truth: Any) -> bool:
    """Whether two leaves are the same; to Python, 1, 1.0 and true are, and 0.0 and -0.0."""
    if type(claim) is not type(truth):
        return False
    return claim == truth and (type(claim) is not float or repr(claim) == repr(truth))


def hold_rational(claim: Any, place: str) -> Fraction:
    """The number that a claim says, refusing what is none or not in lowest terms."""
    if not isinstance(claim, str):
        refuse(place, f"says {shown(claim)}; it must be a fraction in a string")
    if len(claim) > LONGEST_FRACTION:
        refuse(place, f"{len(claim)} characters; a fraction may have {LONGEST_FRACTION}")
    try:
        return rational(claim)
    except ValueError as error:
        refuse(place, f"says {shown(claim)}: {error}")


def hold_rationals(claims: Mapping[str, Any]) -> list[Fraction]:
    """The numbers that claims say, by their places, refusing what their sum may be too long for."""
    numbers = [hold_rational(claim, place) for place, claim in claims.items()]
    if sum(map(len, claims.values())) > LONGEST_FRACTION:
        refuse(next(iter(claims)), f"it and what is added has over {LONGEST_FRACTION} characters")
    return numbers


def hold_keys(claim: Any, keys: Iterable[str], place: str) -> None:
    """Refuse what is no object with exactly these keys."""
    if not isinstance(claim, dict):
        refuse(place, f"says {shown(claim)}; it must be an object")
    wanted = set(keys)
    for key in sorted(wanted - claim.keys()):
        refuse(place, f"the key {key!r} is missing")
    for key in sorted(claim.keys() - wanted):
        refuse(place, f"unknown key {key!r}")


def hold(claim: Any, truth: Any, place: str) -> None:
    """Refuse a claim that is not the truth, in every entry and its type.

    Raises
    ------
    CertificateError
        The place of the first entry that differs is named.

    Examples
    --------
    >>> hold({"rank": 1, "r": ["1/2"]}, {"rank": 1, "r": ["1/2"]}, "lifts[0]")
    >>> hold({"rank": True, "r": ["1/2"]}, {"rank": 1, "r": ["1/2"]}, "lifts[0]")
    Traceback (most recent call last):
        ...
    domix.errors.CertificateError: lifts[0].rank: says true; it is 1
    """
    if isinstance(truth, dict):
        hold_keys(claim, truth, place)
        for key, value in truth.items():
            hold(claim[key], value, f"{place}.{key}" if place else key)
    elif isinstance(truth, list):
        if not isinstance(claim, list):
            refuse(place, f"says {shown(claim)}; it must be a list")
        if len(claim) != len(truth):
            refuse(place, f"{len(claim)} entries where there are {len(truth)}")
        # Most entries are text or integers, and then equal lists are alike.
        if claim == truth and set(map(type, [*claim, *truth])) <= {str, int}:
            return
        for i, (entry, value) in enumerate(zip(claim, truth, strict=True)):
            hold(entry, value, f"{place}[{i}]")
    elif not alike(claim, truth):
        refuse(place, f"says {shown(claim)}; it is {shown(truth)}")
