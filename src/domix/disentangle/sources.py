"""P_mix as lifting reads it, for each form that users have it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space
from domix.core.tables import Tables, Target
from domix.disentangle.lifting import Level, Number, Ratios, Split, relative_mass
from domix.errors import DataError
from domix.query.probability import cells

__all__ = ["CallableSource", "MixtureSource", "RowSource"]


class MixtureSource:
    """A mixture's own components, so that prefixes have their probabilities without any sum.

    Its prefixes have ratios of their own, carried like those of the prefixes found, and a prefix's
    state is those.
    """

    equality = "structural"
    settles = True

    def __init__(
        self,
        order: Sequence[int],
        targets: Sequence[Target],
        weights: Sequence[Number],
        slack: Number,
    ) -> None:
        self._order = order
        self._targets = [dict(target) for target in targets]
        self._weights = weights
        self._slack = slack
        self._levels: list[Level] = []
        groups = [list(range(len(targets)))]
        for variable in order:
            split = [self._split(group, variable) for group in groups]
            self._levels.append(Level([self._summed(parts) for parts in split]))
            groups = [part for parts in split for _, part in sorted(parts.items()) if part]

    def _split(self, group: Sequence[int], variable: int) -> dict[int, list[int]]:
        """Components by the value they set, -1 for none."""
        parts: dict[int, list[int]] = {}
        for c in group:
            parts.setdefault(self._targets[c].get(variable, -1), []).append(c)
        return parts

    def _summed(self, parts: Mapping[int, Sequence[int]]) -> Split:
        sums = {value: sum(self._weights[c] for c in part) for value, part in parts.items()}
        return Split(sums.pop(-1, 0), sums)

    def start(self) -> Ratios:
        return {0: 1}

    def masses(self, state: Ratios, position: int, a: Sequence[Number]) -> list[Number]:
        return relative_mass(self._levels[position].splits, state, a)

    def follow(self, state: Ratios, position: int, value: int, w: Number, silent: bool) -> Ratios:
        return self._levels[position].follow(state, value, w, silent)

    def differs(self, position: int, found: Mapping[Target, Number]) -> Target | None:
        seen = set(self._order[:position])
        true: dict[Target, Number] = {}
        for target, weight in zip(self._targets, self._weights, strict=True):
            prefix = tuple(sorted((i, v) for i, v in target.items() if i in seen))
            true[prefix] = true.get(prefix, 0) + weight
        gaps = {t: abs(true.get(t, 0) - found.get(t, 0)) for t in {**true, **found}}
        worst = max(gaps, key=lambda t: gaps[t])
        return worst if sum(gaps.values()) > 2 * self._slack else None


class RowSource:
    """Probabilities of whole configurations; those that are not there have none.

    A prefix's state is the rows that begin with its cell (first and end) and P_prefix(cell).

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
        tables: Tables,
        codes: npt.NDArray[np.uint8],
        weights: npt.NDArray[Any],
        slack: Number,
    ) -> None:
        self._tables = tables
        self._columns = np.asfortranarray(codes)
        self._weights = weights
        self._slack = slack

    def start(self) -> tuple[int, int, Number]:
        return 0, len(self._weights), 1

    def masses(
        self, state: tuple[int, int, Number], position: int, a: Sequence[Number]
    ) -> list[Number]:
        first, end, scale = state
        column = self._columns[first:end, position]
        starts = first + np.searchsorted(column, np.arange(len(a), dtype=np.uint8))
        ends = [*starts[1:].tolist(), end]
        sums = [self._weights[s:e].sum() for s, e in zip(starts.tolist(), ends, strict=True)]
        if self._weights.dtype != object:
            sums = [float(mass) for mass in sums]
        return _relative(sums, scale)

    def follow(
        self, state: tuple[int, int, Number], position: int, value: int, w: Number, silent: bool
    ) -> tuple[int, int, Number]:
        first, end, scale = state
        column = self._columns[first:end, position]
        code = np.uint8(value)
        return (
            first + int(np.searchsorted(column, code)),
            first + int(np.searchsorted(column, code, side="right")),
            scale * w if silent else scale,
        )

    @cached_property
    def _cells(self) -> npt.NDArray[np.int32]:
        layout = self._tables.layout
        codes = np.empty(self._columns.shape, dtype=np.uint8)
        codes[:, list(layout.order)] = self._columns
        return cells(layout, codes)

    def _prefix_groups(
        self, position: int
    ) -> tuple[npt.NDArray[np.intp], list[tuple[Any, Any, Any]]]:
        """Where distinct prefixes begin, and how they come about, position after position.

        Of each prefix: which of the prefixes one shorter it continues, by which value, and that
        value's probability.
        """
        changed = np.zeros(len(self._columns), dtype=bool)
        changed[0] = True
        starts = np.zeros(1, np.intp)
        steps: list[tuple[Any, Any, Any]] = []
        for p, node in enumerate(self._tables.layout.order[:position]):
            column = self._columns[:, p]
            changed[1:] |= column[1:] != column[:-1]
            shorter, starts = starts, np.flatnonzero(changed)
            parents = np.searchsorted(shorter, starts, side="right") - 1
            steps.append((parents, column[starts], self._tables.values[self._cells[starts, node]]))
        return starts, steps

    def differs(self, position: int, found: Mapping[Target, Number]) -> Target | None:
        order = self._tables.layout.order
        starts, steps = self._prefix_groups(position)
        gap = np.add.reduceat(self._weights, starts)
        for target, weight in found.items():
            fixed = dict(target)
            mass = np.array([weight], dtype=self._weights.dtype)
            for node, (parents, values, w) in zip(order, steps, strict=False):
                mass = mass[parents]
                mass = np.where(values == fixed[node], mass, 0) if node in fixed else mass * w
            gap = gap - mass
        gap = abs(gap)
        if gap.sum() <= 2 * self._slack:
            return None
        row = self._columns[starts[int(np.argmax(gap))]].tolist()
        return tuple(sorted(zip(order[:position], row[:position], strict=True)))


