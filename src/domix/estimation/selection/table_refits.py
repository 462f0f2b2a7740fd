"""Changes of a target judged with a table refitted to them.

A target that sets all its variables but one can own a parent configuration: hardly any other row
has those parents' values. The learnt table then bends to explain its rows, and to a fixed table
the right target looks hardly better than the wrong one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _moves
from domix.core.tables import Layout, Target
from domix.estimation.em.mixture import Support
from domix.estimation.selection.criterion import SelectionCriterion
from domix.estimation.selection.single_changes import Allowed, Move, Outlook, changed
from domix.util.numerics import dot

__all__ = ["COMMON", "LEAST_COUNT", "Counts", "closures", "profiled_additions", "replacements"]

Floats = npt.NDArray[np.float64]

# Counts that stay in a table cell from which rows are taken.
LEAST_COUNT = 1e-3
# A target with at most this many expected rows of another value is replaced as a whole.
LEFT_BEHIND = 0.5
# A replacement must promise this much, in nats, penalty counted, to be worth a refit ...
PAYS = 0.05
# ... and no difference between penalties makes up for a loss of this much.
HOPELESS = -10.0
# Share of a target's rows that must have a value, for it to be what they have in common.
COMMON = 0.8


class Counts:
    """What each component's rows read, in expected counts, and the tables' counts.

    Attributes
    ----------
    own
        Shape (components, table cells).
    totals
        Shape (table cells,): prior, and the rows that left the variable alone.
    """

    def __init__(self, outlook: Outlook) -> None:
        problem, now, layout = outlook.problem, outlook.fit, outlook.problem.layout
        support = Support(problem, now.support)
        logs = support.log_ratios(now.log_theta) - outlook.log_density[support.rows]
        logs += np.repeat(np.log(np.maximum(now.weights, 1e-300)), np.diff(support.ptr))
        responsibility = np.exp(np.minimum(logs, 0.0)) * problem.counts[support.rows]
        self._ptr, self._rows, self._responsibility = support.ptr, support.rows, responsibility
        self.own = np.zeros((len(now.support), layout.size))
        _moves.own_counts(support.ptr, support.rows, responsibility, problem.entries, self.own)
        self.totals = np.zeros(layout.size) if problem.prior is None else problem.prior.copy()
        for own, target in zip(self.own, now.support, strict=True):
            alone = np.ones(layout.n, dtype=bool)
            alone[[variable for variable, _ in target]] = False
            self.totals += np.where(alone[layout.node_of_entry], own, 0.0)

    def rows_of(self, donor: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """The rows that a component can produce, and the counts expected from it there."""
        part = slice(self._ptr[donor], self._ptr[donor + 1])
        return self._rows[part], self._responsibility[part]

    def of(self, layout: Layout, donor: int, node: int) -> tuple[Floats, Floats]:
        """Shape (table rows, k) each: the node's totals, and what is the donor's."""
        part, k = layout.entries_of(node), int(layout.cards[node])
        return self.totals[part].reshape(-1, k), self.own[donor, part].reshape(-1, k)


@dataclass(frozen=True, eq=False)
class _Refit:
    """Some rows of a learnt table with other counts, and what that gains in nats."""

    node: int
    rows: npt.NDArray[np.bool_]
    counts: Floats
    gain: float

    def enter(self, layout: Layout, log_theta: Floats) -> None:
        """Put these rows into the logarithms of all tables."""
        table = log_theta[layout.entries_of(self.node)].reshape(-1, self.counts.shape[1])
        table[self.rows] = np.log(self.counts / self.counts.sum(axis=1, keepdims=True))


def _refit_with(node: int, totals: Floats, value: int, moved: Floats) -> _Refit:
    """The table once ``moved`` (table rows,) counts of a value have come to it (or left it)."""
    rows = abs(moved) > 1e-3 * abs(moved).sum()
    counts = totals[rows].copy()
    counts[:, value] = np.maximum(counts[:, value] + moved[rows], LEAST_COUNT)
    gain = _table_likelihood(counts) - _table_likelihood(totals[rows])
    return _Refit(node, rows, counts, gain)


def _table_likelihood(counts: Floats) -> float:
    return float((counts * np.log(counts / counts.sum(axis=1, keepdims=True))).sum())


def _tables_with(outlook: Outlook, *refits: _Refit) -> Floats:
    """The fit's tables with some rows refitted."""
    out = outlook.fit.log_theta.copy()
    for refit in refits:
        refit.enter(outlook.problem.layout, out)
    return out


