"""What a user knows before the rows are looked at: checked, and from labels to codes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from operator import index
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from domix.core.exclusion import UsedValues
from domix.core.intervention import Intervention
from domix.core.notation import parse_intervention
from domix.core.space import Label, listing
from domix.core.tables import Target
from domix.data.columns import is_missing
from domix.errors import DataError, ExclusionError, InterventionError
from domix.estimation.background import BackgroundKnowledge
from domix.model.network import Network
from domix.query.probability import log_prob

__all__ = [
    "Groups",
    "Labels",
    "Named",
    "NamedByGroup",
    "of_group",
    "read_groups",
    "read_knowledge",
    "read_labels",
]

Named = Mapping[str, Label] | str
"""An intervention as users write it: a mapping or a text."""

UNKNOWN = -1


@dataclass(frozen=True, eq=False)
class Labels:
    """Which rows are known to come from which target.

    Attributes
    ----------
    targets
    place
        Shape (rows,): where a row's target stands in ``targets``, -1 where it is not known.
    numbers
        Shape (rows,): what the user calls the rows.
    """

    targets: tuple[Target, ...]
    place: npt.NDArray[np.int64]
    numbers: npt.NDArray[np.int64]

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Shape (rows,)."""
        return np.asarray(self.place != UNKNOWN)

    def of(self, rows: npt.NDArray[np.int64] | slice) -> Labels:
        """The same for some of the rows."""
        place = self.place[rows]
        there = np.unique(place[place != UNKNOWN])
        again = np.full(len(self.targets) + 1, UNKNOWN, dtype=np.int64)
        again[there] = np.arange(len(there))
        targets = tuple(self.targets[old] for old in there.tolist())
        return Labels(targets, again[place], self.numbers[rows])

    def counts(self, weights: npt.NDArray[np.float64]) -> dict[Target, float]:
        """How much the rows of each target weigh."""
        places = range(len(self.targets))
        return {self.targets[a]: float(weights[self.place == a].sum()) for a in places}


Groups = dict[Label, npt.NDArray[np.int64] | slice]
"""Each group's label to its rows."""

NamedByGroup = Iterable[Named] | Mapping[Label, Iterable[Named]]


