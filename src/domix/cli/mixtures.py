"""Rows with columns beside the variables, and what is said of one mixture or of several."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.notation import parse_pairs
from domix.core.space import Label, listing
from domix.errors import DataError, InterventionError
from domix.results.result import Assignment, Disentanglement

__all__ = [
    "Results",
    "as_json",
    "as_text",
    "assigned",
    "excluded_values",
    "renumbered",
    "take_column",
]

Results = Disentanglement | Mapping[Label, Disentanglement]


def excluded_values(texts: Sequence[str]) -> dict[str, list[Label]]:
    """States by variable from texts such as ``PKC=high,Raf=low``, together.

    Raises
    ------
    InterventionError
        A text is not of this form; it is named.

    Examples
    --------
    >>> excluded_values(["PKC=high,PKC=mid", "Raf=low"])
    {'PKC': ['high', 'mid'], 'Raf': ['low']}
    """
    out: dict[str, list[Label]] = {}
    for text in texts:
        try:
            pairs = parse_pairs(text)
        except InterventionError as error:
            raise InterventionError(f"--excluded {error}") from None
        for name, state in pairs:
            out.setdefault(name, []).append(state)
    return out


def take_column(
    table: Any, name: str | None, variables: Sequence[str], what: str
) -> tuple[Any, list[Any] | None]:
    """A table without one of its columns, and what that held; None if none is asked for.

    Raises
    ------
    DataError
        There is no such column, or it is a variable; ``what`` names the option.
    """
    if name is None:
        return table, None
    if name in variables:
        raise DataError(f"{what} {name}: is a variable of the network; name another column")
    if name not in table.columns:
        raise DataError(f"{what} {name}: no such column; there are {listing(table.columns)}")
    return table.drop(name), table[name].to_list()


def assigned(
    results: Results,
    codes: npt.NDArray[np.uint8],
    labels: Sequence[Any] | None,
    groups: Sequence[Any] | None,
) -> Assignment:
    """The most probable target of every row, in the mixture of its group."""
    if isinstance(results, Disentanglement):
        return results.assign(codes, labels)
    names = np.empty(len(codes), dtype=object)
    chances = np.empty(len(codes))
    group_of_row = np.array(groups, dtype=object)
    for group, result in results.items():
        rows = np.flatnonzero(group_of_row == group)
        own = None if labels is None else [labels[row] for row in rows.tolist()]
        names[rows], chances[rows] = result.assign(codes[rows], own)
    return Assignment(names, chances)


def renumbered(results: Results, numbers: npt.NDArray[np.int64]) -> Results:
    """With rows named as in the file, those that were dropped counted."""

    def again(result: Disentanglement) -> Disentanglement:
        return replace(result, unexplained=tuple(numbers[list(result.unexplained)].tolist()))

    if isinstance(results, Disentanglement):
        return again(results)
    return {group: again(result) for group, result in results.items()}


def as_text(results: Results) -> str:
    """The summary of each mixture, under the name of its group."""
    if isinstance(results, Disentanglement):
        return results.summary()
    return "\n\n".join(f"group {group}\n\n{result.summary()}" for group, result in results.items())


def as_json(results: Results) -> str:
    """A result document, or an object from groups to such documents."""
    if isinstance(results, Disentanglement):
        return results.to_json()
    documents = {str(group): json.loads(result.to_json()) for group, result in results.items()}
    return json.dumps(documents, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
