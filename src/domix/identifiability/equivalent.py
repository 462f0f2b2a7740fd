"""The equivalent mixture that lifting finds in the distribution of a mixture.

The distribution itself is never computed.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from typing import TypeVar

from domix.core.guarantees import Equality
from domix.core.tables import Tables, Target
from domix.identifiability.candidates import Constraints
from domix.identifiability.explanations import same_distribution
from domix.identifiability.simplex import TooLargeError
from domix.population.arithmetic import TableRows
from domix.population.backjumping import UnexplainedError, lift_all
from domix.population.sources import MixtureSource

MAX_COMPARISONS = 20
"""With zeros in the tables, lifting may be wrong and try again; a comparison can take seconds."""


class _DistributionSource(MixtureSource):
    """A mixture of which only the distribution is used."""

    equality = Equality.EVERYWHERE
    conclusive = False

    def __init__(
        self,
        rows: TableRows,
        tables: Tables,
        weights: Mapping[Target, Fraction],
        constraints: Constraints,
    ) -> None:
        super().__init__(rows.numbers, rows.order, list(weights), list(weights.values()), 0)
        self._tables, self._mixture, self._constraints = tables, weights, constraints
        self._compared = 0

    def difference(self, position: int, weights: Mapping[Target, Fraction]) -> Target | None:
        """Return () if the distributions differ: the place is not needed."""
        if position < self._tables.layout.n:
            return None
        self._compared += 1
        if self._compared > MAX_COMPARISONS:
            raise TooLargeError(f"more than {MAX_COMPARISONS} mixtures would have to be compared")
        # Exclusion per prefix may use a value that the mixture leaves unused: then all is open.
        used = {pair for target in weights for pair in target}
        kept = used.isdisjoint(self._constraints.kept.items())
        variables = self._constraints.open if kept else range(self._tables.layout.n)
        return None if same_distribution(self._tables, self._mixture, weights, variables) else ()


Key = TypeVar("Key", bound=Hashable)


def reach(
    weights: Mapping[Key, Fraction], changes: Mapping[Key, Fraction]
) -> tuple[Fraction, Fraction]:
    """Return the steps between which no weight plus step times change is negative.

    Some change must be positive, and some negative.

    Examples
    --------
    >>> low, high = reach({"a": Fraction(1, 2), "b": Fraction(1)}, {"a": Fraction(1), "b": -2})
    >>> str(low), str(high)
    ('-1/2', '1/2')
    """
    zero = Fraction(0)
    low = max(-weights.get(t, zero) / change for t, change in changes.items() if change > 0)
    high = min(weights.get(t, zero) / -change for t, change in changes.items() if change < 0)
    return low, high


def lift_equivalent(
    tables: Tables, weights: Mapping[Target, Fraction], constraints: Constraints
) -> dict[Target, Fraction] | None:
    """Lift the distribution of a mixture; None if that fails or returns the mixture itself.

    Raises
    ------
    TooLargeError
        A limit is exceeded.
    """
    rows = TableRows(tables)
    try:
        source = _DistributionSource(rows, tables, weights, constraints)
        lifted = lift_all(rows, source, 0).weights
    except UnexplainedError:
        return None
    return None if lifted == weights else lifted