def read_knowledge(
    net: Network,
    *,
    include: Iterable[Named] = (),
    suspected: Iterable[Named] = (),
    never_intervened: Iterable[str] = (),
    max_target_size: int | None = None,
    excluded_values: Mapping[str, Label | Iterable[Label]] | None = None,
    labels: Labels,
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
        with _placed("never_intervened"):
            i = space.position(name, InterventionError)
        barred[i] = set(range(int(space.cards[i])))
    closed = {i for i, codes in barred.items() if len(codes) == space.cards[i]}
    limits = BackgroundKnowledge(
        barred={i: frozenset(codes) for i, codes in barred.items()},
        largest=_checked_size(max_target_size),
    )
    used = UsedValues(space.cards.tolist(), [])

    def check(target: Target, what: str) -> None:
        says = f"{what}: {Intervention(space.assignment(target))}"
        for i, value in target:
            name, state = space.names[i], space.states[i][value]
            if i in closed:
                raise InterventionError(f"{says} sets {name!r}, on which nobody intervenes")
            if value in barred.get(i, ()):
                raise ExclusionError(f"{says} uses the excluded value {state!r} of {name!r}")
            if used.blocks(i, value):
                raise ExclusionError(
                    f"{says} would leave {name!r} without a value that no target uses; "
                    "the other included targets use the rest"
                )
        if not limits.allows(target):
            raise InterventionError(
                f"{says} sets {len(target)} variables; max_target_size is {limits.largest}"
            )

    included = _targets(net, include, "include")
    included.update({target: f"labels: {what}" for target, what in _first_rows(labels)})
    for target, what in included.items():
        check(target, what)
        used.add(target)
    proposed = _targets(net, suspected, "suspected")
    for target, what in proposed.items():
        check(target, what)
    return BackgroundKnowledge(
        included=tuple(included),
        suspected=tuple(target for target in proposed if target not in included),
        barred=limits.barred,
        largest=limits.largest,
    )


def read_labels(
    net: Network,
    codes: npt.NDArray[np.uint8],
    labels: Iterable[Named | None] | None,
    learnt: bool,
) -> Labels:
    """One entry for each row; None, NaN, NA and blank text are not known.

    Where the tables are ``learnt``, none of their entries is taken for impossible.

    Raises
    ------
    DataError
        Not one entry for each row, or a row that its target cannot have produced; it is named.
    InterventionError
        An entry is no intervention on the network; its row is named.
    """
    place = np.full(len(codes), UNKNOWN, dtype=np.int64)
    entries = [] if labels is None else _entries(labels, len(codes), "labels")
    targets: dict[Target, int] = {}
    seen: dict[Intervention | str, int] = {}
    for row, entry in enumerate(entries):
        # Few texts and interventions stand in many rows; a mapping is read every time.
        hashable = isinstance(entry, (str, Intervention))
        at = seen.get(entry, UNKNOWN) if hashable else UNKNOWN
        if at == UNKNOWN:
            if is_missing(entry):
                continue
            with _placed(f"labels: row {row} (counting from 0)"):
                at = targets.setdefault(_target(net, entry), len(targets))
            if hashable:
                seen[entry] = at
        place[row] = at
    found = Labels(tuple(targets), place, np.arange(len(codes)))
    _check_possible(net, codes, found, learnt)
    return found


def read_groups(groups: Iterable[Label], rows: int) -> Groups:
    """Rows by group, in the order in which the groups first occur.

    Raises
    ------
    DataError
        Not one label for each row, or a label that is none; the row is named.
    """
    found: dict[Label, list[int]] = {}
    for row, entry in enumerate(_entries(groups, rows, "groups")):
        label = entry.item() if isinstance(entry, np.generic) else entry
        if not isinstance(label, str) and is_missing(label):
            raise DataError(
                f"groups: row {row} (counting from 0) has no group; give it one, or leave it out"
            )
        if not isinstance(label, (str, int, float, bool)):
            raise DataError(
                f"groups: row {row} (counting from 0) has {entry!r}; a group's label is a text, a "
                "number or a boolean"
            )
        found.setdefault(label, []).append(row)
    return {label: np.array(members, dtype=np.int64) for label, members in found.items()}


def of_group(
    named: NamedByGroup, label: Label, groups: Collection[Label] | None, what: str
) -> Iterable[Named]:
    """What is named for one of the groups: the same for all, or by group; None: there are none.

    Raises
    ------
    DataError
        A key of a mapping is no group.
    """
    if groups is None or not isinstance(named, Mapping):
        return cast("Iterable[Named]", named)
    unknown = [key for key in named if key not in groups]
    if unknown:
        raise DataError(f"{what}: {unknown[0]!r} is no group; the groups are {listing(groups)}")
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
        with _placed("excluded_values"):
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


def _targets(net: Network, values: Iterable[Named], what: str) -> dict[Target, str]:
    out: dict[Target, str] = {}
    for value in _listed(values, what, "interventions"):
        with _placed(what):
            out.setdefault(_target(net, value), what)
    return out


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Errors name the place."""
    try:
        yield
    except InterventionError as error:
        raise InterventionError(f"{place}: {error}") from None


def _target(net: Network, value: Named) -> Target:
    if isinstance(value, str):
        return net.target(parse_intervention(value))
    # None is no way to write do() here: where labels are listed, it says "not known".
    if not isinstance(value, Mapping):
        raise InterventionError(f"{value!r} is no intervention; write do(A=1), a mapping, or 'A=1'")
    return net.target(value)


def _entries(values: Iterable[Any], rows: int, what: str) -> list[Any]:
    if isinstance(values, (str, Mapping)) or not isinstance(values, Iterable):
        raise DataError(f"{what}: one entry for each row is needed, not {values!r}")
    entries = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    if len(entries) != rows:
        raise DataError(f"{what}: there are {len(entries)} entries for {rows} rows")
    return entries


def _first_rows(labels: Labels) -> Iterable[tuple[Target, str]]:
    for place, target in enumerate(labels.targets):
        row = int(labels.numbers[np.argmax(labels.place == place)])
        yield target, f"row {row} (counting from 0)"


def _check_possible(
    net: Network, codes: npt.NDArray[np.uint8], labels: Labels, learnt: bool
) -> None:
    tables = net.to_float().tables
    for place, target in enumerate(labels.targets):
        rows = np.flatnonzero(labels.place == place)
        says = Intervention(net.space.assignment(target))
        for i, value in target:
            other = rows[codes[rows, i] != value]
            if len(other):
                row, states = int(other[0]), net.space.states[i]
                raise DataError(
                    f"labels: row {row} (counting from 0) is labelled {says}, but its "
                    f"{net.space.names[i]!r} is {states[codes[row, i]]!r}"
                )
        if learnt:
            continue
        never = rows[np.isneginf(log_prob(tables, codes[rows], target))]
        if len(never):
            raise DataError(
                f"labels: row {int(never[0])} (counting from 0) is labelled {says}, which cannot "
                "have produced it: the tables give it probability 0"
            )
