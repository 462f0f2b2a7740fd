"""Numbers, targets and lists, as sentences have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction

from domix.core.intervention import Intervention, write_intervention
from domix.core.soft.values import Misread, Stochastic, Value
from domix.results.component import share_text
from domix.util.rational import brief

BLANK = "\N{NO-BREAK SPACE}"

LEAST_PERCENT = 0.001
"""The least share that is written as a number, in percent."""


def percent(share: float | Fraction) -> str:
    """Return a share as a sentence has it.

    Examples
    --------
    >>> [percent(share).replace(BLANK, " ") for share in (0.3402, 0.05, 0.00431, 0.9996, 1)]
    ['34 %', '5 %', '0.43 %', '99.96 %', '100 %']
    >>> percent(1e-7).replace(BLANK, " ")
    '<0.001 %'
    """
    value = 100 * float(share)
    if 0 < value < LEAST_PERCENT:
        return f"<{LEAST_PERCENT}{BLANK}%"
    if 99.5 <= value < 100:
        return f"{min(value, 99.99):.2f}{BLANK}%"
    return f"{value:.0f}{BLANK}%" if value >= 9.95 else f"{value:.2g}{BLANK}%"


def interval_text(interval: tuple[float, float]) -> str:
    """Return an interval of shares with one more digit than a sentence.

    Examples
    --------
    >>> interval_text((0.3301, 0.3514)).replace(BLANK, " ")
    '33.0 to 35.1 %'
    >>> interval_text((0.0001, 0.02)).replace(BLANK, " ")
    '0.010 to 2.0 %'
    """
    low, high = interval
    digits = 1 if high >= 0.0095 else 3
    return f"{_hundredths(low, digits)} to{BLANK}{_hundredths(high, digits)}{BLANK}%"


def weight_text(weight: float | Fraction) -> str:
    """Return a weight for a table: exact fractions stay fractions.

    Examples
    --------
    >>> weight_text(Fraction(1, 3)), weight_text(0.3402).replace(BLANK, " ")
    ('1/3', '34.0 %')
    """
    if isinstance(weight, Fraction):
        return brief(weight)
    return f"{_hundredths(weight, 1 if weight >= 0.0095 else 3)}{BLANK}%"


def _hundredths(share: float, digits: int) -> str:
    """Return a share in percent, with at least so many digits that a small one is not 0.

    Examples
    --------
    >>> _hundredths(0.3402, 1), _hundredths(0.0001, 1), _hundredths(1e-7, 1), _hundredths(0.0, 1)
    ('34.0', '0.010', '<0.001', '0.0')
    """
    value = 100 * share
    if 0 < value < LEAST_PERCENT:
        return f"<{LEAST_PERCENT}"
    return f"{value:.{3 if 0 < value < 0.05 else digits}f}"


def joined(parts: Iterable[str], last: str = "and") -> str:
    """Join texts as a sentence does.

    Examples
    --------
    >>> joined("A"), joined("AB"), joined("ABC", "or")
    ('A', 'A and B', 'A, B or C')
    """
    *first, end = parts
    return f"{', '.join(first)} {last} {end}" if first else end


def shortened(parts: Sequence[str], most: int) -> str:
    """Join at most so many texts, and say how many more there are.

    Examples
    --------
    >>> shortened(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(parts) - most
    return joined(parts) if more <= 0 else f"{', '.join(parts[:most])} and {more:,} more"


def describe_target(target: Intervention) -> str:
    """Say what an intervention does, as a clause.

    Examples
    --------
    >>> from domix import do
    >>> describe_target(do(Tarn="low", Sivo="high"))
    'Tarn was set to low and Sivo to high'
    >>> describe_target(do())
    'nothing was set'
    >>> describe_target(do(A={"low": 0.75, "high": 0.25})).replace(BLANK, " ")
    'A was drawn, whatever its causes: low in 75 % and high in 25 %'
    """
    hard = [name for name in target if name not in target.soft]
    verbs = [" was set to " if name == hard[0] else " to " for name in hard]
    clauses = [f"{name}{verb}{target[name]}" for name, verb in zip(hard, verbs, strict=True)]
    soft = [_describe_soft(name, target[name]) for name in target.soft]
    return "; ".join([*([joined(clauses)] if clauses else []), *soft]) or "nothing was set"


def _describe_soft(name: str, value: Value) -> str:
    if isinstance(value, Misread):
        return f"{name} was set to {value.state} and is read as {_list_shares(value.read)}"
    assert isinstance(value, Stochastic)
    return f"{name} was drawn, whatever its causes: {_list_shares(value)}"


def target_text(target: Intervention) -> str:
    r"""Return the text of an intervention, with two digits of the probabilities of soft ones.

    Examples
    --------
    >>> from domix import do
    >>> target_text(do(A={"low": 0.756, "high": 0.244}, B="low"))
    'do(A~{low: .76, high: .24}, B=low)'
    >>> print(target_text(do(A={"x, y": 0.25, "z": 0.75})))
    do(A~{x\, y: .25, z: .75})
    """
    return write_intervention(target, lambda share: share_text(float(share)))


def _list_shares(drawn: Stochastic) -> str:
    return joined(f"{state} in {percent(share)}" for state, share in drawn.items())


def sentence(text: str) -> str:
    """Return a note as a sentence: with a capital letter, if it begins with a word, and a stop.

    Examples
    --------
    >>> sentence("known"), sentence("do(A=low) is one."), sentence("Pryd may fail")
    ('Known.', 'do(A=low) is one.', 'Pryd may fail.')
    """
    begins = re.match(r"[a-z]+\b(?![(=])", text) is not None
    return (text[:1].upper() + text[1:] if begins else text) + ("" if text.endswith(".") else ".")
