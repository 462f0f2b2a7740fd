"""What a network is: its variables, its graph, its tables and where they come from."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space
from domix.core.tables import Tables
from domix.errors import NetworkError

__all__ = ["Description"]


class Description:
    """The part of a network that can be read off without computing anything."""

    __slots__ = ("_counts", "_pseudocount", "_space", "_tables")

    _space: Space
    _tables: Tables
    _counts: npt.NDArray[np.float64] | None
    _pseudocount: float | None

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables in the order given."""
        return self._space.names

    @property
    def states(self) -> Mapping[str, tuple[Label, ...]]:
        """Variable to its states, in the order of its table's last axis."""
        return MappingProxyType(dict(zip(self._space.names, self._space.states, strict=True)))

    @property
    def parents(self) -> Mapping[str, tuple[str, ...]]:
        """Variable to its parents, in the order of its table's axes."""
        names, lists = self._space.names, self._tables.layout.parents
        return MappingProxyType(
            {name: tuple(names[p] for p in ps) for name, ps in zip(names, lists, strict=True)}
        )

    @property
    def order(self) -> tuple[str, ...]:
        """The topological order that lifting follows: of those possible next, the first given."""
        return tuple(self.variables[i] for i in self._tables.layout.order)

    @property
    def space(self) -> Space:
        """Variables and states, where labels become codes."""
        return self._space

    @property
    def tables(self) -> Tables:
        """All tables, flat."""
        return self._tables

    @property
    def is_exact(self) -> bool:
        """Whether the tables are fractions."""
        return self._tables.is_exact

    @property
    def counts(self) -> Mapping[str, npt.NDArray[np.float64]] | None:
        """Observational counts per table cell, shapes as the tables; None if not learnt."""
        if self._counts is None:
            return None
        return MappingProxyType(self._by_variable(self._counts))

    def _by_variable(self, flat: npt.NDArray[Any]) -> dict[str, npt.NDArray[Any]]:
        layout = self._tables.layout
        return {
            name: flat[layout.entries_of(i)].reshape(layout.shape(i))
            for i, name in enumerate(self.variables)
        }

    @property
    def flat_counts(self) -> npt.NDArray[np.float64] | None:
        """The counts in the layout of ``tables``."""
        return self._counts

    @property
    def pseudocount(self) -> float | None:
        """What :meth:`fit` added to every count; None if the tables were not learnt."""
        return self._pseudocount

    def cpt(self, name: str) -> npt.NDArray[Any]:
        """The table of a variable, shape (*parent cards, card), read-only."""
        return self._tables.node(self._space.position(name, NetworkError))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Description):
            return NotImplemented
        return (
            self._space == other._space
            and self._tables.layout.parents == other._tables.layout.parents
            and self.is_exact == other.is_exact
            and bool(np.array_equal(self._tables.values, other._tables.values))
        )

    def __hash__(self) -> int:
        return hash((self._space, self._tables.layout.parents))

    def __repr__(self) -> str:
        layout = self._tables.layout
        kind = "exact" if self.is_exact else "float"
        return (
            f"<Network: {layout.n} variables, {len(layout.parent_index)} arcs, "
            f"{layout.size} table entries, {kind}>"
        )
