r"""Interventions as text: ``PKC=high,Raf=low``."""

from __future__ import annotations

import re

from domix.core.intervention import Intervention, do
from domix.errors import InterventionError

__all__ = ["parse_intervention", "parse_pairs", "split_plain"]


def parse_intervention(text: str) -> Intervention:
    r"""The intervention that a text says; ``str`` of an intervention is such a text.

    Parameters
    ----------
    text
        ``name=state,...``, with or without ``do(...)`` around it; nothing is do(). A backslash
        takes the next character as it is, so that names and states may hold ``,`` and backslashes,
        and names ``=``; blanks around them do not count.

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
    >>> parse_intervention(r"a\,b=c,CO2=>=7.5")
    do({'a,b': 'c', 'CO2': '>=7.5'})
    """
    pairs: dict[str, str] = {}
    for name, state in parse_pairs(text):
        if name in pairs:
            raise InterventionError(f"{text!r}: {name!r} is set twice")
        pairs[name] = state
    return do(pairs)


def parse_pairs(text: str) -> list[tuple[str, str]]:
    """What such a text says, pair by pair: a name may be there more than once.

    Raises
    ------
    InterventionError
        As for :func:`parse_intervention`.

    Examples
    --------
    >>> parse_pairs("PKC=high,PKC=low")
    [('PKC', 'high'), ('PKC', 'low')]
    """
    inside = re.fullmatch(r"\s*do\((.*)\)\s*", text, re.DOTALL)
    assignment = text if inside is None else inside[1]
    pairs = []
    for piece in split_plain(assignment, ",") if assignment.strip() else []:
        # The first sign decides: states such as >=7.5 hold one themselves.
        first, *rest = split_plain(piece, "=")
        name, state = _plain(first), _plain("=".join(rest))
        if not (name and state):
            whole = f"{text!r}: " if piece.strip() != text.strip() else ""
            raise InterventionError(
                f"{whole}{piece.strip()!r} is not name=state "
                r"(write \, \= \@ for these signs inside a name or a state)"
            )
        pairs.append((name, state))
    return pairs


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
