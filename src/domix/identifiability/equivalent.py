"""The mixture that lifting finds in the distribution of another, without that distribution."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from domix.core.guarantees import Equality
from domix.core.tables import Tables, Target
from domix.identifiability.candidates import Rules
from domix.identifiability.explanations import equal
from domix.identifiability.simplex import TooLargeError
from domix.population.arithmetic import TableRows
from domix.population.backjumping import UnexplainedError, lift_all
from domix.population.sources import MixtureSource

__all__ = ["lifted_twin"]

MOST_COMPARISONS = 20
"""Where tables hold zeros, lifting may be wrong and try again; each comparison can take seconds."""


class _Distribution(MixtureSource):
    """A mixture of which no more is known than its distribution."""

    equality = Equality.EVERYWHERE
    conclusive = False

    def __init__(
        self, rows: TableRows, tables: Tables, weights: Mapping[Target, Fraction], allowed: Rules
    ) -> None:
        super().__init__(rows.numbers, rows.order, list(weights), list(weights.values()), 0)
        self._tables, self._known, self._allowed = tables, weights, allowed
        self._comparisons = 0

    def difference(self, position: int, weights: Mapping[Target, Fraction]) -> Target | None:
        if position < self._tables.layout.n:
            return None
        self._comparisons += 1
        if self._comparisons > MOST_COMPARISONS:
            raise TooLargeError(f"more than {MOST_COMPARISONS} mixtures would have to be compared")
        # Exclusion per prefix may use a value that the mixture leaves unused: then all is open.
        used = {pair for target in weights for pair in target}
        keeps = not used & set(self._allowed.kept.items())
        inside = self._allowed.open if keeps else range(self._tables.layout.n)
        # Where they differ is not asked here; () only says that they do.
        return None if equal(self._tables, self._known, weights, inside) else ()


def lifted_twin(
    tables: Tables, weights: Mapping[Target, Fraction], allowed: Rules
) -> dict[Target, Fraction] | None:
    """The mixture with the same distribution that lifting finds; None if that is none, or itself.

    Raises
    ------
    TooLargeError
    """
    rows = TableRows(tables)
    try:
        found = lift_all(rows, _Distribution(rows, tables, weights, allowed), 0).weights
    except UnexplainedError:
        return None
    return None if found == weights else found
