"""Lifting from the first variable to the last, with a search over configurations.

The configuration of a prefix may hold any unused value of a variable that the prefix leaves unset.
If all CPT entries are positive, every choice leads to the same mixture. With zeros, a lift is right
only if some unused value is possible in its configuration. A lift for which that is uncertain is
*weak*; it depends on the values of the variable's parents in the configuration. Those choices form
its *conflict set*. When lifting fails, the search returns to the last choice in the conflict sets
of the weak lifts that has another value, and skips all choices that cannot matter.

References
----------
P. Prosser, "Hybrid algorithms for the constraint satisfaction problem", Computational Intelligence
9 (1993), 268-299: conflict-directed backjumping.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domix.core.guarantees import Equality
from domix.core.tables import Target
from domix.population.arithmetic import Number, TableRows
from domix.population.closed_form_lift import Lift, Solution, lift_prefix
from domix.population.prefixes import (
    Level,
    Prefix,
    Source,
    extend_prefixes,
    target_weights,
)

MAX_ATTEMPTS = 2_000
"""Failures after which the search gives up; each is a part of one lifting. Of 42 mixtures on 14
published networks, one needed more than 104, and the longest successful search had 88."""

Choice = tuple[int, int]
"""A position and the index of one of its groups of prefixes."""


@dataclass(frozen=True)
class Lifting:
    """A mixture that explains P_mix: weights by target, and all lifts that led to it, in order.

    ``equality`` and ``comparisons`` state how far it was compared with P_mix: see :class:`Source`.
    """

    weights: dict[Target, Any]
    lifts: tuple[Lift, ...]
    equality: Equality
    comparisons: int


@dataclass
class UnexplainedError(Exception):
    """No choice of configurations leads to a mixture.

    Attributes
    ----------
    infeasible : Lift or None
        The lift with a negative remainder, if the first attempt ended there.
    difference : Target or None
        Where the mixture of the first attempt differs from P_mix, if it was completed.
    weak : Lift or None
        The last weak lift before that; None if all CPT entries that were read are positive.
    exhausted : bool
        Whether all choices that can matter were tried.
    """

    infeasible: Lift | None = None
    difference: Target | None = None
    weak: Lift | None = None
    exhausted: bool = False


@dataclass(slots=True)
class _Frame:
    """One position of the current attempt.

    Attributes
    ----------
    prefixes, lifts, level
        The prefixes, and their lifts with the weights.
    weak_conflicts : set of Choice
        The choices that the weak lifts depend on.
    domains : list of tuple of int
        The values that each group of prefixes can choose. The configurations of a group take the
        same value.
    picks : list of int
        For each group, the index of its value in its domain.
    conflicts : list of set of Choice
        For each group, the earlier choices that the failures of its previous values depend on.
    """

    prefixes: list[Prefix]
    lifts: list[Lift] = field(default_factory=list)
    level: Level = field(default_factory=Level)
    weak_conflicts: set[Choice] = field(default_factory=set)
    domains: list[tuple[int, ...]] = field(default_factory=list)
    picks: list[int] = field(default_factory=list)
    conflicts: list[set[Choice]] = field(default_factory=list)


def lift_all(rows: TableRows, source: Source, tolerance: Number) -> Lifting:
    """Compute the mixture behind a source.

    All prefixes of a variable share one unused value, if that explains P_mix; otherwise each prefix
    has its own. Lifts with weights up to ``tolerance`` are dropped, and the others of their prefix
    scaled up; it is 0 for exact numbers.

    Raises
    ------
    UnexplainedError
        No choice of configurations leads to a mixture.
    """
    try:
        return _Search(rows, source, tolerance, common=True).run()
    except UnexplainedError as failure:
        # Without a weak lift, any other choice of configurations would fail too.
        if failure.weak is None and (failure.infeasible or failure.difference):
            raise
    return _Search(rows, source, tolerance, common=False).run()


class _Search:
    def __init__(self, rows: TableRows, source: Source, tolerance: Number, common: bool) -> None:
        self.rows = rows
        self.numbers = rows.numbers
        self.source = source
        self.tolerance = tolerance
        self.common = common
        self.frames: list[_Frame] = []
        self.confirmed = 0
        """The number of positions whose lifts the source has confirmed."""

    def run(self) -> Lifting:
        first: UnexplainedError | None = None
        for _ in range(MAX_ATTEMPTS):
            failure = self._lift_remaining()
            if failure is None:
                return self._result()
            first = first or failure
            if not self._jump_back():
                first.exhausted = True
                break
        assert first is not None
        raise first

    def _result(self) -> Lifting:
        weights: dict[Target, Any] = {(): self.numbers.value(1, 1)}
        if self.frames:
            weights = self._target_weights(len(self.frames) - 1)
        lifts = tuple(lift for frame in self.frames for lift in frame.lifts)
        return Lifting(weights, lifts, self.source.equality, self.source.comparisons)

    def _target_weights(self, position: int) -> dict[Target, Any]:
        frame = self.frames[position]
        return target_weights(self.numbers, frame.prefixes, frame.level, self.rows.order[position])

    def _lift_remaining(self) -> UnexplainedError | None:
        """Lift variable after variable; return None once all are lifted."""
        order = self.rows.order
        while len(self.frames) < len(order):
            frame = _Frame(self._next_prefixes())
            self.frames.append(frame)
            position = len(self.frames) - 1
            infeasible = self._lift_variable(frame, position)
            if infeasible is not None:
                return UnexplainedError(infeasible=infeasible, weak=self._last_weak())
            weak = any(lift.impossible for lift in frame.lifts)
            if weak or len(self.frames) == len(order):
                place = self.source.difference(position + 1, self._target_weights(position))
                if place is not None:
                    return UnexplainedError(difference=place, weak=self._last_weak())
                if self.source.conclusive:
                    self.confirmed = position + 1
            if len(self.frames) < len(order) and not self._set_domains(frame):
                return UnexplainedError(weak=self._last_weak())
        return None

    def _next_prefixes(self) -> list[Prefix]:
        if not self.frames:
            return [Prefix.empty(self.source.start())]
        frame, position = self.frames[-1], len(self.frames) - 1
        chosen = [domain[pick] for domain, pick in zip(frame.domains, frame.picks, strict=True)]
        return extend_prefixes(
            self.numbers,
            self.source,
            frame.prefixes,
            frame.level,
            [lift.row for lift in frame.lifts],
            position,
            self.rows.order[position],
            chosen * len(frame.prefixes) if self.common else chosen,
        )

    def _lift_variable(self, frame: _Frame, position: int) -> Lift | None:
        """Lift every prefix; return the first lift that is not feasible, if any."""
        variable = self.rows.order[position]
        for prefix in frame.prefixes:
            row = self.rows.row(position, prefix.configuration)
            lift = lift_prefix(
                self.numbers,
                variable,
                prefix,
                row,
                self.source.probabilities(prefix.state, position, row),
                frame.level,
                self.tolerance,
            )
            if not lift.feasible:
                return lift
            frame.lifts.append(lift)
            self._add_weights(frame.level, prefix, lift.solution)
            if lift.impossible:
                frame.weak_conflicts |= self._parent_choices(prefix, position)
        return None

    def _add_weights(self, level: Level, prefix: Prefix, solution: Solution) -> None:
        """Add the weights of a solution that are not negligible, scaled to the prefix's weight."""
        negligible, denominator = self.tolerance * solution.denominator, solution.denominator
        sets = {value: weight for value, weight in enumerate(solution.sets) if weight > negligible}
        unset = solution.unset if solution.unset > negligible else 0
        total = unset + sum(sets.values())
        if total and total * prefix.denominator != prefix.weight * denominator:
            scaled = [weight * prefix.weight for weight in (unset, *sets.values())]
            (unset, *scaled), denominator = self.numbers.reduced(scaled, total * prefix.denominator)
            sets = dict(zip(sets, scaled, strict=True))
        level.add(unset, sets, denominator)

    def _parent_choices(self, prefix: Prefix, position: int) -> set[Choice]:
        """Return the choices of the parents' values in the prefix's configuration."""
        fixed = dict(prefix.target)
        return {
            (parent, 0 if self.common else prefix.ancestors[parent])
            for parent in self.rows.parents[position]
            if self.rows.order[parent] not in fixed
        }

    def _unconfirmed(self) -> list[_Frame]:
        """Return the frames whose weak lifts may be wrong; the last one's limit its domains."""
        return self.frames[min(self.confirmed, len(self.frames) - 1) :]

    def _last_weak(self) -> Lift | None:
        weak = [lift for frame in self._unconfirmed() for lift in frame.lifts if lift.impossible]
        return weak[-1] if weak else None

    def _set_domains(self, frame: _Frame) -> bool:
        """Set the domains of the frame's groups; return False if one is empty."""
        domains = [lift.free for lift in frame.lifts]
        if self.common:
            domains = [tuple(sorted(set(domains[0]).intersection(*domains)))]
        frame.domains = domains
        frame.picks = [0] * len(domains)
        frame.conflicts = [set() for _ in domains]
        return all(domains)

    def _jump_back(self) -> bool:
        """Return to the last choice in conflict that has another value; False if there is none."""
        conflict = set[Choice]().union(*(frame.weak_conflicts for frame in self._unconfirmed()))
        while conflict:
            position, group = choice = max(conflict)
            frame = self.frames[position]
            frame.conflicts[group] |= conflict - {choice}
            frame.picks[group] += 1
            if frame.picks[group] < len(frame.domains[group]):
                for later in range(group + 1, len(frame.domains)):
                    frame.picks[later] = 0
                    frame.conflicts[later] = set()
                del self.frames[position + 1 :]
                self.confirmed = min(self.confirmed, position + 1)
                return True
            # The frame's own weak lifts may be the reason why its domain has no better value.
            conflict = frame.conflicts[group] | frame.weak_conflicts
        return False
