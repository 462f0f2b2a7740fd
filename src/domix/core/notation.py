"""Interventions as text: ``PKC=high,Raf=low``."""

from __future__ import annotations

import re

from domix.core.intervention import Intervention, do
from domix.errors import InterventionError


def parse_intervention(text: str) -> Intervention:
    r"""Read an intervention from a text such as ``str`` of an intervention.

    Parameters
    ----------
    text : str
        ``name=state,...``, with or without ``do(...)`` around it; an empty text is do(). After a
        backslash, the next character belongs to the name or state: so names and states can contain
        ``,`` and backslashes, and names ``=``. Spaces around names and states are ignored.

    Raises
    ------
    InterventionError
        The text does not have this form; the message quotes it.

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
    """Read the pairs of such a text, in which a name may occur more than once.

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
        # The first sign separates: states such as >=7.5 contain one themselves.
        first, *rest = split_plain(piece, "=")
        name, state = _unescape(first), _unescape("=".join(rest))
        if not (name and state):
            whole = f"{text!r}: " if piece.strip() != text.strip() else ""
            raise InterventionError(
                f"{whole}{piece.strip()!r} is not name=state "
                r"(write \, \= \@ for these signs inside a name or a state)"
            )
        pairs.append((name, state))
    return pairs


def parse_names(text: str) -> list[str]:
    r"""Read names from a text such as ``PKC,Raf``, with backslashes as in interventions.

    Examples
    --------
    >>> parse_names(r"PKC, dose\, mg")
    ['PKC', 'dose, mg']
    """
    return [_unescape(name) for name in split_plain(text, ",")]


def split_plain(text: str, separator: str) -> list[str]:
    """Split a text at the separators without a backslash before them; keep the backslashes."""
    pieces = [""]
    for token in re.findall(r"\\.|.", text, re.DOTALL):
        if token == separator:
            pieces.append("")
        else:
            pieces[-1] += token
    return pieces


def _unescape(text: str) -> str:
    """Remove the backslashes before other characters, and the spaces around the text."""
    return re.sub(r"\\(.)", r"\1", text.strip(), flags=re.DOTALL)
