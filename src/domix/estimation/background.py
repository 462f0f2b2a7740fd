"""Background knowledge of the targets: what the search may propose, and what it must keep."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import UsedValues
from domix.core.intervention import Intervention
from domix.core.space import Label, Space
from domix.core.tables import Target
from domix.errors import ExclusionError, InterventionError
from domix.model.network import Network
from domix.model.row_labels import InterventionLike, RowLabels, read_target
from domix.util.arrays import Bools, Floats
from domix.util.checks import name_argument, whole_number

__all__ = ["BackgroundKnowledge", "read_background"]


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

    @cached_property
    def named(self) -> frozenset[Target]:
        """The targets that the user named."""
        return self._included | frozenset(self.suspected)

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


def read_background(
    net: Network,
    *,
    include: Iterable[InterventionLike],
    suspected: Iterable[InterventionLike],
    never_intervened: Iterable[str],
    max_target_size: int | None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None,
    labels: RowLabels,
    weights: Floats,
) -> BackgroundKnowledge:
    """Read the background knowledge of one mixture; ``weights`` are those of its rows.

    The other parameters are those of :func:`domix.disentangle`, ``labels`` already read.

    Raises
    ------
    InterventionError
        An argument names something that the network lacks, or is not of its form; or a named
        target sets a variable that no target sets, or more variables than targets do.
    ExclusionError
        A named target uses an excluded value, or the last free value of a variable.
    """
    limits = BackgroundKnowledge(
        excluded=_read_excluded(net, excluded_values, never_intervened),
        largest=None
        if max_target_size is None
        else whole_number(max_target_size, "max_target_size", error=InterventionError),
    )
    used = UsedValues(net.space.cards.tolist(), [])
    included = dict.fromkeys(_read_targets(net, include, "include"))
    for target in included:
        with name_argument("include"):
            _check(net.space, target, limits, used)
        used.add(target)
    for target, rows in labels.by_target():
        place = f"row {int(labels.row_numbers[rows[0]])} (counting from 0)"
        if target not in included:
            with name_argument("labels", place):
                _check(net.space, target, limits, used)
            used.add(target)
            included[target] = None
    proposed = dict.fromkeys(_read_targets(net, suspected, "suspected"))
    for target in proposed:
        with name_argument("suspected"):
            _check(net.space, target, limits, used)
    return replace(
        limits,
        included=tuple(included),
        suspected=tuple(target for target in proposed if target not in included),
        labelled=labels.totals(weights),
    )


def _check(space: Space, target: Target, limits: BackgroundKnowledge, used: UsedValues) -> None:
    """Refuse a named target that the limits or exclusion rule out."""
    intervention = Intervention(space.assignment(target))
    for variable, value in target:
        name, state = space.names[variable], space.states[variable][value]
        if limits.never_set(variable, int(space.cards[variable])):
            raise InterventionError(
                f"{intervention} sets {name!r}, which no target sets (never_intervened, or all "
                "its values excluded)"
            )
        if value in limits.excluded.get(variable, ()):
            raise ExclusionError(f"{intervention} uses the excluded value {state!r} of {name!r}")
        if used.blocks(variable, value):
            raise ExclusionError(
                f"{intervention} would leave {name!r} without a value that no target uses; "
                "the other included targets use the rest"
            )
    if not limits.allows(target):
        raise InterventionError(
            f"{intervention} sets {len(target)} variables; max_target_size is {limits.largest}"
        )


def _read_excluded(
    net: Network,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None,
    never_intervened: Iterable[str],
) -> dict[int, frozenset[int]]:
    """Read the values that no target uses, by variable."""
    if excluded_values is None:
        excluded_values = {}
    if not isinstance(excluded_values, Mapping):
        raise InterventionError(
            f"a mapping from variables to states is needed, not {excluded_values!r}",
            argument="excluded_values",
        )
    excluded = {}
    for name, states in excluded_values.items():
        single = isinstance(states, str) or not isinstance(states, Iterable)
        labels: Iterable[Any] = [states] if single else states  # type: ignore[assignment]
        with name_argument("excluded_values"):
            variable = net.space.position(name, InterventionError)
            codes = (net.space.code(variable, label, InterventionError) for label in labels)
            excluded[variable] = frozenset(codes)
    for name in _as_list(never_intervened, "never_intervened", "names of variables"):
        with name_argument("never_intervened"):
            variable = net.space.position(name, InterventionError)
        excluded[variable] = frozenset(range(int(net.space.cards[variable])))
    return excluded


def _read_targets(
    net: Network, interventions: Iterable[InterventionLike], argument: str
) -> Iterator[Target]:
    for intervention in _as_list(interventions, argument, "interventions"):
        with name_argument(argument):
            target = read_target(net, intervention)
        yield target


def _as_list(values: Iterable[Any], argument: str, of: str) -> list[Any]:
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise InterventionError(
            f"a list of {of} is needed, not {values!r}; write [...]", argument=argument
        )
    return list(values)
