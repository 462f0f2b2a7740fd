"""The labels that rows show, where a graph does not say the states of its variables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domix.core.space import as_label
from domix.data.columns import count_labels
from domix.data.marks import MissingMarks
from domix.data.plausibility.continuous import describe_continuum
from domix.data.states import (
    ColumnStates,
    ShownLabels,
    column_states,
    declares_levels,
    merge_states,
    sort_labels,
)
from domix.errors import DataError
from domix.streams.batch import Batch

MOST_LABELS = 2**12
"""Labels of a column that are remembered, far more than a variable can have states."""


@dataclass(frozen=True)
class ColumnLabels:
    """What a column shows.

    Attributes
    ----------
    numbers : Counter
        The number of rows of each label; the keys are labels with their types, since True, 1 and
        1.0 are different labels and one key.
    declared : list of ColumnStates
        The levels that the column declares, in parts of it.
    """

    numbers: Counter[tuple[type, Any]] = field(default_factory=Counter)
    declared: list[ColumnStates] = field(default_factory=list)

    def add(self, other: ColumnLabels) -> None:
        """Add the labels of other rows."""
        self.numbers.update(other.numbers)
        self.declared.extend(own for own in other.declared if own not in self.declared)


class StreamLabels(ShownLabels):
    """The labels of rows that come in batches."""

    def __init__(self, names: Sequence[str]) -> None:
        self.rows = 0
        self._columns = {name: ColumnLabels() for name in names}

    def add(self, rows: int, columns: Iterable[tuple[str, ColumnLabels]], argument: str) -> None:
        """Add the labels of a batch.

        Raises
        ------
        DataError
            A column has more labels than a variable can have states.
        """
        self.rows += rows
        for name, labels in columns:
            column = self._columns[name]
            column.add(labels)
            if len(column.numbers) > MOST_LABELS:
                shown = [label for _, label in column.numbers]
                raise DataError(
                    f"column {name!r} "
                    + (describe_continuum(shown) or f"has more than {MOST_LABELS:,} labels"),
                    argument=argument,
                )

    def states(self, name: str, marks: MissingMarks) -> ColumnStates:
        """Return the states that a column declares or shows."""
        column = self._columns[name]
        if column.declared:
            return ColumnStates(merge_states(name, column.declared), declared=True)
        labels = (as_label(label) for _, label in column.numbers)
        return ColumnStates(
            sort_labels([label for label in labels if not marks.include(label)]), declared=False
        )

    def count(self, name: str) -> list[tuple[Any, int]]:
        """Return the values of a column, with the number of rows of each."""
        return [(label, number) for (_, label), number in self._columns[name].numbers.items()]


def show_batch(
    batch: Batch, *, names: Sequence[str], marks: MissingMarks
) -> tuple[int, list[tuple[str, ColumnLabels]]]:
    """Return the number of rows of a batch, and the labels of its columns."""
    import narwhals as nw

    found = []
    for piece in batch:
        for native in piece.frames(names):
            frame = nw.from_native(native, eager_only=True)
            found += [(name, _show(frame[name], marks)) for name in frame.columns]
    return sum(piece.rows for piece in batch), found


def _show(column: Any, marks: MissingMarks) -> ColumnLabels:
    if declares_levels(column):
        return ColumnLabels(declared=[column_states(column, marks)])
    numbers = Counter[tuple[type, Any]]()
    for label, number in count_labels(column):
        numbers[type(label), label] += number
    return ColumnLabels(numbers)
