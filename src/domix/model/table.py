"""A marginal with its labels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import Label, Space, listing
from domix.core.tables import Tables, Target
from domix.data.frame import from_columns
from domix.errors import DataError, InterventionError
from domix.query.marginal import marginal, mixed_marginal
from domix.util.rational import brief

__all__ = ["Table", "conditional", "mixed"]

MOST_AXES = 64
LARGEST = 2**28
"""Entries of the largest marginal that is made."""


class Table:
    """Probabilities over the joint states of some variables.

    Index it by one state per variable, in the order of ``names``; an ellipsis or a slice is not
    taken, because ``values`` is there for that.

    Attributes
    ----------
    names : tuple of str
    states : tuple of tuple
        The states of each variable, in the order of the axes of ``values``.
    values : ndarray
        One axis per name, read-only: float64, or object holding ``Fraction`` for an exact network.

    Examples
    --------
    >>> import domix
    >>> net = domix.Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    >>> table = net.marginal(["A"])
    >>> float(table["high"])
    0.75
    """

    __slots__ = ("_space", "values")

    def __init__(self, space: Space, values: npt.NDArray[Any]) -> None:
        values.flags.writeable = False
        self._space = space
        self.values = values

    @property
    def space(self) -> Space:
        return self._space

    @property
    def names(self) -> tuple[str, ...]:
        return self._space.names

    @property
    def states(self) -> tuple[tuple[Label, ...], ...]:
        return self._space.states

    def __getitem__(self, labels: Label | tuple[Label, ...]) -> Any:
        key = labels if isinstance(labels, tuple) else (labels,)
        if len(key) != len(self.names):
            raise DataError(
                f"the table is over {listing(self.names)}: give {len(self.names)} states, "
                f"not {len(key)}"
            )
        return self.values[
            tuple(self._space.code(i, label, DataError) for i, label in enumerate(key))
        ]

    def to_frame(self, backend: str | None = None) -> Any:
        """A data frame with a column per variable and the column ``probability``.

        Parameters
        ----------
        backend
            ``"polars"``, ``"pandas"`` or ``"pyarrow"``; None takes the first that is installed.
        """
        index = np.indices(self.values.shape).reshape(len(self.names), self.values.size)
        columns: dict[str, Any] = {
            name: [self.states[i][c] for c in index[i].tolist()]
            for i, name in enumerate(self.names)
        }
        columns["probability"] = [float(p) for p in self.values.ravel()]
        return from_columns(columns, backend)

    def __repr__(self) -> str:
        return f"Table(names={self.names!r}, values={_shown(self.values.tolist())})"


def _shown(values: Any) -> str:
    """Nested lists, with fractions that can be read."""
    return f"[{', '.join(map(_shown, values))}]" if isinstance(values, list) else brief(values)


def conditional(
    space: Space,
    tables: Tables,
    names: Sequence[str],
    do: Mapping[str, Label],
    given: Mapping[str, Label],
) -> Table:
    """P(names | do, given) of a network; see ``Network.marginal`` for what is refused."""
    wanted = _positions(space, names)
    fixed = dict(space.target(do, InterventionError))
    evidence = dict(space.target(given, DataError))
    possible = all(fixed.get(i, v) == v for i, v in evidence.items())
    joint = marginal(tables, wanted, fixed, evidence) if possible else np.zeros(())
    if evidence:
        total = joint.sum()
        if total == 0:
            shown = listing(f"{name}={label}" for name, label in given.items())
            raise DataError(f"the evidence has probability zero: {shown}")
        joint = np.asarray(joint / total, dtype=joint.dtype)
    return Table(space.only(wanted), joint)


def mixed(
    space: Space,
    tables: Tables,
    names: Sequence[str],
    targets: Sequence[Target],
    weights: Sequence[Any],
) -> Table:
    """P(names) of a mixture; refuses what ``Network.marginal`` refuses."""
    wanted = _positions(space, names)
    return Table(space.only(wanted), mixed_marginal(tables, wanted, targets, weights))


def _positions(space: Space, names: Sequence[str]) -> list[int]:
    names = [names] if isinstance(names, str) else list(names)
    wanted = [space.position(name, DataError) for name in names]
    if len(set(wanted)) < len(wanted):
        raise DataError(f"marginal: a name is there twice in {listing(names)}")
    if len(wanted) > MOST_AXES:
        raise DataError(f"a marginal is of at most {MOST_AXES} variables, not {len(wanted)}")
    cells = math.prod(map(space.cards.item, wanted))
    if cells > LARGEST:
        raise DataError(
            f"the marginal of {len(wanted)} variables would have {cells:.3g} entries; "
            f"at most {LARGEST} are made: ask for fewer variables"
        )
    return wanted
