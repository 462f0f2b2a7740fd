"""Several targets in place of one, along a table that fits anything.

Under parents' values that hardly any control row has, a learnt table row is whatever the rows of
one target make it. Whether that target leaves the variable alone, or several targets set it to
several values, is then the same to the variable's own table, and only what else those rows have in
common tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.estimation.selection.single_changes import Allowed, Outlook, changed
from domix.estimation.selection.table_refits import COMMON, LEAST_COUNT, Counts

__all__ = ["Division", "divisions"]

Floats = npt.NDArray[np.float64]

# A table row is a target's own if this share of its counts is that target's: others would hold it
# in place.
OWN = 0.9
# Share of a target's rows that must read its own table rows, and least share of a value.
BENT = 0.8
LEAST_SHARE = 0.02
FEWEST_ROWS = 2.0


@dataclass(frozen=True, eq=False)
class Division:
    """A target that goes, and its parts with shares of its weight."""

    target: Target
    parts: tuple[Target, ...]
    shares: tuple[float, ...]
    log_theta: Floats


def divisions(outlook: Outlook, allowed: Allowed) -> Iterator[Division]:
    """Each target with a bent table, divided by the variable's value.

    That alone gains nothing. The parts gain by what they can set further: first with all that their
    rows have in common, then without it, for additions to be found.
    """
    problem, now = outlook.problem, outlook.fit
    if not problem.learn:
        return
    counts = Counts(outlook)
    for donor, target in enumerate(now.support):
        if problem.knowledge.stays(target):
            continue
        fixed = dict(target)
        for node in (i for i in range(problem.layout.n) if i not in fixed):
            totals, mine = counts.of(problem.layout, donor, node)
            own = mine.sum(axis=1) > OWN * totals.sum(axis=1)
            mass = float(mine.sum())
            by_value = mine.sum(axis=0)
            least = max(LEAST_SHARE * mass, FEWEST_ROWS)
            values = np.flatnonzero(by_value >= least).tolist()
            if len(values) < 2 or mine[own].sum() < BENT * mass:
                continue
            parts = [changed(target, node, value) for value in values]
            if not all(map(allowed, parts)):
                continue
            closed = [_closed(outlook, counts, donor, node, value, allowed) for value in values]
            shares = tuple(float(by_value[value] / by_value[values].sum()) for value in values)
            log_theta = _without_rows(outlook, node, totals - mine, own)
            for new in dict.fromkeys((tuple(closed), tuple(parts))):
                if not set(new) & set(now.support):
                    yield Division(target, new, shares, log_theta)


def _closed(
    outlook: Outlook, counts: Counts, donor: int, node: int, value: int, allowed: Allowed
) -> Target:
    """The donor's target with the value and what its rows with that value have in common."""
    problem = outlook.problem
    rows, expected = counts.rows_of(donor)
    there = problem.codes[rows, node] == value
    rows, expected = rows[there], expected[there]
    common = changed(outlook.fit.support[donor], node, value)
    fixed = dict(common)
    for i in (i for i in range(problem.layout.n) if i not in fixed):
        shares = np.bincount(problem.codes[rows, i], expected)
        most = int(np.argmax(shares))
        wider = changed(common, i, most)
        if shares[most] >= COMMON * shares.sum() and allowed(wider):
            common = wider
    return common


def _without_rows(outlook: Outlook, node: int, left: Floats, rows: npt.NDArray[np.bool_]) -> Floats:
    """The fit's tables, the node's bent rows without all that they had from the target."""
    log_theta = outlook.fit.log_theta.copy()
    counts = np.maximum(left[rows], LEAST_COUNT)
    table = log_theta[outlook.problem.layout.entries_of(node)].reshape(-1, left.shape[1])
    table[rows] = np.log(counts / counts.sum(axis=1, keepdims=True))
    return log_theta
