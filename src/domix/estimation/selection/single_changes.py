"""Changes of a support that may pay: one function per kind of move, ranked by predicted gain."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix._kernels import _moves
from domix.core.codes import target_codes
from domix.core.tables import Target
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Fit, Support, log_density
from domix.estimation.selection.criterion import SelectionCriterion
from domix.util.numerics import dot

__all__ = ["Allowed", "Merge", "Move", "Outlook", "changed", "merges", "single_changes"]

Floats = npt.NDArray[np.float64]
Allowed = Callable[[Target], bool]

LARGEST_LOG_RATIO = 600.0
DONORS = 4


@dataclass(frozen=True, eq=False)
class Move:
    """Mass moved from one component to a target that is not there yet.

    Attributes
    ----------
    gain
        Predicted, in nats.
    donor
        Index of the component that gives.
    target
    share
        Of the donor's mass.
    log_theta
        Tables to start the refit from; None for the present ones.
    replaces
        Whether the target takes the donor's place.
    """

    gain: float
    donor: int
    target: Target
    share: float
    log_theta: Floats | None = None
    replaces: bool = False


@dataclass(frozen=True, eq=False)
class Merge:
    """A group of targets replaced by what they have in common."""

    score: float
    target: Target
    group: tuple[Target, ...]


class Outlook:
    """A fit seen from its rows: what every move is judged against."""

    def __init__(self, problem: Problem, now: Fit) -> None:
        self.problem = problem
        self.fit = now
        self.log_density = log_density(problem, now)
        self.labelled = problem.knowledge.labels_of(now.support)
        """Shape (components,): rows that stay with a component whatever moves."""

    def shares(self, target: Target, log_weight: float) -> tuple[npt.NDArray[np.int32], Floats]:
        """Rows that a target reaches, and weight * P_t(x) / P_mix(x) there."""
        one = Support(self.problem, [target])
        logs = one.log_ratios(self.fit.log_theta) + log_weight - self.log_density[one.rows]
        return one.rows, np.exp(np.minimum(logs, LARGEST_LOG_RATIO))

    def log_weight(self, component: int) -> float:
        return math.log(max(float(self.fit.weights[component]), 1e-300))

    def transfer(self, donor: int, target: Target) -> tuple[float, float]:
        """Gain of the best transfer from a component to a target, and the share that moves.

        The other weights and the tables stay as they are.
        """
        change = np.zeros(len(self.log_density))
        log_weight = self.log_weight(donor)
        rows, gained = self.shares(target, log_weight)
        change[rows] = gained
        rows, lost = self.shares(self.fit.support[donor], log_weight)
        change[rows] -= lost
        touched = np.flatnonzero(change)
        change, counts = change[touched], self.problem.counts[touched]
        if self.labelled[donor] > 0:
            change, counts = np.append(change, -1.0), np.append(counts, self.labelled[donor])
        return _moves.best_transfer(change, counts)


def changed(target: Target, variable: int, value: int | None) -> Target:
    """A target with one variable set to a value, or (None) left alone."""
    rest = [pair for pair in target if pair[0] != variable]
    if value is not None:
        rest.append((variable, value))
    return tuple(sorted(rest))


def single_changes(
    outlook: Outlook, allowed: Allowed, least_gain: float, most: int, pairs: bool = True
) -> list[Move]:
    """All changes of one variable of one target, ranked from one pass over the rows.

    The best ``most`` by the quadratic prediction get an exact line search. With ``pairs``,
    intersections and unions of two targets are looked at as well.
    """
    problem, now = outlook.problem, outlook.fit
    layout = problem.layout
    slot_ptr = np.concatenate([[0], np.cumsum(layout.cards + 1)])
    m = len(now.support)
    first, second = np.zeros((m, slot_ptr[-1])), np.zeros((m, slot_ptr[-1]))
    theta = np.exp(now.log_theta)
    theta[problem.theta == 0] = 0.0
    _moves.single_changes(
        problem.codes,
        problem.entries,
        problem.counts,
        now.log_theta,
        theta,
        outlook.log_density,
        target_codes(now.support, layout.n).astype(np.int16),
        np.log(np.maximum(now.weights, 1e-300)),
        slot_ptr,
        first,
        second,
    )
    # A labelled row only loses.
    first -= outlook.labelled[:, None]
    second += outlook.labelled[:, None]
    share = np.clip(first / np.maximum(second, 1e-300), 0.0, 1.0)
    predicted = np.where(first > 0, first * share - 0.5 * second * share**2, 0.0)
    present = set(now.support)
    moves: list[Move] = []
    tried = 0
    for flat in np.argsort(-predicted, axis=None, kind="stable")[: 3 * most].tolist():
        donor, slot = divmod(flat, int(slot_ptr[-1]))
        if predicted[donor, slot] <= 0.2 * least_gain or tried == most:
            break
        variable = int(np.searchsorted(slot_ptr, slot, side="right")) - 1
        code = slot - int(slot_ptr[variable])
        value = None if code == layout.cards[variable] else code
        target = changed(now.support[donor], variable, value)
        if target in present or not allowed(target):
            continue
        tried += 1
        gain, moved = outlook.transfer(donor, target)
        if gain > least_gain:
            moves.append(Move(gain, donor, target, moved))
    if pairs:
        moves.extend(_pair_moves(outlook, allowed, least_gain))
    return sorted(moves, key=lambda move: (-move.gain, move.target, move.donor))


def _pair_moves(outlook: Outlook, allowed: Allowed, least_gain: float) -> Iterator[Move]:
    """Intersections, and unions without contradiction, of two targets."""
    problem, now = outlook.problem, outlook.fit
    donors: dict[Target, set[int]] = {}
    for a, s in enumerate(now.support):
        for b in range(a):
            t = now.support[b]
            found = [tuple(sorted(set(s) & set(t)))]
            union = {**dict(s), **dict(t)}
            if len(union) == len(set(s) | set(t)):
                found.append(tuple(sorted(union.items())))
            for target in found:
                if target not in now.support:
                    donors.setdefault(target, set()).update((a, b))
    for target, givers in donors.items():
        if not allowed(target):
            continue
        rows, ratio = outlook.shares(target, 0.0)
        if dot(problem.counts[rows], ratio) <= problem.total:
            continue  # its first grain of weight already loses
        heaviest = sorted(givers, key=lambda c: (-now.weights[c], c))[:DONORS]
        gain, moved, donor = max((*outlook.transfer(c, target), c) for c in heaviest)
        if gain > least_gain:
            yield Move(gain, donor, target, moved)


def merges(
    outlook: Outlook, criterion: SelectionCriterion, allowed: Allowed, slack: float = 20.0
) -> list[Merge]:
    """Groups of targets to replace by a common part, by what that would change before a refit."""
    now, stays = outlook.fit, outlook.problem.knowledge.stays
    common = {
        tuple(sorted(set(a) & set(b))): None
        for i, a in enumerate(now.support)
        for b in now.support[:i]
    }
    best: dict[tuple[Target, tuple[Target, ...]], float] = {}
    for target in common:
        if not allowed(target):
            continue
        above = [
            c
            for c, t in enumerate(now.support)
            if t != target and set(target) < set(t) and not stays(t)
        ]
        for reach in (1, 2, None):
            group = [
                c for c in above if reach is None or len(now.support[c]) <= len(target) + reach
            ]
            key = (target, tuple(now.support[c] for c in group))
            if len(group) < 2 or key in best:
                continue
            saved = sum(criterion.critical(t, now.support) for t in key[1])
            if target not in now.support:
                saved -= criterion.critical(target, now.support)
            score = saved - _merge_loss(outlook, target, group)
            if score > -slack:
                best[key] = score
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return [Merge(score, target, group) for (target, group), score in ranked]


def _merge_loss(outlook: Outlook, target: Target, group: Sequence[int]) -> float:
    """Nats lost when a group's mass goes to one target, before any refit; that may be there."""
    problem, now = outlook.problem, outlook.fit
    change = np.zeros(len(problem.counts))
    for c in group:
        rows, lost = outlook.shares(now.support[c], outlook.log_weight(c))
        change[rows] -= lost
    mass = float(now.weights[list(group)].sum())
    rows, gained = outlook.shares(target, math.log(max(mass, 1e-300)))
    change[rows] += gained
    loss = -dot(problem.counts, np.log(np.maximum(1 + change, 1e-6)))
    if target in now.support:
        c = now.support.index(target)
        loss -= float(outlook.labelled[c]) * math.log1p(mass / max(now.weights[c], 1e-300))
    return loss
