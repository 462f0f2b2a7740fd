"""Data rows as the fit of soft components reads them: places, slots and pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from domix.core.tables import Target
from domix.em.data import Problem
from domix.soft.components import Setting, SoftComponent
from domix.util.arrays import Bools, Floats, Indices, Ints

IMPOSSIBLE = -690.0
"""Logarithm of a factor of 0."""


class Slot(NamedTuple):
    """The factors of one slot: ``exp(constant + logs[plus] - logs[minus])`` by place.

    ``logs`` are logarithms of table entries, then of what is fitted besides; see
    :class:`~domix.soft.em.SoftEm`. Expected counts of a place are added at ``plus`` and taken away
    at ``minus``.
    """

    variable: int
    plus: Ints
    minus: Ints
    constant: Floats


class SlotData:
    """The data rows of a problem, by place.

    Attributes
    ----------
    problem : Problem
    places : ndarray of int32, shape (rows, variables)
        The table entry that a row reads for each variable, numbered among those that occur.
    entries : list of ndarray
        By variable, the table entry of each place.
    values : list of ndarray
        By variable, its value at each place.
    """

    def __init__(self, problem: Problem) -> None:
        layout = problem.layout
        self.problem = problem
        self.cards = [int(k) for k in layout.cards]
        self.places = np.empty(problem.entries.shape, dtype=np.int32)
        self.entries: list[Ints] = []
        self.values: list[Ints] = []
        for v in range(layout.n):
            part = layout.entries_of(v)
            own = problem.entries[:, v] - part.start
            read = np.zeros(part.stop - part.start, dtype=bool)
            read[own] = True
            self.places[:, v] = (np.cumsum(read, dtype=np.int32) - 1)[own]
            found = np.flatnonzero(read)
            self.entries.append(found + part.start)
            self.values.append(found % layout.cards[v])
        self.children: list[list[int]] = [[] for _ in range(layout.n)]
        for child, parents in enumerate(layout.parents):
            for parent in parents:
                self.children[parent].append(child)
        zeros = problem.theta[problem.entries] == 0
        self._zeros: Bools | None = zeros if zeros.any() else None
        self._rows: dict[tuple[object, ...], Indices] = {}

    def overridden(self, child: int, target: Target) -> Ints:
        """Return the entry at each place of a variable, with its parents as a target sets them."""
        layout, entries = self.problem.layout, self.entries[child]
        out = entries.copy()
        own, values = layout.parents[child], dict(target)
        first = int(layout.parent_ptr[child])
        for edge, parent in enumerate(own, first):
            if parent in values:
                stride, k = int(layout.parent_stride[edge]), int(layout.cards[parent])
                present = (entries - layout.offsets[child]) // stride % k
                out += (values[parent] - present) * stride
        return out

    def readers(self, component: SoftComponent) -> list[int]:
        """Return the variables whose entries a readout component looks up elsewhere."""
        if not component.readout:
            return []
        own = set(component.variables)
        return sorted({u for v in own for u in self.children[v]} - own)

    def rows_of(self, component: SoftComponent) -> Indices:
        """Find the data rows that a component can produce: their indices in order."""
        key = (*((s.variable, s.allowed) for s in component.settings), component.readout)
        rows = self._rows.get(key)
        if rows is None:
            if len(self._rows) >= self.problem.options.cached_targets:
                self._rows.clear()
            rows = self._rows[key] = self._find_rows(component)
        return rows

    def _find_rows(self, component: SoftComponent) -> Indices:
        codes = self.problem.codes
        settings = [s for s in component.settings if len(s.allowed) < self.cards[s.variable]]
        outright = [(s.variable, min(s.allowed)) for s in settings if len(s.allowed) == 1]
        rows = self.problem.match(tuple(outright))
        for s in settings:
            if len(s.allowed) != 1:
                allowed = np.zeros(self.cards[s.variable], dtype=bool)
                allowed[list(s.allowed)] = True
                rows = rows[allowed[codes[rows, s.variable]]]
        if self._zeros is not None:
            replaced = [*component.variables, *self.readers(component)]
            kept = np.setdiff1d(np.arange(codes.shape[1]), replaced)
            rows = rows[~self._zeros[np.ix_(rows, kept)].any(axis=1)]
        return rows

    def slots(self, component: SoftComponent, starts: Sequence[int], rate: int) -> Iterator[Slot]:
        """Return the slots of a component.

        Parameters
        ----------
        component : SoftComponent
        starts : sequence of int
            Where the probabilities of each setting begin in ``logs``; for one that is set outright,
            where there is a 0.
        rate : int
            Where the shared rate is in ``logs``: that of success, then that of failure.
        """
        for setting, start in zip(component.settings, starts, strict=True):
            yield self._own_slot(setting, start, rate)
        target = component.target
        for child in self.readers(component):
            moved = self.overridden(child, target)
            constant = np.where(self.problem.theta[moved] == 0, IMPOSSIBLE, 0.0)
            yield Slot(child, moved, self.entries[child], constant)

    def _own_slot(self, setting: Setting, start: int, rate: int) -> Slot:
        v, k = setting.variable, self.cards[setting.variable]
        values, constant = self.values[v], np.zeros(len(self.values[v]))
        if setting.shared:
            failed = values != setting.mode
            plus = np.where(failed, rate + 1, rate)
            constant[failed] = -np.log(max(k - 1, 1))
        else:
            rank = np.zeros(k, dtype=np.int64)
            rank[list(setting.allowed)] = np.arange(len(setting.allowed))
            plus = start + rank[values]
        return Slot(v, plus, self.entries[v], constant)
