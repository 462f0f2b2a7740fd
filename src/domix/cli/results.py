"""Answers of ``domix disentangle``: one result, or one for each group of rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from domix.data.missing import MissingSummed
from domix.model.network import Network
from domix.results.groups import GroupResults
from domix.results.result import Disentanglement
from domix.util.arrays import Bools, Codes
from domix.util.progress import report_progress

ASSIGNED_ROWS = 2**16
"""Rows that are assigned at once, so that the progress is seen."""

Results = Disentanglement | GroupResults


def assign(
    results: Results,
    codes: Codes,
    labels: Sequence[Any] | None,
    groups: Sequence[Any] | None,
    missing: MissingSummed = "error",
) -> Any:
    """Return the frame of what is assigned to every row, in the mixture of its group."""
    import narwhals as nw

    if isinstance(results, Disentanglement):
        parts = [slice(i, i + ASSIGNED_ROWS) for i in range(0, len(codes), ASSIGNED_ROWS)]
        frames = []
        for part in parts:
            report_progress("labels of rows", part.start / len(codes))
            own_labels = None if labels is None else labels[part]
            assigned = results.assign(codes[part], own_labels, as_frame=True, missing=missing)
            frames.append(nw.from_native(assigned))
        return nw.concat(frames).to_native()
    group_of_row = np.array(groups, dtype=object)
    members = [np.flatnonzero(group_of_row == group) for group in results]
    frames = []
    for number, (result, rows) in enumerate(zip(results.values(), members, strict=True)):
        report_progress("labels of groups", number / len(results))
        own_labels = None if labels is None else [labels[row] for row in rows.tolist()]
        assigned = result.assign(codes[rows], own_labels, as_frame=True, missing=missing)
        frames.append(nw.from_native(assigned))
    order = np.argsort(np.concatenate(members))
    return nw.concat(frames)[order].to_native()


def finds_intervention(results: Results) -> bool:
    """Whether a target beyond do() passes the test, in any mixture; known ones need not."""
    if not isinstance(results, Disentanglement):
        return any(map(finds_intervention, results.values()))
    return any(
        not c.known or (c.p_value is not None and c.p_value <= (results.alpha or 0.0))
        for c in results.components
        if c.intervention
    )


def is_interrupted(results: Results) -> bool:
    """Whether Ctrl-C ended the estimation of any mixture."""
    if isinstance(results, Disentanglement):
        return results.interrupted
    return any(result.interrupted for result in results.values())


def renumber(results: Results, kept: Bools | None) -> Results:
    """Give impossible rows their numbers in the file, if some of its rows were dropped."""
    if kept is None:
        return results
    numbers = np.flatnonzero(kept)

    def renumber_one(result: Disentanglement) -> Disentanglement:
        return replace(result, unexplained=tuple(numbers[list(result.unexplained)].tolist()))

    if isinstance(results, Disentanglement):
        return renumber_one(results)
    return GroupResults((group, renumber_one(result)) for group, result in results.items())


def list_observations(net: Network, results: Results, controls: Any) -> Network | None:
    """Return a network with the counts from which the tables are learnt; None if known.

    Its graph is that of the results: ``net`` has the one that was given.
    """
    first = results if isinstance(results, Disentanglement) else next(iter(results.values()))
    fitted = net if first.graph is None else first.network
    if controls is None:
        return None if fitted.counts is None else fitted
    return fitted.with_observations(controls)
