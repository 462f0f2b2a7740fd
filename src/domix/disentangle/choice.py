"""Lifting from the first variable to the last, with a search over the values that cells take.

A silent prefix's cell may hold any value that its targets do not set. Where tables hold no zero,
every choice gives the same mixture. Where they do, a lift is only right if some value that its
targets do not set is possible at its cell; a lift where that is in doubt is *weak*, and the values
that its variable's parents take in the cell are to blame. So a failure goes back to the last choice
to blame that has another value to offer, and over all choices that cannot matter (conflict-directed
backjumping: P. Prosser, "Hybrid algorithms for the constraint satisfaction problem", 1993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from domix.core.tables import Target
from domix.disentangle.lifting import (
    Conditionals,
    Level,
    Lift,
    Number,
    Prefix,
    Source,
    Split,
    descend,
    members,
    relative_mass,
    solve,
)

__all__ = ["ATTEMPTS", "Lifting", "Unexplained", "lift_all"]

ATTEMPTS = 2_000
"""How many failures the search survives, each a part of one lifting. Of 42 mixtures on 14 published
networks, one needed more than 104, and the longest successful search had 88."""

Choice = tuple[int, int]
"""A position, and which of its groups of prefixes."""


@dataclass(frozen=True)
class Lifting:
    """What explains P_mix: weights of targets, and the lifts that led to them, in order."""

    weights: dict[Target, Number]
    lifts: tuple[Lift, ...]
    equality: str
    """How far it was compared with P_mix: see :class:`Source`."""


@dataclass
class Unexplained(Exception):
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
    splits: list[Split] = field(default_factory=list)
    culprits: set[Choice] = field(default_factory=set)
    domains: list[tuple[int, ...]] = field(default_factory=list)
    picks: list[int] = field(default_factory=list)
    blame: list[set[Choice]] = field(default_factory=list)


def lift_all(conditionals: Conditionals, source: Source, tolerance: Number) -> Lifting:
    """The mixture behind ``source``.

    Each variable gets one value that no target sets, if that explains P_mix; else each prefix of
    each variable gets its own.

    Parameters
    ----------
    tolerance
        Weights up to it are dropped, the rest of their prefix's scaled up. 0 for fractions.

    Raises
    ------
    Unexplained
    """
    try:
        return _Search(conditionals, source, tolerance, common=True).run()
    except Unexplained as failure:
        # Without a weak lift, cells do not matter: whatever they hold, it would fail.
        if failure.weak is None and (failure.negative or failure.configuration):
            raise
    return _Search(conditionals, source, tolerance, common=False).run()


class _Search:
    def __init__(
        self, conditionals: Conditionals, source: Source, tolerance: Number, common: bool
    ) -> None:
        self.conditionals = conditionals
        self.source = source
        self.tolerance = tolerance
        self.common = common
        self.frames: list[_Frame] = []
        self.settled = 0

    def run(self) -> Lifting:
        first: Unexplained | None = None
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
        weights: dict[Target, Number] = {(): 1}
        if self.frames:
            last = self.frames[-1]
            weights = members(last.prefixes, last.splits, self.conditionals.order[-1])
        lifts = tuple(lift for frame in self.frames for lift in frame.lifts)
        return Lifting(weights, lifts, self.source.equality)

    def _climb(self) -> Unexplained | None:
        """Lift variable after variable; None once all are."""
        order = self.conditionals.order
        while len(self.frames) < len(order):
            frame = _Frame(self._next_prefixes())
            self.frames.append(frame)
            position = len(self.frames) - 1
            negative = self._lift(frame, position)
            if negative is not None:
                return Unexplained(negative=negative, weak=self._last_weak())
            weak = any(lift.barred for lift in frame.lifts)
            if weak or len(self.frames) == len(order):
                found = members(frame.prefixes, frame.splits, order[position])
                place = self.source.differs(position + 1, found)
                if place is not None:
                    return Unexplained(configuration=place, weak=self._last_weak())
                if self.source.settles:
                    self.settled = position + 1
            if len(self.frames) < len(order) and not self._open_choices(frame):
                return Unexplained(weak=self._last_weak())
        return None

    def _next_prefixes(self) -> list[Prefix]:
        if not self.frames:
            return [Prefix((), 1, (), (), {}, self.source.start())]
        frame, position = self.frames[-1], len(self.frames) - 1
        groups = range(len(frame.domains))
        free = [frame.domains[g][frame.picks[g]] for g in groups]
        return descend(
            self.source,
            frame.prefixes,
            Level(frame.splits),
            [lift.a for lift in frame.lifts],
            position,
            self.conditionals.order[position],
            free * len(frame.prefixes) if self.common else free,
        )

    def _lift(self, frame: _Frame, position: int) -> Lift | None:
        """Lift every prefix; returns the lift that leaves less than nothing, if one does."""
        variable = self.conditionals.order[position]
        for prefix in frame.prefixes:
            a = self.conditionals.row(position, prefix.cell)
            mass = self.source.masses(prefix.state, position, a)
            others = relative_mass(frame.splits, prefix.known, a)
            r = [m - o for m, o in zip(mass, others, strict=True)]
            if min(r) < -self.tolerance:
                zeros = (0,) * len(a)
                return Lift(
                    variable, prefix.target, prefix.cell, tuple(a), tuple(r), 0, zeros, (), ()
                )
            lift = self._solved(variable, prefix, a, [max(left, 0) for left in r])
            frame.lifts.append(lift)
            frame.splits.append(self._kept(prefix.weight, lift))
            if lift.barred:
                frame.culprits |= self._to_blame(prefix, position)
        return None

    def _solved(
        self, variable: int, prefix: Prefix, a: Sequence[Number], r: Sequence[Number]
    ) -> Lift:
        silent, sets = solve(a, r, self.tolerance)
        some = silent > self.tolerance
        unused = [value for value, weight in enumerate(sets) if weight <= self.tolerance]
        # A prefix without silent targets has no cell to continue, so it divides by nothing.
        free = tuple(value for value in unused if a[value] > 0 or not some)
        barred = tuple(value for value in unused if value not in free)
        return Lift(
            variable,
            prefix.target,
            prefix.cell,
            tuple(a),
            tuple(r),
            silent,
            tuple(sets),
            free,
            barred,
        )

    def _kept(self, weight: Number, lift: Lift) -> Split:
        """What of a solution is more than nothing, scaled to the prefix's weight."""
        kept = {value: part for value, part in enumerate(lift.sets) if part > self.tolerance}
        silent = lift.silent if lift.silent > self.tolerance else 0
        total = silent + sum(kept.values())
        if total == weight or not total:
            return Split(silent, kept)
        scale = weight / total
        return Split(silent * scale, {value: part * scale for value, part in kept.items()})

    def _to_blame(self, prefix: Prefix, position: int) -> set[Choice]:
        """The choices behind the values that the parents take in the prefix's cell."""
        fixed = {variable for variable, _ in prefix.target}
        return {
            (parent, 0 if self.common else prefix.line[parent])
            for parent in self.conditionals.parents[position]
            if self.conditionals.order[parent] not in fixed
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