def profiled_additions(
    outlook: Outlook, allowed: Allowed, least_gain: float, most: int
) -> list[Move]:
    """Targets with one more variable, beside the one that they come from."""
    problem, now = outlook.problem, outlook.fit
    layout = problem.layout
    if not problem.learn:
        return []
    counts = Counts(outlook)
    found = []
    for donor, target in enumerate(now.support):
        fixed = {variable for variable, _ in target}
        for node in (i for i in range(layout.n) if i not in fixed):
            totals, mine = counts.of(layout, donor, node)
            by_value = mine.sum(axis=0)
            mine_in_all = float(by_value.sum())
            # Labelled rows stay, so that less than all of the target's weight can move.
            mass = mine_in_all + float(outlook.labelled[donor])
            likely = (by_value >= 0.5 * mine_in_all) & (mine_in_all >= 2)
            for value in np.flatnonzero(likely).tolist():
                wider = changed(target, node, value)
                if wider in now.support or not allowed(wider):
                    continue
                refit = _refit_with(node, totals, value, -mine[:, value])
                gain = refit.gain
                for part in (float(by_value[value]), mass - float(by_value[value])):
                    if part > 0:
                        gain += part * math.log(part / mass)
                if gain > least_gain:
                    found.append((gain, donor, wider, float(by_value[value] / mass), refit))
    found.sort(key=lambda f: (-f[0], f[2], f[1]))
    return [
        Move(gain, donor, wider, share, _tables_with(outlook, refit))
        for gain, donor, wider, share, refit in found[:most]
    ]


def replacements(outlook: Outlook, criterion: SelectionCriterion, allowed: Allowed) -> list[Move]:
    """A variable more or less in place of a target, the best of each target first.

    Since the number of targets stays, little needs to be gained.
    """
    now = outlook.fit
    penalty = criterion.penalty(now.support)
    best: dict[int, tuple[float, Target, _Refit | None]] = {}
    for donor, target, gain, refit in _exchanges(outlook, allowed):
        support = [*now.support]
        support[donor] = target
        score = gain + penalty - criterion.penalty(support)
        if score > PAYS and (donor not in best or score > best[donor][0]):
            best[donor] = score, target, refit
    return [
        Move(
            score,
            donor,
            target,
            1.0,
            None if refit is None else _tables_with(outlook, refit),
            replaces=True,
        )
        for donor, (score, target, refit) in sorted(
            best.items(), key=lambda item: (-item[1][0], item[1][1])
        )
    ]


def closures(outlook: Outlook, allowed: Allowed) -> Iterator[Move]:
    """Each target with all values that its rows have in common and that it may set.

    A few rows of a target with many variables can be worth much together, and too little for any
    one variable to be tried.
    """
    problem, now = outlook.problem, outlook.fit
    counts = Counts(outlook)
    for donor, target in enumerate(now.support):
        fixed, closed, refits = {variable for variable, _ in target}, target, []
        for node in (i for i in range(problem.layout.n) if i not in fixed):
            totals, mine = counts.of(problem.layout, donor, node)
            by_value = mine.sum(axis=0)
            value = int(np.argmax(by_value))
            wider = changed(closed, node, value)
            if 0 < COMMON * by_value.sum() <= by_value[value] and allowed(wider):
                closed = wider
                if problem.learn:
                    refits.append(_refit_with(node, totals, value, -mine[:, value]))
        if len(closed) > len(target) + 1 and closed not in now.support:
            yield Move(0.0, donor, closed, 1.0, _tables_with(outlook, *refits))


def _exchanges(
    outlook: Outlook, allowed: Allowed
) -> Iterator[tuple[int, Target, float, _Refit | None]]:
    """Every donor with a variable more or less, unless that is clearly worse: what it gains, and
    where tables are learnt the table with it.
    """
    problem, layout, support = outlook.problem, outlook.problem.layout, outlook.fit.support
    price = np.where(problem.theta > 0, outlook.fit.log_theta, -problem.options.impossible_row_cost)
    counts = Counts(outlook)
    stays = outlook.problem.knowledge.stays
    for donor, target in enumerate(support):
        if stays(target):
            continue
        fixed = dict(target)
        for node in range(layout.n):
            totals, mine = counts.of(layout, donor, node)
            if node in fixed:
                value, other = fixed[node], changed(target, node, None)
                moved = mine[:, value]
            else:
                by_value = mine.sum(axis=0)
                value = int(np.argmax(by_value))
                if by_value.sum() - by_value[value] > LEFT_BEHIND:
                    continue
                other, moved = changed(target, node, value), -mine[:, value]
            if other in support or not allowed(other) or not moved.any():
                continue
            refit = _refit_with(node, totals, value, moved) if problem.learn else None
            paid = price[layout.entries_of(node)].reshape(totals.shape)[:, value]
            gain = dot(moved, paid) if refit is None else refit.gain
            if gain > HOPELESS:
                yield donor, other, gain, refit
