"""A network without tables, of a graph or of names alone: its states are those that rows have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from domix.data.arrays import describe_rows
from domix.data.frame import RowsLike, is_frame, observed_states
from domix.data.marks import MissingValues
from domix.data.plausibility.agreement import check_agreement
from domix.data.states import ShownLabels
from domix.errors import DataError, NetworkError
from domix.model.graphs import GraphLike, are_names, list_entries, read_graph
from domix.model.network import Network

ShowRows: TypeAlias = Callable[[list[str], Any], "RowsLike | ShownLabels"]
"""Takes variables, and rows as users give them."""


def read_model(
    net: Network | GraphLike,
    data: Any,
    observational: Any,
    missing_values: MissingValues = None,
    *,
    learnt: bool,
    show: ShowRows = lambda names, rows: rows,  # noqa: ARG005
) -> Network:
    """Return the network; of a graph, or of names if it is ``learnt``, one for all labels.

    ``show`` returns rows as a frame, or their labels, for the variables of the graph.
    """
    if isinstance(net, Network):
        return net
    given = {"data": data}
    if observational is not None:
        given["observational"] = observational
    listed = list_entries(net)
    if listed is not None and are_names(listed):
        if not learnt:
            raise NetworkError(
                "a list of names is not a graph; give a mapping from each variable to its parents, "
                'or (cause, effect) pairs, or let graph="learn" find it'
            )
        parents = _without_edges(listed)
    else:
        parents = read_graph(net if listed is None else listed)
        require_controls(observational)
    frames = {key: show(list(parents), rows) for key, rows in given.items()}
    return network_of_graph(parents, frames, missing_values, control="observational")


def require_controls(observational: object) -> None:
    """Raise DataError unless there are control rows, from which tables can be learnt."""
    if observational is None:
        raise DataError(
            "a graph without tables needs control rows, from which they are learnt",
            argument="observational",
        )


def network_of_graph(
    parents: Mapping[str, Sequence[str]],
    frames: Mapping[str, RowsLike | ShownLabels],
    missing_values: MissingValues = None,
    *,
    control: str | None,
) -> Network:
    """Return a network of uniform tables, for all labels of data frames.

    Parameters
    ----------
    parents : mapping of str to sequence of str
        From :func:`read_graph`.
    frames : mapping of str to data frame or ShownLabels
        By the argument, or the file, that holds them; at least one.
    missing_values : iterable of label, optional
        As in :meth:`Network.encode`.
    control : str or None
        Which of ``frames`` holds rows without interventions, if it is there: the labels of the
        others are compared with its labels.

    Raises
    ------
    DataError
        The rows are codes, a variable has no column or no value, its labels may be marks of missing
        values, or rows and control rows write them differently.
    NetworkError
        The graph or the states are invalid.

    Warns
    -----
    DomixWarning
        Labels are in the rows and in no control row.
    """
    for argument, rows in frames.items():
        if not (isinstance(rows, ShownLabels) or is_frame(rows)):
            raise DataError(
                "a data frame is needed where the states of the variables are not known, not "
                f"{describe_rows(rows)}",
                argument=argument,
            )
    (argument, data), *others = frames.items()
    states = observed_states(
        list(parents), data, dict(others), missing_values=missing_values, argument=argument
    )
    for key, rows in frames.items():
        if control is not None and control in frames and key != control:
            check_agreement(
                list(parents),
                rows,
                frames[control],
                missing_values,
                rows_argument=key,
                control_argument=control,
            )
    cards = {name: len(labels) for name, labels in states.items()}
    tables = {
        name: np.full([*(cards[p] for p in above), cards[name]], 1 / cards[name])
        for name, above in parents.items()
    }
    return Network(parents, states, tables)


def _without_edges(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the graph without edges of names, each listed once."""
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise NetworkError(f"{twice!r} is listed more than once")
    return dict.fromkeys(names, ())
