"""Answers of ``domix disentangle``: one result, or one for each group of rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from domix.core.space import Label
from domix.data.missing import MissingSummed
from domix.results.assignment import Assignment
from domix.results.result import Disentanglement
from domix.util.arrays import Bools, Codes

Results = Disentanglement | Mapping[Label, Disentanglement]


def assign(
    results: Results,
    codes: Codes,
    labels: Sequence[Any] | None,
    groups: Sequence[Any] | None,
    missing: MissingSummed = "error",
) -> Assignment:
    """Find the most probable target of every row, in the mixture of its group."""
    if isinstance(results, Disentanglement):
        assignment: Assignment = results.assign(codes, labels, missing=missing)
        return assignment
    interventions = np.empty(len(codes), dtype=object)
    probabilities = np.empty(len(codes))
    group_of_row = np.array(groups, dtype=object)
    for group, result in results.items():
        rows = np.flatnonzero(group_of_row == group)
        own_labels = None if labels is None else [labels[row] for row in rows.tolist()]
        interventions[rows], probabilities[rows] = result.assign(
            codes[rows], own_labels, missing=missing
        )
    return Assignment(interventions, probabilities)


def finds_intervention(results: Results) -> bool:
    """Whether a target beyond do() passes the test, in any mixture; known ones need not."""
    if not isinstance(results, Disentanglement):
        return any(map(finds_intervention, results.values()))
    return any(
        not c.known or (c.p_value is not None and c.p_value <= (results.alpha or 0.0))
        for c in results.components
        if c.intervention
    )


def renumber(results: Results, kept: Bools | None) -> Results:
    """Give impossible rows their numbers in the file, if some of its rows were dropped."""
    if kept is None:
        return results
    numbers = np.flatnonzero(kept)

    def renumber_one(result: Disentanglement) -> Disentanglement:
        return replace(result, unexplained=tuple(numbers[list(result.unexplained)].tolist()))

    if isinstance(results, Disentanglement):
        return renumber_one(results)
    return {group: renumber_one(result) for group, result in results.items()}


def to_text(results: Results) -> str:
    """Return the summary of each mixture, below the name of its group."""
    if isinstance(results, Disentanglement):
        return results.summary()
    return "\n\n".join(f"group {group}\n\n{result.summary()}" for group, result in results.items())


def to_json(results: Results) -> str:
    """Return a result document, or an object from groups to such documents."""
    if isinstance(results, Disentanglement):
        return results.to_json()
    documents = {str(group): json.loads(result.to_json()) for group, result in results.items()}
    return json.dumps(documents, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
