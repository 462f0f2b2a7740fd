"""The states of variables, from columns that declare or show them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domix.core.space import Label, Space, as_float, as_label, find_alike, listing
from domix.data.columns import count_labels, distinct_labels
from domix.data.marks import MISSING_TEXTS, MissingMarks
from domix.errors import DataError

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|inf)"

INTERVAL = re.compile(rf"([\[(])\s*({NUMBER})\s*,\s*({NUMBER})\s*[\])]")
"""An interval as pandas, polars and R write the bins of their function ``cut``."""


@dataclass(frozen=True)
class ColumnStates:
    """The labels of a column, without missing values.

    Attributes
    ----------
    labels : tuple of Label
        The levels that the column declares, in their order; else the labels that occur, sorted.
    declared : bool
        Whether the column declares its levels.
    """

    labels: tuple[Label, ...]
    declared: bool


class ShownLabels(ABC):
    """The labels that data rows show, by variable.

    Attributes
    ----------
    rows : int
        The number of rows.
    """

    rows: int

    @abstractmethod
    def states(self, name: str, marks: MissingMarks) -> ColumnStates:
        """Return the states that a column declares or shows; see :func:`column_states`."""

    @abstractmethod
    def count(self, name: str) -> Iterable[tuple[Any, int]]:
        """Return the values of a column that are not null, each with the number of its rows."""


class FrameLabels(ShownLabels):
    """The labels of an eager frame of narwhals."""

    def __init__(self, frame: Any) -> None:
        self.rows = len(frame)
        self._frame = frame

    def states(self, name: str, marks: MissingMarks) -> ColumnStates:
        """Return the states that a column declares or shows."""
        return column_states(self._frame[name], marks)

    def count(self, name: str) -> list[tuple[Any, int]]:
        """Return the values of a column, with the number of rows of each."""
        return count_labels(self._frame[name])


def column_states(column: Any, marks: MissingMarks) -> ColumnStates:
    """Return the states that a column declares or shows, without marks of missing values.

    Columns that declare levels are categoricals of pandas, ordered or not, the Enum of polars, and
    ordered dictionaries of Arrow. Other columns of categories keep theirs in the order in which
    they occurred, which means nothing.
    """
    levels = _declared_levels(column)
    labels = map(as_label, distinct_labels(column) if levels is None else levels)
    states = [label for label in labels if not marks.include(label)]
    if levels is None:
        return ColumnStates(sort_labels(states), False)
    return ColumnStates(tuple(_without_missing(states)), True)


def merge_states(name: str, columns: Sequence[ColumnStates]) -> tuple[Label, ...]:
    """Return the states of a variable that several frames show; declared levels alone, if any.

    A label that matches a state of an earlier frame is not another state.

    Examples
    --------
    >>> merge_states("A", [ColumnStates(("9", "10"), False), ColumnStates((8, 9), False)])
    (8, '9', '10')
    >>> merge_states("A", [ColumnStates(("low", "high"), True), ColumnStates(("hgh",), False)])
    ('low', 'high')
    """
    declared = [column for column in columns if column.declared]
    merged: tuple[Label, ...] = ()
    for column in declared or columns:
        space = Space({name: merged}) if merged else None
        merged += tuple(x for x in column.labels if space is None or space.match(0, x) is None)
    return merged if declared or len(columns) == 1 else sort_labels(merged)


def check_alike(shown: Mapping[str, Sequence[Label]], argument: str) -> None:
    """Refuse labels of one column that are written differently and denote the same.

    Raises
    ------
    DataError
        Two labels of a column denote the same number or truth value.
    """
    for name, labels in shown.items():
        alike = find_alike(labels)
        if alike is not None:
            raise DataError(
                f"column {name!r} has {listing(alike)}, which denote the same; write them alike, "
                "or as levels that the column declares",
                argument=argument,
            )


def check_observed(states: Mapping[str, Sequence[Label]], has_rows: bool, argument: str) -> None:
    """Refuse variables of which no row says a state.

    Raises
    ------
    DataError
        There are no rows, or a variable has no state.
    """
    if not has_rows and not any(states.values()):
        raise DataError("there are no rows", argument=argument)
    for name, labels in states.items():
        if not labels:
            raise DataError(
                f"no row has a value of {name!r}, so that its states are not known; fill in the "
                "column, or leave the variable out",
                argument=argument,
            )


def sort_labels(occurring: Iterable[Label]) -> tuple[Label, ...]:
    """Sort labels as numbers or intervals, if all denote one, else as text; each text counts once.

    Whole floats count as integers, because pandas makes floats of integers if one is missing.

    Examples
    --------
    >>> sort_labels(["10", "9", ""]), sort_labels(["(10, 12]", "(0, 2]", "(2, 10]"])
    (('9', '10'), ('(0, 2]', '(2, 10]', '(10, 12]'))
    """
    labels = _without_missing(occurring)
    for read in (_read_number, _read_interval):
        keys = [read(label) for label in labels]
        if all(key is not None for key in keys):
            order = sorted(range(len(labels)), key=lambda i: (keys[i], str(labels[i])))
            return tuple(labels[i] for i in order)
    return tuple(sorted(labels, key=str))


def declares_levels(column: Any) -> bool:
    """Whether a column declares its levels; see :func:`column_states`."""
    return _declared_levels(column) is not None


def _declared_levels(column: Any) -> list[Any] | None:
    """Return the levels that a column declares, or None."""
    import narwhals as nw

    if column.dtype not in (nw.Categorical, nw.Enum):
        return None
    native = column.to_native()
    if column.implementation.is_polars():
        return list(column.dtype.categories) if column.dtype == nw.Enum else None
    if hasattr(native, "cat"):
        return list(native.cat.categories)
    arrow = column.to_arrow()
    if not getattr(arrow.type, "ordered", False):
        return None
    chunks = arrow.unify_dictionaries().chunks if hasattr(arrow, "chunks") else [arrow]
    return list(chunks[-1].dictionary.to_pylist()) if chunks else []


def _without_missing(labels: Iterable[Label]) -> list[Label]:
    """Return distinct labels without missing ones, integers if all are whole floats."""
    texts = {str(label): label for label in labels}
    kept = [label for text, label in texts.items() if text not in MISSING_TEXTS]
    if all(isinstance(label, float) and label.is_integer() for label in kept):
        return [int(label) for label in kept]
    return kept


def _read_number(label: Label) -> tuple[float, ...] | None:
    number = as_float(label)
    return None if number is None else (number,)


def _read_interval(label: Label) -> tuple[float, ...] | None:
    """Return the ends of an interval, and whether it is open on the left."""
    found = INTERVAL.fullmatch(label) if isinstance(label, str) else None
    return None if found is None else (float(found[2]), float(found[1] == "("), float(found[3]))
