"""What a proof owes, and how each debt is paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Cases", "Means", "Obligation", "argue", "discharge"]

Means = Literal[
    "polynomial identity", "finite check", "monomial identity", "fraction field", "argument"
]

Cases = Iterator[str | None]
"""The cases of a check: None for one that holds, else the place where it fails."""


@dataclass(frozen=True)
class Obligation:
    """One thing that the proof has to show.

    Attributes
    ----------
    name
        Unique in a proof.
    statement
        What is claimed, in words.
    means
        How it was shown: by computation, in one of four ways, or by an argument in words.
    discharged
        Whether every case holds; for an argument, whether all that it uses is discharged.
    detail
        How many cases were computed, or the place of the first one that fails.
    uses
        For an argument: the names of the obligations that it rests on.
    """

    name: str
    statement: str
    means: Means
    discharged: bool
    detail: str
    uses: tuple[str, ...] = ()


def discharge(name: str, means: Means, cases: Cases, statement: str) -> Obligation:
    """Compute all cases, up to the first that fails. No case at all proves nothing."""
    count = 0
    for failure in cases:
        if failure is not None:
            return Obligation(name, statement, means, False, failure)
        count += 1
    return Obligation(name, statement, means, count > 0, f"{count:,} case{'s' * (count != 1)}")


def argue(name: str, uses: Sequence[Obligation], statement: str) -> Obligation:
    """An argument in words, which stands or falls with the obligations that it uses."""
    names = tuple(o.name for o in uses)
    missing = [o.name for o in uses if not o.discharged]
    detail = f"not shown: {', '.join(missing)}" if missing else f"from {', '.join(names)}"
    return Obligation(name, statement, "argument", bool(uses) and not missing, detail, names)
