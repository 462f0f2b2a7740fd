"""P_mix as lifting reads it, for each form that users have it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space
from domix.core.tables import Tables, Target
from domix.errors import DataError
from domix.population.arithmetic import Arithmetic, Number, Shares
from domix.population.lift import Level, Splits, Terms, mass_of
from domix.query.probability import cells
from domix.util.rational import brief

__all__ = ["CallableSource", "MixtureSource", "RowSource"]


class MixtureSource:
    """A mixture's own components, so that prefixes have their probabilities without any sum.

    Its prefixes have terms of their own, carried like those of the prefixes found, and a prefix's
    state is those, with the scale.
    """

    equality = "structural"
    settles = True

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
        self._targets = [dict(target) for target in targets]
        self._weights = weights
        self._slack = slack
        self._levels: list[Level] = []
        parts, whole = numbers.shares(weights)
        groups = [list(range(len(targets)))]
        for variable in order:
            divided = [self._divided(group, variable) for group in groups]
            splits = Splits()
            for group in divided:
                sums = {value: sum(parts[c] for c in members) for value, members in group.items()}
                splits.add(sums.pop(-1, 0), sums, whole)
            self._levels.append(Level(splits))
            groups = [members for group in divided for _, members in sorted(group.items())]

    def _divided(self, group: Sequence[int], variable: int) -> dict[int, list[int]]:
        """Components by the value they set, -1 for none."""
        parts: dict[int, list[int]] = {}
        for c in group:
            parts.setdefault(self._targets[c].get(variable, -1), []).append(c)
        return parts

    def start(self) -> tuple[Terms, Number]:
        return {0: 1}, 1

    def masses(self, state: tuple[Terms, Number], position: int, row: Shares) -> Shares:
        terms, scale = state
        splits = self._levels[position].splits
        whole = scale * splits.whole * row.whole
        return self._numbers.lowest(mass_of(splits.parts, terms, row), whole)

    def follow(
        self, state: tuple[Terms, Number], position: int, value: int, row: Shares, silent: bool
    ) -> tuple[Terms, Number]:
        return self._levels[position].follow(self._numbers, *state, value, row, silent)

    def differs(self, position: int, found: Mapping[Target, Any]) -> Target | None:
        seen = set(self._order[:position])
        true: dict[Target, Any] = {}
        for target, weight in zip(self._targets, self._weights, strict=True):
            prefix = tuple(sorted((i, v) for i, v in target.items() if i in seen))
            true[prefix] = true.get(prefix, 0) + weight
        gaps = {t: abs(true.get(t, 0) - found.get(t, 0)) for t in {**true, **found}}
        worst = max(gaps, key=lambda t: gaps[t])
        return worst if sum(gaps.values()) > 2 * self._slack else None


class RowSource:
    """Probabilities of whole configurations; those that are not there have none.

    A prefix's state is the rows that begin with its cell (first and end) and P_prefix(cell), as a
    part and its whole.

    Parameters
    ----------
    tables
    codes
        Shape (rows, n), columns in lifting order, distinct rows in lexicographic order.
    weights
        Shape (rows,), floats or fractions, sum 1.
    slack
        Total variation within which two distributions are the same.
    """

    equality = "everywhere"
    settles = False

    def __init__(
        self,
        numbers: Arithmetic,
        tables: Tables,
        codes: npt.NDArray[np.uint8],
        weights: npt.NDArray[Any],
        slack: float,
    ) -> None:
        self._numbers = numbers
        self._tables = tables
        self._columns = np.asfortranarray(codes)
        parts, self._whole = numbers.shares(weights.tolist())
        self._weights = np.array(parts, dtype=weights.dtype)
        self._slack = slack

    def start(self) -> tuple[int, int, Number, Number]:
        return 0, len(self._weights), 1, 1

    def masses(self, state: tuple[int, int, Number, Number], position: int, row: Shares) -> Shares:
        first, end, part, whole = state
        column = self._columns[first:end, position]
        starts = first + np.searchsorted(column, np.arange(len(row.parts), dtype=np.uint8))
        ends = [*starts[1:].tolist(), end]
        sums = [self._weights[s:e].sum() for s, e in zip(starts.tolist(), ends, strict=True)]
        if self._weights.dtype != object:
            sums = [float(mass) for mass in sums]
        return _relative(self._numbers, Shares(sums, self._whole), part, whole)

    def follow(
        self,
        state: tuple[int, int, Number, Number],
        position: int,
        value: int,
        row: Shares,
        silent: bool,
    ) -> tuple[int, int, Number, Number]:
        first, end, part, whole = state
        column = self._columns[first:end, position]
        code = np.uint8(value)
        return (
            first + int(np.searchsorted(column, code)),
            first + int(np.searchsorted(column, code, side="right")),
            part * row.parts[value] if silent else part,
            whole * row.whole if silent else whole,
        )

    @cached_property
    def _cells(self) -> npt.NDArray[np.int32]:
        layout = self._tables.layout
        codes = np.empty(self._columns.shape, dtype=np.uint8)
        codes[:, list(layout.order)] = self._columns
        return cells(layout, codes)

    def _prefix_groups(self, position: int) -> tuple[npt.NDArray[np.intp], list[tuple[Any, ...]]]:
        """Where distinct prefixes begin, and how they come about, position after position.

        Of each prefix: which of the prefixes one shorter it continues, by which value, and that
        value's probability, as a part and its whole.
        """
        changed = np.zeros(len(self._columns), dtype=bool)
        changed[0] = True
        starts = np.zeros(1, np.intp)
        steps: list[tuple[Any, ...]] = []
        for p, node in enumerate(self._tables.layout.order[:position]):
            column = self._columns[:, p]
            changed[1:] |= column[1:] != column[:-1]
            shorter, starts = starts, np.flatnonzero(changed)
            parents = np.searchsorted(shorter, starts, side="right") - 1
            entries, at = np.unique(self._cells[starts, node], return_inverse=True)
            w = [self._numbers.shares([entry]) for entry in self._tables.values[entries].tolist()]
            parts = np.array([share.parts[0] for share in w], dtype=self._weights.dtype)[at]
            wholes = np.array([share.whole for share in w], dtype=self._weights.dtype)[at]
            steps.append((parents, column[starts], parts, wholes))
        return starts, steps

    def differs(self, position: int, found: Mapping[Target, Any]) -> Target | None:
        order = self._tables.layout.order
        starts, steps = self._prefix_groups(position)
        weights, whole = self._numbers.shares(found.values())
        # All is compared in parts of the product of the wholes on the way to a row.
        unit = np.array([whole], dtype=self._weights.dtype)
        for parents, _, _, wholes in steps:
            unit = unit[parents] * wholes
        gap = np.add.reduceat(self._weights, starts) * unit
        for target, weight in zip(found, weights, strict=True):
            fixed = dict(target)
            mass = np.array([weight * self._whole], dtype=self._weights.dtype)
            for node, (parents, values, parts, wholes) in zip(order, steps, strict=False):
                mass = mass[parents]
                if node in fixed:
                    mass = np.where(values == fixed[node], mass * wholes, 0)
                else:
                    mass = mass * parts
            gap = gap - mass
        if not gap.any():
            return None
        sizes = abs(gap / (unit * self._whole)).astype(np.float64)
        # Of exact numbers, any difference is one, even if it is nothing to a float.
        if self._slack and sizes.sum() <= 2 * self._slack:
            return None
        row = self._columns[starts[int(np.argmax(sizes))]].tolist()
        return tuple(sorted(zip(order[:position], row[:position], strict=True)))


class CallableSource:
    """A function from prefixes to probabilities, asked only where lifting needs it.

    A prefix's state is its cell and P_prefix(cell), as a part and its whole.
    """

    equality = "on the cells read"
    settles = False

    def __init__(
        self,
        numbers: Arithmetic,
        space: Space,
        order: Sequence[int],
        ask: Callable[[dict[str, Label]], Any],
        checked: Callable[[Any, str], Any],
        slack: float,
    ) -> None:
        self._numbers = numbers
        self._space = space
        self._order = order
        self._ask_user = ask
        self._checked = checked
        self._slack = slack
        self._answers: dict[tuple[int, ...], Any] = {}

    def _ask(self, cell: tuple[int, ...]) -> Any:
        if cell not in self._answers:
            assignment = self._space.assignment(zip(self._order, cell, strict=False))
            what = f"p_mix({assignment})"
            self._answers[cell] = self._checked(self._ask_user(assignment), what)
        return self._answers[cell]

    def start(self) -> tuple[tuple[int, ...], Number, Number]:
        whole = self._ask(())
        if abs(whole - 1) > self._slack:
            raise DataError(
                f"p_mix({{}}) must be 1, the probability of everything, not {brief(whole)}"
            )
        return (), 1, 1

    def masses(
        self, state: tuple[tuple[int, ...], Number, Number], position: int, row: Shares
    ) -> Shares:
        cell, part, whole = state
        answers = [self._ask((*cell, value)) for value in range(len(row.parts))]
        (before, *after), unit = self._numbers.shares([self._ask(cell), *answers])
        if abs(sum(after) - before) > self._slack * before:
            name = self._space.names[self._order[position]]
            at = self._space.assignment(zip(self._order, cell, strict=False))
            raise DataError(
                f"p_mix: the probabilities of {at} with each state of {name!r} sum to "
                f"{brief(sum(answers))}, but p_mix({at}) is {brief(self._ask(cell))}"
            )
        return _relative(self._numbers, Shares(after, unit), part, whole)

    def follow(
        self,
        state: tuple[tuple[int, ...], Number, Number],
        position: int,
        value: int,
        row: Shares,
        silent: bool,
    ) -> tuple[tuple[int, ...], Number, Number]:
        cell, part, whole = state
        if silent:
            part, whole = part * row.parts[value], whole * row.whole
        return (*cell, value), part, whole

    def differs(self, position: int, found: Mapping[Target, Any]) -> Target | None:
        # Each lift reproduces the cells it read, and no others are known.
        return None


def _relative(numbers: Arithmetic, masses: Shares, part: Number, whole: Number) -> Shares:
    """The masses divided by part/whole."""
    if not part and any(masses.parts):
        raise DataError(
            "a probability that lifting divides by is too small for double precision; give an "
            "exact network (net.to_exact()) and fractions"
        )
    return numbers.lowest([mass * whole for mass in masses.parts], masses.whole * part)
