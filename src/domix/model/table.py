"""A table of probabilities with labels, and the marginals that are returned as one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from domix.core.soft.targets import AnyTarget, resolve
from domix.core.space import Label, Space, assignment_text, listing
from domix.core.tables import Tables
from domix.data.frame import from_columns
from domix.errors import DataError
from domix.query.marginal import marginal, mixed_marginal
from domix.util.arrays import Objects
from domix.util.rational import brief, short
from domix.util.text_tables import html_notes, html_table

MOST_AXES = 64
"""Axes that an array of numpy can have."""

MOST_ENTRIES = 2**28
"""Entries of a marginal at most: two gigabytes."""

ROWS_SHOWN = 24
"""Configurations that a notebook shows."""


class Table:
    """Probabilities over the joint states of some variables.

    ``table["low", "high"]`` is the probability of one state per variable, in the order of
    ``names``. For slices, index ``values``.

    Parameters
    ----------
    space : Space
        The variables and their states.
    values : ndarray, shape (cards of the variables)
        The probabilities.

    Attributes
    ----------
    names : tuple of str
        The variables.
    states : tuple of tuple
        The states of each variable, in the order of the axes of ``values``.
    values : ndarray of float64, or of object with ``Fraction`` elements
        One axis per name, read-only; fractions if the network is exact.

    Raises
    ------
    DataError
        An index is not one state of each variable.

    Examples
    --------
    >>> import domix
    >>> net = domix.Network({"A": []}, {"A": ["low", "high"]}, {"A": [0.25, 0.75]})
    >>> table = net.marginal(["A"])
    >>> float(table["high"])
    0.75
    """

    __slots__ = ("_space", "values")

    def __init__(self, space: Space, values: Objects) -> None:
        values.flags.writeable = False
        self._space = space
        self.values = values

    @property
    def space(self) -> Space:
        """The variables and states, which translate labels to codes."""
        return self._space

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order of the axes of ``values``."""
        return self._space.names

    @property
    def states(self) -> tuple[tuple[Label, ...], ...]:
        """The states of each variable, in the order of the axes of ``values``."""
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
        """Return a data frame with a column per variable and the column ``probability``.

        Parameters
        ----------
        backend : {"polars", "pandas", "pyarrow"}, optional
            By default the first that is installed.

        Returns
        -------
        data frame
            A row for each configuration, in the order of ``values.ravel()``.
        """
        codes = np.indices(self.values.shape).reshape(len(self.names), self.values.size)
        columns: dict[str, Any] = {
            name: [self.states[i][c] for c in codes[i].tolist()]
            for i, name in enumerate(self.names)
        }
        columns["probability"] = [float(p) for p in self.values.ravel()]
        return from_columns(columns, backend)

    def __repr__(self) -> str:
        return f"Table(names={self.names!r}, values={_show(self.values.tolist())})"

    def _repr_html_(self) -> str:
        most = min(self.values.size, ROWS_SHOWN)
        body = []
        for place in islice(np.ndindex(self.values.shape), most):
            labels = (str(self.states[i][code]) for i, code in enumerate(place))
            body.append([*labels, short(self.values[place])])
        more = self.values.size - most
        note = html_notes([f"{more:,} more of {self.values.size:,} rows are not shown"])
        sides = "<" * len(self.names) + ">"
        return html_table([*self.names, "probability"], body, sides) + note * (more > 0)


def _show(values: Any) -> str:
    """Return nested lists as text, with fractions of a readable length."""
    return f"[{', '.join(map(_show, values))}]" if isinstance(values, list) else brief(values)


def conditional(
    space: Space,
    tables: Tables,
    names: Sequence[str],
    do: AnyTarget,
    given: Mapping[str, Label],
) -> Table:
    """Compute P(names | do, given) of a network; raises as ``Network.marginal`` does."""
    wanted = _read_names(space, names)
    tables, target = resolve(tables, do)
    fixed = dict(target)
    evidence = dict(space.target(given, DataError))
    possible = all(fixed.get(i, v) == v for i, v in evidence.items())
    joint = marginal(tables, wanted, fixed, evidence) if possible else np.zeros(())
    if evidence:
        total = joint.sum()
        if total == 0:
            raise DataError(
                f"the evidence has probability zero: {assignment_text(given)}", argument="given"
            )
        joint = np.asarray(joint / total, dtype=joint.dtype)
    return Table(space.only(wanted), joint)


def mixture_marginal(
    space: Space,
    tables: Tables,
    names: Sequence[str],
    targets: Sequence[AnyTarget],
    weights: Sequence[Any],
) -> Table:
    """Compute P(names) of a mixture; raises as ``Network.marginal`` does."""
    wanted = _read_names(space, names)
    return Table(space.only(wanted), mixed_marginal(tables, wanted, targets, weights))


def _read_names(space: Space, names: Sequence[str]) -> list[int]:
    """Return the indices of distinct variables, whose marginal is not too large."""
    if not isinstance(names, Iterable):
        raise DataError(f"a list of variables is needed, not {names!r}", argument="names")
    names = [names] if isinstance(names, str) else list(names)
    wanted = [space.position(name, DataError) for name in names]
    if len(set(wanted)) < len(wanted):
        raise DataError(f"a duplicate variable in {listing(names)}", argument="names")
    if len(wanted) > MOST_AXES:
        raise DataError(
            f"a marginal is of at most {MOST_AXES} variables, not {len(wanted)}", argument="names"
        )
    entries = math.prod(map(space.cards.item, wanted))
    if entries > MOST_ENTRIES:
        raise DataError(
            f"the marginal of {len(wanted)} variables would have {entries:.3g} entries, and at "
            f"most {MOST_ENTRIES} are computed: ask for fewer variables",
            argument="names",
        )
    return wanted
