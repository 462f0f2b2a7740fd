"""Labels of data rows: which rows are known to come from which intervention."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from domix.core.intervention import Intervention
from domix.core.notation import InterventionLike
from domix.core.tables import Target
from domix.data.marks import is_missing
from domix.data.missing import Encoded
from domix.errors import DataError, InterventionError
from domix.model.network import Network
from domix.query.probability import log_prob
from domix.util.arrays import Bools, Floats, Ints
from domix.util.checks import entries_by_row, name_argument

UNLABELLED = -1


@dataclass(frozen=True, eq=False)
class RowLabels:
    """The known targets of some data rows.

    Attributes
    ----------
    targets : tuple of Target
        Each has at least one row.
    indices : ndarray of int64, shape (rows,)
        Index in ``targets`` of each row's target, -1 for a row without a label.
    row_numbers : ndarray of int64, shape (rows,)
        Number of each row in the data as the user gave them.
    """

    targets: tuple[Target, ...]
    indices: Ints
    row_numbers: Ints

    @property
    def known(self) -> Bools:
        """Which rows have a label, shape (rows,)."""
        return np.asarray(self.indices != UNLABELLED)

    def by_target(self) -> Iterator[tuple[Target, Ints]]:
        """Yield each target with the indices of its rows."""
        for index, target in enumerate(self.targets):
            yield target, np.flatnonzero(self.indices == index)

    def select(self, rows: Ints | slice) -> RowLabels:
        """Return the labels of some of the rows."""
        indices = self.indices[rows]
        present = np.unique(indices[indices != UNLABELLED])
        renumbered = np.full(len(self.targets) + 1, UNLABELLED, dtype=np.int64)
        renumbered[present] = np.arange(len(present))
        targets = tuple(self.targets[index] for index in present.tolist())
        return RowLabels(targets, renumbered[indices], self.row_numbers[rows])

    def totals(self, weights: Floats) -> dict[Target, float]:
        """Return the total weight of each target's rows; ``weights`` has shape (rows,)."""
        indices = range(len(self.targets))
        return {self.targets[a]: float(weights[self.indices == a].sum()) for a in indices}


def read_labels(
    net: Network, rows: Encoded, labels: Iterable[InterventionLike | None] | None, learnt: bool
) -> RowLabels:
    """Read one label for each data row; None, NaN, NA and blank text mean that it is unknown.

    There is one label for each row that was given; those of dropped rows are passed over. Where the
    tables are ``learnt``, none of their entries is taken for impossible.

    Raises
    ------
    DataError
        The number of labels is not that of rows, or a row is impossible under its label.
    InterventionError
        A label is not an intervention on the network; the message names its row.
    """
    indices = np.full(len(rows.codes), UNLABELLED, dtype=np.int64)
    entries = [] if labels is None else rows.select(entries_by_row(labels, rows.given, "labels"))
    targets: dict[Target, int] = {}
    # Many rows share few texts and interventions; a mapping cannot be hashed and is read each time.
    known: dict[Intervention | str, int] = {}
    numbers = rows.numbers
    for row, entry in enumerate(entries):
        hashable = isinstance(entry, (str, Intervention))
        index = known.get(entry, UNLABELLED) if hashable else UNLABELLED
        if index == UNLABELLED:
            if is_missing(entry):
                continue
            with name_argument("labels", f"row {numbers[row]} (counting from 0)"):
                index = targets.setdefault(read_target(net, entry), len(targets))
            if hashable:
                known[entry] = index
        indices[row] = index
    read = RowLabels(tuple(targets), indices, numbers)
    _check_possible(net, rows, read, learnt)
    return read


def read_target(net: Network, intervention: InterventionLike | None) -> Target:
    """Return the target of an intervention in a list of them, where None is refused.

    Raises
    ------
    InterventionError
        It is not an intervention, or names something that the network does not have.
    """
    if intervention is None:
        raise InterventionError("None is not an intervention; write do() for the one of no target")
    return net.target(intervention)


def _check_possible(net: Network, given: Encoded, labels: RowLabels, learnt: bool) -> None:
    """Refuse a row that the intervention of its label cannot have produced."""
    tables, codes = net.to_float().tables, given.codes
    absent = np.zeros(codes.shape, dtype=bool) if given.absent is None else given.absent
    for target, rows in labels.by_target():
        intervention = Intervention(net.space.assignment(target))
        for variable, value in target:
            wrong = (codes[rows, variable] != value) & ~absent[rows, variable]
            contradictions = rows[wrong]
            if len(contradictions):
                row, states = int(contradictions[0]), net.space.states[variable]
                raise DataError(
                    f"row {labels.row_numbers[row]} (counting from 0) is labelled {intervention}, "
                    f"but its {net.space.names[variable]!r} is {states[codes[row, variable]]!r}",
                    argument="labels",
                )
        if learnt:
            continue
        complete = rows[~absent[rows].any(axis=1)]
        impossible = complete[np.isneginf(log_prob(tables, codes[complete], target))]
        if len(impossible):
            raise DataError(
                f"row {labels.row_numbers[impossible[0]]} (counting from 0) is labelled "
                f"{intervention}, which cannot have produced it: the tables give it probability 0",
                argument="labels",
            )