class CallableSource:
    """A function from prefixes to probabilities, asked only where lifting needs it.

    A prefix's state is its cell and P_prefix(cell).
    """

    equality = "on the cells read"
    settles = False

    def __init__(
        self,
        space: Space,
        order: Sequence[int],
        ask: Callable[[dict[str, Label]], Any],
        number: Callable[[Any, str], Number],
        slack: Number,
    ) -> None:
        self._space = space
        self._order = order
        self._ask_user = ask
        self._number = number
        self._slack = slack
        self._answers: dict[tuple[int, ...], Number] = {}

    def _ask(self, cell: tuple[int, ...]) -> Number:
        if cell not in self._answers:
            assignment = self._space.assignment(zip(self._order, cell, strict=False))
            what = f"p_mix({assignment})"
            self._answers[cell] = self._number(self._ask_user(assignment), what)
        return self._answers[cell]

    def start(self) -> tuple[tuple[int, ...], Number]:
        whole = self._ask(())
        if abs(whole - 1) > self._slack:
            raise DataError(f"p_mix({{}}) must be 1, the probability of everything, not {whole}")
        return (), 1

    def masses(
        self, state: tuple[tuple[int, ...], Number], position: int, a: Sequence[Number]
    ) -> list[Number]:
        cell, scale = state
        parts = [self._ask((*cell, value)) for value in range(len(a))]
        whole = self._ask(cell)
        if abs(sum(parts) - whole) > self._slack * whole:
            name = self._space.names[self._order[position]]
            before = self._space.assignment(zip(self._order, cell, strict=False))
            raise DataError(
                f"p_mix: the probabilities of {before} with each state of {name!r} sum to "
                f"{sum(parts)}, but p_mix({before}) is {whole}"
            )
        return _relative(parts, scale)

    def follow(
        self,
        state: tuple[tuple[int, ...], Number],
        position: int,
        value: int,
        w: Number,
        silent: bool,
    ) -> tuple[tuple[int, ...], Number]:
        cell, scale = state
        return (*cell, value), scale * w if silent else scale

    def differs(self, position: int, found: Mapping[Target, Number]) -> Target | None:
        # Each lift reproduces the cells it read, and no others are known.
        return None


def _relative(masses: Sequence[Number], scale: Number) -> list[Number]:
    if not scale and any(masses):
        raise DataError(
            "a probability that lifting divides by is too small for double precision; give an "
            "exact network (net.to_exact()) and fractions"
        )
    # Fractions add up to the integer 0 where there are none, and 0 / 1 would be a float.
    return [mass / scale if mass else mass for mass in masses]
