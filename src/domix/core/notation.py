r"""Interventions as text: ``PKC=high,Raf=low``."""

from __future__ import annotations

import re

from domix.core.intervention import Intervention, do
from domix.errors import InterventionError

__all__ = ["parse_intervention", "split_plain"]


def parse_intervention(text: str) -> Intervention:
    r"""The intervention that a text says.

    Parameters
    ----------
    text
        ``name=state,...``, with or without ``do(...)`` around it; nothing is do(). A backslash
        takes the next character as it is, so that names and states may hold ``,``, ``=`` and
        backslashes; blanks around them do not count.

    Raises
    ------
    InterventionError
        The text is not of this form; the message holds it.

    Examples
    --------
    >>> parse_intervention("PKC=high, Raf=low")
    do(PKC='high', Raf='low')
    >>> parse_intervention("do(PKC=high)"), parse_intervention("")
    (do(PKC='high'), do())
    >>> parse_intervention(r"a\,b=c\=d")
    do({'a,b': 'c=d'})
    """
    inside = re.fullmatch(r"\s*do\((.*)\)\s*", text, re.DOTALL)
    assignment = text if inside is None else inside[1]
    pairs: dict[str, str] = {}
    for piece in split_plain(assignment, ",") if assignment.strip() else []:
        sides = [_plain(side) for side in split_plain(piece, "=")]
        if len(sides) != 2 or not all(sides):
            raise InterventionError(
                f"{text!r}: {piece.strip()!r} is not name=state "
                r"(write \, \= \@ for these signs inside a name or a state)"
            )
        name, state = sides
        if name in pairs:
            raise InterventionError(f"{text!r}: {name!r} is set twice")
        pairs[name] = state
    return do(pairs)


def split_plain(text: str, separator: str) -> list[str]:
    """The pieces between the separators that no backslash stands before; backslashes stay."""
    pieces = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == separator:
            pieces.append("")
        else:
            pieces[-1] += token
    return pieces


def _plain(text: str) -> str:
    """Without the backslashes that take the next character as it is."""
    return re.sub(r"\\(.)", r"\1", text.strip(), flags=re.DOTALL)
