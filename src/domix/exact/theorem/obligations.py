"""Obligations: the statements that a proof must establish.

An obligation is *discharged* when all its cases have been computed and are true. An argument in
words is discharged when every obligation that it uses is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from domix.errors import CertificateError

Means = Literal[
    "polynomial identity", "finite check", "monomial identity", "fraction field", "argument"
]

Cases = Iterator[str | None]
"""The cases of a computation: None for one that is true, else the place where it fails."""


@dataclass(frozen=True)
class Obligation:
    """One statement that a proof must establish.

    Attributes
    ----------
    name : str
        Unique in a proof.
    statement : str
        The claim, in words.
    means : str
        How it was shown: by computation, in one of four ways, or by an argument in words.
    discharged : bool
        Whether every case is true; for an argument, whether all that it uses is discharged.
    detail : str
        The number of cases that were computed, or the place of the first one that fails.
    uses : tuple of str
        For an argument: the names of the obligations that it uses.
    """

    name: str
    statement: str
    means: Means
    discharged: bool
    detail: str
    uses: tuple[str, ...] = ()


def discharge(name: str, means: Means, cases: Cases, statement: str) -> Obligation:
    """Compute all cases, up to the first that fails; without a case, nothing is proved."""
    count = 0
    for failure in cases:
        if failure is not None:
            return Obligation(name, statement, means, False, failure)
        count += 1
    return Obligation(name, statement, means, count > 0, f"{count:,} case{'s' * (count != 1)}")


def require(obligations: Iterable[Obligation]) -> tuple[Obligation, ...]:
    """Compute all obligations.

    Raises
    ------
    CertificateError
        An obligation is not discharged; the first one is named.
    """
    out = []
    for o in obligations:
        if not o.discharged:
            raise CertificateError(f"obligation {o.name!r} ({o.means}) fails at {o.detail}")
        out.append(o)
    return tuple(out)


def argue(name: str, uses: Sequence[Obligation], statement: str) -> Obligation:
    """Return an argument in words, discharged if all obligations that it uses are."""
    names = tuple(o.name for o in uses)
    missing = [o.name for o in uses if not o.discharged]
    detail = f"not shown: {', '.join(missing)}" if missing else f"from {', '.join(names)}"
    return Obligation(name, statement, "argument", bool(uses) and not missing, detail, names)
