"""What every format reads into and writes from: a network as plain labels and arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from domix.core.space import Label

__all__ = ["NetworkRecord"]


@dataclass(frozen=True, eq=False)
class NetworkRecord:
    """A network before it is validated.

    Attributes
    ----------
    states
        Variable to states; its key order is the order of the variables.
    parents
        Variable to parents, in the order of the table's axes.
    tables
        Variable to an array of shape (*parent cards, card): float64, or object of ``Fraction``.
    counts
        The observational counts that the tables were learnt from, same shapes, or None.
    pseudocount
        What was added to every count, or None without counts.
    """

    states: dict[str, tuple[Label, ...]]
    parents: dict[str, tuple[str, ...]]
    tables: dict[str, npt.NDArray[Any]]
    counts: dict[str, npt.NDArray[Any]] | None = None
    pseudocount: float | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the tables hold fractions."""
        return any(table.dtype == object for table in self.tables.values())
