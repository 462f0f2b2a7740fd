r"""Interventions with weights as text: ``PKC=high,Raf=low@0.3``."""

from __future__ import annotations

from fractions import Fraction

from domix.core.intervention import Intervention
from domix.core.notation import parse_intervention, split_plain
from domix.errors import InterventionError

__all__ = ["parse_component"]


def parse_component(text: str) -> tuple[Intervention, float]:
    r"""The intervention and the weight that a text says.

    Parameters
    ----------
    text
        ``name=state,...@weight``. Nothing before the ``@`` is do(). The weight is a decimal or a
        fraction such as 1/3. A backslash takes the next character as it is, so that names and
        states may hold ``,``, ``=``, ``@`` and backslashes; blanks around them do not count.

    Raises
    ------
    InterventionError
        The text is not of this form; the message holds it.

    Examples
    --------
    >>> parse_component("PKC=high, Raf=low @ 0.3")
    (do(PKC='high', Raf='low'), 0.3)
    >>> parse_component("@1/4")
    (do(), 0.25)
    >>> parse_component(r"a\,b=c\=d@1")
    (do({'a,b': 'c=d'}), 1.0)
    """
    assignment, *weights = split_plain(text, "@")
    if len(weights) != 1:
        found = "no weight" if not weights else r"more than one @ (write \@ for one in a name)"
        raise InterventionError(f"{text!r}: {found}; write name=state,...@weight")
    try:
        weight = float(Fraction(weights[0].strip()))
    except (ValueError, ZeroDivisionError, OverflowError):
        raise InterventionError(
            f"{text!r}: the weight {weights[0]!r} is no number; write for example @0.3 or @1/3"
        ) from None
    try:
        return parse_intervention(assignment), weight
    except InterventionError as error:
        raise InterventionError(f"{text!r}: {error}") from None
