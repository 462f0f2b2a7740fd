"""Background knowledge as users write it: checked, and translated from labels to codes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from domix.core.background import BackgroundKnowledge
from domix.core.exclusion import UsedValues
from domix.core.intervention import Intervention
from domix.core.notation import InterventionLike
from domix.core.space import Label, Space
from domix.core.tables import Target
from domix.errors import ExclusionError, InterventionError
from domix.model.network import Network
from domix.model.row_labels import RowLabels, read_target
from domix.util.arrays import Floats
from domix.util.checks import name_argument, whole_number


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
