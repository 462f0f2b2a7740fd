"""What a user knows before the rows are looked at: checked, and from labels to codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import index
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import UsedValues
from domix.core.intervention import Intervention
from domix.core.space import Label, listing
from domix.core.tables import Target
from domix.data.columns import is_missing
from domix.errors import DataError, ExclusionError, InterventionError
from domix.estimation.background import BackgroundKnowledge
from domix.model.network import Network
from domix.model.row_labels import InterventionLike, RowLabels, entries_by_row, read_target
from domix.util.checks import name_argument

__all__ = [
    "Groups",
    "NamedByGroup",
    "of_group",
    "read_groups",
    "read_knowledge",
]

Groups = dict[Label, npt.NDArray[np.int64] | slice]
"""Each group's label to its rows."""

NamedByGroup = Iterable[InterventionLike] | Mapping[Label, Iterable[InterventionLike]]


def read_knowledge(
    net: Network,
    *,
    include: Iterable[InterventionLike] = (),
    suspected: Iterable[InterventionLike] = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: RowLabels,
) -> BackgroundKnowledge:
    """Knowledge in codes; the parameters are those of :func:`disentangle`, labels read.

    Raises
    ------
    InterventionError
        Something unknown to the network or no intervention, or a named target that sets a variable
        on which nobody intervenes, or more variables than targets do.
    ExclusionError
        A named target uses an excluded value, or a variable's last one beside what is included.
    """
    space = net.space
    barred = {i: set(codes) for i, codes in _barred(net, excluded_values).items()}
    for name in _listed(never_intervened, "never_intervened", "names of variables"):
        with name_argument("never_intervened"):
            i = space.position(name, InterventionError)
        barred[i] = set(range(int(space.cards[i])))
    closed = {i for i, codes in barred.items() if len(codes) == space.cards[i]}
    limits = BackgroundKnowledge(
        barred={i: frozenset(codes) for i, codes in barred.items()},
        largest=_checked_size(max_target_size),
    )
    used = UsedValues(space.cards.tolist(), [])

    def check(target: Target, argument: str, place: str = "") -> None:
        says = f"{place}{Intervention(space.assignment(target))}"
        for i, value in target:
            name, state = space.names[i], space.states[i][value]
            if i in closed:
                raise InterventionError(
                    f"{says} sets {name!r}, on which nobody intervenes", argument=argument
                )
            if value in barred.get(i, ()):
                raise ExclusionError(
                    f"{says} uses the excluded value {state!r} of {name!r}", argument=argument
                )
            if used.blocks(i, value):
                raise ExclusionError(
                    f"{says} would leave {name!r} without a value that no target uses; "
                    "the other included targets use the rest",
                    argument=argument,
                )
        if not limits.allows(target):
            raise InterventionError(
                f"{says} sets {len(target)} variables; max_target_size is {limits.largest}",
                argument=argument,
            )

    included = dict.fromkeys(_targets(net, include, "include"), ("include", ""))
    included.update({target: ("labels", f"{row}: ") for target, row in _first_rows(labels)})
    for target, origin in included.items():
        check(target, *origin)
        used.add(target)
    proposed = _targets(net, suspected, "suspected")
    for target in proposed:
        check(target, "suspected")
    return BackgroundKnowledge(
        included=tuple(included),
        suspected=tuple(target for target in proposed if target not in included),
        barred=limits.barred,
        largest=limits.largest,
    )


def read_groups(groups: Iterable[Label], rows: int) -> Groups:
    """Rows by group, in the order in which the groups first occur.

    Raises
    ------
    DataError
        Not one label for each row, or a label that is none; the row is named.
    """
    found: dict[Label, list[int]] = {}
    for row, entry in enumerate(entries_by_row(groups, rows, "groups")):
        label = entry.item() if isinstance(entry, np.generic) else entry
        if not isinstance(label, str) and is_missing(label):
            raise DataError(
                f"row {row} (counting from 0) has no group; give it one, or leave it out",
                argument="groups",
            )
        if not isinstance(label, (str, int, float, bool)):
            raise DataError(
                f"row {row} (counting from 0) has {entry!r}; a group's label is a text, a number or "
                "a boolean",
                argument="groups",
            )
        found.setdefault(label, []).append(row)
    return {label: np.array(members, dtype=np.int64) for label, members in found.items()}


def of_group(
    named: NamedByGroup, label: Label, groups: Collection[Label] | None, what: str
) -> Iterable[InterventionLike]:
    """What is named for one of the groups: the same for all, or by group; None: there are none.

    Raises
    ------
    DataError
        A key of a mapping is no group.
    """
    if groups is None or not isinstance(named, Mapping):
        return cast("Iterable[InterventionLike]", named)
    unknown = [key for key in named if key not in groups]
    if unknown:
        raise DataError(
            f"{unknown[0]!r} is no group; the groups are {listing(groups)}", argument=what
        )
    return named.get(label, ())


def _barred(
    net: Network, excluded_values: Mapping[str, Label | Iterable[Label]] | None
) -> dict[int, list[int]]:
    if excluded_values is None:
        return {}
    if not isinstance(excluded_values, Mapping):
        raise InterventionError(
            f"excluded_values maps variables to states, not {type(excluded_values).__name__}"
        )
    out = {}
    for name, states in excluded_values.items():
        one = isinstance(states, str) or not isinstance(states, Iterable)
        listed: Iterable[Any] = [states] if one else states  # type: ignore[assignment]
        with name_argument("excluded_values"):
            i = net.space.position(name, InterventionError)
            out[i] = [net.space.code(i, state, InterventionError) for state in listed]
    return out


def _checked_size(size: int | None) -> int | None:
    if size is None:
        return None
    try:
        number = index(size)
    except TypeError:
        number = -1
    if number < 0 or isinstance(size, bool):
        raise InterventionError(f"max_target_size must be a whole number, at least 0, not {size!r}")
    return number


def _listed(values: Iterable[Any], what: str, of: str) -> list[Any]:
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise InterventionError(f"{what} must be a list of {of}, not {values!r}; write [...]")
    return list(values)


def _targets(net: Network, values: Iterable[InterventionLike], argument: str) -> list[Target]:
    out: dict[Target, None] = {}
    for value in _listed(values, argument, "interventions"):
        with name_argument(argument):
            out[read_target(net, value)] = None
    return list(out)


def _first_rows(labels: RowLabels) -> Iterable[tuple[Target, str]]:
    for target, rows in labels.by_target():
        yield target, f"row {int(labels.row_numbers[rows[0]])} (counting from 0)"
