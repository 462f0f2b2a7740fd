"""A network without tables, from a graph or names alone: the states are those that rows have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from domix.data.frame import RowsLike, is_frame, observed_states
from domix.errors import DataError, NetworkError
from domix.model.network import Network

GraphLike = Mapping[str, Sequence[str]] | Iterable[str]
"""A graph, from each variable to its parents; or the names of variables alone."""


def read_graph(
    net: Network | GraphLike, data: RowsLike, observational: RowsLike | None, *, learnt: bool
) -> Network:
    """Return the network; of a graph, or of names if it is ``learnt``, one for all labels."""
    if isinstance(net, Network):
        return net
    if isinstance(net, Mapping):
        parents = dict(net)
        if observational is None:
            raise DataError(
                "a graph without tables needs control rows, from which they are learnt",
                argument="observational",
            )
    elif not learnt or isinstance(net, str) or not isinstance(net, Iterable):
        raise NetworkError(
            "the first argument must be a Network or a mapping from each variable to its parents, "
            f'not {type(net).__name__}; where the graph is learnt (graph="learn"), a list of names '
            "will do"
        )
    else:
        parents = dict.fromkeys(_check_names(net), ())
    names = list(parents)
    controls = {} if observational is None else {"observational": observational}
    for argument, rows in {"data": data, **controls}.items():
        if not is_frame(rows):
            raise DataError(
                "a data frame is needed where the states of the variables are not known",
                argument=argument,
            )
    states = observed_states(names, data, controls)
    for name in names:
        if not states[name]:
            raise DataError(
                f"no row has a value of {name!r}, so that its states are not known; give rows, or "
                "a Network",
                argument="data",
            )
    cards = {name: len(labels) for name, labels in states.items()}
    tables = {
        name: np.full([*(cards.get(p, 1) for p in above), cards[name]], 1 / cards[name])
        for name, above in parents.items()
    }
    return Network(parents, states, tables)


def _check_names(listed: Iterable[str]) -> list[str]:
    """Check that names of variables are texts, each listed once."""
    names = list(listed)
    for number, name in enumerate(names):
        if not isinstance(name, str):
            raise NetworkError(f"the name of a variable must be a text, not {name!r}")
        if name in names[:number]:
            raise NetworkError(f"{name!r} is listed more than once")
    return names
