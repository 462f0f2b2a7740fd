"""P_mix as lifting reads it: a mixture's components, a joint distribution, or a function.

Each class implements :class:`domix.population.prefixes.Source`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from domix.core.guarantees import Equality
from domix.core.space import Label, Space
from domix.core.tables import Tables, Target
from domix.core.targets import from_pairs, restricted
from domix.errors import DataError
from domix.population.arithmetic import Arithmetic, Number, Ratios
from domix.population.closed_form_lift import sum_lifts
from domix.population.prefixes import Level, Terms
from domix.query.probability import entry_indices
from domix.util.arrays import Codes, Indices, Objects
from domix.util.rational import brief


class MixtureSource:
    """The components of a mixture, so that no joint probability is ever summed.

    The state of a configuration is the terms of the mixture's own prefixes, with their scale.
    Mixtures whose weights are within a total variation of ``slack`` are equal.
    """

    equality = Equality.STRUCTURAL
    comparisons = 0
    conclusive = True

    def __init__(
        self,
        numbers: Arithmetic,
        order: Sequence[int],
        targets: Sequence[Target],
        weights: Sequence[Any],
        slack: float,
    ) -> None:
        self._numbers = numbers
        self._order = order
        self._targets = targets
        self._fixed = [dict(target) for target in targets]
        self._weights = weights
        self._slack = slack
        self._levels: list[Level] = []
        numerators, denominator = numbers.ratios(weights)
        groups = [list(range(len(targets)))]
        for variable in order:
            split = [self._split_group(group, variable) for group in groups]
            level = Level()
            for parts in split:
                sums = {value: sum(numerators[c] for c in part) for value, part in parts.items()}
                level.add(sums.pop(-1, 0), sums, denominator)
            self._levels.append(level)
            groups = [part for parts in split for _, part in sorted(parts.items())]

    def _split_group(self, group: Sequence[int], variable: int) -> dict[int, list[int]]:
        """Group components by the value that they set the variable to, -1 for none."""
        parts: dict[int, list[int]] = {}
        for c in group:
            parts.setdefault(self._fixed[c].get(variable, -1), []).append(c)
        return parts

    def start(self) -> tuple[Terms, Number]:
        """Return the state of the empty configuration."""
        return {0: 1}, 1

    def probabilities(self, state: tuple[Terms, Number], position: int, row: Ratios) -> Ratios:
        """Return P_mix(v, l) / P_s(v) for every value l."""
        terms, scale = state
        level = self._levels[position]
        unit = scale * level.denominator * row.denominator
        return self._numbers.reduced(sum_lifts(level.lifts, terms, row), unit)

    def extend(
        self, state: tuple[Terms, Number], position: int, value: int, row: Ratios, unset: bool
    ) -> tuple[Terms, Number]:
        """Return the state of (v, value)."""
        return self._levels[position].extend(self._numbers, *state, value, row, unset)

    def difference(self, position: int, weights: Mapping[Target, Any]) -> Target | None:
        """Return the prefix whose weight differs most, if the weights differ."""
        before = set(self._order[:position])
        true: dict[Target, Any] = {}
        for target, weight in zip(self._targets, self._weights, strict=True):
            prefix = restricted(target, before)
            true[prefix] = true.get(prefix, 0) + weight
        gaps = {t: abs(true.get(t, 0) - weights.get(t, 0)) for t in {**true, **weights}}
        largest = max(gaps, key=lambda t: gaps[t])
        return largest if sum(gaps.values()) > 2 * self._slack else None


class JointSource:
    """The probabilities of configurations; those that are absent have probability 0.

    ``codes``, shape (rows, n), are distinct configurations in lexicographic order, columns in
    topological order; ``weights``, shape (rows,), are their probabilities, with sum 1. The state of
    a configuration is the range of the rows that begin with it (first and end), and P_s(v) as a
    numerator and a denominator. Distributions within a total variation of ``slack`` are equal.
    """

    equality = Equality.EVERYWHERE
    comparisons = 0
    conclusive = False

    def __init__(
        self, numbers: Arithmetic, tables: Tables, codes: Codes, weights: Objects, slack: float
    ) -> None:
        self._numbers = numbers
        self._tables = tables
        self._columns = np.asfortranarray(codes)
        numerators, self._denominator = numbers.ratios(weights.tolist())
        self._weights = np.array(numerators, dtype=weights.dtype)
        self._slack = slack

    def start(self) -> tuple[int, int, Number, Number]:
        """Return the state of the empty configuration."""
        return 0, len(self._weights), 1, 1

    def probabilities(
        self, state: tuple[int, int, Number, Number], position: int, row: Ratios
    ) -> Ratios:
        """Return P_mix(v, l) / P_s(v) for every value l."""
        first, end, numerator, denominator = state
        column = self._columns[first:end, position]
        starts = first + np.searchsorted(column, np.arange(len(row.numerators), dtype=np.uint8))
        ends = [*starts[1:].tolist(), end]
        sums = [self._weights[s:e].sum() for s, e in zip(starts.tolist(), ends, strict=True)]
        if self._weights.dtype != object:
            sums = [float(total) for total in sums]
        return _divide(self._numbers, Ratios(sums, self._denominator), numerator, denominator)

    def extend(
        self,
        state: tuple[int, int, Number, Number],
        position: int,
        value: int,
        row: Ratios,
        unset: bool,
    ) -> tuple[int, int, Number, Number]:
        """Return the state of (v, value)."""
        first, end, numerator, denominator = state
        column = self._columns[first:end, position]
        code = np.uint8(value)
        return (
            first + int(np.searchsorted(column, code)),
            first + int(np.searchsorted(column, code, side="right")),
            *_extend_probability(numerator, denominator, value, row, unset),
        )

    @cached_property
    def _entries(self) -> Indices:
        """Shape (rows, n): index of the CPT entry that each row reads for each variable."""
        layout = self._tables.layout
        codes = np.empty(self._columns.shape, dtype=np.uint8)
        codes[:, list(layout.order)] = self._columns
        return entry_indices(layout, codes)

    def _group_rows(self, position: int) -> tuple[Objects, list[tuple[Any, ...]]]:
        """Return where groups of rows that agree before a position start, and how they nest.

        For each earlier position: the index of the group that each group is a part of, the value
        that distinguishes it, and the value's probability as a numerator and a denominator.
        """
        changed = np.zeros(len(self._columns), dtype=bool)
        changed[0] = True
        starts = np.zeros(1, np.intp)
        steps: list[tuple[Any, ...]] = []
        for p, node in enumerate(self._tables.layout.order[:position]):
            column = self._columns[:, p]
            changed[1:] |= column[1:] != column[:-1]
            parent_starts, starts = starts, np.flatnonzero(changed)
            parents = np.searchsorted(parent_starts, starts, side="right") - 1
            entries, at = np.unique(self._entries[starts, node], return_inverse=True)
            w = [self._numbers.ratios([entry]) for entry in self._tables.values[entries].tolist()]
            numerators = np.array([p.numerators[0] for p in w], dtype=self._weights.dtype)[at]
            denominators = np.array([p.denominator for p in w], dtype=self._weights.dtype)[at]
            steps.append((parents, column[starts], numerators, denominators))
        return starts, steps

    def difference(self, position: int, weights: Mapping[Target, Any]) -> Target | None:
        """Return the configuration whose probability differs most, if the distributions differ."""
        order = self._tables.layout.order
        starts, steps = self._group_rows(position)
        numerators, denominator = self._numbers.ratios(weights.values())
        # All is compared over the product of the denominators on the way to a configuration.
        unit = np.array([denominator], dtype=self._weights.dtype)
        for parents, _, _, row_denominators in steps:
            unit = unit[parents] * row_denominators
        gap = np.add.reduceat(self._weights, starts) * unit
        for target, weight in zip(weights, numerators, strict=True):
            fixed = dict(target)
            joint = np.array([weight * self._denominator], dtype=self._weights.dtype)
            for node, (parents, values, row, row_denominators) in zip(order, steps, strict=False):
                joint = joint[parents]
                if node in fixed:
                    joint = np.where(values == fixed[node], joint * row_denominators, 0)
                else:
                    joint = joint * row
            gap = gap - joint
        if not gap.any():
            return None
        sizes = abs(gap / (unit * self._denominator)).astype(np.float64)
        # Exact numbers that differ at all are different, even if a float cannot show it.
        if self._slack and sizes.sum() <= 2 * self._slack:
            return None
        row = self._columns[starts[int(np.argmax(sizes))]].tolist()
        return from_pairs(zip(order[:position], row[:position], strict=True))


class FunctionSource:
    """A function from configurations of the first variables to probabilities.

    It is called only where lifting needs an answer, which ``convert`` validates, given the place
    for messages. The state of a configuration is itself, and P_s(v) as a numerator and a
    denominator. A probability and the sum of its parts may differ by the share ``slack``.
    """

    equality = Equality.CONFIGURATIONS_READ
    comparisons = 0
    conclusive = False

    def __init__(
        self,
        numbers: Arithmetic,
        space: Space,
        order: Sequence[int],
        function: Callable[[dict[str, Label]], Any],
        convert: Callable[[Any, str], Any],
        slack: float,
    ) -> None:
        self._numbers = numbers
        self._space = space
        self._order = order
        self.function = function
        self._convert = convert
        self._slack = slack
        self._answers: dict[tuple[int, ...], Any] = {}

    def _probability(self, configuration: tuple[int, ...]) -> Any:
        if configuration not in self._answers:
            assignment = self._assignment(configuration)
            answer = self.function(assignment)
            self._answers[configuration] = self._convert(answer, f"p_mix({assignment})")
        return self._answers[configuration]

    def _assignment(self, configuration: tuple[int, ...]) -> dict[str, Label]:
        return self._space.assignment(zip(self._order, configuration, strict=False))

    def start(self) -> tuple[tuple[int, ...], Number, Number]:
        """Return the state of the empty configuration."""
        total = self._probability(())
        if abs(total - 1) > self._slack:
            raise DataError(
                f"p_mix({{}}) must be 1, the probability of everything, not {brief(total)}"
            )
        return (), 1, 1

    def probabilities(
        self, state: tuple[tuple[int, ...], Number, Number], position: int, row: Ratios
    ) -> Ratios:
        """Return P_mix(v, l) / P_s(v) for every value l."""
        configuration, numerator, denominator = state
        answers = [self._probability((*configuration, v)) for v in range(len(row.numerators))]
        before = self._probability(configuration)
        (whole, *parts), unit = self._numbers.ratios([before, *answers])
        if abs(sum(parts) - whole) > self._slack * whole:
            name = self._space.names[self._order[position]]
            place = self._assignment(configuration)
            raise DataError(
                f"p_mix: the probabilities of {place} with each state of {name!r} sum to "
                f"{brief(sum(answers))}, but p_mix({place}) is {brief(before)}"
            )
        return _divide(self._numbers, Ratios(parts, unit), numerator, denominator)

    def extend(
        self,
        state: tuple[tuple[int, ...], Number, Number],
        position: int,  # noqa: ARG002
        value: int,
        row: Ratios,
        unset: bool,
    ) -> tuple[tuple[int, ...], Number, Number]:
        """Return the state of (v, value)."""
        configuration, numerator, denominator = state
        return (
            (*configuration, value),
            *_extend_probability(numerator, denominator, value, row, unset),
        )

    def difference(
        self,
        position: int,  # noqa: ARG002
        weights: Mapping[Target, Any],  # noqa: ARG002
    ) -> Target | None:
        """Return None: lifts reproduce the probabilities they read, and no others are known."""
        return None


def _extend_probability(
    numerator: Number, denominator: Number, value: int, row: Ratios, unset: bool
) -> tuple[Number, Number]:
    """Return P_s(v, value) from P_s(v), both as numerator and denominator."""
    if unset:
        return numerator * row.numerators[value], denominator * row.denominator
    return numerator, denominator


def _divide(numbers: Arithmetic, joint: Ratios, numerator: Number, denominator: Number) -> Ratios:
    """Divide probabilities by numerator / denominator."""
    if not numerator and any(joint.numerators):
        raise DataError(
            "a probability that lifting divides by is too small for double precision; give an "
            "exact network (net.to_exact()) and fractions"
        )
    return numbers.reduced(
        [p * denominator for p in joint.numerators], joint.denominator * numerator
    )
