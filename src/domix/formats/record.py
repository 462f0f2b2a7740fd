"""A network as plain labels and arrays: every format reads one and writes one."""

from __future__ import annotations

from dataclasses import dataclass

from domix.core.space import Label
from domix.util.arrays import Objects


@dataclass(frozen=True, eq=False)
class NetworkRecord:
    """A network that is not validated yet.

    Attributes
    ----------
    states : dict of str to tuple of label
        The states of each variable; the key order is the order of the variables.
    parents : dict of str to tuple of str
        The parents of each variable, in the order of the table's axes.
    tables : dict of str to ndarray of float64, or of object with ``Fraction`` elements
        The table of each variable, shape (*parent cards, card).
    counts : dict of str to ndarray, or None
        The observational counts that the tables were learnt from, in the same shapes.
    pseudocount : float or None
        The number added to every count; None without counts.
    """

    states: dict[str, tuple[Label, ...]]
    parents: dict[str, tuple[str, ...]]
    tables: dict[str, Objects]
    counts: dict[str, Objects] | None = None
    pseudocount: float | None = None

    @property
    def is_exact(self) -> bool:
        """Whether the tables hold fractions."""
        return any(table.dtype == object for table in self.tables.values())
