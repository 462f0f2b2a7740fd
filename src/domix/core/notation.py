"""Interventions as text: ``PKC=high,Raf=low``, or ``PKC~{high: 0.8, mid: 0.2}``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from domix.core.intervention import EMPTY, Intervention, do
from domix.core.soft.values import Misread, ValueLike
from domix.core.space import Label
from domix.errors import DataError, InterventionError
from domix.util.rational import integer

InterventionLike = Mapping[str, ValueLike] | str
"""An intervention as users write it: a mapping or a text."""

EvidenceLike = Mapping[str, Label] | str
"""Observed states as users write them: a mapping or a text such as ``PKC=high,Raf=low``."""

NUMBER = r"[+-]?(?:[0-9]+/[0-9]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?)"

ENTRY = rf"(?:\\.|[^\\,:}}])+:\s*{NUMBER}\s*"
"""A state and its probability."""

SOFT = re.compile(
    rf"(?P<name>(?:\\.|[^\\,=~]|~(?!\{{))+)"
    rf"(?:=\s*(?P<state>(?:\\.|[^\\,~\s]|~(?!\{{))(?:\\.|[^\\,~]|~(?!\{{))*))?"
    rf"~\{{(?P<entries>{ENTRY}(?:,{ENTRY})*)\}}\s*(?=,|\Z)",
    re.DOTALL,
)
"""A variable that is drawn, or with a state before ``~`` misread; no other text begins so."""

INSIDE = re.compile(r"\s*do\((.*)\)\s*", re.DOTALL)
"""An intervention with ``do`` around it."""

PLAIN = re.compile(r"(?:\\.|[^,])*", re.DOTALL)
"""All up to a comma without a backslash before it."""


def read_intervention(intervention: InterventionLike | None) -> Mapping[str, ValueLike]:
    """Return an intervention as a mapping; None sets nothing.

    Raises
    ------
    InterventionError
        It is neither a mapping nor a text, or a text that :func:`parse_intervention` refuses.

    Examples
    --------
    >>> read_intervention("PKC=high")
    do(PKC='high')
    >>> read_intervention([("PKC", "high")])
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: [('PKC', 'high')] is not an intervention; write do(A=1), a \
mapping, or 'A=1'
    """
    if intervention is None:
        return {}
    if isinstance(intervention, str):
        return parse_intervention(intervention)
    if not isinstance(intervention, Mapping):
        raise InterventionError(
            f"{intervention!r} is not an intervention; write do(A=1), a mapping, or 'A=1'"
        )
    return intervention


def read_evidence(given: EvidenceLike | None) -> Mapping[str, Label]:
    """Return observed states as a mapping; None is no evidence.

    Raises
    ------
    DataError
        It is the text of an intervention, or neither a mapping nor a text that gives some variables
        one state each.

    Examples
    --------
    >>> read_evidence("PKC=high,Raf=low")
    {'PKC': 'high', 'Raf': 'low'}
    >>> read_evidence(["PKC"])
    Traceback (most recent call last):
        ...
    domix.errors.DataError: given: ['PKC'] is not evidence; write a mapping, {'A': 1}, or 'A=1'
    """
    if given is None:
        return {}
    if isinstance(given, str) and INSIDE.fullmatch(given):
        raise DataError(f"{given} is an intervention; pass it as do", argument="given")
    if isinstance(given, str):
        try:
            pairs = parse_pairs(given)
        except InterventionError as error:
            raise DataError(error.message, argument="given") from None
        if len(dict(pairs)) < len(pairs):
            raise DataError(f"{given!r} gives a variable two states", argument="given")
        return dict(pairs)
    if not isinstance(given, Mapping):
        raise DataError(
            f"{given!r} is not evidence; write a mapping, {{'A': 1}}, or 'A=1'", argument="given"
        )
    return given


def parse_intervention(text: str) -> Intervention:
    r"""Read an intervention from a text such as ``str`` or ``repr`` of one.

    Parameters
    ----------
    text : str
        ``name=state,...``, with or without ``do(...)`` around it; an empty text is do(). After a
        backslash, the next character belongs to the name or state: so names and states can contain
        ``,`` and backslashes, and names ``=``. Blanks around names and states are ignored, unless
        they follow a backslash. ``""`` is an empty state.

        ``name~{state: probability, ...}`` is a variable whose value is drawn, and
        ``name=state~{state: probability, ...}`` one that is misread. A backslash takes ``~``
        there, and ``:`` and ``}`` inside the braces. Integers and fractions such as 1/3 are exact.

        ``do(...)`` with states or names as Python writes them, in quotes, is read as Python reads
        it; numbers alone are text, which networks match with numbers. With a backslash before it, a
        quote belongs to the name or state.

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
    >>> parse_intervention(r'A=high\ , B=""')
    do(A='high ', B='')
    >>> parse_intervention("PKC~{high: .75, mid: .25}")
    do(PKC={'high': 0.75, 'mid': 0.25})
    >>> parse_intervention("Raf=low~{low: 1/3, high: 2/3}")
    do(Raf=Misread('low', {'low': Fraction(1, 3), 'high': Fraction(2, 3)}))
    >>> parse_intervention("do({'Raf': 'low '})"), parse_intervention(r"do(Raf=\'low\')")
    (do(Raf='low '), do(Raf="'low'"))
    """
    pairs: dict[str, ValueLike] = {}
    for name, value in _read_python(text) or _parse_values(text):
        if name in pairs:
            raise InterventionError(f"{text!r}: {name!r} is set twice")
        pairs[name] = value
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
    pairs = []
    for name, value in _parse_values(text):
        if not isinstance(value, str):
            raise InterventionError(f"{text!r}: write a state of {name!r}, not a distribution")
        pairs.append((name, value))
    return pairs


def _parse_values(text: str) -> list[tuple[str, ValueLike]]:
    inside = INSIDE.fullmatch(text)
    assignment = text if inside is None else inside[1]
    pairs: list[tuple[str, ValueLike]] = []
    for piece in _split_pairs(assignment) if assignment.strip() else []:
        soft = SOFT.fullmatch(_strip(piece))
        if soft is not None:
            pairs.append((_unescape(soft["name"]), _parse_soft(text, soft)))
            continue
        # The first sign separates: states such as >=7.5 contain one themselves.
        first, *rest = split_plain(piece, "=")
        state = "=".join(rest)
        name = _unescape(first)
        if not (name and state.strip()):
            whole = f"{text!r}: " if piece.strip() != text.strip() else ""
            raise InterventionError(
                f"{whole}{piece.strip()!r} is not name=state or name~{{state: probability, ...}} "
                r"(write \, \= \@ for these signs inside a name or a state)"
            )
        pairs.append((name, _unescape(state)))
    return pairs


def _read_python(text: str) -> list[tuple[str, Any]] | None:
    """Return the pairs of ``do(...)`` if it is Python with a quoted name or state; else None.

    ``""`` is not such a state, because ``str`` of an intervention writes it, and other quotes only
    after backslashes, which Python does not read outside of quotes.

    Raises
    ------
    InterventionError
        It is Python, and a distribution in it is invalid.
    """
    if INSIDE.fullmatch(text) is None or not ("'" in text or '"' in text):
        return None
    source = text.strip()
    try:
        call = ast.parse(source, mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
            return None
        mappings = [*call.args, *(k.value for k in call.keywords if k.arg is None)]
        pairs = [pair for mapping in mappings for pair in _evaluate_pairs(mapping)]
        pairs += [(k.arg, _evaluate(k.value)) for k in call.keywords if k.arg is not None]
    except (InterventionError, OverflowError) as error:
        raise InterventionError(f"{text!r}: {error}") from None
    except ZeroDivisionError:
        raise InterventionError(f"{text!r} divides by zero") from None
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None
    quoted = any(
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and ast.get_source_segment(source, node) != EMPTY
        for node in ast.walk(call)
    )
    return pairs if quoted else None


def _evaluate_pairs(node: ast.expr) -> list[tuple[Any, Any]]:
    """Return the pairs of a mapping, duplicates included; TypeError if it is not one."""
    if not isinstance(node, ast.Dict):
        raise TypeError("not a mapping")
    keys = [ast.literal_eval(key) for key in node.keys if key is not None]
    hash(tuple(keys))  # a TypeError, if a name is a list
    return list(zip(keys, map(_evaluate, node.values), strict=True))


def _evaluate(node: ast.expr) -> Any:
    """Return the value of a literal in which fractions and misread states may be.

    Raises
    ------
    ValueError, TypeError
        It is not such a literal.
    """
    if isinstance(node, ast.Dict):
        return dict(_evaluate_pairs(node))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        kind = {"Fraction": Fraction, "Misread": Misread}.get(node.func.id)
        if kind is None:
            raise ValueError(node.func.id)
        return kind(*map(_evaluate, node.args))
    return ast.literal_eval(node)


def _split_pairs(text: str) -> list[str]:
    """Split a text at its plain commas, except those between the braces of a distribution."""
    pieces, start = [], 0
    while start <= len(text):
        match = SOFT.match(text, start) or PLAIN.match(text, start)
        assert match is not None, "PLAIN matches the empty text"
        pieces.append(match[0])
        start = match.end() + 1
    return pieces


def _parse_soft(text: str, soft: re.Match[str]) -> ValueLike:
    probabilities: dict[Any, Any] = {}
    for entry in split_plain(soft["entries"], ","):
        label, number = map(str, split_plain(entry, ":"))
        state = _unescape(label)
        if state in probabilities:
            raise InterventionError(f"{text!r}: {state!r} has two probabilities")
        probabilities[state] = _parse_number(text, number.strip())
    if soft["state"] is None:
        return probabilities
    return Misread(_unescape(soft["state"]), probabilities)


def _parse_number(text: str, number: str) -> float | Fraction:
    top, _, bottom = number.partition("/")
    if not bottom and not number.lstrip("+-").isdecimal():
        return float(number)
    denominator = integer(bottom) if bottom else 1
    if denominator == 0:
        raise InterventionError(f"{text!r}: {number} divides by zero")
    return Fraction(integer(top.removeprefix("+")), denominator)


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
    for token in _tokens(text):
        if token == separator:
            pieces.append("")
        else:
            pieces[-1] += token
    return pieces


def _unescape(text: str) -> str:
    """Remove the backslashes before other characters, and the plain blanks around the text."""
    stripped = _strip(text)
    return "" if stripped == EMPTY else re.sub(r"\\(.)", r"\1", stripped, flags=re.DOTALL)


def _strip(text: str) -> str:
    """Remove the blanks around a text that have no backslash before them."""
    tokens = _tokens(text)
    plain = [number for number, token in enumerate(tokens) if not token.isspace()]
    return "".join(tokens[plain[0] : plain[-1] + 1]) if plain else ""


def _tokens(text: str) -> list[str]:
    """Split a text into characters, each with the backslash before it."""
    return re.findall(r"\\.|.", text, re.DOTALL)
