"""Interventions as values: the variables that ``do(...)`` sets, and what it sets them to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from keyword import iskeyword
from typing import TypeAlias
from unicodedata import normalize

from domix.core.soft.values import Misread, Stochastic, Value, ValueLike, read_value
from domix.errors import InterventionError
from domix.util.rational import rational_text
from domix.util.text_tables import html_notes, html_table, shorten_rows

EMPTY = '""'
"""An empty state in the text of an intervention."""

QUOTES = "'\""

MOST_ROWS = 40
"""Rows of the table that a notebook shows."""


class Intervention(Mapping[str, Value]):
    """An immutable, hashable mapping from the variables that are set to their states.

    In the place of a state can be a distribution from which the variable's value is drawn, or a
    state that is misread; the intervention is *soft* then, else hard. Two interventions are equal
    if they set the same variables to the same values, in any order. :func:`do` makes and checks
    one.

    Parameters
    ----------
    assignment : mapping of str to value
        Variable to value; a mapping from states to probabilities is a :class:`Stochastic`.

    Raises
    ------
    InterventionError
        A name is no text, a value is neither a state nor a distribution, or probabilities do not
        sum to 1.

    See Also
    --------
    do : Make an intervention.

    Examples
    --------
    >>> intervention = Intervention({"PKC": "high", "Raf": "low"})
    >>> intervention["PKC"], len(intervention), str(intervention)
    ('high', 2, 'do(PKC=high, Raf=low)')
    >>> str(do(PKC={"high": 0.75, "low": 0.25}))
    'do(PKC~{high: 0.75, low: 0.25})'
    """

    __slots__ = ("_assignment", "_hash")

    def __init__(self, assignment: Mapping[str, ValueLike] = {}) -> None:
        self._assignment = {name: _read(name, value) for name, value in assignment.items()}
        self._hash = hash(frozenset(self._assignment.items()))

    def __getitem__(self, variable: str) -> Value:
        return self._assignment[variable]

    def __iter__(self) -> Iterator[str]:
        return iter(self._assignment)

    def __len__(self) -> int:
        return len(self._assignment)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Intervention):
            return NotImplemented
        return self._assignment == other._assignment

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[Intervention], tuple[dict[str, Value]]]:
        # Text hashes differently in every process, so a copy must compute its own hash.
        return Intervention, (self._assignment,)

    def __repr__(self) -> str:
        # A distribution is shown as the mapping that do() takes.
        shown = {
            name: dict(value) if isinstance(value, Stochastic) else value
            for name, value in self._assignment.items()
        }
        if all(map(_is_keyword, shown)):
            inside = ", ".join(f"{name}={value!r}" for name, value in shown.items())
        else:
            inside = repr(shown)
        return f"do({inside})"

    def __str__(self) -> str:
        # domix.core.notation.parse_intervention reads this text.
        return write_intervention(self, _number_text)

    def _repr_html_(self) -> str:
        if not self:
            return html_notes([f"{self}: nothing is set"])
        soft = self.soft
        body = [[v, _value_text(x, _number_text) if v in soft else str(x)] for v, x in self.items()]
        return html_table(["variable", "set to"], shorten_rows(body, MOST_ROWS), "<<")

    @property
    def soft(self) -> tuple[str, ...]:
        """The variables whose value is drawn or misread; none if the intervention is hard.

        Examples
        --------
        >>> do(PKC={"high": 0.75, "low": 0.25}, Raf="low").soft
        ('PKC',)
        """
        return tuple(
            name
            for name, value in self._assignment.items()
            if isinstance(value, (Stochastic, Misread))
        )

    @property
    def mode(self) -> Intervention:
        """The hard intervention of the modes: the most probable states, the first of equal ones.

        The mode of a misread variable is the state that it was set to.

        Examples
        --------
        >>> do(PKC={"high": 0.75, "low": 0.25}, Raf=Misread("low", {"low": 0.5, "mid": 0.5})).mode
        do(PKC='high', Raf='low')
        """
        return Intervention({name: _mode(value) for name, value in self._assignment.items()})


def _read(name: object, value: ValueLike) -> Value:
    if not isinstance(name, str):
        raise InterventionError(f"do(): a variable's name must be a string, not {name!r}")
    try:
        return read_value(value)
    except InterventionError as error:
        raise InterventionError(f"do(): {name!r} is set to {value!r}: {error}") from None


def _is_keyword(name: str) -> bool:
    """Whether a call can name an argument so; Python reads other forms of letters as NFKC."""
    return name.isidentifier() and not iskeyword(name) and normalize("NFKC", name) == name


def _mode(value: Value) -> Value:
    if isinstance(value, Stochastic):
        return value.mode
    return value.state if isinstance(value, Misread) else value


NumberText: TypeAlias = Callable[[float | Fraction], str]


def write_intervention(intervention: Intervention, number_text: NumberText) -> str:
    """Return the text of an intervention, with the probabilities of soft ones as they are to be.

    Examples
    --------
    >>> write_intervention(do(PKC={"high": 0.75, "low": 0.25}), "{:.0%}".format)
    'do(PKC~{high: 75%, low: 25%})'
    """
    pairs = (_pair_text(name, value, number_text) for name, value in intervention.items())
    return f"do({', '.join(pairs)})"


def _pair_text(name: str, value: Value, number_text: NumberText) -> str:
    """Write a variable and its value: ``A=low``, ``A~{low: 0.5, mid: 0.5}``, or both."""
    sign = "" if isinstance(value, Stochastic) else "="
    return f"{_escape(name, ',=')}{sign}{_value_text(value, number_text)}"


def _value_text(value: Value, number_text: NumberText) -> str:
    """Write a value: ``low``, ``~{low: 0.5, mid: 0.5}``, or both."""
    text = ""
    if not isinstance(value, Stochastic):
        text = _escape(str(value.state if isinstance(value, Misread) else value), ",")
    if isinstance(value, (Stochastic, Misread)):
        drawn = value.read if isinstance(value, Misread) else value
        entries = (f"{_escape(str(state), ',:}')}: {number_text(p)}" for state, p in drawn.items())
        text += f"~{{{', '.join(entries)}}}"
    return text


def _number_text(p: float | Fraction) -> str:
    return rational_text(p) if isinstance(p, Fraction) else repr(p)


def _escape(text: str, signs: str) -> str:
    r"""Put a backslash before the signs, ``~{``, backslashes, quotes, and blanks at the ends.

    Before quotes, because ``repr`` is read, too, and known by them.

    Examples
    --------
    >>> print(_escape(" a,b ", ","), _escape("", ","))
    \ a\,b\  ""
    """
    if not text:
        return EMPTY
    escaped = ["\\" + c if c in f"\\{QUOTES}{signs}" else c for c in text]
    for end in {0, len(text) - 1}:
        if text[end].isspace():
            escaped[end] = "\\" + text[end]
    return "".join(escaped).replace("~{", r"\~{")


def do(
    assignment: Mapping[str, ValueLike] | None = None, /, **variables: ValueLike
) -> Intervention:
    """Make the intervention that sets variables to states; ``do()`` sets none.

    Parameters
    ----------
    assignment : mapping of str to value, optional
        Variable to state, for names that are not Python identifiers. In the place of a state: a
        mapping from states to probabilities, from which the value is drawn (a
        :class:`Stochastic`), or a :class:`Misread`.
    **variables : value
        The same, written as keywords.

    Returns
    -------
    Intervention
        The intervention.

    Raises
    ------
    InterventionError
        A variable is set twice, ``assignment`` does not map names to values, or probabilities do
        not sum to 1.

    Examples
    --------
    >>> do(PKC="high", Raf="low") == do({"Raf": "low", "PKC": "high"})
    True
    >>> do()
    do()
    >>> do(PKC={"high": 0.75, "low": 0.25})
    do(PKC={'high': 0.75, 'low': 0.25})
    >>> do(PKC={"high": 1}) == do(PKC="high")
    True
    >>> do({"PKC": "high"}, PKC="low")
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: do() sets 'PKC' twice
    """
    merged: dict[str, ValueLike] = {}
    if assignment is not None:
        if not isinstance(assignment, Mapping):
            raise InterventionError(
                f"do() takes a mapping from variables to states, not {assignment!r}"
            )
        merged.update(assignment)
    for name, value in variables.items():
        if name in merged:
            raise InterventionError(f"do() sets {name!r} twice")
        merged[name] = value
    return Intervention(merged)
