"""What is known of the targets before the rows are looked at, in codes: every step asks this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from domix.core.tables import Target

__all__ = ["BackgroundKnowledge"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BackgroundKnowledge:
    """What may be proposed, what must stay, and which rows have labels.

    Attributes
    ----------
    included
        Targets that stay in the support whatever they are worth. They keep exclusion and are
        allowed.
    suspected
        Targets that are proposed to the search, and tested against each other alone.
    barred
        Variable to the values that no target uses; all of them where nobody intervenes.
    largest
        Most variables that a target sets; None for any number.
    labelled
        How many rows are known to come from a target. Each of these targets is included.

    Examples
    --------
    >>> known = BackgroundKnowledge(barred={1: frozenset({0, 1})}, largest=2)
    >>> known.allows(((0, 1),)), known.allows(((0, 1), (1, 0)))
    (True, False)
    """

    included: tuple[Target, ...] = ()
    suspected: tuple[Target, ...] = ()
    barred: Mapping[int, frozenset[int]] = field(default_factory=dict)
    largest: int | None = None
    labelled: Mapping[Target, float] = field(default_factory=dict)

    def allows(self, target: Target) -> bool:
        """Whether a target is in question, exclusion apart."""
        if self.largest is not None and len(target) > self.largest:
            return False
        return not any(value in self.barred.get(variable, ()) for variable, value in target)

    def stays(self, target: Target) -> bool:
        """Whether a target is never dropped."""
        return target in self._stay

    @cached_property
    def _stay(self) -> frozenset[Target]:
        return frozenset(self.included)

    @cached_property
    def named(self) -> frozenset[Target]:
        """The targets that were named before the rows were looked at."""
        return self._stay | frozenset(self.suspected)

    def settable(self, cards: Sequence[int]) -> list[int]:
        """How many values of each variable targets may use at most, exclusion counted."""
        return [min(k - 1, k - len(self.barred.get(i, ()))) for i, k in enumerate(cards)]

    def closed(self, variable: int, k: int) -> bool:
        """Whether nobody intervenes on the variable."""
        return len(self.barred.get(variable, ())) == k

    def lifts(self, prefixes: Sequence[Target], variable: int, k: int) -> npt.NDArray[np.bool_]:
        """Shape (prefixes, k + 1): which lifts of a variable are in question."""
        out = np.ones((len(prefixes), k + 1), dtype=bool)
        out[:, [1 + value for value in self.barred.get(variable, ())]] = False
        if self.largest is not None:
            out[[len(prefix) >= self.largest for prefix in prefixes], 1:] = False
        return out

    def excludable(self, variable: int, k: int) -> list[int]:
        """Values to try as the one that no target uses; one is enough where it is known."""
        barred = self.barred.get(variable)
        if barred:
            return [min(barred)]
        used = {value for target in self.included for i, value in target if i == variable}
        return [value for value in range(k) if value not in used]

    def complete(
        self, targets: Sequence[Target], weights: npt.ArrayLike, least: float
    ) -> tuple[list[Target], Floats]:
        """A support with the included targets that it lacks, at a weight to start from."""
        there = set(targets)
        missing = [target for target in self.included if target not in there]
        added = np.full(len(missing), least)
        return [*targets, *missing], np.concatenate([np.asarray(weights, np.float64), added])

    def labels_of(self, targets: Sequence[Target]) -> Floats:
        """Shape (targets,): how many rows are known to come from each."""
        return np.array([self.labelled.get(target, 0.0) for target in targets])

    def thinned(self, share: float) -> BackgroundKnowledge:
        """The same for a sample of the rows."""
        counts = {target: share * count for target, count in self.labelled.items()}
        return replace(self, labelled=counts)
