"""Background knowledge of the targets: what the search may propose, and what it must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target
from domix.util.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class BackgroundKnowledge:
    """What is known of the targets, in codes.

    Attributes
    ----------
    included : tuple of Target
        Targets that stay in the support whatever their drop cost. They keep exclusion and respect
        the limits below.
    suspected : tuple of Target
        Targets that are proposed to the search. For the test they compete with one another only.
    excluded : mapping of int to frozenset of int
        Variable to the values that no target uses; all its values if no target sets it.
    largest : int or None
        Largest number of variables that a target sets; None for no limit.
    labelled : mapping of Target to float
        Number of rows that are known to come from a target. Each of these targets is included.

    Examples
    --------
    >>> known = BackgroundKnowledge(excluded={1: frozenset({0, 1})}, largest=2)
    >>> known.allows(((0, 1),)), known.allows(((0, 1), (1, 0)))
    (True, False)
    """

    included: tuple[Target, ...] = ()
    suspected: tuple[Target, ...] = ()
    excluded: Mapping[int, frozenset[int]] = field(default_factory=dict)
    largest: int | None = None
    labelled: Mapping[Target, float] = field(default_factory=dict)

    def allows(self, target: Target) -> bool:
        """Whether a target is possible, exclusion aside."""
        if self.largest is not None and len(target) > self.largest:
            return False
        return not any(value in self.excluded.get(variable, ()) for variable, value in target)

    def stays(self, target: Target) -> bool:
        """Whether a target is never dropped."""
        return target in self._included

    @cached_property
    def _included(self) -> frozenset[Target]:
        return frozenset(self.included)

    def settable(self, cards: Sequence[int]) -> list[int]:
        """Return how many values of each variable targets may use, by exclusion at most k - 1."""
        return [min(k - 1, k - len(self.excluded.get(i, ()))) for i, k in enumerate(cards)]

    def never_set(self, variable: int, k: int) -> bool:
        """Whether no target sets a variable of k values."""
        return len(self.excluded.get(variable, ())) == k

    def lifts(self, prefixes: Sequence[Target], variable: int, k: int) -> Bools:
        """Return which lifts of a variable are possible, shape (prefixes, k + 1)."""
        possible = np.ones((len(prefixes), k + 1), dtype=bool)
        possible[:, [1 + value for value in self.excluded.get(variable, ())]] = False
        if self.largest is not None:
            possible[[len(prefix) >= self.largest for prefix in prefixes], 1:] = False
        return possible

    def excludable(self, variable: int, k: int) -> list[int]:
        """Return the values to try as the one that no target uses; one of those known to be."""
        excluded = self.excluded.get(variable)
        if excluded:
            return [min(excluded)]
        used = {value for target in self.included for i, value in target if i == variable}
        return [value for value in range(k) if value not in used]

    def complete(
        self, targets: Sequence[Target], weights: npt.ArrayLike, start: float
    ) -> tuple[list[Target], Floats]:
        """Add the included targets that a support lacks, at the weight ``start``."""
        present = set(targets)
        missing = [target for target in self.included if target not in present]
        added = np.full(len(missing), start)
        return [*targets, *missing], np.concatenate([np.asarray(weights, np.float64), added])

    def labels_of(self, targets: Sequence[Target]) -> Floats:
        """Return the number of labelled rows of each target, shape (targets,)."""
        return np.array([self.labelled.get(target, 0.0) for target in targets])

    def thinned(self, share: float) -> BackgroundKnowledge:
        """Return the same for a sample of the rows."""
        counts = {target: share * count for target, count in self.labelled.items()}
        return replace(self, labelled=counts)
