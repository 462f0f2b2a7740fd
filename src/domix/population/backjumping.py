"""Lifting from the first variable to the last, with a search over the values that cells take.

A silent prefix's cell may hold any value that its targets do not set. Where tables hold no zero,
every choice gives the same mixture. Where they do, a lift is only right if some value that its
targets do not set is possible at its cell; a lift where that is in doubt is *weak*, and the values
that its variable's parents take in the cell are to blame. So a failure goes back to the last choice
to blame that has another value to offer, and over all choices that cannot matter (conflict-directed
backjumping: P. Prosser, "Hybrid algorithms for the constraint satisfaction problem", 1993).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domix.core.tables import Target
from domix.population.arithmetic import Number, Rows, Shares
from domix.population.lift import (
    Level,
    Lift,
    Prefix,
    Solution,
    Source,
    Splits,
    descend,
    left_over,
    members,
    solve,
)

__all__ = ["ATTEMPTS", "Lifting", "UnexplainedError", "lift_all"]

ATTEMPTS = 2_000
"""How many failures the search survives, each a part of one lifting. Of 42 mixtures on 14 published
networks, one needed more than 104, and the longest successful search had 88."""

Choice = tuple[int, int]
"""A position, and which of its groups of prefixes."""


@dataclass(frozen=True)
class Lifting:
    """What explains P_mix: weights of targets, and the lifts that led to them, in order."""

    weights: dict[Target, Any]
    lifts: tuple[Lift, ...]
    equality: str
    """How far it was compared with P_mix: see :class:`Source`."""


@dataclass
class UnexplainedError(Exception):
    """No choice of cells leads to a mixture.

    Attributes
    ----------
    negative
        The lift in which less was left than nothing, if that is how the first attempt ended.
    configuration
        Where the first attempt's mixture differs from P_mix, if it came so far.
    weak
        The last weak lift before that; None if all tables it needed were positive.
    exhausted
        Whether all choices that can matter were tried.
    """

    negative: Lift | None = None
    configuration: Target | None = None
    weak: Lift | None = None
    exhausted: bool = False


@dataclass(slots=True)
class _Frame:
    """One position of the present attempt.

    The prefixes are grouped: those of a group take the same value in their cells. ``picks`` says
    which of its ``domains`` a group takes, ``blame`` on which earlier choices it depends that the
    values before failed.
    """

    prefixes: list[Prefix]
    lifts: list[Lift] = field(default_factory=list)
    splits: Splits = field(default_factory=Splits)
    culprits: set[Choice] = field(default_factory=set)
    domains: list[tuple[int, ...]] = field(default_factory=list)
    picks: list[int] = field(default_factory=list)
    blame: list[set[Choice]] = field(default_factory=list)


def lift_all(rows: Rows, source: Source, tolerance: Number) -> Lifting:
    """The mixture behind ``source``.

    Each variable gets one value that no target sets, if that explains P_mix; else each prefix of
    each variable gets its own.

    Parameters
    ----------
    tolerance
        Weights up to it are dropped, the rest of their prefix's scaled up. 0 if all is exact.

    Raises
    ------
    UnexplainedError
    """
    try:
        return _Search(rows, source, tolerance, common=True).run()
    except UnexplainedError as failure:
        # Without a weak lift, cells do not matter: whatever they hold, it would fail.
        if failure.weak is None and (failure.negative or failure.configuration):
            raise
    return _Search(rows, source, tolerance, common=False).run()


class _Search:
    def __init__(self, rows: Rows, source: Source, tolerance: Number, common: bool) -> None:
        self.rows = rows
        self.numbers = rows.numbers
        self.source = source
        self.tolerance = tolerance
        self.common = common
        self.frames: list[_Frame] = []
        self.settled = 0

    def run(self) -> Lifting:
        first: UnexplainedError | None = None
        for _ in range(ATTEMPTS):
            failure = self._climb()
            if failure is None:
                return self._result()
            first = first or failure
            if not self._jump():
                first.exhausted = True
                break
        assert first is not None
        raise first

    def _result(self) -> Lifting:
        weights: dict[Target, Any] = {(): self.numbers.public(1, 1)}
        if self.frames:
            weights = self._members(len(self.frames) - 1)
        lifts = tuple(lift for frame in self.frames for lift in frame.lifts)
        return Lifting(weights, lifts, self.source.equality)

    def _members(self, position: int) -> dict[Target, Any]:
        frame = self.frames[position]
        return members(self.numbers, frame.prefixes, frame.splits, self.rows.order[position])

    def _climb(self) -> UnexplainedError | None:
        """Lift variable after variable; None once all are."""
        order = self.rows.order
        while len(self.frames) < len(order):
            frame = _Frame(self._next_prefixes())
            self.frames.append(frame)
            position = len(self.frames) - 1
            negative = self._lift(frame, position)
            if negative is not None:
                return UnexplainedError(negative=negative, weak=self._last_weak())
            weak = any(lift.barred for lift in frame.lifts)
            if weak or len(self.frames) == len(order):
                place = self.source.differs(position + 1, self._members(position))
                if place is not None:
                    return UnexplainedError(configuration=place, weak=self._last_weak())
                if self.source.settles:
                    self.settled = position + 1
            if len(self.frames) < len(order) and not self._open_choices(frame):
                return UnexplainedError(weak=self._last_weak())
        return None

    def _next_prefixes(self) -> list[Prefix]:
        if not self.frames:
            return [Prefix.empty(self.source.start())]
        frame, position = self.frames[-1], len(self.frames) - 1
        groups = range(len(frame.domains))
        free = [frame.domains[g][frame.picks[g]] for g in groups]
        return descend(
            self.numbers,
            self.source,
            frame.prefixes,
            Level(frame.splits),
            [lift.row for lift in frame.lifts],
            position,
            self.rows.order[position],
            free * len(frame.prefixes) if self.common else free,
        )

    def _lift(self, frame: _Frame, position: int) -> Lift | None:
        """Lift every prefix; returns the lift that leaves less than nothing, if one does."""
        variable = self.rows.order[position]
        for prefix in frame.prefixes:
            row = self.rows.row(position, prefix.cell)
            masses = self.source.masses(prefix.state, position, row)
            left = left_over(masses, frame.splits, prefix, row)
            if min(left.parts) < -self.tolerance * left.whole:
                nothing = Solution(0, (0,) * len(row.parts), 1)
                return Lift(self.numbers, variable, prefix, row, masses, left, nothing, (), ())
            left = left._replace(parts=[max(part, 0) for part in left.parts])
            lift = self._solved(variable, prefix, row, masses, left)
            frame.lifts.append(lift)
            self._keep(frame.splits, prefix, lift.solution)
            if lift.barred:
                frame.culprits |= self._to_blame(prefix, position)
        return None

    def _solved(
        self, variable: int, prefix: Prefix, row: Shares, masses: Shares, left: Shares
    ) -> Lift:
        solution = solve(self.numbers, row, left, self.tolerance)
        none = self.tolerance * solution.whole
        some = solution.silent > none
        unused = [value for value, weight in enumerate(solution.sets) if weight <= none]
        # A prefix without silent targets has no cell to continue, so it divides by nothing.
        free = tuple(value for value in unused if row.parts[value] > 0 or not some)
        barred = tuple(value for value in unused if value not in free)
        return Lift(self.numbers, variable, prefix, row, masses, left, solution, free, barred)

    def _keep(self, splits: Splits, prefix: Prefix, solution: Solution) -> None:
        """Add what of a solution is more than nothing, scaled to the prefix's weight."""
        none = self.tolerance * solution.whole
        kept = {value: part for value, part in enumerate(solution.sets) if part > none}
        silent, whole = solution.silent if solution.silent > none else 0, solution.whole
        total = silent + sum(kept.values())
        if total and total * prefix.whole != prefix.weight * whole:
            parts = [part * prefix.weight for part in (silent, *kept.values())]
            (silent, *rest), whole = self.numbers.lowest(parts, total * prefix.whole)
            kept = dict(zip(kept, rest, strict=True))
        splits.add(silent, kept, whole)

    def _to_blame(self, prefix: Prefix, position: int) -> set[Choice]:
        """The choices behind the values that the parents take in the prefix's cell."""
        fixed = {variable for variable, _ in prefix.target}
        return {
            (parent, 0 if self.common else prefix.line[parent])
            for parent in self.rows.parents[position]
            if self.rows.order[parent] not in fixed
        }

    def _doubtful(self) -> list[_Frame]:
        """The frames whose weak lifts may be at fault; the last one's limit what it may choose."""
        return self.frames[min(self.settled, len(self.frames) - 1) :]

    def _last_weak(self) -> Lift | None:
        weak = [lift for frame in self._doubtful() for lift in frame.lifts if lift.barred]
        return weak[-1] if weak else None

    def _open_choices(self, frame: _Frame) -> bool:
        """Set the frame's groups and what they may choose; False if one has nothing to choose."""
        free: list[Any] = [lift.free for lift in frame.lifts]
        if self.common:
            free = [tuple(sorted(set(free[0]).intersection(*free)))]
        frame.domains = free
        frame.picks = [0] * len(free)
        frame.blame = [set() for _ in free]
        return all(free)

    def _jump(self) -> bool:
        """Back to the last choice to blame that has another value; False if there is none."""
        blame = set().union(*(frame.culprits for frame in self._doubtful()))
        while blame:
            position, group = point = max(blame)
            frame = self.frames[position]
            frame.blame[group] |= blame - {point}
            frame.picks[group] += 1
            if frame.picks[group] < len(frame.domains[group]):
                for later in range(group + 1, len(frame.domains)):
                    frame.picks[later] = 0
                    frame.blame[later] = set()
                del self.frames[position + 1 :]
                self.settled = min(self.settled, position + 1)
                return True
            # Weak lifts of its own may be why there was no better value to choose.
            blame = frame.blame[group] | frame.culprits
        return False
