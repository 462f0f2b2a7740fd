"""Networks of other libraries to records and back, with every order kept.

The libraries order axes differently: networkx keeps a node's predecessors in the order of its edges
(a copy of the graph may change it), pgmpy puts the child first and names the states of each parent
again in each table, pyagrum numbers axes backwards. So axes are matched by name here, never by
position.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from domix.core.space import as_label, listing
from domix.errors import DomixWarning, MissingExtraError, NetworkError
from domix.formats.graphs.record import GraphRecord
from domix.formats.record import NetworkRecord


def to_networkx(record: NetworkRecord) -> Any:
    """Make a ``networkx.DiGraph`` whose nodes have ``states``, ``parents`` and ``cpt``."""
    graph = load_module("networkx", "to_networkx").DiGraph()
    for name, states in record.states.items():
        graph.add_node(name, states=states, parents=record.parents[name], cpt=record.tables[name])
    for name, parents in record.parents.items():
        graph.add_edges_from((parent, name) for parent in parents)
    return graph


def from_networkx(
    graph: Any, cpts: Mapping[str, npt.ArrayLike | Sequence[Any]] | None
) -> NetworkRecord:
    """Read a ``networkx.DiGraph``; ``cpts`` as in :func:`domix.from_networkx`.

    Raises
    ------
    NetworkError
        It is not a directed graph, a node has no table, or its attribute ``parents`` differs from
        its edges.
    """
    _check_type(graph, "networkx", "DiGraph", "from_networkx")
    if cpts is None:
        cpts = {name: data["cpt"] for name, data in graph.nodes(data=True) if "cpt" in data}
    states, parents, tables = {}, {}, {}
    for name, data in graph.nodes(data=True):
        if not cpts:
            raise NetworkError(
                "no node has a table, its attribute 'cpt'; learn them from rows with Network.fit"
            )
        if name not in cpts:
            raise NetworkError(f"node {name!r} has no table; there are tables for {listing(cpts)}")
        parents[name] = _parents_of_node(graph, name)
        try:
            tables[name] = np.asarray(cpts[name])
        except ValueError:
            raise NetworkError(f"node {name!r}: the rows of its table differ in length") from None
        card = tables[name].shape[-1] if tables[name].ndim else 0
        states[name] = tuple(data.get("states", range(card)))
    for name in cpts:
        if name not in states:
            raise NetworkError(f"there is a table for {name!r}, which is not a node of the graph")
    return NetworkRecord(states, parents, tables)


def read_digraph(graph: Any) -> GraphRecord:
    """Read a ``networkx.DiGraph`` without its tables.

    Raises
    ------
    NetworkError
        It is undirected, or a node's attribute ``parents`` differs from its edges.
    """
    if not graph.is_directed():
        raise NetworkError(
            f"a networkx.DiGraph is needed, whose edges lead from cause to effect, not "
            f"{type(graph).__name__}"
        )
    names = list(graph.nodes)
    edges = ((parent, name) for name in names for parent in _parents_of_node(graph, name))
    return GraphRecord.build(edges, names)


def _parents_of_node(graph: Any, name: Any) -> tuple[Any, ...]:
    """Return the parents of a node, in the order that it names, or else in that of its edges."""
    above = list(graph.predecessors(name))
    given = graph.nodes[name].get("parents", above)
    if sorted(map(str, given)) != sorted(map(str, above)):
        raise NetworkError(
            f"node {name!r} names the parents {listing(given)}, but its edges come from "
            f"{listing(above) or 'nowhere'}; correct one of them"
        )
    return tuple(given)


def to_pgmpy(record: NetworkRecord) -> Any:
    """Make a ``pgmpy.models.DiscreteBayesianNetwork``, in double precision."""
    model = load_module("pgmpy.models", "to_pgmpy").DiscreteBayesianNetwork()
    tabular = load_module("pgmpy.factors.discrete", "to_pgmpy").TabularCPD
    model.add_nodes_from(record.states)
    for name, parents in record.parents.items():
        model.add_edges_from((parent, name) for parent in parents)
    for name, parents in record.parents.items():
        table = record.tables[name].astype(np.float64)
        names = {each: list(record.states[each]) for each in (name, *parents)}
        cards = [len(record.states[parent]) for parent in parents]
        columns = np.moveaxis(table, -1, 0).reshape(table.shape[-1], -1)
        model.add_cpds(
            tabular(name, table.shape[-1], columns, list(parents), cards, state_names=names)
        )
    return model


def from_pgmpy(model: Any) -> NetworkRecord:
    """Read a ``pgmpy.models.DiscreteBayesianNetwork``.

    Raises
    ------
    NetworkError
        It is another object, a table is missing, or a table names a parent's states differently
        from the parent's own table.
    """
    _check_type(model, "pgmpy.models", "DiscreteBayesianNetwork", "from_pgmpy")
    cpds = {name: model.get_cpds(name) for name in model.nodes()}
    for name, cpd in cpds.items():
        if cpd is None:
            raise NetworkError(f"node {name!r} has no table; add one with model.add_cpds")
    states = {name: tuple(map(as_label, cpd.state_names[name])) for name, cpd in cpds.items()}
    parents, tables = {}, {}
    for name, cpd in cpds.items():
        parents[name] = tuple(cpd.variables[1:])
        if set(parents[name]) != set(model.get_parents(name)):
            raise NetworkError(
                f"node {name!r} has a table given {listing(parents[name]) or 'nothing'}, but its "
                f"edges come from {listing(model.get_parents(name)) or 'nowhere'}; correct one of "
                "them"
            )
        table = np.moveaxis(np.asarray(cpd.values, dtype=np.float64), 0, -1)
        for axis, parent in enumerate(parents[name]):
            labels = [as_label(label) for label in cpd.state_names[parent]]
            if set(labels) != set(states[parent]):
                raise NetworkError(
                    f"the table of {name!r} gives {parent!r} the states {listing(labels)}, "
                    f"but its own table has {listing(states[parent])}"
                )
            table = table.take([labels.index(label) for label in states[parent]], axis=axis)
        tables[name] = table
    return NetworkRecord(states, parents, tables)


def to_pyagrum(record: NetworkRecord) -> Any:
    """Make a ``pyagrum.BayesNet``, in double precision, whose labels are text.

    Warns
    -----
    DomixWarning
        Some labels are numbers or booleans.
    """
    gum = load_module("pyagrum", "to_pyagrum")
    if any(not isinstance(label, str) for labels in record.states.values() for label in labels):
        warnings.warn(
            "pyagrum: labels that are numbers or booleans become text", DomixWarning, stacklevel=3
        )
    bn = gum.BayesNet()
    for name, labels in record.states.items():
        bn.add(gum.LabelizedVariable(name, name, [str(label) for label in labels]))
    for name, parents in record.parents.items():
        for parent in parents:
            bn.addArc(parent, name)
    for name, parents in record.parents.items():
        tensor, axes = bn.cpt(name), [*parents, name]
        backwards = [axes.index(each) for each in reversed(tensor.names)]
        table = record.tables[name].astype(np.float64)
        tensor[:] = np.ascontiguousarray(table.transpose(backwards))
    return bn


def from_pyagrum(bn: Any) -> NetworkRecord:
    """Read a ``pyagrum.BayesNet``; the variables are in the order of their node numbers.

    Raises
    ------
    NetworkError
        It is another object, such as an influence diagram.
    """
    _check_type(bn, "pyagrum", "BayesNet", "from_pyagrum")
    states, parents, tables = {}, {}, {}
    for node in sorted(bn.nodes()):
        variable, tensor = bn.variable(node), bn.cpt(node)
        name = variable.name()
        states[name] = tuple(variable.labels())
        parents[name] = tuple(each for each in tensor.names if each != name)
        axes = list(reversed(tensor.names))
        forwards = [axes.index(each) for each in (*parents[name], name)]
        # Not toarray(), whose memory is not filled in for a noisy-OR or another aggregator; and a
        # copy, because the tensor's memory is freed with the network.
        tables[name] = np.array(tensor[{}], dtype=np.float64).transpose(forwards)
    return NetworkRecord(states, parents, tables)


def load_module(name: str, feature: str) -> Any:
    """Import a module of an optional package, which ``feature`` needs."""
    try:
        return import_module(name)
    except ImportError:
        raise MissingExtraError(feature, name.partition(".")[0], "convert") from None


def _check_type(value: Any, module: str, kind: str, function: str) -> None:
    if not isinstance(value, getattr(load_module(module, function), kind)):
        raise NetworkError(f"{function} takes a {module}.{kind}, not {type(value).__name__}")
