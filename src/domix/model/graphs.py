"""Graphs without tables, in any form that users hold: the parents of each variable."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from domix.core.space import listing
from domix.data.frame import column_names, is_frame
from domix.data.text import SEPARATORS
from domix.errors import DomixWarning, NetworkError
from domix.formats.adapters import read_digraph
from domix.formats.graphs.columns import describe_ends, find_ends
from domix.formats.graphs.dot import read_dot
from domix.formats.graphs.edge_list import read_edge_list
from domix.formats.graphs.record import Edge, GraphRecord
from domix.model.content import NetworkContent
from domix.model.validate import check_parents
from domix.util.files import check_file, decode_utf8, find_suffix, name_source, read_bytes

if TYPE_CHECKING:
    import networkx
    from narwhals.typing import IntoFrame

GraphLike: TypeAlias = (
    "Mapping[str, Sequence[str]] | networkx.DiGraph[str] | IntoFrame | Iterable[Sequence[str]] | "
    "str | os.PathLike[str] | NetworkContent"
)
"""A graph: from each variable to its parents, edges from cause to effect, or a file of edges."""

DOT = (".dot", ".gv")
SUFFIXES = tuple(suffix + zipped for suffix in (*SEPARATORS, *DOT) for zipped in ("", ".gz"))
"""How files of graphs end."""


def read_graph(graph: GraphLike, *, reverse_edges: bool = False) -> dict[str, tuple[str, ...]]:
    r"""Read a causal graph as a mapping from each variable to its parents.

    Edges lead from cause to effect. Where calls between services were logged, the callee is the
    cause of what its callers show, so that a graph from caller to callee must be turned round:
    ``reverse_edges=True``.

    :meth:`Network.fit`, :func:`disentangle` and :func:`check_model` take a graph in any of these
    forms; this function shows what they read.

    Parameters
    ----------
    graph : mapping, networkx.DiGraph, data frame, iterable of pairs, path or Network
        - a mapping of each variable to a sequence of its parents;
        - a ``networkx.DiGraph`` whose nodes are texts;
        - a data frame of edges, whose columns are named cause and effect, source and target, from
          and to, or parent and child (else it has two columns, cause first); a row without effect
          is a variable;
        - (cause, effect) pairs;
        - a file of edges: DOT (``.dot``, ``.gv``), or a list, ``.csv``, ``.tsv``, ``.tab`` or
          ``.txt``, an edge a line, each also with ``.gz``; see docs/reference/formats.md;
        - a network, which stands for its graph.
    reverse_edges : bool, default False
        Turn every edge round.

    Returns
    -------
    dict of str to tuple of str
        The parents of each variable, in the order of the edges. Variables are in the order of the
        mapping or the nodes, or else in that in which edges name them.

    Raises
    ------
    FormatError
        The file cannot be read; the message names the line.
    NetworkError
        It is not a graph, has a cycle, or its columns say that it needs ``reverse_edges``.

    Warns
    -----
    DomixWarning
        A list of edges has more columns, such as weights, which are passed over.

    See Also
    --------
    Network.fit : Learn the tables of a graph.

    Examples
    --------
    >>> read_graph([("dose", "effect"), ("age", "effect")])
    {'dose': (), 'effect': ('dose', 'age'), 'age': ()}
    >>> read_graph([("web", "database")], reverse_edges=True)
    {'web': ('database',), 'database': ()}
    >>> read_graph([("A", "B"), ("B", "A")])
    Traceback (most recent call last):
        ...
    domix.errors.NetworkError: the graph has a cycle: B -> A -> B
    """
    record = _read(graph, reverse_edges)
    with name_source(str(graph)) if _is_path(graph) else nullcontext():
        return (record.reverse() if reverse_edges else record).to_parents()


def is_graph_file(path: Path) -> bool:
    """Whether a file's name ends as those of graphs do."""
    return path.name.lower().endswith(SUFFIXES)


def has_order(graph: object) -> bool:
    """Whether a graph shows the order of its variables, which codes follow."""
    return isinstance(graph, (Mapping, NetworkContent))


