r"""Prefixes of targets, and the configurations at which lifting reads P_mix.

Lifting follows the topological order of the variables; a *position* is a place in it. A *prefix* s
is a target restricted to the variables before a position; its weight :math:`\mu_s` is the sum of
the weights of the targets that begin with it. A *lift* of s extends it by the position's variable
V, which the extension either sets to a value or leaves unset. Each prefix has one *configuration*
v of the variables before the position: it agrees with s, and each variable that s does not set
takes a value that no target beginning like s sets it to.

The probabilities :math:`P_u(v)` of the prefixes u that can produce v are products of many CPT
entries. They are kept as multiples of a common unit, so that factors common to all of them are
never multiplied out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from domix.core.guarantees import Equality
from domix.core.tables import Target
from domix.core.targets import with_value
from domix.population.arithmetic import Arithmetic, Number, Ratios

Terms = Mapping[int, Number]
"""Index of a prefix u among those of its position, to P_u(v) in some unit; absent means 0.

P_s(v) in the same unit, where v is the configuration of s, is called the *scale*.
"""


class Source(Protocol):
    """P_mix as lifting reads it, at the configuration of one prefix after another.

    What a source has to remember of a configuration is its *state*, which every prefix carries.
    """

    equality: Equality
    """How far :meth:`difference` compares."""

    comparisons: int
    """At how many drawn configurations it compares besides."""

    conclusive: bool
    """Whether it knows the true prefixes: then a mixture that does not differ is the true one."""

    def start(self) -> Any:
        """Return the state of the empty configuration."""

    def probabilities(self, state: Any, position: int, row: Ratios) -> Ratios:
        """Return P_mix(v, l) / P_s(v) for every value l, where ``row`` is P(l | v)."""

    def extend(self, state: Any, position: int, value: int, row: Ratios, unset: bool) -> Any:
        """Return the state of (v, value).

        ``row`` is P(l | v); ``unset`` tells whether the prefix leaves the variable unset.
        """

    def difference(self, position: int, weights: Mapping[Target, Any]) -> Target | None:
        """Return where a mixture of prefixes differs from P_mix before ``position``, if it does."""


@dataclass(frozen=True, slots=True)
class LiftWeights:
    """The weights of the lifts of one prefix, as numerators.

    ``unset`` is the weight of the lift that leaves the variable unset; ``sets`` maps values to the
    weights of the lifts that set them, without weights of 0.
    """

    unset: Number
    sets: Mapping[int, Number]

    def times(self, factor: Number) -> LiftWeights:
        """Return the weights multiplied by a factor."""
        if factor == 1:
            return self
        sets = {value: weight * factor for value, weight in self.sets.items()}
        return LiftWeights(self.unset * factor, sets)


@dataclass(frozen=True, slots=True)
class Prefix:
    """A prefix at one position.

    Attributes
    ----------
    target : Target
    weight, denominator : number
        The prefix has the weight ``weight / denominator``.
    configuration : tuple of int
        A value for every position before this one.
    ancestors : tuple of int
        For every position before this one, the index of the prefix that this one extends.
    others : Terms
        The other prefixes of this position that can produce the configuration. All of them come
        earlier in the list (see :class:`Level`).
    scale : number
        P_prefix(configuration), in the unit of ``others``.
    state : Any
        Of the source.
    """

    target: Target
    weight: Number
    denominator: Number
    configuration: tuple[int, ...]
    ancestors: tuple[int, ...]
    others: Terms
    scale: Number
    state: Any

    @classmethod
    def empty(cls, state: Any) -> Prefix:
        """Return the prefix of the first position."""
        return cls((), 1, 1, (), (), {}, 1, state)


class Level:
    """The lifts of all prefixes of one position, numbered as the prefixes of the next one.

    The lifts of a prefix stand together: first the one that leaves the variable unset, then by
    increasing value. So a prefix comes after all others that can produce its configuration: where
    two prefixes part, they set different values, or one of them leaves the variable unset, and its
    configuration holds a value that its lifts do not set.

    Attributes
    ----------
    lifts, denominator
        The weights of each prefix's lifts, over a common denominator.
    """

    def __init__(self) -> None:
        self.lifts: list[LiftWeights] = []
        self.denominator: Number = 1
        self._unset: list[int | None] = []
        self._sets: list[dict[int, int]] = []
        self._size = 0

    def add(self, unset: Number, sets: Mapping[int, Number], denominator: Number) -> None:
        """Append the weights of one more prefix's lifts."""
        if denominator != self.denominator:
            common = math.lcm(self.denominator, denominator)
            factor = common // self.denominator
            self.lifts = [weights.times(factor) for weights in self.lifts]
            self.denominator = common
        self.lifts.append(LiftWeights(unset, sets).times(self.denominator // denominator))
        self._unset.append(self._size if unset else None)
        self._size += bool(unset)
        self._sets.append({value: self._size + i for i, value in enumerate(sorted(sets))})
        self._size += len(sets)

    def extend(
        self,
        numbers: Arithmetic,
        terms: Terms,
        scale: Number,
        value: int,
        row: Ratios,
        unset: bool,
    ) -> tuple[dict[int, Number], Number]:
        """Return the terms of the next position's prefixes at (v, value), and the scale.

        ``row`` is P(l | v); ``unset`` tells whether the prefix whose scale is given leaves the
        variable unset.
        """
        children: list[tuple[int, bool, Number]] = []
        for u, term in terms.items():
            unset_child, set_child = self._unset[u], self._sets[u].get(value)
            if unset_child is not None:
                children.append((unset_child, True, term))
            if set_child is not None:
                children.append((set_child, False, term))
        if all(child_unset == unset for _, child_unset, _ in children):
            # All terms would be multiplied by the same factor: change the unit instead.
            return {child: term for child, _, term in children}, scale
        w, denominator = row.numerators[value], row.denominator
        own_factor = w if unset else denominator
        (unset_factor, set_factor), own = numbers.reduced((w, denominator), own_factor)
        return {
            child: term * (unset_factor if child_unset else set_factor)
            for child, child_unset, term in children
            if unset_factor or not child_unset
        }, scale * own


def extend_prefixes(
    numbers: Arithmetic,
    source: Source,
    prefixes: Sequence[Prefix],
    level: Level,
    rows: Sequence[Ratios],
    position: int,
    variable: int,
    unused: Sequence[int],
) -> list[Prefix]:
    """Return the prefixes of the next position.

    Of each prefix, ``rows`` holds P(l | configuration), and ``unused`` the value that the
    configuration takes if the variable is left unset.
    """
    extended: list[Prefix] = []
    for i, (prefix, lift, row) in enumerate(zip(prefixes, level.lifts, rows, strict=True)):
        steps = [(value, False, lift.sets[value]) for value in sorted(lift.sets)]
        if lift.unset:
            steps.insert(0, (unused[i], True, lift.unset))
        for value, unset, weight in steps:
            terms = {**prefix.others, i: prefix.scale}
            others, scale = level.extend(numbers, terms, prefix.scale, value, row, unset)
            others.pop(len(extended))
            extended.append(
                Prefix(
                    prefix.target if unset else with_value(prefix.target, variable, value),
                    weight,
                    level.denominator,
                    (*prefix.configuration, value),
                    (*prefix.ancestors, i),
                    others,
                    scale,
                    source.extend(prefix.state, position, value, row, unset),
                )
            )
    return extended


def target_weights(
    numbers: Arithmetic, prefixes: Sequence[Prefix], level: Level, variable: int
) -> dict[Target, Any]:
    """Return the lifts with their weights, in the order of the next position's prefixes."""
    out = {}
    for prefix, lift in zip(prefixes, level.lifts, strict=True):
        if lift.unset:
            out[prefix.target] = numbers.value(lift.unset, level.denominator)
        for value in sorted(lift.sets):
            target = with_value(prefix.target, variable, value)
            out[target] = numbers.value(lift.sets[value], level.denominator)
    return out
