"""Interventions as values: what ``do(...)`` sets, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from keyword import iskeyword

import numpy as np

from domix.core.space import Label
from domix.errors import InterventionError

__all__ = ["Intervention", "do"]


class Intervention(Mapping[str, Label]):
    """An immutable, hashable mapping from the variables that are set to their states.

    Two interventions are equal when they set the same variables to the same states; the order in
    which they were written does not count. Build one with :func:`do`.
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
        # Text hashes differently in every process, so the hash must be computed anew.
        return Intervention, (self._assignment,)

    def __repr__(self) -> str:
        if all(name.isidentifier() and not iskeyword(name) for name in self._assignment):
            inside = ", ".join(f"{name}={label!r}" for name, label in self._assignment.items())
        else:
            inside = repr(self._assignment)
        return f"do({inside})"

    def __str__(self) -> str:
        # What parse_intervention reads back.
        pairs = (
            f"{_escaped(name, ',=')}={_escaped(str(label), ',')}"
            for name, label in self._assignment.items()
        )
        return f"do({', '.join(pairs)})"


def _escaped(text: str, signs: str) -> str:
    """With a backslash before each of the signs, and before every backslash."""
    return "".join("\\" + c if c == "\\" or c in signs else c for c in text)


def do(assignment: Mapping[str, Label] | None = None, /, **variables: Label) -> Intervention:
    """The intervention that sets variables to states; ``do()`` sets none.

    Parameters
    ----------
    assignment
        Variable to state, for names that are no Python identifiers.
    **variables
        The same, written as keywords.

    Returns
    -------
    Intervention

    Raises
    ------
    InterventionError
        A variable is set twice, or ``assignment`` is no mapping from names to labels.

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
    for name, label in merged.items():
        if not isinstance(name, str):
            raise InterventionError(f"do(): a variable's name must be a string, not {name!r}")
        if isinstance(label, np.generic):
            merged[name] = label = label.item()
        if not isinstance(label, (str, int, float, bool)):
            raise InterventionError(
                f"do(): {name!r} is set to {label!r}; a state is a string, a number or a boolean"
            )
    return Intervention(merged)
