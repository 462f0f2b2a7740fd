"""Interventions as values: the variables that ``do(...)`` sets, and their states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from keyword import iskeyword

import numpy as np

from domix.core.space import Label
from domix.errors import InterventionError


class Intervention(Mapping[str, Label]):
    """An immutable, hashable mapping from the variables that are set to their states.

    Two interventions are equal if they set the same variables to the same states, in any order.
    :func:`do` makes and checks one.

    Parameters
    ----------
    assignment : mapping of str to label
        Variable to state.

    See Also
    --------
    do : Make an intervention.

    Examples
    --------
    >>> intervention = Intervention({"PKC": "high", "Raf": "low"})
    >>> intervention["PKC"], len(intervention), str(intervention)
    ('high', 2, 'do(PKC=high, Raf=low)')
    """

    __slots__ = ("_assignment", "_hash")

    def __init__(self, assignment: Mapping[str, Label] = {}) -> None:
        self._assignment = dict(assignment)
        self._hash = hash(frozenset(self._assignment.items()))

    def __getitem__(self, variable: str) -> Label:
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

    def __reduce__(self) -> tuple[type[Intervention], tuple[dict[str, Label]]]:
        # Text hashes differently in every process, so a copy must compute its own hash.
        return Intervention, (self._assignment,)

    def __repr__(self) -> str:
        if all(name.isidentifier() and not iskeyword(name) for name in self._assignment):
            inside = ", ".join(f"{name}={label!r}" for name, label in self._assignment.items())
        else:
            inside = repr(self._assignment)
        return f"do({inside})"

    def __str__(self) -> str:
        # domix.core.notation.parse_intervention reads this text.
        pairs = (
            f"{_escape(name, ',=')}={_escape(str(label), ',')}"
            for name, label in self._assignment.items()
        )
        return f"do({', '.join(pairs)})"


def _escape(text: str, signs: str) -> str:
    """Put a backslash before each of the signs, and before every backslash."""
    return "".join("\\" + c if c == "\\" or c in signs else c for c in text)


def do(assignment: Mapping[str, Label] | None = None, /, **variables: Label) -> Intervention:
    """Make the intervention that sets variables to states; ``do()`` sets none.

    Parameters
    ----------
    assignment : mapping of str to label, optional
        Variable to state, for names that are not Python identifiers.
    **variables : label
        The same, written as keywords.

    Returns
    -------
    Intervention
        The intervention.

    Raises
    ------
    InterventionError
        A variable is set twice, or ``assignment`` does not map names to labels.

    Examples
    --------
    >>> do(PKC="high", Raf="low") == do({"Raf": "low", "PKC": "high"})
    True
    >>> do()
    do()
    >>> do({"PKC": "high"}, PKC="low")
    Traceback (most recent call last):
        ...
    domix.errors.InterventionError: do() sets 'PKC' twice
    """
    merged: dict[str, Label] = {}
    if assignment is not None:
        if not isinstance(assignment, Mapping):
            raise InterventionError(
                f"do() takes a mapping from variables to states, not {assignment!r}"
            )
        merged.update(assignment)
    for name, label in variables.items():
        if name in merged:
            raise InterventionError(f"do() sets {name!r} twice")
        merged[name] = label
    labels: dict[str, Label] = {}
    for name, label in merged.items():
        if not isinstance(name, str):
            raise InterventionError(f"do(): a variable's name must be a string, not {name!r}")
        labels[name] = label.item() if isinstance(label, np.generic) else label
        if not isinstance(labels[name], (str, int, float, bool)):
            raise InterventionError(
                f"do(): {name!r} is set to {label!r}; a state is a string, a number or a boolean"
            )
    return Intervention(labels)
