"""The search on whole rows: change the support until no move pays.

A support is compared by likelihood minus the test's penalty, and a move is accepted only after
everything was refitted and what no longer pays was dropped.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import UsedValues, exhausted
from domix.core.tables import Target
from domix.estimation.em.data import Problem
from domix.estimation.em.mixture import Fit, fit
from domix.estimation.options import EmLimits
from domix.estimation.selection.backward import Worths, eliminate, safe_targets, without
from domix.estimation.selection.criterion import SelectionCriterion
from domix.estimation.selection.relift import relift
from domix.estimation.selection.single_changes import (
    Allowed,
    Move,
    Outlook,
    merges,
    single_changes,
)
from domix.estimation.selection.splits import Division, divisions
from domix.estimation.selection.table_refits import closures, profiled_additions, replacements
from domix.util.progress import Report

__all__ = ["Proposal", "Search", "backfit"]

Floats = npt.NDArray[np.float64]

# A guard against going round in circles; a search ends after a handful of rounds.
ROUNDS = 60
# Nats by which a support must be better, more than fits that stop early differ by chance.
BETTER = 1e-3
# How many moves of each kind are looked at, are made at once, or are tried by themselves.
LINE_SEARCHES = 60
AT_ONCE = 12
PROFILED = 8
MERGES = 8
SINGLES = 10
BLOCKED = 4
SWAPS = 12
SWAP_AT_ONCE = 6
SWAP_SINGLES = 2
# Of a donor's weight, what an addition takes from it at most to start with: EM cannot bring back
# what is gone, and where a table was refitted the share is known better.
LARGEST_SHARE = 0.5
LARGEST_REFITTED_SHARE = 0.98
# Nats that a division may lose before its parts are looked at.
SETBACK = 10.0
# Nats beyond its critical value above which a target is not taken out to see what comes instead.
DEAREST_SWAP = 60.0
# Shares of the least critical value that a predicted gain must reach to be looked at, and tried.
LOOK = 0.15
TRY = 0.5


@dataclass(frozen=True, eq=False)
class Proposal:
    """A support to refit: where to start, and a key by which it is tried once only."""

    key: Hashable
    targets: Sequence[Target]
    weights: Floats
    log_theta: Floats


class Search:
    """What the moves read and leave behind.

    Attributes
    ----------
    fit, score
        The best support so far and its penalised likelihood.
    worths
        What targets were worth, see :data:`~domix.estimation.selection.backward.Worths`.
    best_gain, best_critical
        Largest predicted gain among the moves left in the last round, and what it had to reach.
    """

    def __init__(
        self,
        problem: Problem,
        criterion: SelectionCriterion,
        start: Fit,
        worths: Worths | None = None,
    ) -> None:
        self.problem = problem
        self.criterion = criterion
        self.fit = start
        self.score = start.objective - criterion.penalty(start.support)
        self.best_gain = 0.0
        self.best_critical = 0.0
        self._tried: set[Hashable] = set()
        self.worths: Worths = {} if worths is None else worths

    def used(self, support: Sequence[Target]) -> UsedValues:
        """The values that a support uses."""
        return UsedValues(self.criterion.cards, support)

    def allowed(self, support: Sequence[Target]) -> Allowed:
        """Whether a target is in question and leaves every variable a value free."""
        used, knowledge = self.used(support), self.problem.knowledge
        return lambda target: used.allows(target) and knowledge.allows(target)

    def accept(self, proposal: Proposal) -> bool:
        """Refit a proposal, drop what does not pay, and keep it if the whole is better."""
        key = (frozenset(self.fit.support), proposal.key)
        # The gate for all moves: whatever they look at before, nothing else comes in.
        possible = all(map(self.problem.knowledge.allows, proposal.targets))
        if key in self._tried or not possible:
            return False
        self._tried.add(key)
        trial = eliminate(
            self.problem,
            self.criterion,
            proposal.targets,
            proposal.weights,
            proposal.log_theta,
            self.worths,
            self._hopeful,
        )
        score = trial.objective - self.criterion.penalty(trial.support)
        # The parts of a division may use all values; what is left of them must not.
        if score <= self.score + BETTER or any(exhausted(self.problem.layout, trial.support)):
            return False
        self.fit, self.score = trial, score
        return True

    def _hopeful(self, trial: Fit) -> bool:
        """Whether it may still be better once what does not pay is dropped."""
        new = [target for target in trial.support if target not in self.fit.support]
        if not new:
            return len(trial.support) < len(self.fit.support)
        safe = safe_targets(trial, self.worths)
        least = min(self.criterion.penalty([*safe, target]) for target in new)
        return trial.objective - least > self.score + BETTER

    def note_best(self, moves: Sequence[Move]) -> None:
        """Remember the largest gain, for the report of what was left."""
        best = max(moves, key=lambda move: move.gain, default=None)
        self.best_gain = 0.0 if best is None else best.gain
        if best is not None:
            support = (*self.fit.support, best.target)
            self.best_critical = self.criterion.critical(best.target, support)

    def with_moves(self, kind: str, moves: Sequence[Move], base: Fit | None = None) -> Proposal:
        """A support (None: the present one) with some moves made at once.

        Two additions may each keep exclusion and break it together, so each is checked against
        those before it.
        """
        base = self.fit if base is None else base
        targets, weights = list(base.support), base.weights.tolist()
        used = self.used(targets)
        log_theta = base.log_theta
        for move in moves:
            if move.target in targets or not used.allows(move.target):
                continue
            used.add(move.target)
            if move.log_theta is not None:
                log_theta = move.log_theta
            if move.replaces:
                targets[move.donor] = move.target
                continue
            largest = LARGEST_SHARE if move.log_theta is None else LARGEST_REFITTED_SHARE
            mass = weights[move.donor] * min(move.share, largest)
            weights[move.donor] -= mass
            targets.append(move.target)
            weights.append(mass + 1e-6)
        # Of replacements, whose place is taken is part of what is tried.
        return Proposal((kind, frozenset(targets)), targets, np.array(weights), log_theta)


def backfit(search: Search, report: Report, *, thorough: bool = True) -> None:
    """Improve a support until no move does; the dear ones are tried only if ``thorough``."""
    for round_ in range(ROUNDS):
        report(f"search, round {round_ + 1}", None)
        proposals = _proposals(search, thorough)
        if not any(search.accept(proposal) for proposal in proposals):
            break


def _proposals(search: Search, thorough: bool) -> Iterator[Proposal]:
    """Moves in the order in which they pay most often; a later one is computed only if needed."""
    problem, criterion, now = search.problem, search.criterion, search.fit
    outlook = Outlook(problem, now)
    least = min(
        criterion.least_critical(len(now.support)),
        *(criterion.critical(t, now.support) for t in now.support),
    )
    allowed = search.allowed(now.support)
    changes = _distinct(single_changes(outlook, allowed, LOOK * least, LINE_SEARCHES))
    promising = [move for move in changes if move.gain > TRY * least][:AT_ONCE]
    if promising:
        yield search.with_moves("batch", promising)
    profiled = profiled_additions(outlook, allowed, TRY * least, PROFILED)
    search.note_best([*changes, *profiled])
    for move in profiled:
        yield search.with_moves("profiled", [move])
    better = replacements(outlook, criterion, allowed)
    for moves in (*([better] if len(better) > 1 else []), *([move] for move in better)):
        yield search.with_moves("replace", moves)
    if not thorough:
        return
    for move in closures(outlook, allowed):
        yield search.with_moves("closure", [move])
    for division in divisions(outlook, allowed):
        yield from _divided(search, division, least)
    yield from _other_excluded_values(search, outlook, TRY * least)
    for merge in merges(outlook, criterion, allowed)[:MERGES]:
        yield _merged(search, merge.target, merge.group)
    for move in changes[:SINGLES]:
        yield search.with_moves("single", [move])
    yield from _swaps(search, least)


def _distinct(moves: Sequence[Move]) -> list[Move]:
    """The best move to each target."""
    best: dict[Target, Move] = {}
    for move in moves:
        best.setdefault(move.target, move)
    return list(best.values())


def _other_excluded_values(
    search: Search, outlook: Outlook, least_gain: float
) -> Iterator[Proposal]:
    """Where a good move would use a variable's last free value, lift that variable again."""
    used, knowledge = search.used(search.fit.support), search.problem.knowledge

    def refused(target: Target) -> bool:
        return knowledge.allows(target) and not used.allows(target)

    moves = [
        *single_changes(outlook, refused, least_gain, LINE_SEARCHES // 2, False),
        *profiled_additions(outlook, refused, least_gain, 2 * PROFILED),
    ]
    blocked: dict[int, float] = {}
    for move in moves:
        for variable, value in move.target:
            if used.blocks(variable, value) and search.criterion.cards[variable] > 1:
                blocked[variable] = max(blocked.get(variable, 0.0), move.gain)
    most = 2 * len(search.fit.support) + AT_ONCE
    for variable in sorted(blocked, key=lambda i: (-blocked[i], i))[:BLOCKED]:
        for excluded, again in enumerate(relift(search.problem, search.fit, variable)):
            heaviest = np.argsort(-again.weights, kind="stable")[:most]
            yield Proposal(
                ("relift", variable, excluded),
                [again.targets[a] for a in heaviest.tolist()],
                again.weights[heaviest],
                again.log_theta,
            )


def _swaps(search: Search, least: float) -> Iterator[Proposal]:
    """Take a target out, refit, and see what its rows ask for instead.

    Two targets that share the work of a third hide what the third would gain; without one of them
    the gain shows.
    """
    problem, criterion, now = search.problem, search.criterion, search.fit
    if now.support == ((),):
        return
    droppable = [c for c, t in enumerate(now.support) if not problem.knowledge.stays(t)]
    rests = {c: without(problem, now, c, EmLimits(0.1, 30)) for c in droppable}
    surplus = {
        c: now.objective - rest.objective - criterion.critical(now.support[c], now.support)
        for c, rest in rests.items()
    }
    cheapest = sorted(droppable, key=lambda c: (surplus[c], c))
    for c in cheapest[:SWAPS]:
        if surplus[c] > DEAREST_SWAP:
            break
        rest = rests[c]
        allowed = search.allowed(rest.support)
        changes = _distinct(
            single_changes(Outlook(problem, rest), allowed, LOOK * least, LINE_SEARCHES)
        )
        others = [move for move in changes if move.target != now.support[c]]
        batches = [others[:SWAP_AT_ONCE]] if len(others) > 1 else []
        for moves in (*batches, *([move] for move in others[:SWAP_SINGLES])):
            yield search.with_moves(f"swap {now.support[c]}", moves, rest)


def _divided(search: Search, division: Division, least: float) -> Iterator[Proposal]:
    """A division by itself, and with what its parts can set further."""
    whole = _in_parts(search, division)
    yield whole
    parts = fit(search.problem, whole.targets, whole.weights, whole.log_theta, EmLimits(0.1, 30))
    if parts.objective < search.fit.objective - SETBACK:
        return
    outlook, allowed = Outlook(search.problem, parts), search.allowed(parts.support)
    moves = [
        *single_changes(outlook, allowed, TRY * least, LINE_SEARCHES),
        *profiled_additions(outlook, allowed, TRY * least, PROFILED),
    ]
    moves = _distinct(sorted(moves, key=lambda move: (-move.gain, move.target)))[:AT_ONCE]
    if moves:
        yield search.with_moves("divided", moves, parts)


def _in_parts(search: Search, division: Division) -> Proposal:
    weights = dict(zip(search.fit.support, search.fit.weights.tolist(), strict=True))
    mass = weights.pop(division.target)
    for target, share in zip(division.parts, division.shares, strict=True):
        weights[target] = mass * share
    return Proposal(
        ("division", division.target, division.parts),
        list(weights),
        np.array(list(weights.values())),
        division.log_theta,
    )


def _merged(search: Search, target: Target, group: Sequence[Target]) -> Proposal:
    weights = dict(zip(search.fit.support, search.fit.weights.tolist(), strict=True))
    mass = sum(weights.pop(t) for t in group)
    weights[target] = weights.get(target, 0.0) + mass
    return Proposal(
        ("merge", target, tuple(group)),
        list(weights),
        np.array(list(weights.values())),
        search.fit.log_theta,
    )