def are_names(listed: Sequence[object]) -> bool:
    """Whether names of variables are listed, and not edges."""
    return all(isinstance(entry, str) for entry in listed)


def list_entries(graph: object) -> list[Any] | None:
    """Return names or pairs as a list; None if the graph is in another form."""
    other = isinstance(graph, (Mapping, NetworkContent)) or _is_path(graph) or _is_networkx(graph)
    if other or not isinstance(graph, Iterable) or is_frame(graph):
        return None
    return list(graph)


def _read(graph: Any, reverse_edges: bool) -> GraphRecord:
    if isinstance(graph, NetworkContent):
        graph = graph.parents
    if isinstance(graph, Mapping):
        return _read_mapping(graph)
    if _is_path(graph):
        return _read_file(Path(graph), reverse_edges)
    if _is_networkx(graph):
        return read_digraph(graph)
    if is_frame(graph):
        return _read_frame(graph, reverse_edges)
    if isinstance(graph, Iterable):
        return GraphRecord.build(map(_read_pair, graph))
    raise NetworkError(
        "a graph is a mapping from each variable to its parents, a networkx.DiGraph, a data frame "
        f"or list of (cause, effect) pairs, or a file of edges, not {type(graph).__name__}"
    )


def _is_path(graph: object) -> bool:
    return isinstance(graph, (str, os.PathLike))


def _is_networkx(graph: object) -> bool:
    networkx = sys.modules.get("networkx")
    return networkx is not None and isinstance(graph, networkx.Graph)


def _read_mapping(parents: Mapping[str, Sequence[str]]) -> GraphRecord:
    check_parents(parents)
    edges = ((parent, name) for name, above in parents.items() for parent in above)
    return GraphRecord.build(edges, parents)


def _read_file(path: Path, reverse_edges: bool) -> GraphRecord:
    check_file(path)
    suffix = find_suffix(path, SUFFIXES, "graphs without tables").removesuffix(".gz")
    text = decode_utf8(read_bytes(path), path)
    if suffix in DOT:
        return read_dot(text, str(path))
    with name_source(str(path)):
        return read_edge_list(text, str(path), SEPARATORS[suffix], reverse_edges=reverse_edges)


def _read_frame(frame: Any, reverse_edges: bool) -> GraphRecord:
    """Read the edges of a data frame; a row with one name is a variable."""
    import narwhals as nw

    names = column_names(frame, "graph")
    given: Any = nw.from_native(frame)
    table = given.collect() if isinstance(given, nw.LazyFrame) else given
    columns = [table.get_column(name).to_list() for name in names]
    ends = find_ends(names, reverse_edges=reverse_edges)
    if ends is None:
        values = {value for column in columns for value in column}
        if len(names) != 2 or not values.isdisjoint(names):
            raise NetworkError(
                f"the columns of the data frame are {listing(names)}; name the two ends of edges "
                f"{describe_ends()}"
            )
        ends = (0, 1)
    others = [name for i, name in enumerate(names) if i not in ends]
    if others:
        warnings.warn(
            f"passed over the columns {listing(others)} of the edges", DomixWarning, stacklevel=4
        )
    absent = [table.get_column(names[end]).is_null().to_list() for end in ends]
    rows = [
        [columns[end][row] for end, missing in zip(ends, absent, strict=True) if not missing[row]]
        for row in range(len(table))
    ]
    return GraphRecord.build(
        ((row[0], row[1]) for row in rows if len(row) == 2), (name for row in rows for name in row)
    )


def _read_pair(pair: Any) -> Edge:
    is_ordered = isinstance(pair, Iterable) and not isinstance(pair, (str, AbstractSet, Mapping))
    ends: tuple[Any, ...] = tuple(pair) if is_ordered else ()
    if len(ends) != 2:
        raise NetworkError(
            f"an edge is a pair (cause, effect), not {pair!r}; a variable without edges needs a "
            "mapping from each variable to its parents"
        )
    cause, effect = (str(end) if isinstance(end, str) else end for end in ends)
    return cause, effect
